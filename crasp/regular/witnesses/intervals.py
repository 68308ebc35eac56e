"""Conditions on one number, as a program writes them: it is one of these values, it has one of these residues."""

from collections.abc import Sequence


def residues_in_words(values: frozenset[int], modulus: int, at: str) -> str:
    """The position is one of these residues, with the least modulus that says so."""
    for divisor in range(2, modulus + 1):
        if modulus % divisor == 0:
            residues = {value % divisor for value in values}
            if len(residues) * (modulus // divisor) == len(values):
                break
    if 1 < len(residues) == divisor - 1:
        (missing,) = set(range(divisor)) - residues
        return f"{at} % {divisor} != {missing}"
    return f"({' or '.join(f'{at} % {divisor} = {residue}' for residue in sorted(residues))})"


def interval_in_words(number: str, values: frozenset[int], domain: Sequence[int]) -> str:
    """The number is one of these values out of the domain."""
    inside = sorted(values)
    outside = [value for value in domain if value not in values]
    low, high = inside[0], inside[-1]
    if len(inside) == 1:
        return f"{number} = {low}" if len(domain) > 1 else "true"
    if len(outside) == 1:
        return f"{number} != {outside[0]}"
    if not any(low < value < high for value in outside):
        bounds = [f"{number} >= {low}"] * (low > domain[0]) + [f"{number} <= {high}"] * (high < domain[-1])
        return " and ".join(bounds)
    return f"({' or '.join(f'{number} = {value}' for value in inside)})"
