"""The simplest literals and forms: constants, sums, sets of tokens, residues, and counts of a literal."""

from collections.abc import Iterable

from crasp.compiler.circuit import FALSE, TRUE, Circuit, Form, Literal, Position, Residues, Tally, Tokens


def constant(value: int) -> Form:
    """The form that has this value everywhere."""
    return Form((), value)


def combined(parts: Iterable[tuple[int, Form]], constant: int = 0) -> Form:
    """The constant plus the sum of factor times form."""
    totals: dict[int, int] = {}
    for factor, form in parts:
        constant += factor * form.constant
        for number, coefficient in form.terms:
            totals[number] = totals.get(number, 0) + factor * coefficient
    return Form(tuple(sorted((n, c) for n, c in totals.items() if c)), constant)


def tokens(circuit: Circuit, mask: int) -> Literal:
    """The literal that the token here is in the set, which may contain the begin marker."""
    if mask & circuit.begin_bit:
        return circuit.number(Tokens(circuit.everything & ~mask)) * 2 + 1
    return circuit.number(Tokens(mask)) * 2


def residues(circuit: Circuit, modulus: int, wanted: frozenset[int]) -> Literal:
    """The literal that the position has one of these residues."""
    negated = 0 in wanted
    kept = sorted(set(range(modulus)) - wanted) if negated else sorted(wanted)
    if not kept:
        return FALSE ^ negated
    return circuit.number(Residues(modulus, tuple(kept))) * 2 + negated


def flag(literal: Literal) -> Form:
    """The form that is 1 where the literal holds, else 0."""
    if literal in (FALSE, TRUE):
        return constant(literal)
    return Form(((literal >> 1, -1),), 1) if literal & 1 else Form(((literal >> 1, 1),), 0)


def tally(circuit: Circuit, literal: Literal) -> Form:
    """The form of the number of positions 1..i that satisfy the literal."""
    position = Form(((circuit.number(Position()), 1),), 0)
    if literal in (FALSE, TRUE):
        return position if literal else constant(0)
    holds = Form(((circuit.number(Tally(literal >> 1)), 1),), 0)
    return combined([(1, position), (-1, holds)]) if literal & 1 else holds
