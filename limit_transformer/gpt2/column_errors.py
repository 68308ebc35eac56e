"""How far the columns of a GPT-2's stream are off, as the argument of `error_bounds.py` goes through the blocks."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from limit_transformer.gpt2.gpt2_shape import Shape
from limit_transformer.gpt2.machine_parts import IntegerTerms, MachineParts


class Error(NamedTuple):
    """How far a column that holds an integer is off: at its least value, at its greatest value, and at any value."""

    at_low: float
    at_high: float
    anywhere: float


class Dirt(NamedTuple):
    """How far a step is off where it is not exact: `constant`, plus `by_count` times the share `counted`."""

    constant: float
    counted: int | None
    by_count: float


EXACT = Error(0.0, 0.0, 0.0)


class StepSum(NamedTuple):
    """A coordinate that is a sum of steps.

    terms     (unit, weight) of each step
    dirt      how far each step is off
    fewest    the least number of columns that a step of it reads
    together  the greatest number of its steps that can be 1 at once
    """

    terms: IntegerTerms
    dirt: tuple[Dirt, ...]
    fewest: int
    together: int

    @property
    def signs(self) -> set[bool]:
        """For the weights that occur, whether they are positive."""
        return {weight > 0 for _, weight in self.terms}

    def fired(self, ends: tuple[int, int]) -> int:
        """Return how many steps can be 1 at once; if all weights have one sign, the range of the sum limits it too."""
        return min(self.together, ends[1] - ends[0]) if len(self.signs) == 1 else self.together


def error_of(steps: StepSum, ends: tuple[int, int], exact_ones: frozenset[int]) -> Error:
    """Return the error of a sum of steps.

    Args:
        steps: The sum.
        ends: The least and the greatest value of the sum.
        exact_ones: The units that are exact where they are 1; all others are exact where they are 0.
    """
    low_end, high_end = ends
    each = [
        abs(weight) * (dirt.constant + dirt.by_count) for (_, weight), dirt in zip(steps.terms, steps.dirt, strict=True)
    ]
    fired = steps.fired(ends)
    total = sum(sorted(each)[len(each) - fired :]) * _adding(fired, steps.fewest)
    if len(steps.signs) == 1 and not any(unit in exact_ones for unit, _ in steps.terms):
        rests_low = steps.signs == {True} and low_end == 0
        rests_high = steps.signs == {False} and high_end == 0
        return Error(0.0 if rests_low else total, 0.0 if rests_high else total, total)
    low = high = 0.0
    for (unit, weight), error in zip(steps.terms, each, strict=True):
        if (weight > 0) == (unit in exact_ones):
            low += error
        else:
            high += error
    more = _adding(len(steps.terms), steps.fewest)
    # At an end of its range the sum determines each step only if all steps can be at their own ends together.
    least = sum(weight for _, weight in steps.terms if weight < 0)
    most = sum(weight for _, weight in steps.terms if weight > 0)
    at_low = low if low_end == least else low + high
    at_high = high if high_end == most else low + high
    if any(unit in exact_ones for unit, _ in steps.terms):
        return Error(at_low * more, at_high * more, (low + high) * more)
    return Error(min(at_low * more, total), min(at_high * more, total), min((low + high) * more, total))


def counted_dirt(steps: StepSum, ends: tuple[int, int], exact_ones: frozenset[int]) -> dict[int, float]:
    """Return which parts of `error_of` are a share times a number, by the share.

    It is empty if the error is not the sum of the errors of all steps.
    """
    fired = steps.fired(ends)
    if fired < len(steps.terms) or any(unit in exact_ones for unit, _ in steps.terms):
        return {}
    more = _adding(fired, steps.fewest)
    found: dict[int, float] = {}
    for (_, weight), dirt in zip(steps.terms, steps.dirt, strict=True):
        if dirt.counted is not None:
            found[dirt.counted] = found.get(dirt.counted, 0.0) + abs(weight) * dirt.by_count * more
    return found


def _adding(steps: int, columns: int) -> float:
    """Return the factor by which the roundings of a sum of A steps enlarge the errors of the steps.

    A steps that are not exact are 2 A numbers of size k Z. To round their sum adds 4 A u k Z to each step's own error
    of 2 (n + 3) u k Z, where n is at least `columns`, the columns that a step reads.
    """
    return 1.0 if steps <= 1 else 1 + 2 * steps / (columns + 3)


class ShareError(NamedTuple):
    """How far s times a share, c, is off: by at most quadratic u c^2 / 2 + linear |c| + constant."""

    quadratic: float
    linear: float
    constant: float


class Columns:
    """What LayerNorm does to every row, and the size and error of each column so far, as in `error_bounds.py`."""

    def __init__(self, shape: Shape, unit: float, larger: int) -> None:
        self.parts = shape.parts
        self.unit = unit
        self.tokens = float(shape.tokens)
        parts = shape.parts
        self.size = [float(max(abs(low), abs(high))) for low, high in zip(parts.low, parts.high, strict=True)]
        sums = shape.sums
        slack = errors_taken(shape)
        # (x + e)^2 <= 2 x^2 + 2 e^2, with errors e below 1
        squares = 2 * sums.squares + 2 * slack + shape.code
        self.large = 2.0 ** (math.ceil(math.log2(squares / (16 * unit)) / 2) + larger)
        self.middle = (sums.low + sums.high) / 2
        half = (sums.high - sums.low) / 2 + math.sqrt(2) * shape.code + slack
        self.mean = half / shape.width + unit * self.large * (2 * math.log(shape.width) + 8)
        self.factor = (squares + self.middle**2) / (4 * self.large**2) + (6 * math.log2(shape.width) + 24) * unit
        self.errors: dict[int, Error] = {}  # of columns that hold integers; a column that is absent is exact
        self.shares: dict[int, ShareError] = {}
        self.by_count: dict[int, dict[int, float]] = {}  # for an integer: share -> its factor in the error

    def mass(self, terms: IntegerTerms, bias: int = 0) -> float:
        """Return the sum of |weight| (|x| + |m|) over the columns and ground, and the size of the bias."""
        total = abs(sum(weight for _, weight in terms)) * self.mean + abs(bias)
        by_letter: dict[int, float] = {}
        for k, weight in terms:
            total += abs(weight) * self.mean
            if self.parts.kinds[k] == "fixed":
                for letter, value in self.parts.letters[k]:
                    by_letter[letter] = by_letter.get(letter, 0) + abs(weight * value)
            else:
                total += abs(weight) * self.size[k]
        return total + max(by_letter.values(), default=0)

    def noise(self, terms: IntegerTerms, bias: int = 0) -> float:
        """Return how far the reading of a combination of columns is off, besides the columns' own errors."""
        return (len(terms) + 8) * self.unit * self.mass(terms, bias)

    def dirt(self, gates: IntegerTerms, end: int) -> float:
        """Return the error of a sum of integers: at its greatest value (end 1), its least (end -1), or anywhere (0)."""
        total = 0.0
        for k, weight in gates:
            error = self.errors.get(k, EXACT)
            at_end = error.at_high if weight * end > 0 else error.at_low
            total += abs(weight) * (at_end if end else error.anywhere)
        return total

    def shared_dirt(self, gates: IntegerTerms) -> float:
        """Return how much smaller the integers' errors are together than added up: their counts share the tokens."""
        joint: dict[int, float] = {}
        for k, weight in gates:
            for count, error in self.by_count.get(k, {}).items():
                joint[count] = joint.get(count, 0.0) + abs(weight) * error
        if len(joint) < 2 or not are_disjoint(self.parts, joint):
            return 0.0
        return sum(joint.values()) - max(joint.values())


def errors_taken(shape: Shape) -> float:
    """Return the greatest sum of the errors of all integers for which the argument holds."""
    return 1 + shape.parts.kinds.count("integer") / 10


def are_disjoint(parts: MachineParts, shares: Iterable[int]) -> bool:
    """Return whether the shares are counts that count no token twice, so that they add up to at most 1.

    A single count may be of anything that is 0 or 1.
    """
    rows = [parts.counted.get(k) for k in shares]
    seen: set[int] = set()
    for row in rows:
        if row is None or row.begin or row.low < 0 or row.high > 1:
            return False
        letters = {letter for letter, value in enumerate(row.by_letter[:-1]) if value}
        if len(rows) > 1 and (row.gates or letters & seen):
            return False
        seen |= letters
    return True
