"""Conditions on one number, as a program writes them: it is one of some values, or it has one of some residues."""

from collections.abc import Sequence

from crasp.regular.witnesses.syntax_parts import compared, joined, periodic, truth
from crasp.text.syntax import Expression


def has_residue(values: frozenset[int], modulus: int, at: str) -> Expression:
    """The condition that the position has one of these residues, written with the least modulus that expresses it."""
    for divisor in range(2, modulus + 1):
        if modulus % divisor == 0:
            residues = {value % divisor for value in values}
            if len(residues) * (modulus // divisor) == len(values):
                break
    if 1 < len(residues) == divisor - 1:
        (missing,) = set(range(divisor)) - residues
        return periodic(at, divisor, missing, negated=True)
    return joined("or", [periodic(at, divisor, residue) for residue in sorted(residues)])


def is_among(number: Expression, values: frozenset[int], domain: Sequence[int]) -> Expression:
    """The condition that the number is one of these values, given that it is in the domain."""
    inside = sorted(values)
    outside = [value for value in domain if value not in values]
    low, high = inside[0], inside[-1]
    if len(inside) == 1:
        return compared(number, "=", low) if len(domain) > 1 else truth(value=True)
    if len(outside) == 1:
        return compared(number, "!=", outside[0])
    if not any(low < value < high for value in outside):
        bounds = [compared(number, ">=", low)] if low > domain[0] else []
        return joined("and", bounds + ([compared(number, "<=", high)] if high < domain[-1] else []))
    return joined("or", [compared(number, "=", value) for value in inside])
