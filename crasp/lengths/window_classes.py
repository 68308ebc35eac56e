"""The discrimination length of thresholds on counts of windows, for example of letters by residue or pairs of letters.

A program of the class has, for each end of a word, one threshold [a . c >= b] with |a_i|, |b| <= K, where c are the
counts of the windows. Which of these thresholds are equivalent is decided exactly, cell by cell
(crasp/lengths/window_counts.py). On a cell, a threshold on c becomes a threshold [a . n >= b] on natural numbers n. Two
of these are equivalent in the following cases, and in no others:

- Both always hold (a >= 0, b <= 0), or both never hold (a <= 0, b > 0).
- Both have a >= 0 and b > 0, and they hold for the same n with |n| at most the greater of the two b. These sets are
  upward closed. A minimal n of such a set has |n| <= b, since each unit adds at least 1. The same applies if both are
  negations of such thresholds.
- Both have an a with entries of both signs, and a and b are the same after common factors are removed. If two such a
  differ, then some n has a . n > 0 > a' . n or the other way round; otherwise a' would be a multiple of a (Farkas'
  lemma). Multiples of this n tell the two apart. If only b differs, some n has a . n = b, because natural multiples of
  numbers of both signs without a common factor give every integer.

Thresholds of different cases are not equivalent: a set is upward closed, or its complement is, or neither is.
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
MOST_VALUES = 1_500_000_000  # about the most truth values that are computed, in some ten seconds

NEVER, ALWAYS, UPWARD, DOWNWARD, BOTH = range(5)  # the kinds of thresholds on natural numbers


@dataclass(frozen=True)
class WindowDiscrimination:
    """The exact discrimination length of a class, and how many thresholds there are to choose from at each end."""

    counting: Counting
    largest: int
    length: int
    thresholds: int


@lru_cache(maxsize=64)
def window_discrimination(counting: Counting, largest: int, *, empty: bool = True) -> WindowDiscrimination:
    """The discrimination length of programs with one threshold for each end of a word.

    Args:
        counting: What is counted, and what is known of a word's end.
        largest: The largest absolute value of coefficients and bounds.
        empty: Whether the empty word is judged.

    Raises:
        TooLargeError: The class is too large to be listed. The message gives its size.
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
    """Thresholds of which no two are equivalent, and which of them the words seen so far have not told apart.

    `groups` has the same number for thresholds that have not been told apart.
    """

    slopes: IntegerArray
    bounds: IntegerArray
    groups: IntegerArray

    @property
    def number(self) -> int:
        """The number of groups."""
        return int(self.groups.max()) + 1

    def after(self, vectors: IntegerArray) -> "_Undistinguished":
        """The thresholds, with the groups split by words with these counts."""
        rows = np.column_stack([self.groups, _truths(self.slopes, self.bounds, vectors)])
        return replace(self, groups=_numbered(rows))


def _of_words(
    counting: Counting, ends: dict[State, tuple[CountsOfEnding, ...]]
) -> dict[State, tuple[CountsOfEnding, ...]]:
    """For each end the cells of the counts of nonempty words."""
    start: State = ((), 0)
    if counting.last:
        return {end: own for end, own in ends.items() if end != start}
    if counting.size > 1:
        return ends  # a word of one letter has the same counts as the empty word
    own = []
    for cell in ends[start]:
        # All letters are counted, so only the empty word has the counts 0. Every other word goes round some cycle.
        bases = [cell.base] if any(cell.base) else list(cell.cycles)
        own += [CountsOfEnding(base, cell.cycles) for base in bases]
    return ends | {start: tuple(own)}


def _truths(slopes: IntegerArray, bounds: IntegerArray, vectors: IntegerArray) -> IntegerArray:
    """The truth of each threshold on each vector as packed bits, of shape (thresholds, numbers)."""
    columns = vectors.T.astype(np.float64)  # integers far below 2**53 are exact
    parts = [
        np.packbits(slopes[k : k + 256].astype(np.float64) @ columns >= bounds[k : k + 256, None], axis=1)
        for k in range(0, len(slopes), 256)
    ]
    packed = np.concatenate(parts)
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.int64)


