"""Which counts of windows words can have: words are seen as walks, and their counts form finitely many cells.

A word walks through states. A state has the last letters and the length modulo a period. Each step counts the window
that it completes. The counts of the walks to a state are base + natural multiples of some cycles, for finitely many
bases. The argument is as follows.

From the counts of a walk, subtract the counts of a cycle through states that the walk visits, as long as some walk to
the same end that visits the same states has the counts that are left. What is left in the end is a base. Conversely,
the walk with these counts passes every state of the cycles that were subtracted, so it can go round each of them any
number of times. If a walk's counts are a base, so are the counts of every prefix of the walk, because what can be
subtracted from a prefix can be subtracted from the whole. So all bases are found once a length has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.lengths.thresholds import IntegerVector, TooLargeError
from crasp.text.big_integers import show_integer

MOST_WALKS = 200_000  # the most walks that differ in their end, their counts or the states that they visit
MOST_CYCLES = 300
MOST_PATHS = 50_000
MOST_CLASSES = 64

State: TypeAlias = tuple[
    IntegerVector, int
]  # the last letters (fewer if the word is shorter), and the length modulo `ending`
Walk: TypeAlias = tuple[State, int, IntegerVector]  # the last state, the states visited as bits, the counts


@dataclass(frozen=True)
class Counting:
    """What is counted, and what is known of a word's end.

    size, period   windows of `size` letters are counted, in classes by the position of the last letter modulo `period`
    last, ending   known of the end are the last letters, `last` of them, and the length modulo `ending`, a multiple of
                   `period`
    """

    letters: int
    size: int = 1
    period: int = 1
    last: int = 0
    ending: int = 1

    def __post_init__(self) -> None:
        if min(self.letters, self.size, self.period, self.ending) < 1 or self.last < 0 or self.ending % self.period:
            raise ValueError(f"expected letters, size, period >= 1, last >= 0, ending a multiple of period: {self}")
        found = power_to(self.letters, self.size, MOST_CLASSES)
        if found is None or found * self.period > MOST_CLASSES:
            size = f"{self.size:,} letters" if self.size > 1 else "one letter"
            where = f", by the position modulo {show_integer(self.period)}" if self.period > 1 else ""
            raise TooLargeError(f"windows of {size} of {self.letters:,}{where}: more than {MOST_CLASSES} classes")

    @property
    def classes(self) -> int:
        """How many classes of windows are counted. Shorter windows, at the beginning of a word, are not counted."""
        return self.period * int(self.letters**self.size)

    def step(self, state: State, letter: int) -> tuple[State, int | None]:
        """The state after one more letter, and the class of the window that it completes.

        The class is None if the window is not full.
        """
        window, length = (*state[0], letter), (state[1] + 1) % self.ending
        kept = max(self.size - 1, self.last)
        after = (window[-kept:] if kept else (), length)
        if len(window) < self.size:
            return after, None
        return after, length % self.period * self.letters**self.size + self.number(window[-self.size :])

    def number(self, window: IntegerVector) -> int:
        """The number of a window, whose letters are read as the digits of a number."""
        found = 0
        for letter in window:
            found = found * self.letters + letter
        return found

    def end(self, state: State) -> State:
        """What is known of the end of the words that lead to a state."""
        return (state[0][-self.last :] if self.last else (), state[1])


@dataclass(frozen=True)
class CountsOfEnding:
    """A cell of the counts of words with one end: base + n . cycles for all n in N^k."""

    base: IntegerVector
    cycles: tuple[IntegerVector, ...]


def cells(counting: Counting) -> dict[State, tuple[CountsOfEnding, ...]]:
    """For each end the cells of the counts of all words with this end.

    Raises:
        TooLargeError: There are too many cycles or walks.
    """
    cycles = tuple(dict.fromkeys(_cycles(counting)))
    if len(cycles) > MOST_CYCLES:
        raise TooLargeError(f"{len(cycles):,} cycles of windows: the limit is {MOST_CYCLES}")
    shorter: set[Walk] = set()
    found: dict[State, set[CountsOfEnding]] = {}
    for level in _levels(counting, visits=True):
        bases = [walk for walk in level if not _reducible(walk, cycles, shorter)]
        if not bases:
            break
        for state, visited, counts in bases:
            round_it = tuple(dict.fromkeys(cycle for mask, cycle in cycles if not mask & ~visited))
            found.setdefault(counting.end(state), set()).add(CountsOfEnding(counts, round_it))
        shorter |= level
    return {end: tuple(sorted(own, key=lambda cell: (cell.base, cell.cycles))) for end, own in found.items()}


def counts_by_length(counting: Counting) -> Iterator[dict[State, NDArray[np.int64]]]:
    """Yields, for words of 0, 1, ... letters, the different counts by end, each of shape (vectors, classes)."""
    for level in _levels(counting, visits=False):
        found: dict[State, set[IntegerVector]] = {}
        for state, _, counts in level:
            found.setdefault(counting.end(state), set()).add(counts)
        yield {end: np.array(sorted(own), dtype=np.int64) for end, own in found.items()}


def _levels(counting: Counting, *, visits: bool) -> Iterator[set[Walk]]:
    """Yields all walks of 0, 1, ... letters. The states that they visit are recorded only if `visits`."""
    numbers = _numbers(counting)
    level: set[Walk] = {(((), 0), _bit(numbers, ((), 0)) if visits else 0, (0,) * counting.classes)}
    total = 0
    while True:
        yield level
        total += len(level)
        if total > MOST_WALKS:
            raise TooLargeError(f"more than {MOST_WALKS:,} different counts of windows by the words that are needed")
        after: set[Walk] = set()
        for state, visited, counts in level:
            for letter in range(counting.letters):
                next_state, counted = counting.step(state, letter)
                after.add((next_state, visited | _bit(numbers, next_state) if visits else 0, _more(counts, counted)))
        level = after


def _numbers(counting: Counting) -> dict[State, int]:
    """A number for each state that cycles can pass, which are the states of long enough words."""
    kept = max(counting.size - 1, counting.last)
    suffixes: list[IntegerVector] = [()]
    for _ in range(kept):
        suffixes = [(*suffix, letter) for suffix in suffixes for letter in range(counting.letters)]
    return {(suffix, r): k for k, (suffix, r) in enumerate((s, r) for s in suffixes for r in range(counting.ending))}


def _bit(numbers: dict[State, int], state: State) -> int:
    return 1 << numbers[state] if state in numbers else 0


def _cycles(counting: Counting) -> Iterator[tuple[int, IntegerVector]]:
    """Yields the walks from a state back to it that pass no state twice: the states as bits, and the counts."""
    numbers = _numbers(counting)
    total = 0
    for start, number in numbers.items():
        level: set[Walk] = {(start, 0, (0,) * counting.classes)}
        while level:
            longer: set[Walk] = set()
            for state, passed, counts in level:
                for letter in range(counting.letters):
                    after, counted = counting.step(state, letter)
                    bit = _bit(numbers, after)
                    if numbers[after] >= number and not passed & bit:
                        longer.add((after, passed | bit, _more(counts, counted)))
            yield from ((passed, counts) for state, passed, counts in longer if state == start)
            level = {walk for walk in longer if walk[0] != start}
            total += len(level)
            if total > MOST_PATHS:
                raise TooLargeError(f"more than {MOST_PATHS:,} different paths through the ends of windows")


def power_to(base: int, exponent: int, most: int) -> int | None:
    """base ** exponent if it is at most `most`, else None. The base is at least 1. A huge power is never computed."""
    if base > 1 and exponent > most.bit_length():
        return None
    found: int = base**exponent
    return found if found <= most else None


def _more(counts: IntegerVector, counted: int | None) -> IntegerVector:
    return counts if counted is None else (*counts[:counted], counts[counted] + 1, *counts[counted + 1 :])


def _reducible(walk: Walk, cycles: tuple[tuple[int, IntegerVector], ...], shorter: set[Walk]) -> bool:
    state, visited, counts = walk
    return any(
        (state, visited, tuple(a - b for a, b in zip(counts, cycle, strict=True))) in shorter
        for mask, cycle in cycles
        if not mask & ~visited
    )
