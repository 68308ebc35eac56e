"""Runs a program as a streaming recogniser: one token at a time, in constant memory.

This is a second evaluation on purpose, to check the interpreter: they share only the straight-line form. A global
count keeps one running integer, and a local count keeps the Booleans of its window.
"""

import operator
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from crasp.meaning import ir

_RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Moment:
    """The state of a program after a prefix: the value of every line, and what the outputs say.

    `accept` is None where the program does not define it. `next` has the tokens that may follow.
    """

    position: int
    values: tuple[bool | int, ...]
    accept: bool | None
    next: tuple[str, ...]


def recognize(program: ir.Program, tokens: Iterable[str]) -> Iterator[Moment]:
    """Yields what the program says after 0, 1, 2, ... tokens of a stream, as they come.

    A step takes time in proportion to the size of the program, and for each window of c another c.

    Raises:
        KeyError: A token is not in the alphabet.
    """
    order = {token: number for number, token in enumerate(program.alphabet)}
    memory = [_memory(line.operation) for line in program.lines]
    yield _moment(program, 0, -1, memory)
    for position, token in enumerate(tokens, 1):
        yield _moment(program, position, order[token], memory)


@dataclass
class _Memory:
    """What a count keeps between steps: its sum so far, or the Booleans of its window, the latest first."""

    total: int = 0
    recent: deque[bool] | None = None


def _memory(operation: ir.Operation) -> _Memory:
    window = min(operation.farthest + 1, sys.maxsize) if isinstance(operation, ir.LocalCount) else None
    return _Memory(recent=None if window is None else deque(maxlen=window))


def _moment(program: ir.Program, position: int, token: int, memory: list[_Memory]) -> Moment:
    values: list[bool | int] = []
    for line, kept in zip(program.lines, memory, strict=True):
        values.append(_value(line.operation, values, position, token, kept))
    accept = None if program.accept is None else bool(values[program.accept])
    return Moment(position, tuple(values), accept, tuple(name for name, line in program.next if values[line]))


def _value(operation: ir.Operation, values: list[bool | int], position: int, token: int, kept: _Memory) -> bool | int:
    match operation:
        case ir.Symbol(number):
            return token == number
        case ir.Periodic(modulus, residue):
            return position % modulus == residue
        case ir.Not(operand):
            return not values[operand]
        case ir.And(operands):
            return all(values[k] for k in operands)
        case ir.Or(operands):
            return any(values[k] for k in operands)
        case ir.Compare(relation, left, right):
            return bool(_RELATIONS[relation](values[left], values[right]))
        case ir.Count(body, strict):
            before = kept.total
            kept.total += bool(values[body]) and position > 0
            return before if strict else kept.total
        case ir.LocalCount(body, nearest, _):
            assert kept.recent is not None
            kept.recent.appendleft(bool(values[body]) and position > 0)
            return sum(list(kept.recent)[nearest:])
        case ir.Linear(terms, constant):
            return constant + sum(factor * values[k] for factor, k in terms)
        case ir.Extremum(which, operands):
            found = [values[k] for k in operands]
            return min(found) if which == "min" else max(found)
        case ir.Conditional(condition, then, otherwise):
            return values[then] if values[condition] else values[otherwise]
        case _:
            assert_never(operation)
