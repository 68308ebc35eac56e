"""What a program means on many words with common beginnings: each beginning is evaluated once.

The beginnings form a tree, and a value at a node depends on the way to it alone. All words of 14 letters out of two are
16,384 of 15 positions each, and 32,767 nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import IntegerArray, Values, having_residue

WIDE_NODES = 128  # nodes a length, above which the sums are added length by length


@dataclass(frozen=True)
class Prefixes:
    """Words and all their beginnings, the shorter first; node 0 is the empty word.

    tokens    (nodes,) the last letter of each by its number; -1 for the empty word
    parents   (nodes,) each without its last letter; the empty word is its own
    levels    the number of the first node of each length, and after the last how many nodes there are
    complete  to which length the tree has all words of some letters: of each length those that end in the first
              letter, then those that end in the second, and so on, each time in the order of their beginnings
    """

    tokens: NDArray[Any]
    parents: IntegerArray
    levels: tuple[int, ...]
    complete: int = 0
    _ancestors: dict[int, IntegerArray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def longest(self) -> int:
        """The length of the longest word."""
        return len(self.levels) - 2

    def word(self, node: int) -> tuple[int, ...]:
        """The letters of a node."""
        letters = []
        while node:
            letters.append(int(self.tokens[node]))
            node = int(self.parents[node])
        return tuple(reversed(letters))

    # --- as positions of words (crasp/meaning/operations.py) ---------------------------------------------------

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether the length of each has that residue."""
        return np.repeat(having_residue(modulus, residue, self.longest + 1), np.diff(self.levels))

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each node how many of the nodes on the way to it hold, itself included."""
        sums = np.broadcast_to(body, self.tokens.shape).astype(counts)
        sums[0] = 0
        for above, below in self._complete_levels(sums):
            below += above
        first = self._first
        if len(sums) - first > WIDE_NODES * (self.longest - self.complete):
            for start, stop in self._other_levels():
                sums[start:stop] += sums[self.parents[start:stop]]
        elif len(sums) > first:
            here = sums[first - 1 :]
            at_root, here[0] = sums[first - 1], 0
            for ancestors in self._leaps:
                here += here[ancestors]
            here[0] = at_root
            here[1:] += sums[self._roots]
        return sums

    def before(self, values: Values, lag: int) -> Values:
        """The value at each node without its last `lag` letters; where it has fewer, that of the empty word: 0."""
        if lag == 0:
            return values
        result = np.empty_like(values)
        result[: self.levels[min(lag, self.complete + 1)]] = values[0]
        for above, below in self._complete_levels(values, result, lag):
            below[:] = above
        if len(values) > self._first:
            result[self._first :] = values[self._ancestor(min(lag, self.longest))]
        return result

    # --- the complete part -------------------------------------------------------------------------------------

    @property
    def _first(self) -> int:
        """The number of the first node beyond the complete part."""
        return self.levels[self.complete + 1]

    def _complete_levels(
        self, source: Values, target: Values | None = None, lag: int = 1
    ) -> Iterator[tuple[Values, Values]]:
        """The entries of a length in the complete part, and in rows those of what is `lag` letters longer."""
        target = source if target is None else target
        for length in range(self.complete + 1 - lag):
            above = source[self.levels[length] : self.levels[length + 1]]
            below = target[self.levels[length + lag] : self.levels[length + lag + 1]]
            yield above, below.reshape(-1, len(above))

    # --- what is longer ----------------------------------------------------------------------------------------

    def _other_levels(self) -> Iterator[tuple[int, int]]:
        """The bounds of the nodes of each length beyond the complete part, the shorter first."""
        return zip(self.levels[self.complete + 1 :], self.levels[self.complete + 2 :], strict=False)

    @cached_property
    def _leaps(self) -> list[IntegerArray]:
        """Of nodes beyond the complete part, from 1, those 1, 2, 4, ... letters before; 0 where not beyond it."""
        nearest = np.maximum(self.parents[self._first - 1 :] - (self._first - 1), 0)
        nearest[0] = 0
        found, lag = [nearest], 1
        while 2 * lag <= self.longest - self.complete:
            found.append(found[-1][found[-1]])
            lag *= 2
        return found

    @cached_property
    def _roots(self) -> IntegerArray:
        """Of each node beyond the complete part its longest beginning in that part."""
        nearest = self._leaps[0]
        shortest = np.where(nearest > 0, nearest, np.arange(len(nearest)))  # beginning that is beyond it too
        for _ in self._leaps:
            shortest = shortest[shortest]
        roots: IntegerArray = self.parents[shortest[1:] + (self._first - 1)]
        return roots

    def _ancestor(self, lag: int) -> IntegerArray:
        """Of each node beyond the complete part the one `lag` letters before."""
        known = self._ancestors
        known.setdefault(1, self.parents[self._first :])
        for more in range(len(known) + 1, lag + 1):
            known[more] = self.parents[known[more - 1]]
        return known[lag]
