"""Random well-typed expressions over whatever is in scope, as syntax trees."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

from hypothesis import strategies as st

from crasp.errors import Span
from crasp.text import syntax
from tests.crasp.meaning.reference_evaluator import EOS, environments, tokens_of
from tests.crasp.meaning.rendering import is_bare

T = TypeVar("T")
Kind: TypeAlias = Literal["boolean", "count"]

NOWHERE = Span(1, 1, 1, 1)
TOKENS = (  # awkward ones: signs, reserved words, numbers, names of variables and of definitions
    *("a", "b", "s", "i", "n", "x_1", "_", "A", "EOS", "0", "1", "10", "007", "(", ")", "[", "]", "{", "}"),
    *("and", "not", "true", "Q", "next", "alphabet", "for", "in", "sum", "é", "∧", "//", "#", '"', "\\"),
    *(":=", ",", ";", "a..z", "1a", "<sep>", "n(i)", "-3", "\\n"),
)
RANGES = (("a", "c"), ("x", "y"), ("0", "2"), ("9", "11"), ("B", "D"))
POSITIONS = ("i", "j", "k", "n", "s", "a", "_p", "x")
VARIABLES = ("s", "t", "a", "i", "x1")
INTEGERS = (0, 1, 1, 2, 2, 3, 5, 2**31, 2**63, 10**25)
RELATIONS: tuple[syntax.Relation, ...] = ("<", "<=", "=", "!=", ">=", ">")


@dataclass(frozen=True)
class Family:
    """A name that definitions above have made, and the members it has so far."""

    name: str
    kind: Kind
    members: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Scope:
    """What an expression may mention; `indices` gives the tokens that an index variable may stand for."""

    alphabet: tuple[str, ...]
    families: tuple[Family, ...]
    position: str
    indices: Mapping[str, tuple[str, ...]]


class Source:
    """Draws made short."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def pick(self, options: "tuple[T, ...] | list[T]") -> T:
        return options[self.upto(len(options) - 1)]

    def upto(self, greatest: int) -> int:
        return int(self.draw(st.integers(0, greatest)))

    def chance(self, one_in: int) -> bool:
        return self.upto(one_in - 1) == one_in - 1


# --- indices, sets and filters -----------------------------------------------------------------------------


def literal(source: Source, scope: Scope, token: str) -> syntax.Index:
    """A token in brackets or a filter, quoted where it must be."""
    must = not is_bare(token) or token in scope.indices
    return syntax.Index(token, must or source.chance(3), NOWHERE)


def index(source: Source, scope: Scope) -> syntax.Index:
    """Any token, or an index variable in scope."""
    if scope.indices and not source.chance(3):
        return syntax.Index(source.pick(list(scope.indices)), False, NOWHERE)
    return literal(source, scope, source.pick(scope.alphabet))


def token_set(source: Source, tokens: tuple[str, ...]) -> syntax.TokenSet:
    if not source.chance(3):
        return syntax.TokenSet(None, NOWHERE)
    items: list[syntax.Index | syntax.Range] = []
    chosen = dict.fromkeys(source.pick(tokens) for _ in range(1 + source.upto(2)))
    for token in chosen:
        items.append(syntax.Index(token, not is_bare(token) or source.chance(3), NOWHERE))
    for first, last in RANGES:
        span = tokens_of((syntax.Range(first, last, NOWHERE),))
        if set(span) <= set(tokens) and not set(span) & chosen.keys() and source.chance(2):
            items.append(syntax.Range(first, last, NOWHERE))
    return syntax.TokenSet(tuple(items), NOWHERE)


def binders(source: Source, scope: Scope, number: int) -> tuple[tuple[syntax.Binder, ...], Scope]:
    """Some `s in S`, and the scope inside them."""
    made: dict[str, syntax.Binder] = {}
    indices = dict(scope.indices)
    for _ in range(number):
        variable = source.pick([each for each in VARIABLES if each not in made])
        tokens = token_set(source, scope.alphabet)
        made[variable] = syntax.Binder(variable, tokens, NOWHERE)
        indices[variable] = scope.alphabet if tokens.items is None else tokens_of(tokens.items)
    return tuple(made.values()), replace(scope, indices=indices)


def condition(source: Source, scope: Scope, size: int) -> syntax.Filter:
    """A filter over what is in scope."""
    match source.upto(4) if size > 0 else 0:
        case 3:
            return syntax.FilterNot(condition(source, scope, size - 1), NOWHERE)
        case 4:
            parts = tuple(condition(source, scope, size - 1) for _ in range(2 + source.upto(1)))
            return syntax.FilterJunction(source.pick(("and", "or")), parts, NOWHERE)
        case _:
            sides = index(source, scope), index(source, scope)
            return syntax.FilterComparison(source.pick(RELATIONS), *sides, NOWHERE)


def maybe_condition(source: Source, scope: Scope) -> syntax.Filter | None:
    return condition(source, scope, 2) if source.chance(3) else None


# --- expressions -------------------------------------------------------------------------------------------


def expression(source: Source, scope: Scope, kind: Kind, size: int) -> syntax.Expression:
    """An expression of a kind; `size` bounds how deep it is."""
    return boolean(source, scope, size) if kind == "boolean" else count(source, scope, size)


