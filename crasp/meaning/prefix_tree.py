"""What a program means on many words with common beginnings: each beginning is evaluated once.

The beginnings form a tree, and a value at a node depends on the way to it alone. All words of 14 letters out of two are
16,384 of 15 positions each, and 32,767 nodes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.operations import Values, evaluated, having_residue

Array = NDArray[np.int64]
WIDE_NODES = 128  # nodes a length, above which the sums are added length by length


@dataclass(frozen=True)
class Prefixes:
    """Words and all their beginnings, the shorter first; node 0 is the empty word.

    tokens   (nodes,) the last letter of each by its number; -1 for the empty word
    parents  (nodes,) each without its last letter; the empty word is its own
    levels   the number of the first node of each length, and after the last how many nodes there are
    """

    tokens: NDArray[Any]
    parents: Array
    levels: tuple[int, ...]
    _ancestors: dict[int, Array] = field(default_factory=dict, repr=False, compare=False)

    @property
    def longest(self) -> int:
        """The length of the longest word."""
        return len(self.levels) - 2

    @cached_property
    def lengths(self) -> Array:
        """(nodes,) how many letters each has."""
        return np.repeat(np.arange(self.longest + 1), np.diff(self.levels))

    def by_level(self) -> Iterator[tuple[int, int]]:
        """The bounds of the nodes of each length but 0, the shorter first."""
        return zip(self.levels[1:], self.levels[2:], strict=False)

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
        return having_residue(modulus, residue, self.longest + 1)[self.lengths]

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each node how many of the nodes on the way to it hold, itself included."""
        sums = np.broadcast_to(body, self.tokens.shape).astype(counts)
        sums[0] = 0
        if len(self.tokens) > WIDE_NODES * self.longest:
            for start, stop in self.by_level():
                sums[start:stop] += sums[self.parents[start:stop]]
            return sums
        for ancestors in self._leaps:
            sums += sums[ancestors]
        return sums

    @cached_property
    def _leaps(self) -> list[Array]:
        """Of each node the one 1, 2, 4, ... letters before, up to the longest word's empty one."""
        found, lag = [self.parents], 1
        while 2 * lag <= self.longest:
            found.append(found[-1][found[-1]])
            lag *= 2
        return found

    def before(self, values: Values, lag: int) -> Values:
        """The value at each node without its last `lag` letters; where it has fewer, that of the empty word: 0."""
        return values if lag == 0 else values[self._ancestor(min(lag, self.longest))]

    def _ancestor(self, lag: int) -> Array:
        known = self._ancestors
        known.setdefault(1, self.parents)
        for more in range(len(known) + 1, lag + 1):
            known[more] = self.parents[known[more - 1]]
        return known[max(lag, 1)]


def run_on_prefixes(program: ir.Program, prefixes: Prefixes, lines: Sequence[int]) -> list[Values]:
    """The values of some lines after each of the words, (nodes,) each."""
    values = evaluated(program, prefixes, frozenset(lines))
    return [np.broadcast_to(values[line], prefixes.tokens.shape) for line in lines]
