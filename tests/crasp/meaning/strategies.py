"""Random well-typed programs over the whole language, as syntax trees, and random words for them."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from crasp.text import syntax
from tests.crasp.meaning.expression_strategies import (
    NOWHERE,
    POSITIONS,
    RANGES,
    TOKENS,
    Family,
    Kind,
    Scope,
    Source,
    binders,
    expression,
    literal,
    maybe_condition,
)
from tests.crasp.meaning.reference_evaluator import EOS, environments, tokens_at, tokens_of
from tests.crasp.meaning.rendering import is_word

NAMES = ("n", "seen", "top", "i", "s", "a", "x1", "_", "Qx", "eos_", "Next", "is_a", "t", "q9")


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> syntax.Program:
    """A legal program."""
    return program_of(Source(draw))


def program_of(source: Source) -> syntax.Program:
    """A legal program from whatever makes the choices."""
    written = alphabet(source)
    tokens = tokens_of(written)
    families: list[Family] = []
    definitions: list[syntax.Definition] = []
    names = [source.pick(NAMES) for _ in range(source.upto(4))]
    outputs = source.pick([["accept"], ["next"], ["accept", "next"], ["next", "accept"]])
    for name in dict.fromkeys([*names[:2], *outputs[:1], *names[2:], *outputs[1:]]):
        visible = tuple(family for family in families if family.members)
        scope = Scope(tokens, visible, source.pick(POSITIONS), {})
        kind: Kind = "boolean" if name in ("accept", "next") else source.pick(("boolean", "count"))
        added = definitions_of(source, scope, name, kind)
        definitions += added
        members = frozenset().union(*(expanded(each, tokens) for each in added))
        families.append(Family(name, kind, members))
    if not any(family.members for family in families if family.name in ("accept", "next")):
        definitions.append(define("accept", (), "i", syntax.Truth(True, NOWHERE)))
    return syntax.Program(written, tuple(definitions))


def words(tokens: tuple[str, ...], longest: int = 8) -> st.SearchStrategy[tuple[str, ...]]:
    """A word over the tokens, often empty or short."""
    return st.lists(st.sampled_from(tokens), max_size=longest).map(tuple)


def alphabet(source: Source) -> tuple[syntax.Index | syntax.Range, ...]:
    items: list[syntax.Index | syntax.Range] = []
    seen: set[str] = set()
    for _ in range(1 + source.upto(3)):
        item: syntax.Index | syntax.Range
        if source.chance(6):
            item = syntax.Range(*source.pick(RANGES), NOWHERE)
        else:
            token = source.pick(TOKENS)
            item = syntax.Index(token, not is_word(token) or source.chance(3), NOWHERE)
        if not seen & set(tokens_of((item,))):
            seen |= set(tokens_of((item,)))
            items.append(item)
    return tuple(items)


# --- definitions -------------------------------------------------------------------------------------------


def define(
    name: str,
    indices: tuple[syntax.Index, ...],
    parameter: str,
    expression: syntax.Expression,
    made: tuple[syntax.Binder, ...] = (),
    test: syntax.Filter | None = None,
) -> syntax.Definition:
    return syntax.Definition(name, indices, parameter, expression, made, test, NOWHERE)


def definitions_of(source: Source, scope: Scope, name: str, kind: Kind) -> list[syntax.Definition]:
    """The definitions of one name: a plain one, or a family in one piece or several."""
    if name == "accept" or (name != "next" and source.chance(2)):
        return [define(name, (), scope.position, expression(source, scope, kind, 4))]
    arity = 1 if name == "next" else 1 + source.upto(1)
    definitions = []
    made: set[tuple[str, ...]] = set()
    if not source.chance(4):
        definitions.append(family(source, scope, name, kind, arity))
        made |= expanded(definitions[0], scope.alphabet)
        scope = with_own(scope, name, kind, made)
    ends = [(EOS,)] if name == "next" else []
    free = [each for each in itertools.product(scope.alphabet, repeat=arity) if each not in made] + ends
    chosen = {source.pick(free) for _ in range(source.upto(2) if definitions else 1 + source.upto(2)) if free}
    for member in sorted(chosen):
        end = (syntax.Index(EOS, False, NOWHERE),)
        indices = end if member == (EOS,) else tuple(literal(source, scope, token) for token in member)
        definitions.append(define(name, indices, scope.position, expression(source, scope, kind, 3)))
        made.add(member)
        scope = with_own(scope, name, kind, made)
    return definitions


def with_own(scope: Scope, name: str, kind: Kind, made: set[tuple[str, ...]]) -> Scope:
    """The scope in which a definition may use the members of its own name that stand above it."""
    others = tuple(each for each in scope.families if each.name != name)
    return replace(scope, families=(*others, Family(name, kind, frozenset(made))) if made else others)


def family(source: Source, scope: Scope, name: str, kind: Kind, arity: int) -> syntax.Definition:
    """A definition with `for`, its variables in any order, perhaps with a token among them."""
    variables, inner = binders(source, scope, arity if arity == 1 or not source.chance(4) else arity - 1)
    indices = [syntax.Index(each.variable, False, NOWHERE) for each in variables]
    if len(indices) > 1 and source.chance(2):
        indices.reverse()
    if len(indices) < arity:
        indices.insert(source.upto(1), literal(source, inner, source.pick(scope.alphabet)))
    test = maybe_condition(source, inner)
    body = expression(source, inner, kind, 3)
    return define(name, tuple(indices), scope.position, body, variables, test)


def expanded(definition: syntax.Definition, tokens: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """The members that a definition makes."""
    inner = environments(definition.binders, definition.filter, {}, tokens)
    return frozenset(tokens_at(definition.name, definition.indices, each, tokens) for each in inner)
