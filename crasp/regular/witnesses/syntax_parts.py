"""Builds parts of a syntax tree for programs that are not parsed from a text, so that the parts have no real place."""

from collections.abc import Iterable, Sequence
from typing import Literal

from crasp.errors import Span
from crasp.meaning.ir import Relation
from crasp.spelling import spell_token
from crasp.text import syntax

NOWHERE = Span(1, 1, 1, 1)
ALPHABET = syntax.TokenSet(None, NOWHERE)
VARIABLE = "s"  # the index variable that ranges over tokens


def index(token: str) -> syntax.Index:
    """An index that stands for a token, quoted only where the language needs it.

    No index variable may have its name.
    """
    return syntax.Index(token, spell_token(token) != token, NOWHERE)


def tokens_of(tokens: Iterable[str]) -> syntax.TokenSet:
    """The set of these tokens, written in braces."""
    return syntax.TokenSet(tuple(map(index, tokens)), NOWHERE)


def letter_is(token: str, at: str) -> syntax.Expression:
    """`Q_a(i)`: the token at the position is this one."""
    return syntax.Symbol(syntax.Index(token, True, NOWHERE), at, NOWHERE)


def use(name: str, at: str, *tokens: str) -> syntax.Expression:
    """`name[tokens](i)`: the use of a definition."""
    return syntax.Call(name, tuple(syntax.Index(token, True, NOWHERE) for token in tokens), at, NOWHERE)


def with_variable(name: str | None, at: str) -> syntax.Expression:
    """`name[s](i)`, or `Q[s](i)` if there is no name."""
    variable = syntax.Index(VARIABLE, False, NOWHERE)
    if name is None:
        return syntax.Symbol(variable, at, NOWHERE)
    return syntax.Call(name, (variable,), at, NOWHERE)


def any_token(tokens: syntax.TokenSet, body: syntax.Expression) -> syntax.Expression:
    """`any[s in tokens] body`."""
    return syntax.Reduction("any", (_binder(tokens),), None, body, NOWHERE)


def truth(*, value: bool) -> syntax.Expression:
    """`true` or `false`."""
    return syntax.Truth(value, NOWHERE)


def opposite(operand: syntax.Expression) -> syntax.Expression:
    """`not P`."""
    return syntax.Not(operand, NOWHERE)


def joined(word: Literal["and", "or"], parts: Iterable[syntax.Expression]) -> syntax.Expression:
    """`P and R and ...` or `P or R or ...`.

    One part is returned as it is; no part gives `true` or `false`, respectively.
    """
    flat: list[syntax.Expression] = []
    for part in parts:
        flat += part.operands if isinstance(part, syntax.Junction) and part.word == word else (part,)
    if not flat:
        return truth(value=word == "and")
    return flat[0] if len(flat) == 1 else syntax.Junction(word, tuple(flat), NOWHERE)


def compared(left: syntax.Expression, relation: Relation, value: int) -> syntax.Expression:
    """A count compared with an integer, as in `C < 3`."""
    size = syntax.Integer(abs(value), NOWHERE)
    return syntax.Comparison(relation, left, size if value >= 0 else syntax.Negation(size, NOWHERE), NOWHERE)


def periodic(at: str, modulus: int, residue: int, *, negated: bool = False) -> syntax.Expression:
    """`i % m = r`, or `i % m != r` if negated."""
    return syntax.Periodic(at, modulus, residue, negated, NOWHERE)


def count(body: syntax.Expression, *, strict: bool = False, lag: int | None = None) -> syntax.Expression:
    """`#[j <= i] body`, `#[j < i] body`, or `#[j <= i, j = i - lag] body`."""
    return syntax.Count("j", "i", strict, None if lag is None else (lag, lag), body, NOWHERE)


def total(terms: Sequence[tuple[int, syntax.Expression]]) -> syntax.Expression:
    """The sum of multiples of counts. No multiple may be 0."""
    (first, operand), *others = terms
    start = syntax.Negation(operand, NOWHERE) if first == -1 else _times(first, operand)
    if not others:
        return start
    signed = [(1 if times > 0 else -1, _times(abs(times), term)) for times, term in others]
    return syntax.Sum(((1, start), *signed), NOWHERE)


def define(
    name: str,
    expression: syntax.Expression,
    *,
    indices: tuple[syntax.Index, ...] = (),
    tokens: syntax.TokenSet | None = None,
) -> syntax.Definition:
    """`name[indices](i) := expression`, or with tokens the family `name[s](i) := expression for s in tokens`."""
    if tokens is None:
        return syntax.Definition(name, indices, "i", expression, (), None, NOWHERE)
    variable = syntax.Index(VARIABLE, False, NOWHERE)
    return syntax.Definition(name, (variable,), "i", expression, (_binder(tokens),), None, NOWHERE)


def _times(factor: int, operand: syntax.Expression) -> syntax.Expression:
    return operand if factor == 1 else syntax.Product(factor, operand, NOWHERE)


def _binder(tokens: syntax.TokenSet) -> syntax.Binder:
    return syntax.Binder(VARIABLE, tokens, NOWHERE)
