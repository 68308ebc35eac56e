"""Evaluates each operation in exact integers, for words that are stored as rows or as a tree of prefixes.

Integers are as narrow as a bound on all values of the program allows. Where no machine integer is wide enough they are
Python's own.
"""

from collections import deque
from typing import Any, Protocol, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir

IntegerArray: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[Any]  # Boolean or integer; the shape is that of the positions, or broadcasts to it

NUMPY_RELATIONS: dict[ir.Relation, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


class Positions(Protocol):
    """The positions of many words: the token at each, and which position comes before which.

    Position 0 has no token.
    """

    @property
    def tokens(self) -> Values:
        """The number of the token at each position, -1 where there is none."""

    @property
    def longest(self) -> int:
        """The length of the longest word."""

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position, counted from 0, has this residue modulo `modulus`."""

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i, the number of positions 1..i of its word at which `body` holds."""

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions earlier in its word, and 0 where there is none.

        `values` is 0 at position 0.
        """


def evaluated(program: ir.Program, positions: Positions, wanted: frozenset[int]) -> dict[int, Values]:
    """The values of the wanted lines at every position, by the number of the line.

    Args:
        program: The program.
        positions: The words.
        wanted: The numbers of the lines.

    Returns:
        For each wanted line an array of the shape of the positions, or of one that broadcasts to it.
    """
    plan = _plan(program, wanted)
    counts = plan.counts(positions.longest)
    values: dict[int, Values] = {}
    for number in plan.needed:
        values[number] = _evaluate(program.lines[number].operation, values, positions, counts)
        for dead in plan.last_uses.get(number, ()):
            del values[dead]
    return values


class _Plan:
    """The lines to compute for the wanted ones, in order, and after which line each value is no longer needed."""

    def __init__(self, program: ir.Program, wanted: frozenset[int]) -> None:
        self.program = program
        self.wanted = wanted
        self.needed = sorted(ir.needed_lines(program, wanted))
        self.last_uses = _last_uses(program, self.needed, wanted)
        self._counts: dict[int, np.dtype[Any]] = {}

    def counts(self, longest: int) -> np.dtype[Any]:
        """The integer type that holds every value on words of this length."""
        if longest not in self._counts:
            bounds = value_bounds(self.program, longest)
            self._counts[longest] = integer_type(max((bounds[k] for k in self.needed), default=0))
        return self._counts[longest]


_recent: deque[_Plan] = deque(maxlen=4)


def _plan(program: ir.Program, wanted: frozenset[int]) -> _Plan:
    """The plan for these lines of a program.

    The last few plans are kept, for callers that ask for one word at a time.
    """
    for plan in tuple(_recent):
        if plan.program is program and plan.wanted == wanted:
            return plan
    plan = _Plan(program, wanted)
    _recent.append(plan)
    return plan


def value_bounds(program: ir.Program, length: int) -> tuple[int, ...]:
    """For each line a bound on the absolute value of its values, on words of this length.

    The bound holds for the partial sums of a linear combination too.
    """
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
    """For each line, those of its operands whose values may be dropped after it.

    They are not wanted, and no later line reads them.
    """
    uses: dict[int, list[int]] = {}
    seen = set(wanted)
    for number in reversed(needed):
        for operand in ir.operands_of(program.lines[number].operation):
            if operand not in seen:
                seen.add(operand)
                uses.setdefault(number, []).append(operand)
    return uses


def _evaluate(operation: ir.Operation, values: dict[int, Values], at: Positions, counts: np.dtype[Any]) -> Values:
    """The values of one operation, computed from the values of its operands."""
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
                # NumPy turns an array of Python integers without dimensions into a plain number, which the next
                # operation would take for a machine integer.
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
        here = np.broadcast_to(body, at.tokens.shape) & (at.tokens >= 0)  # position 0 is never counted
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
    return np.asarray(result, dtype=counts)  # NumPy turns an array of Python integers without dimensions into a number


def having_residue(modulus: int, residue: int, positions: int) -> NDArray[np.bool_]:
    """Whether each number from 0 has this residue, of shape (positions,).

    The modulus may exceed any machine integer.
    """
    found = np.zeros(positions, bool)
    if residue < positions:
        found[residue :: min(modulus, positions)] = True
    return found


def integer_type(bound: int) -> np.dtype[Any]:
    """The narrowest integer type that holds both bound and -bound; Python's integers where no machine integer does."""
    for kind in (np.int16, np.int32, np.int64):
        if bound <= np.iinfo(kind).max:
            return np.dtype(kind)
    return np.dtype(object)


def token_type(size: int) -> np.dtype[Any]:
    """The narrowest integer type that holds -1 and the number of each token of an alphabet of this size."""
    return np.dtype(np.int8 if size <= 127 else np.int16 if size <= 32767 else np.int32)
