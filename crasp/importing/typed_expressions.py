"""Expressions of the dialect while they are read: each is a syntax node of this language with its kind."""

from dataclasses import dataclass

from crasp.errors import Span
from crasp.meaning.ir import Kind, Relation
from crasp.text import syntax

NOWHERE = Span(1, 1, 1, 1)
MOST_RESIDUES = 64  # the largest modulus m for which `i % m < r` is written out


@dataclass(frozen=True)
class ImportedValue:
    """An expression with its kind.

    `constant` is its value if it is an integer. `shift` is the integer added if it is the position, from 0, plus an
    integer. `modulus` is set for `(position + shift) % modulus`, which may only be compared.
    """

    kind: Kind
    node: syntax.Expression
    span: Span
    constant: int | None = None
    shift: int | None = None
    modulus: int | None = None


def position_name(depth: int) -> str:
    """The position variable of the rewritten program at a depth of counts: i, j, k, then k3, k4, ..."""
    return "ijk"[depth] if depth < 3 else f"k{depth}"


def integer(value: int) -> syntax.Expression:
    """An integer as a literal with its sign."""
    literal = syntax.Integer(abs(value), NOWHERE)
    return syntax.Negation(literal, NOWHERE) if value < 0 else literal


def position(depth: int, shift: int) -> syntax.Expression:
    """The position, counted from 0, plus the shift, as a count: the number of positions so far minus 1."""
    here = syntax.Count(position_name(depth + 1), position_name(depth), False, None, truth(True), NOWHERE)
    terms = [(1, here)] + [(1 if shift > 1 else -1, integer(abs(shift - 1)))] * (shift != 1)
    return here if len(terms) == 1 else syntax.Sum(tuple(terms), NOWHERE)


def truth(value: bool) -> syntax.Expression:
    """The Boolean constant with this value."""
    return syntax.Truth(value, NOWHERE)


def negated(operand: syntax.Expression) -> syntax.Expression:
    """The complement of a Boolean."""
    return syntax.Not(operand, NOWHERE)


def junction(word: str, operands: list[syntax.Expression]) -> syntax.Expression:
    """`and` or `or` of one or more operands."""
    if len(operands) == 1:
        return operands[0]
    return syntax.Junction("and" if word == "and" else "or", tuple(operands), NOWHERE)


def as_number(operand: syntax.Expression) -> syntax.Expression:
    """The count that is 1 where the Boolean holds, else 0."""
    return syntax.Conditional(operand, integer(1), integer(0), NOWHERE)


def comparison(relation: Relation, left: syntax.Expression, right: syntax.Expression) -> syntax.Expression:
    """The comparison of two counts."""
    return syntax.Comparison(relation, left, right, NOWHERE)


def chosen(condition: syntax.Expression, then: ImportedValue, otherwise: ImportedValue) -> syntax.Expression:
    """`then if condition else otherwise`, for two counts or two Booleans."""
    if then.kind == "count":
        return syntax.Conditional(condition, then.node, otherwise.node, NOWHERE)
    number = syntax.Conditional(condition, as_number(then.node), as_number(otherwise.node), NOWHERE)
    return comparison("=", number, integer(1))


def residue(depth: int, value: ImportedValue, relation: Relation, right: int) -> syntax.Expression | None:
    """`(position + shift) % modulus` compared with an integer; None if too many residues would have to be written out.

    In the dialect positions count from 0, and in this language the first letter has position 1.
    """
    modulus, shift = value.modulus or 1, value.shift or 0
    compare = {"<": int.__lt__, "<=": int.__le__, "=": int.__eq__, "!=": int.__ne__, ">=": int.__ge__, ">": int.__gt__}
    if relation in ("=", "!="):
        if not 0 <= right < modulus:
            return truth(relation == "!=")
        wanted = (right + 1 - shift) % modulus
        return syntax.Periodic(position_name(depth), modulus, wanted, relation == "!=", NOWHERE)
    if modulus > MOST_RESIDUES:
        return None
    found = [(r + 1 - shift) % modulus for r in range(modulus) if compare[relation](r, right)]
    if not found:
        return truth(False)
    return junction("or", [syntax.Periodic(position_name(depth), modulus, r, False, NOWHERE) for r in sorted(found)])


@dataclass(frozen=True)
class CountDistances:
    """The distances i - j that a count looks at, from `nearest` to `farthest`; None means that there is no farthest."""

    nearest: int
    farthest: int | None

    @property
    def twice(self) -> bool:
        """Whether the count has to be written as the difference of two counts of the same body."""
        if self.farthest is None:
            return self.nearest > 1
        return 0 < self.nearest < self.farthest


def counted(depth: int, reach: CountDistances, body: syntax.Expression) -> syntax.Expression:
    """The number of positions at these distances that satisfy the body, in counts that this language has."""

    def count(strict: bool, lags: tuple[int, int] | None) -> syntax.Expression:
        return syntax.Count(position_name(depth + 1), position_name(depth), strict, lags, body, NOWHERE)

    nearest, farthest = reach.nearest, reach.farthest
    if farthest is not None and farthest < nearest:
        return integer(0)
    if farthest == nearest:
        return count(False, (nearest, nearest))
    whole = count(not reach.twice and nearest == 1, None if farthest is None else (0, farthest))
    if not reach.twice:
        return whole
    return syntax.Sum(((1, whole), (-1, count(False, (0, nearest - 1)))), NOWHERE)
