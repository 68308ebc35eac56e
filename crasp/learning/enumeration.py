"""All values of grammar G over points, by size: complete up to agreement at every point."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, process_time

import numpy as np

from crasp.learning.candidates import CountRows, SmallerValues, candidates, counts_of_bits, joined_counts
from crasp.learning.compared_prefixes import PackedBits, Points
from crasp.learning.formula import SmallFormula
from crasp.learning.grammar import Grammar
from crasp.learning.value_classes import Hashes, Ref, RowNumbers, ValueStore

MOST_BYTES = 1_200_000_000  # bytes of values and counts
VALUES_AT_ONCE = 4_096  # values whose counts are made before a limit is looked at


@dataclass(frozen=True)
class SizeLevel:
    """What one size gave; `finished` only if every candidate of it was looked at."""

    size: int
    classes: int
    candidates: int
    finished: bool
    seconds: float


@dataclass(frozen=True)
class Sought:
    """What is looked for: bits, and the columns where they matter."""

    bits: PackedBits
    known: PackedBits

    def agreeing(self, rows: PackedBits) -> tuple[RowNumbers, RowNumbers]:
        """The rows that agree with it wherever it is known, and those whose complement does."""
        left = np.arange(len(rows)), np.arange(len(rows))
        for word in np.flatnonzero(self.known):
            for complement in (0, 1):
                wanted = ~self.bits[word] if complement else self.bits[word]
                here = left[complement]
                kept = here[((rows[here, word] ^ wanted) & self.known[word]) == 0]
                left = (kept, left[1]) if not complement else (left[0], kept)
        return left


@dataclass(frozen=True)
class GrowthLimits:
    """Where enumeration stops: a moment of the clock, a number of values, bytes, candidates of a size."""

    until: float | None = None
    values: int | None = None
    bytes: int = MOST_BYTES
    candidates: int | None = None

    def over(self, number: int, memory: int, seen: int = 0) -> bool:
        """Whether one of them is reached."""
        if self.candidates is not None and seen > self.candidates:
            return True
        late = self.until is not None and monotonic() >= self.until
        return late or memory >= self.bytes or (self.values is not None and number >= self.values)


class _LimitReachedError(Exception):
    """A limit was reached while counts were made."""


class Enumeration:
    """The values of G over points. `grow` adds the next size; `levels` says what is complete."""

    def __init__(self, points: Points, grammar: Grammar, *, seed: int = 0) -> None:
        self.points = points
        self.grammar = grammar
        self.values = ValueStore(points.width // 64)
        self.hashes = Hashes(points.width // 64, seed)
        self.levels: list[SizeLevel] = []
        self._counts: dict[int, CountRows] = {}
        self._counted = Hashes(points.width // 4, seed + 1)  # of 16 bits a column
        self._limits = GrowthLimits()

    @property
    def complete_to(self) -> int:
        """The largest size up to which every level is finished."""
        finished = 0
        for level in self.levels:
            if not level.finished:
                break
            finished = level.size
        return finished

    @property
    def bytes(self) -> int:
        """How much memory the values, their hashes and the counts take."""
        counts = sum(each.values.nbytes for each in self._counts.values())
        return self.values.bytes + 16 * len(self.hashes) + counts

    def source(self) -> SmallerValues:
        """What candidates are made of."""
        values = self.values
        return SmallerValues(self.points, self.grammar, values.numbers_of_size, values.bits_of_size, self.counts_of)

    def counts_of(self, size: int) -> CountRows:
        """The counts of one size, each class once."""
        if size not in self._counts:
            numbers, bits = self.values.numbers_of_size(size - 1), self.values.bits_of_size(size - 1)
            parts, memory = [], self.bytes
            for start in range(0, max(1, len(bits)), VALUES_AT_ONCE):
                part = slice(start, start + VALUES_AT_ONCE)
                counts = counts_of_bits(self.source(), numbers[part], bits[part])
                kept = self._counted.new(counts.values.view(np.uint64))
                parts.append(CountRows(counts.refs[kept], counts.windows[kept], counts.values[kept]))
                memory += parts[-1].values.nbytes
                if self._limits.over(0, memory):  # the level ends here, and none comes after it
                    raise _LimitReachedError
            self._counts[size] = joined_counts(parts)
        return self._counts[size]

    def grow(
        self,
        limits: GrowthLimits | None = None,
        look: Callable[[PackedBits, RowNumbers], bool] = lambda _bits, _numbers: False,
    ) -> SizeLevel:
        """Add the values of the next size.

        Args:
            limits: Where to stop in the middle of it; the level is then not finished.
            look: Called with new values and their numbers; where it returns True, the level stops.
        """
        self._limits = limits = limits or GrowthLimits()
        size, begun, seen, finished = len(self.levels) + 1, process_time(), 0, True
        bits, nodes, number = [], [], len(self.values)
        try:
            for found in candidates(self.source(), size):
                seen += len(found.bits)
                new = self.hashes.new(found.bits)
                if len(new):
                    bits.append(found.bits[new])
                    nodes.append(found.nodes(new))
                    number += len(new)
                    if look(bits[-1], np.arange(number - len(new), number)):
                        finished = False
                        break
                added = (number - len(self.values)) * (self.points.width // 8 + 40)
                if limits.over(number, self.bytes + added, seen):
                    finished = False
                    break
        except _LimitReachedError:
            finished = False
        self._limits = GrowthLimits()
        before = len(self.values)
        if bits:
            self.values.add(size, np.concatenate(bits), np.concatenate(nodes))
        level = SizeLevel(size, len(self.values) - before, seen, finished, process_time() - begun)
        self.levels.append(level)
        return level

    def formula(self, ref: Ref) -> SmallFormula:
        """The formula of a value: twice its number, and one more for the complement."""
        return self.values.formula(ref)
