"""The value of every operation, in exact integers, wherever its positions lie: in rows of words, in a tree of them.

Integers are as narrow as a bound on every value allows, and Python's own where no machine integer is wide enough.
"""

from collections import deque
from typing import Any, Protocol, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir

IntegerArray: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[Any]  # Boolean or integer, of the shape of the positions or one that broadcasts to it

NUMPY_RELATIONS: dict[ir.Relation, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


class Positions(Protocol):
    """Where the letters of many words stand, and which position is before which; position 0 has no letter."""

    @property
    def tokens(self) -> Values:
        """The token at each position by its number, -1 where there is none."""

    @property
    def longest(self) -> int:
        """The number of the last position of all."""

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position has that residue."""

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i how many of positions 1..i hold."""

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions before, 0 where there is none; position 0 has the value 0."""


def evaluated(program: ir.Program, positions: Positions, wanted: frozenset[int]) -> dict[int, Values]:
    """The values of the wanted lines at every position."""
    plan = _plan(program, wanted)
    counts = plan.counts(positions.longest)
    values: dict[int, Values] = {}
    for number in plan.needed:
        values[number] = _evaluate(program.lines[number].operation, values, positions, counts)
        for dead in plan.last_uses.get(number, ()):
            del values[dead]
    return values


class _Plan:
    """What is computed of a program for the wanted lines, in order, and when it is dropped."""

    def __init__(self, program: ir.Program, wanted: frozenset[int]) -> None:
        self.program = program
        self.wanted = wanted
        self.needed = sorted(ir.needed_lines(program, wanted))
        self.last_uses = _last_uses(program, self.needed, wanted)
        self._counts: dict[int, np.dtype[Any]] = {}

    def counts(self, longest: int) -> np.dtype[Any]:
        """The integers that hold every value on words of that length."""
        if longest not in self._counts:
            bounds = value_bounds(self.program, longest)
            self._counts[longest] = integer_type(max((bounds[k] for k in self.needed), default=0))
        return self._counts[longest]


_recent: deque[_Plan] = deque(maxlen=4)


def _plan(program: ir.Program, wanted: frozenset[int]) -> _Plan:
    """The plan, kept from one call to the next: who asks for many words one by one would make it for each."""
    for plan in tuple(_recent):
        if plan.program is program and plan.wanted == wanted:
            return plan
    plan = _Plan(program, wanted)
    _recent.append(plan)
    return plan


def value_bounds(program: ir.Program, length: int) -> tuple[int, ...]:
    """For each line a number that no value exceeds in size on words of that length, partial sums included."""
    bounds: list[int] = []
    for line in program.lines:
        match line.operation:
            case ir.Count():
                bound = length
            case ir.LocalCount(_, nearest, farthest):
                bound = length if nearest < farthest else 1
            case ir.Linear(terms, constant):
                bound = sum(abs(factor) * bounds[k] for factor, k in terms) + abs(constant)
                bound = max([bound, *(abs(factor) for factor, _ in terms)])
            case ir.Extremum(_, operands):
                bound = max(bounds[k] for k in operands)
            case ir.Conditional(_, then, otherwise):
                bound = max(bounds[then], bounds[otherwise])
            case ir.Symbol() | ir.Periodic() | ir.Not() | ir.And() | ir.Or() | ir.Compare():
                bound = 1
            case _:
                assert_never(line.operation)
        bounds.append(bound)
    return tuple(bounds)


def _last_uses(program: ir.Program, needed: list[int], wanted: frozenset[int]) -> dict[int, list[int]]:
    """For each line the operands that no later line reads and nobody wants."""
    uses: dict[int, list[int]] = {}
    seen = set(wanted)
    for number in reversed(needed):
        for operand in ir.operands_of(program.lines[number].operation):
            if operand not in seen:
                seen.add(operand)
                uses.setdefault(number, []).append(operand)
    return uses


def _evaluate(operation: ir.Operation, values: dict[int, Values], at: Positions, counts: np.dtype[Any]) -> Values:
    """The values of one operation from those of its operands."""
    match operation:
        case ir.Symbol(token):
            return np.equal(at.tokens, token)
        case ir.Periodic(modulus, residue):
            return at.periodic(modulus, residue)
        case ir.Not(operand):
            return np.logical_not(values[operand])
        case ir.And(operands):
            return _junction(np.logical_and, True, operands, values)
        case ir.Or(operands):
            return _junction(np.logical_or, False, operands, values)
        case ir.Compare(relation, left, right):
            return np.asarray(NUMPY_RELATIONS[relation](values[left], values[right]), dtype=bool)
        case ir.Count(body, strict):
            sums = at.sums(values[body], counts)
            return at.before(sums, 1) if strict else sums
        case ir.LocalCount(body, nearest, farthest):
            return _local_count(values[body], nearest, farthest, at, counts)
        case ir.Linear(terms, constant):
            return _linear(terms, constant, values, counts)
        case ir.Extremum(which, operands):
            choose = np.minimum if which == "min" else np.maximum
            result = values[operands[0]]
            for operand in operands[1:]:
                # An object of no dimension would come out as a number, and be read as a machine integer again.
                result = np.asarray(choose(result, values[operand]), dtype=counts)
            return result
        case ir.Conditional(condition, then, otherwise):
            return np.where(values[condition], values[then], values[otherwise])
        case _:
            assert_never(operation)


def _junction(join: np.ufunc, neutral: bool, operands: tuple[int, ...], values: dict[int, Values]) -> Values:
    if not operands:
        return np.full((), neutral)
    result = values[operands[0]]
    for operand in operands[1:]:
        result = join(result, values[operand])
    return result


def _local_count(body: Values, nearest: int, farthest: int, at: Positions, counts: np.dtype[Any]) -> Values:
    if nearest == farthest:
        here = np.broadcast_to(body, at.tokens.shape) & (at.tokens >= 0)  # at position 0 nothing is counted
        return at.before(here.astype(counts), nearest)
    sums = at.sums(body, counts)
    result: Values = at.before(sums, nearest) - at.before(sums, farthest + 1)
    return result


def _linear(
    terms: tuple[tuple[int, int], ...],
    constant: int,
    values: dict[int, Values],
    counts: np.dtype[Any],
) -> Values:
    result: Values = np.full((), constant, dtype=counts)
    for factor, operand in terms:
        if factor == 1:
            result = result + values[operand]
        elif factor == -1:
            result = result - values[operand]
        else:
            result = result + values[operand] * np.array(factor, dtype=counts)
    return np.asarray(result, dtype=counts)  # an object of no dimension would come out as a number


def having_residue(modulus: int, residue: int, positions: int) -> NDArray[np.bool_]:
    """(positions,) whether each number from 0 has that residue; the modulus may be beyond any machine integer."""
    found = np.zeros(positions, bool)
    if residue < positions:
        found[residue :: min(modulus, positions)] = True
    return found


def integer_type(bound: int) -> np.dtype[Any]:
    """The narrowest integers that hold the bound on both sides; Python's where no machine integer does."""
    for kind in (np.int16, np.int32, np.int64):
        if bound <= np.iinfo(kind).max:
            return np.dtype(kind)
    return np.dtype(object)


def token_type(size: int) -> np.dtype[Any]:
    """The narrowest integers that hold the number of each token of an alphabet of that size, and -1."""
    return np.dtype(np.int8 if size <= 127 else np.int16 if size <= 32767 else np.int32)
