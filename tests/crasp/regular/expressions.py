"""Expressions as trees, read independently of the project: by what is left of them after each letter (Antimirov)."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["letter", "any", "empty", "join", "union", "star", "plus", "optional"]
SIGN = {"star": "*", "plus": "+", "optional": "?"}


@dataclass(frozen=True)
class Expression:
    """An operator and what it is applied to: a letter's name, or expressions."""

    operator: Operator
    parts: tuple["Expression", ...] = ()
    name: str = ""


EMPTY = Expression("empty")


def spelt(expression: Expression) -> str:
    """The expression as the project reads it, every operand in brackets that may need them."""
    parts = expression.parts
    match expression.operator:
        case "letter":
            return expression.name
        case "any":
            return "."
        case "empty":
            return "()"
        case "join":
            return "".join(f"({spelt(p)})" if p.operator == "union" else spelt(p) for p in parts)
        case "union":
            return "|".join(spelt(p) for p in parts)
        case "star" | "plus" | "optional":
            inner = spelt(parts[0])
            bare = parts[0].operator in ("letter", "any", "empty")
            return f"{inner if bare else f'({inner})'}{SIGN[expression.operator]}"


@lru_cache(maxsize=100_000)
def nullable(expression: Expression) -> bool:
    """Whether the empty word is a member."""
    match expression.operator:
        case "letter" | "any":
            return False
        case "empty" | "star" | "optional":
            return True
        case "union":
            return any(map(nullable, expression.parts))
        case "join" | "plus":
            return all(map(nullable, expression.parts))


@lru_cache(maxsize=100_000)
def left_after(expression: Expression, letter: str) -> frozenset[Expression]:
    """Expressions that together hold the words with which the letter can be continued to a member."""
    parts = expression.parts
    match expression.operator:
        case "letter":
            return frozenset([EMPTY] if expression.name == letter else [])
        case "any":
            return frozenset([EMPTY])
        case "empty":
            return frozenset()
        case "union":
            return frozenset().union(*(left_after(part, letter) for part in parts))
        case "optional":
            return left_after(parts[0], letter)
        case "star":
            return frozenset(_joined(rest, expression) for rest in left_after(parts[0], letter))
        case "plus":
            again = Expression("star", parts)
            return frozenset(_joined(rest, again) for rest in left_after(parts[0], letter))
        case "join":
            rest = parts[1] if len(parts) == 2 else Expression("join", parts[1:])
            found = {_joined(begun, rest) for begun in left_after(parts[0], letter)}
            return frozenset(found | (left_after(rest, letter) if nullable(parts[0]) else set()))


def _joined(first: Expression, second: Expression) -> Expression:
    return second if first == EMPTY else Expression("join", (first, second))


# --- tables ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A complete deterministic automaton, not minimal: state 0 is the start."""

    alphabet: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]  # (states, letters)
    accepting: tuple[bool, ...]

    @cached_property
    def live(self) -> tuple[bool, ...]:
        """The states from which a member can be completed."""
        found = list(self.accepting)
        while True:
            more = [found[s] or any(found[t] for t in row) for s, row in enumerate(self.rows)]
            if more == found:
                return tuple(found)
            found = more


class TooManyError(Exception):
    """A table has more states than were asked for."""


def explored(
    start: Hashable,
    alphabet: Sequence[str],
    after: Callable[..., Hashable],
    accepts: Callable[..., bool],
    most: int,
) -> Table:
    """The table of the states that are reached; TooManyError beyond `most`."""
    number = {start: 0}
    queue = [start]
    rows = []
    for state in queue:  # grows while it is read
        row = []
        for letter in alphabet:
            target = after(state, letter)
            if target not in number:
                if len(queue) == most:
                    raise TooManyError
                number[target] = len(queue)
                queue.append(target)
            row.append(number[target])
        rows.append(tuple(row))
    return Table(tuple(alphabet), tuple(rows), tuple(map(accepts, queue)))


def table_of(expression: Expression, alphabet: Sequence[str], most: int = 300) -> Table:
    """The table of an expression, a state for each set of expressions that may be left."""
    return explored(
        frozenset([expression]),
        alphabet,
        lambda state, letter: frozenset().union(*(left_after(e, letter) for e in state)),
        lambda state: any(map(nullable, state)),
        most,
    )
