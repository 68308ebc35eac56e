"""Writes items of the compiler's circuit as expressions of the language, with names of definitions in them."""

from collections.abc import Sequence
from typing import Literal as OneOf
from typing import assert_never

from crasp.compiler.circuit import (
    Conjunction,
    Echo,
    Form,
    Literal,
    Position,
    Ramp,
    Residues,
    Selection,
    Settled,
    Steps,
    Tally,
    Tokens,
    Total,
)
from crasp.compiler.compiler import Origins
from crasp.errors import Span
from crasp.meaning.ir import Relation
from crasp.text import syntax
from crasp.text.expression_text import format_expression

MOST_NODES = 40  # the most parts of an expression; others are replaced by "…"
NOWHERE = Span(0, 0, 0, 0)
VARIABLES = "ijklmn"  # the position variables, by how many counts stand around
ELLIPSIS = "…"


def expression_of(origins: Origins, alphabet: tuple[str, ...], number: int) -> str:
    """The expression of an item at position i. Parts that are the value of a definition are written with its name."""
    writer = _Writer(origins, alphabet)
    text = format_expression(writer.item(number, 0, is_top=True))
    for variable in VARIABLES:
        text = text.replace(f"{ELLIPSIS}({variable})", ELLIPSIS)
    return text


class _Writer:
    """Makes the syntax trees of items, which are of limited size in all."""

    def __init__(self, origins: Origins, alphabet: tuple[str, ...]) -> None:
        self.origins = origins
        self.alphabet = alphabet
        self.left = MOST_NODES

    def item(self, number: int, depth: int, *, is_top: bool = False) -> syntax.Expression:
        """The item as an expression at a depth of counts."""
        at = VARIABLES[min(depth, len(VARIABLES) - 1)]
        self.left -= 1
        if not is_top and number in self.origins.exact:
            name, is_negated = self.origins.exact[number]
            call = syntax.Call(name, (), at, NOWHERE)
            return syntax.Not(call, NOWHERE) if is_negated else call
        if self.left < 0 or depth >= len(VARIABLES) - 1:
            return syntax.Call(ELLIPSIS, (), at, NOWHERE)
        match self.origins.circuit.items[number]:
            case Tokens(mask):
                return self._tokens(mask, at)
            case Residues(modulus, residues):
                shown = [syntax.Periodic(at, modulus, residue, False, NOWHERE) for residue in residues]
                return _joined("or", shown)
            case Steps(terms, cuts):
                return self._steps(terms, cuts, depth)
            case Conjunction(literals):
                return _joined("and", [self._literal(each, depth) for each in literals])
            case Echo(literal, lag):
                seen = self._count(literal, depth, (lag, lag))
                return syntax.Comparison("=", seen, syntax.Integer(1, NOWHERE), NOWHERE)
            case Settled(source):
                return self.item(source, depth)
            case Position():
                return self._count(1, depth)
            case Tally(source):
                return self._count(2 * source, depth)
            case Total(literals):
                return syntax.Sum(tuple((1, self._count(each, depth)) for each in literals), NOWHERE)
            case Ramp(form):
                return syntax.Extremum("max", (syntax.Integer(0, NOWHERE), self._form(form, depth)), NOWHERE)
            case Selection(source, form):
                zero = syntax.Integer(0, NOWHERE)
                return syntax.Conditional(self.item(source, depth), self._form(form, depth), zero, NOWHERE)
            case item:
                assert_never(item)

    def _literal(self, literal: Literal, depth: int) -> syntax.Expression:
        if literal >> 1 == 0:
            return syntax.Truth(bool(literal & 1), NOWHERE)
        inner = self.item(literal >> 1, depth)
        if not literal & 1:
            return inner
        return inner.operand if isinstance(inner, syntax.Not) else syntax.Not(inner, NOWHERE)

    def _tokens(self, mask: int, at: str) -> syntax.Expression:
        """The condition that the letter is in the set.

        If the begin marker is in the set, it is written as the condition that the letter is none of the others.
        """
        letters = [token for number, token in enumerate(self.alphabet) if mask >> number & 1]
        others = [token for number, token in enumerate(self.alphabet) if not mask >> number & 1]
        begins = bool(mask >> len(self.alphabet) & 1)
        if begins:  # at the begin marker no letter is there, so the condition is written as a negation
            return syntax.Not(_letters(others, at), NOWHERE) if others else syntax.Truth(True, NOWHERE)
        return _letters(letters, at)

    def _count(self, literal: Literal, depth: int, lags: tuple[int, int] | None = None) -> syntax.Count:
        body = self._literal(literal, depth + 1)
        return syntax.Count(VARIABLES[depth + 1], VARIABLES[depth], False, lags, body, NOWHERE)

    def _steps(self, terms: tuple[tuple[int, int], ...], cuts: tuple[int, ...], depth: int) -> syntax.Expression:
        """The item as a comparison for each interval in which it is true.

        The item is false below the first cut and changes at each cut.
        """
        are_flags = all(factor == 1 and self.origins.circuit.is_boolean(number) for number, factor in terms)
        if are_flags and cuts in ((1,), (len(terms),)):
            return _joined("or" if cuts[0] == 1 else "and", [self.item(number, depth) for number, _ in terms])
        sides = self._form(Form(terms, 0), depth)
        stretches: list[syntax.Expression] = []
        for low, high in zip(cuts[::2], [*cuts[1::2], None], strict=False):
            if high == low + 1:
                stretches.append(_compared(sides, "=", low))
                continue
            parts = [_compared(sides, ">=", low)] + ([] if high is None else [_compared(sides, "<", high)])
            stretches.append(_joined("and", parts))
        return _joined("or", stretches)

    def _form(self, form: Form, depth: int) -> syntax.Expression:
        """The constant plus the sum of factor times item, in which a Boolean item counts as 1 where it holds."""
        parts: list[tuple[int, syntax.Expression]] = []
        for number, factor in sorted(form.terms, key=lambda term: term[1] < 0):
            value = self.item(number, depth)
            if self.origins.circuit.is_boolean(number):
                one, zero = syntax.Integer(1, NOWHERE), syntax.Integer(0, NOWHERE)
                value = syntax.Conditional(value, one, zero, NOWHERE)
            if abs(factor) != 1:
                value = syntax.Product(abs(factor), value, NOWHERE)
            parts.append((1 if factor > 0 else -1, value))
        if form.constant or not parts:
            parts.append((1 if form.constant >= 0 else -1, syntax.Integer(abs(form.constant), NOWHERE)))
        if parts[0][0] < 0:
            parts[0] = (1, syntax.Negation(parts[0][1], NOWHERE))
        return parts[0][1] if len(parts) == 1 else syntax.Sum(tuple(parts), NOWHERE)


def _letters(tokens: list[str], at: str) -> syntax.Expression:
    """The condition that the letter is one of these. Of many letters the first ones are written, then an ellipsis."""
    shown = [_symbol(token, at) for token in tokens[:6]]
    more: list[syntax.Expression] = [syntax.Call(ELLIPSIS, (), at, NOWHERE)] if len(tokens) > 6 else []
    return _joined("or", [*shown, *more]) if tokens else syntax.Truth(False, NOWHERE)


def _symbol(token: str, at: str) -> syntax.Symbol:
    return syntax.Symbol(syntax.Index(token, True, NOWHERE), at, NOWHERE)


def _compared(left: syntax.Expression, relation: Relation, right: int) -> syntax.Comparison:
    number: syntax.Expression = syntax.Integer(abs(right), NOWHERE)
    return syntax.Comparison(relation, left, number if right >= 0 else syntax.Negation(number, NOWHERE), NOWHERE)


def _joined(word: OneOf["and", "or"], parts: Sequence[syntax.Expression]) -> syntax.Expression:
    return parts[0] if len(parts) == 1 else syntax.Junction(word, tuple(parts), NOWHERE)
