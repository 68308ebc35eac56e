"""The discrimination length of thresholds on counts of windows: letters by residue, or pairs of letters, for instance.

A program of the class has, for each end of the word, one threshold [a . c >= b] with |a_i|, |b| <= K on the counts c
of the windows. Which of them say the same is decided cell by cell (crasp/lengths/window_counts.py), exactly. On a cell
a threshold is one on natural numbers n, [a . n >= b], and of those two say the same in these cases alone:

- both hold always (a >= 0, b <= 0), or never (a <= 0, b > 0);
- a >= 0 and b > 0 in both, and they hold for the same n with |n| <= b, the greater of the two: the set is upward
  closed, and a least n of it has at most b elements, each of which adds at least 1; or both are the negations of such;
- a has both signs in both, and without common factors a and b are the same: where two such a differ, some n has
  a . n > 0 > a' . n or the other way round, else a' would be a multiple of a (Farkas), and its multiples tell the two
  apart; where only b differs, some n has a . n = b, since natural multiples of numbers of both signs without a common
  factor give every integer.

Two of different cases differ: upward closed sets, sets with such complements, and those that are neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, product
from math import comb

import numpy as np
from numpy.typing import NDArray

from crasp.lengths.thresholds import TooLargeError, count_vectors
from crasp.lengths.window_counts import Counting, CountsOfEnding, State, cells, counts_by_length
from crasp.meaning.operations import IntegerArray
from crasp.text.big_integers import show_integer

MOST_THRESHOLDS = 20_000
MOST_VALUES = 1_500_000_000  # truth values, roughly: some ten seconds

NEVER, ALWAYS, UPWARD, DOWNWARD, BOTH = range(5)  # what a threshold on natural numbers is


@dataclass(frozen=True)
class WindowDiscrimination:
    """The exact discrimination length of a class, and how many thresholds there are to choose from at each end."""

    counting: Counting
    largest: int
    length: int
    thresholds: int


@lru_cache(maxsize=64)
def window_discrimination(counting: Counting, largest: int, *, empty: bool = True) -> WindowDiscrimination:
    """The discrimination length of one threshold for each end, with coefficients and bounds in -largest..largest.

    Without `empty`, on the words that are not empty.
    TooLargeError, with the size, where the class is larger than is listed.
    """
    number = (2 * largest + 1) ** (counting.classes + 1)
    if number > MOST_THRESHOLDS:
        what = f"{counting.classes} classes of windows with coefficients to {show_integer(largest)}"
        raise TooLargeError(f"{what}: more than {MOST_THRESHOLDS:,} thresholds, the limit")
    values = range(-largest, largest + 1)
    rows = np.array(list(product(values, repeat=counting.classes + 1)), dtype=np.int64)
    slopes, bounds = rows[:, :-1], rows[:, -1]
    apart = {}
    ends = cells(counting) if empty else _of_words(counting, cells(counting))
    work = 0
    for cell in chain.from_iterable(ends.values()):
        work += _on_cell(slopes, bounds, cell).work
        _check_work(work)
    for end, own in ends.items():
        _, first = np.unique(_meanings(slopes, bounds, own), axis=0, return_index=True)
        apart[end] = _Undistinguished(slopes[first], bounds[first], np.zeros(len(first), dtype=np.int64))
    for length, found in enumerate(counts_by_length(counting)):
        for end, vectors in found.items() if length or empty else ():
            if end in apart:
                work += len(apart[end].bounds) * len(vectors)
                _check_work(work)
                apart[end] = apart[end].after(vectors)
        apart = {end: together for end, together in apart.items() if together.number < len(together.bounds)}
        if not apart:
            return WindowDiscrimination(counting, largest, length, number)
    raise AssertionError("what differs differs at some length")


@dataclass(frozen=True)
class _Undistinguished:
    """Thresholds that all say something else, and which of them words have not told apart: the same in `groups`."""

    slopes: IntegerArray
    bounds: IntegerArray
    groups: IntegerArray

    @property
    def number(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1

    def after(self, vectors: IntegerArray) -> "_Undistinguished":
        """The groups when words with these counts have been seen too."""
        rows = np.column_stack([self.groups, _truths(self.slopes, self.bounds, vectors)])
        return replace(self, groups=_numbered(rows))


def _of_words(
    counting: Counting, ends: dict[State, tuple[CountsOfEnding, ...]]
) -> dict[State, tuple[CountsOfEnding, ...]]:
    """The counts of the words that are not empty, by end."""
    start: State = ((), 0)
    if counting.last:
        return {end: own for end, own in ends.items() if end != start}
    if counting.size > 1:
        return ends  # a word of one letter has the empty word's counts
    own = []
    for cell in ends[start]:
        # All letters are counted: the empty word alone has none, and some cycle is gone round in any other.
        bases = [cell.base] if any(cell.base) else list(cell.cycles)
        own += [CountsOfEnding(base, cell.cycles) for base in bases]
    return ends | {start: tuple(own)}


def _truths(slopes: IntegerArray, bounds: IntegerArray, vectors: IntegerArray) -> IntegerArray:
    """The truth of each threshold on each vector, packed: (thresholds, numbers)."""
    columns = vectors.T.astype(np.float64)  # integers far below 2**53 are exact
    parts = [
        np.packbits(slopes[k : k + 256].astype(np.float64) @ columns >= bounds[k : k + 256, None], axis=1)
        for k in range(0, len(slopes), 256)
    ]
    packed = np.concatenate(parts)
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.int64)


def _meanings(slopes: IntegerArray, bounds: IntegerArray, own: Sequence[CountsOfEnding]) -> IntegerArray:
    """Numbers that are the same for two thresholds exactly if they say the same at this end: (thresholds, cells)."""
    return np.stack([_on_cell(slopes, bounds, cell).meanings() for cell in own], axis=1)


def _on_cell(slopes: IntegerArray, bounds: IntegerArray, cell: CountsOfEnding) -> "_OnNumbers":
    """The thresholds as those on how often each cycle of the cell is gone round."""
    cycles = np.array(cell.cycles, dtype=np.int64).reshape(len(cell.cycles), slopes.shape[1])
    return _OnNumbers.of(slopes @ cycles.T, bounds - slopes @ np.array(cell.base))


def _check_work(work: int) -> None:
    if work > MOST_VALUES:
        raise TooLargeError(f"thresholds on counts of windows that take more than {MOST_VALUES:,} steps to tell apart")


@dataclass(frozen=True)
class _OnNumbers:
    """Thresholds [slopes . n >= bounds] on n in N^k, without common factors, and the case of each."""

    slopes: IntegerArray  # (thresholds, k)
    bounds: IntegerArray
    kinds: IntegerArray

    @classmethod
    def of(cls, slopes: IntegerArray, bounds: IntegerArray) -> "_OnNumbers":
        """The same sets of numbers as of these thresholds."""
        common = np.gcd.reduce(slopes, axis=1) if slopes.shape[1] else np.zeros_like(bounds)
        divisor = np.maximum(common, 1)
        slopes, bounds = slopes // divisor[:, None], -(-bounds // divisor)
        rising, falling = (slopes >= 0).all(axis=1), (slopes <= 0).all(axis=1)
        kinds = np.full(len(bounds), BOTH)
        kinds[rising & (bounds > 0)] = UPWARD
        kinds[falling & (bounds <= 0)] = DOWNWARD
        kinds[rising & (bounds <= 0)] = ALWAYS
        kinds[falling & (bounds > 0)] = NEVER
        return cls(slopes, bounds, kinds)

    @property
    def work(self) -> int:
        """How much is compared to tell them apart, roughly."""
        k = self.slopes.shape[1]
        closed = ((int(here.sum()), int(least.max(initial=0))) for here, _, least in self._upward())
        return 10 * self.slopes.size + sum(rows * comb(k + least, k) for rows, least in closed)

    def meanings(self) -> IntegerArray:
        """Numbers that are the same for two thresholds exactly where those hold for the same n."""
        found = np.where(self.kinds == NEVER, 0, 1)  # of the rest below
        for here, up, least in self._upward():
            if here.any():
                vectors = count_vectors(up.shape[1], int(least.max())).astype(np.int64)
                found[here] = found.max() + 1 + _numbered(_truths(up, least, vectors))
        here = self.kinds == BOTH
        found[here] = found.max() + 1 + _numbered(np.column_stack([self.slopes[here], self.bounds[here]]))
        return found

    def _upward(self) -> tuple[tuple[NDArray[np.bool_], IntegerArray, IntegerArray], ...]:
        """The upward closed sets, and those whose complements are, as those: where they are, slopes and bounds."""
        up, down = self.kinds == UPWARD, self.kinds == DOWNWARD
        return (up, self.slopes[up], self.bounds[up]), (down, -self.slopes[down], 1 - self.bounds[down])


def _numbered(rows: IntegerArray) -> IntegerArray:
    """The number of each row among the different ones.

    Whole rows are slow to sort. So a mixture of each row's numbers is sorted; where two rows that differ have one
    mixture, the rows themselves are.
    """
    _, first, inverse = np.unique(_mixtures(rows), return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][inverse], rows):
        _, inverse = np.unique(rows, axis=0, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64)


def _mixtures(rows: IntegerArray) -> NDArray[np.uint64]:
    """A number of 64 bits for each row, nearly always another for another row."""
    keys = np.random.default_rng(len(rows)).integers(1, 1 << 62, size=rows.shape[1], dtype=np.uint64) | np.uint64(1)
    numbers = rows.astype(np.uint64)
    mixed = ((numbers ^ (numbers >> np.uint64(29))) * keys).sum(axis=1, dtype=np.uint64)
    return np.asarray(mixed ^ (mixed >> np.uint64(32)))
