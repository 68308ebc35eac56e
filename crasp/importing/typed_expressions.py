"""Expressions of the dialect as they are read: a node of ours with its kind, and how nodes are put together."""

from dataclasses import dataclass

from crasp.errors import Span
from crasp.meaning.ir import Kind, Relation
from crasp.text import syntax

NOWHERE = Span(1, 1, 1, 1)
MOST_RESIDUES = 64  # of `i % m < r`, written out


@dataclass(frozen=True)
class ImportedValue:
    """An expression: `constant` where it is an integer, `shift` where it is the position, from 0, plus so much.

    `modulus` is set for `(position + shift) % modulus`, which is compared and nothing else.
    """

    kind: Kind
    node: syntax.Expression
    span: Span
    constant: int | None = None
    shift: int | None = None
    modulus: int | None = None


def position_name(depth: int) -> str:
    """The position variable of ours at a depth of counts: i, j, k, then k3, k4, ..."""
    return "ijk"[depth] if depth < 3 else f"k{depth}"


def integer(value: int) -> syntax.Expression:
    """An integer literal with its sign."""
    literal = syntax.Integer(abs(value), NOWHERE)
    return syntax.Negation(literal, NOWHERE) if value < 0 else literal


def position(depth: int, shift: int) -> syntax.Expression:
    """The position from 0, plus the shift, as a count: one less than how many positions there are so far."""
    here = syntax.Count(position_name(depth + 1), position_name(depth), False, None, truth(True), NOWHERE)
    terms = [(1, here)] + [(1 if shift > 1 else -1, integer(abs(shift - 1)))] * (shift != 1)
    return here if len(terms) == 1 else syntax.Sum(tuple(terms), NOWHERE)


def truth(value: bool) -> syntax.Expression:
    """A Boolean constant."""
    return syntax.Truth(value, NOWHERE)


def negated(operand: syntax.Expression) -> syntax.Expression:
    """The complement."""
    return syntax.Not(operand, NOWHERE)


def junction(word: str, operands: list[syntax.Expression]) -> syntax.Expression:
    """`and` or `or` of one operand or more."""
    if len(operands) == 1:
        return operands[0]
    return syntax.Junction("and" if word == "and" else "or", tuple(operands), NOWHERE)


def as_number(operand: syntax.Expression) -> syntax.Expression:
    """1 where a Boolean holds, else 0."""
    return syntax.Conditional(operand, integer(1), integer(0), NOWHERE)


def comparison(relation: Relation, left: syntax.Expression, right: syntax.Expression) -> syntax.Expression:
    """Two counts compared."""
    return syntax.Comparison(relation, left, right, NOWHERE)


def chosen(condition: syntax.Expression, then: ImportedValue, otherwise: ImportedValue) -> syntax.Expression:
    """`then if condition else otherwise` of two counts or two Booleans."""
    if then.kind == "count":
        return syntax.Conditional(condition, then.node, otherwise.node, NOWHERE)
    number = syntax.Conditional(condition, as_number(then.node), as_number(otherwise.node), NOWHERE)
    return comparison("=", number, integer(1))


def residue(depth: int, value: ImportedValue, relation: Relation, right: int) -> syntax.Expression | None:
    """`(position + shift) % modulus` compared with an integer; None where too many residues would be written out.

    Positions count from 0 there and from 1 here.
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
    """Which distances i - j a count looks at: from `nearest` to `farthest`, without end where that is None."""

    nearest: int
    farthest: int | None

    @property
    def twice(self) -> bool:
        """Whether the window is written as the difference of two counts of the same body."""
        if self.farthest is None:
            return self.nearest > 1
        return 0 < self.nearest < self.farthest


def counted(depth: int, reach: CountDistances, body: syntax.Expression) -> syntax.Expression:
    """How many positions within reach satisfy the body, as counts that the language has."""

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
