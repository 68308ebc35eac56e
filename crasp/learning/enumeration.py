"""Enumerates all values of grammar G over points, size by size. Formulas that agree at every point are one value."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, process_time

import numpy as np

from crasp.learning.candidates import CountRows, SmallerValues, candidates, counts_of_bits, joined_counts
from crasp.learning.compared_prefixes import PackedBits, Points
from crasp.learning.formula import SmallFormula
from crasp.learning.grammar import Grammar
from crasp.learning.value_classes import Hashes, Ref, RowNumbers, ValueStore

MOST_BYTES = 1_200_000_000  # the most memory for values, hashes and counts
VALUES_AT_ONCE = 4_096  # the counts of so many values are made before the limits are checked again


@dataclass(frozen=True)
class SizeLevel:
    """What the enumeration of one size gave. `finished` is true only if every candidate of the size was looked at."""

    size: int
    classes: int
    candidates: int
    finished: bool
    seconds: float


@dataclass(frozen=True)
class Sought:
    """The value that is sought: its bits, and the columns at which they are known."""

    bits: PackedBits
    known: PackedBits

    def agreeing(self, rows: PackedBits) -> tuple[RowNumbers, RowNumbers]:
        """The rows that agree with the sought value wherever it is known, and the rows whose complements do."""
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
    """Limits at which enumeration stops.

    until       a time of `time.monotonic()`, in seconds
    values      the number of values
    bytes       the memory that they take
    candidates  the number of candidates of one size
    """

    until: float | None = None
    values: int | None = None
    bytes: int = MOST_BYTES
    candidates: int | None = None

    def over(self, number: int, memory: int, seen: int = 0) -> bool:
        """Whether one of the limits is reached.

        Args:
            number: The number of values so far.
            memory: The memory that they take, in bytes.
            seen: How many candidates of the size were looked at.
        """
        if self.candidates is not None and seen > self.candidates:
            return True
        late = self.until is not None and monotonic() >= self.until
        return late or memory >= self.bytes or (self.values is not None and number >= self.values)


class _LimitReachedError(Exception):
    """A limit was reached while counts were made."""


class Enumeration:
    """The values of G over points. `grow` adds those of the next size; `levels` says which sizes are complete."""

    def __init__(self, points: Points, grammar: Grammar, *, seed: int = 0) -> None:
        self.points = points
        self.grammar = grammar
        self.values = ValueStore(points.width // 64)
        self.hashes = Hashes(points.width // 64, seed)
        self.levels: list[SizeLevel] = []
        self._counts: dict[int, CountRows] = {}
        self._counted = Hashes(points.width // 4, seed + 1)  # counts have 16 bits for each column
        self._limits = GrowthLimits()

    @property
    def complete_to(self) -> int:
        """The largest size such that this size and all smaller ones are finished."""
        finished = 0
        for level in self.levels:
            if not level.finished:
                break
            finished = level.size
        return finished

    @property
    def bytes(self) -> int:
        """The memory in bytes that the values, their hashes and the counts take."""
        counts = sum(each.values.nbytes for each in self._counts.values())
        return self.values.bytes + 16 * len(self.hashes) + counts

    def source(self) -> SmallerValues:
        """The values and counts that candidates of the next size are made of."""
        values = self.values
        return SmallerValues(self.points, self.grammar, values.numbers_of_size, values.bits_of_size, self.counts_of)

    def counts_of(self, size: int) -> CountRows:
        """The counts of one size, where counts that agree at every point are kept once."""
        if size not in self._counts:
            numbers, bits = self.values.numbers_of_size(size - 1), self.values.bits_of_size(size - 1)
            parts, memory = [], self.bytes
            for start in range(0, max(1, len(bits)), VALUES_AT_ONCE):
                part = slice(start, start + VALUES_AT_ONCE)
                counts = counts_of_bits(self.source(), numbers[part], bits[part])
                kept = self._counted.new(counts.values.view(np.uint64))
                parts.append(CountRows(counts.refs[kept], counts.windows[kept], counts.values[kept]))
                memory += parts[-1].values.nbytes
                if self._limits.over(0, memory):  # the size stays unfinished, and no larger one is begun
                    raise _LimitReachedError
            self._counts[size] = joined_counts(parts)
        return self._counts[size]

    def grow(
        self,
        limits: GrowthLimits | None = None,
        look: Callable[[PackedBits, RowNumbers], bool] = lambda _bits, _numbers: False,
    ) -> SizeLevel:
        """Adds the values of the next size, and returns what that gave.

        Args:
            limits: Where to stop before all candidates were looked at. The size is then not finished.
            look: Called with the bits of new values and their numbers. If it returns True, enumeration stops.
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
        """The formula of a value, given its reference: twice its number, plus one for the complement."""
        return self.values.formula(ref)