def _meanings(slopes: IntegerArray, bounds: IntegerArray, own: Sequence[CountsOfEnding]) -> IntegerArray:
    """(thresholds, cells): numbers that are equal for two thresholds exactly if they are equivalent on the cell."""
    return np.stack([_on_cell(slopes, bounds, cell).meanings() for cell in own], axis=1)


def _on_cell(slopes: IntegerArray, bounds: IntegerArray, cell: CountsOfEnding) -> "_OnNumbers":
    """The thresholds as thresholds on how often each cycle of the cell is gone round."""
    cycles = np.array(cell.cycles, dtype=np.int64).reshape(len(cell.cycles), slopes.shape[1])
    return _OnNumbers.of(slopes @ cycles.T, bounds - slopes @ np.array(cell.base))


def _check_work(work: int) -> None:
    if work > MOST_VALUES:
        raise TooLargeError(f"thresholds on counts of windows that take more than {MOST_VALUES:,} steps to tell apart")


@dataclass(frozen=True)
class _OnNumbers:
    """Thresholds [slopes . n >= bounds] on n in N^k without common factors, and the kind of each."""

    slopes: IntegerArray  # (thresholds, k)
    bounds: IntegerArray
    kinds: IntegerArray

    @classmethod
    def of(cls, slopes: IntegerArray, bounds: IntegerArray) -> "_OnNumbers":
        """The thresholds with common factors removed, which leaves their sets unchanged."""
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
        """About how many values are compared to tell the thresholds apart."""
        k = self.slopes.shape[1]
        closed = ((int(here.sum()), int(least.max(initial=0))) for here, _, least in self._upward())
        return 10 * self.slopes.size + sum(rows * comb(k + least, k) for rows, least in closed)

    def meanings(self) -> IntegerArray:
        """Numbers that are equal for two thresholds exactly if the thresholds hold for the same n."""
        found = np.where(self.kinds == NEVER, 0, 1)  # the other kinds follow
        for here, up, least in self._upward():
            if here.any():
                vectors = count_vectors(up.shape[1], int(least.max())).astype(np.int64)
                found[here] = found.max() + 1 + _numbered(_truths(up, least, vectors))
        here = self.kinds == BOTH
        found[here] = found.max() + 1 + _numbered(np.column_stack([self.slopes[here], self.bounds[here]]))
        return found

    def _upward(self) -> tuple[tuple[NDArray[np.bool_], IntegerArray, IntegerArray], ...]:
        """The thresholds of upward closed sets, and the negations of those whose complements are upward closed.

        For each of the two: which thresholds these are, their slopes and their bounds.
        """
        up, down = self.kinds == UPWARD, self.kinds == DOWNWARD
        return (up, self.slopes[up], self.bounds[up]), (down, -self.slopes[down], 1 - self.bounds[down])


def _numbered(rows: IntegerArray) -> IntegerArray:
    """For each row the number of its value among the different rows.

    Sorting whole rows is slow. So a 64-bit mixture of each row is sorted. If two different rows have the same mixture,
    the rows themselves are sorted.
    """
    _, first, inverse = np.unique(_mixtures(rows), return_index=True, return_inverse=True)
    if not np.array_equal(rows[first][inverse], rows):
        _, inverse = np.unique(rows, axis=0, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64)


def _mixtures(rows: IntegerArray) -> NDArray[np.uint64]:
    """A 64-bit number for each row, which is almost always different for different rows."""
    keys = np.random.default_rng(len(rows)).integers(1, 1 << 62, size=rows.shape[1], dtype=np.uint64) | np.uint64(1)
    numbers = rows.astype(np.uint64)
    mixed = ((numbers ^ (numbers >> np.uint64(29))) * keys).sum(axis=1, dtype=np.uint64)
    return np.asarray(mixed ^ (mixed >> np.uint64(32)))
