"""What the operators of the dialect make of values. Kinds are checked; integers and positions are folded."""

from crasp.errors import Problem, Span
from crasp.importing.lexer import Token
from crasp.importing.typed_expressions import NOWHERE, ImportedValue, as_number, comparison, integer, residue
from crasp.meaning.ir import MIRRORED, Kind, Relation
from crasp.text import syntax


class RefusedTextError(Exception):
    """A text of the dialect is refused. `problem` says where and why."""

    def __init__(self, span: Span, message: str, hint: str | None = None) -> None:
        self.problem = Problem(span, message, hint)
        super().__init__(message)


def plain(value: ImportedValue) -> ImportedValue:
    """The value.

    Raises:
        RefusedTextError: The value is a remainder that has not been compared.
    """
    if value.modulus is not None:
        hint = "`i % m == r` is a Boolean; the language has no other use of `%`"
        raise RefusedTextError(value.span, "expected a comparison of the remainder with an integer", hint)
    return value


def want(kind: Kind, value: ImportedValue) -> None:
    """Checks that a value has this kind.

    Raises:
        RefusedTextError: The value has the other kind, or is a remainder that has not been compared.
    """
    if plain(value).kind != kind:
        if kind == "count":
            message, hint = "expected a count, found a Boolean", "`1 if P else 0` is 1 where P holds"
        else:
            message, hint = "expected a Boolean, found a count", "compare the count with another, as `C >= 1`"
        raise RefusedTextError(value.span, message, hint)


def compared(depth: int, left: ImportedValue, relation: Relation, right: ImportedValue) -> ImportedValue:
    """The comparison of two values. Two Booleans can be compared for being equal or different.

    Raises:
        RefusedTextError: The values cannot be compared in this way.
    """
    span = left.span.to(right.span)
    if left.modulus is None and right.modulus is not None:
        left, relation, right = right, MIRRORED[relation], left
    if left.modulus is not None:
        node = None if right.constant is None else residue(depth, left, relation, right.constant)
        if node is None:
            raise RefusedTextError(span, "expected `i % m == r` or `i % m != r`, m and r integers")
        return ImportedValue("boolean", node, span)
    want(left.kind, right)
    if left.kind == "count":
        return ImportedValue("boolean", comparison(relation, left.node, right.node), span)
    if relation not in ("=", "!="):
        want("count", left)
    return ImportedValue("boolean", comparison(relation, as_number(left.node), as_number(right.node)), span)


def added(terms: list[tuple[int, ImportedValue]]) -> ImportedValue:
    """The sum of values with their signs. A sum of integers, or of the position and integers, is folded."""
    for _, term in terms:
        want("count", term)
    span = terms[0][1].span.to(terms[-1][1].span)
    constants = [sign * term.constant for sign, term in terms if term.constant is not None]
    rest = [(sign, term) for sign, term in terms if term.constant is None]
    if not rest:
        return ImportedValue("count", integer(sum(constants)), span, constant=sum(constants))
    node = syntax.Sum(tuple((sign, term.node) for sign, term in terms), NOWHERE)
    shift = rest[0][1].shift if len(rest) == 1 and rest[0][0] == 1 else None
    return ImportedValue("count", node, span, shift=None if shift is None else shift + sum(constants))


def multiplied(left: ImportedValue, sign: Token, right: ImportedValue) -> ImportedValue:
    """The product of an integer and a count.

    Raises:
        RefusedTextError: Neither side is an integer, or a side is no count.
    """
    want("count", left)
    want("count", right)
    span = left.span.to(right.span)
    if left.constant is not None and right.constant is not None:
        value = left.constant * right.constant
        return ImportedValue("count", integer(value), span, constant=value)
    factor, operand = (left, right) if left.constant is not None else (right, left)
    if factor.constant is None:
        raise RefusedTextError(
            sign.span, "expected an integer on one side of `*`: a product of two counts is not legal"
        )
    return ImportedValue("count", syntax.Product(factor.constant, operand.node, NOWHERE), span)


def remainder(left: ImportedValue, sign: Token, right: ImportedValue) -> ImportedValue:
    """The position, perhaps plus an integer, modulo an integer.

    Raises:
        RefusedTextError: The left side is no position, or the right side is not an integer of 1 or more.
    """
    if left.shift is None or left.modulus is not None or right.constant is None or right.constant < 1:
        message = "expected `i % m`, i the position variable, perhaps plus an integer, m an integer of 1 or more"
        raise RefusedTextError(sign.span, message, "counts have no remainders in the language")
    return ImportedValue("count", left.node, left.span.to(right.span), shift=left.shift, modulus=right.constant)
