"""Which counts of windows words can have: words as walks, and their counts as finitely many cells.

A word walks through states, its last letters and its length modulo a period, and each step counts the window that it
ends. The counts of the walks to a state are base + any natural numbers of some cycles, for finitely many bases:

Take off a walk's counts the counts of a cycle through states that it visits, as long as some walk to the same end
that visits the same states has what is left. What is left in the end is a base. Conversely the walk that has it
passes every state of the cycles that were taken off, and can go round each of them as often as one likes. A walk
whose counts are a base begins with walks whose counts are bases: what can be taken off the beginning can be taken off
the whole. So the bases are all found once a length has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.lengths.thresholds import IntegerVector, TooLargeError
from crasp.text.big_integers import show_integer

MOST_WALKS = 200_000  # that differ in their end, their counts or the states that they visit
MOST_CYCLES = 300
MOST_PATHS = 50_000
MOST_CLASSES = 64

State: TypeAlias = tuple[
    IntegerVector, int
]  # the last letters, fewer where the word is shorter; the length modulo `ending`
Walk: TypeAlias = tuple[State, int, IntegerVector]  # the end, the states visited as bits, the counts


@dataclass(frozen=True)
class Counting:
    """What is counted, and what is known of a word's end.

    size, period   classes: windows of `size` letters by the position of the last one modulo `period`
    last, ending   the end: the word's last letters, and its length modulo `ending`, a multiple of `period`
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
        """How many classes are counted; shorter windows, at the beginning of a word, are not."""
        return self.period * int(self.letters**self.size)

    def step(self, state: State, letter: int) -> tuple[State, int | None]:
        """The state after one more letter, and the class that is counted, if the window is full."""
        window, length = (*state[0], letter), (state[1] + 1) % self.ending
        kept = max(self.size - 1, self.last)
        after = (window[-kept:] if kept else (), length)
        if len(window) < self.size:
            return after, None
        return after, length % self.period * self.letters**self.size + self.number(window[-self.size :])

    def number(self, window: IntegerVector) -> int:
        """The windows of one length, counted as the digits of a number are."""
        found = 0
        for letter in window:
            found = found * self.letters + letter
        return found

    def end(self, state: State) -> State:
        """What is known of the end of the words in a state."""
        return (state[0][-self.last :] if self.last else (), state[1])


@dataclass(frozen=True)
class CountsOfEnding:
    """Of the words with one end: the counts base + n . cycles for all n in N^k."""

    base: IntegerVector
    cycles: tuple[IntegerVector, ...]


def cells(counting: Counting) -> dict[State, tuple[CountsOfEnding, ...]]:
    """The counts of all words, by end; TooLargeError past a limit."""
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
    """The different counts of the words of 0, 1, ... letters, by end: (vectors, classes)."""
    for level in _levels(counting, visits=False):
        found: dict[State, set[IntegerVector]] = {}
        for state, _, counts in level:
            found.setdefault(counting.end(state), set()).add(counts)
        yield {end: np.array(sorted(own), dtype=np.int64) for end, own in found.items()}


def _levels(counting: Counting, *, visits: bool) -> Iterator[set[Walk]]:
    """All walks of 0, 1, ... letters; with no states visited where those are not asked for."""
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
    """The states that cycles pass, those of words long enough."""
    kept = max(counting.size - 1, counting.last)
    suffixes: list[IntegerVector] = [()]
    for _ in range(kept):
        suffixes = [(*suffix, letter) for suffix in suffixes for letter in range(counting.letters)]
    return {(suffix, r): k for k, (suffix, r) in enumerate((s, r) for s in suffixes for r in range(counting.ending))}


def _bit(numbers: dict[State, int], state: State) -> int:
    return 1 << numbers[state] if state in numbers else 0


def _cycles(counting: Counting) -> Iterator[tuple[int, IntegerVector]]:
    """The walks from a state back to it that pass no state twice: the states as bits, the counts."""
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
    """base ** exponent, for base >= 1, where it is at most `most`; else None, without the work of a huge one."""
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