def boolean(source: Source, scope: Scope, size: int) -> syntax.Expression:
    """A Boolean expression: a leaf where there is no room, rarely one where there is."""
    match source.upto(11) if size > 0 else source.upto(4):
        case 0:
            return syntax.Symbol(index(source, scope), scope.position, NOWHERE)
        case 1 | 2:
            return call(source, scope, "boolean")
        case 3:
            return periodic(source, scope)
        case 4:
            return syntax.Truth(source.chance(2), NOWHERE)
        case 5:
            return syntax.Not(boolean(source, scope, size - 1), NOWHERE)
        case 6:
            parts = tuple(boolean(source, scope, size - 1) for _ in range(2 + source.upto(1)))
            return syntax.Junction(source.pick(("and", "or")), parts, NOWHERE)
        case 7:
            return reduction(source, scope, source.pick(("any", "all")), size)
        case _:
            sides = count(source, scope, size - 1), count(source, scope, size - 1)
            return syntax.Comparison(source.pick(RELATIONS), *sides, NOWHERE)


def count(source: Source, scope: Scope, size: int) -> syntax.Expression:
    """A count expression: where there is no room, a literal, a use or a count over a leaf."""
    match source.upto(11) if size > 0 else source.upto(3):
        case 0:
            return syntax.Integer(source.pick(INTEGERS), NOWHERE)
        case 1:
            return call(source, scope, "count")
        case 2 | 3 | 4 | 5:
            return counting(source, scope, size)
        case 6:
            return syntax.Negation(count(source, scope, size - 1), NOWHERE)
        case 7:
            terms = [(1, count(source, scope, size - 1))]
            for _ in range(1 + source.upto(1)):
                terms.append((source.pick((1, -1)), count(source, scope, size - 1)))
            return syntax.Sum(tuple(terms), NOWHERE)
        case 8:
            coefficient = source.pick(INTEGERS) * source.pick((1, -1))
            return syntax.Product(coefficient, count(source, scope, size - 1), NOWHERE)
        case 9:
            parts = tuple(count(source, scope, size - 1) for _ in range(1 + source.upto(2)))
            return syntax.Extremum(source.pick(("min", "max")), parts, NOWHERE)
        case 10:
            test = boolean(source, scope, size - 1)
            branches = count(source, scope, size - 1), count(source, scope, size - 1)
            return syntax.Conditional(test, *branches, NOWHERE)
        case _:
            return reduction(source, scope, source.pick(("sum", "min", "max")), size)


def periodic(source: Source, scope: Scope) -> syntax.Expression:
    modulus = source.pick((2, 1, 3, 4, 10**25))
    residue = source.upto(modulus - 1)
    return syntax.Periodic(scope.position, modulus, residue, source.chance(2), NOWHERE)


def counting(source: Source, scope: Scope, size: int) -> syntax.Expression:
    variable = source.pick([each for each in POSITIONS if each != scope.position])
    body = boolean(source, replace(scope, position=variable), size - 1)
    match source.upto(5):
        case 0:
            lag = source.pick((1, 0, 2, 3, 10**25))
            return syntax.Count(variable, scope.position, False, (lag, lag), body, NOWHERE)
        case 1:
            return syntax.Count(variable, scope.position, False, (0, source.pick((1, 2, 3, 10**25))), body, NOWHERE)
        case 2:
            return syntax.Count(variable, scope.position, True, None, body, NOWHERE)
        case _:
            return syntax.Count(variable, scope.position, False, None, body, NOWHERE)


def call(source: Source, scope: Scope, kind: Kind) -> syntax.Expression:
    """A definition made above; a constant where there is none of this kind."""
    families = [each for each in scope.families if each.kind == kind]
    if not families:
        return syntax.Truth(True, NOWHERE) if kind == "boolean" else syntax.Integer(1, NOWHERE)
    family = source.pick(families)
    member = source.pick(sorted(family.members))
    made: list[syntax.Index] = []
    reached: list[tuple[str, ...]] = []
    for token in member:
        variable = source.pick(list(scope.indices)) if scope.indices and source.chance(2) else None
        if variable is not None:
            made.append(syntax.Index(variable, False, NOWHERE))
            reached.append(scope.indices[variable])
        else:
            end = family.name == "next" and token == EOS
            made.append(syntax.Index(EOS, False, NOWHERE) if end else literal(source, scope, token))
            reached.append((token,))
    if not set(itertools.product(*reached)) <= family.members:
        made = [
            syntax.Index(EOS, False, NOWHERE)
            if family.name == "next" and token == EOS
            else literal(source, scope, token)
            for token in member
        ]
    return syntax.Call(family.name, tuple(made), scope.position, NOWHERE)


def reduction(
    source: Source, scope: Scope, word: Literal["any", "all", "sum", "min", "max"], size: int
) -> syntax.Expression:
    """`any[...]` and its kin; least and greatest only of what cannot be empty."""
    made, inner = binders(source, scope, 2 if source.chance(4) else 1)
    test = maybe_condition(source, inner)
    outer = [dict(zip(scope.indices, each, strict=True)) for each in itertools.product(*scope.indices.values())]
    if word in ("min", "max") and not all(any(environments(made, test, each, scope.alphabet)) for each in outer):
        test = None
    body = expression(source, inner, "boolean" if word in ("any", "all") else "count", size - 1)
    return syntax.Reduction(word, made, test, body, NOWHERE)
