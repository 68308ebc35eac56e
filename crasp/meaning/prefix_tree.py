"""Evaluates a program on many words with common prefixes: each prefix is evaluated once.

The prefixes form a tree, and a value at a node depends only on the path from the root to it. For example, the words
of 14 letters over two letters are 16,384 words of 15 positions each, but their tree has only 32,767 nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import IntegerArray, Values, having_residue

WIDE_NODES = 128  # mean number of nodes of one length above which sums are added length by length


@dataclass(frozen=True)
class Prefixes:
    """Words and all their prefixes, as a tree: node 0 is the empty word, and shorter prefixes come first.

    tokens    (nodes,) the number of the last letter of each prefix; -1 for the empty word
    parents   (nodes,) the node of the prefix without its last letter; the empty word is its own parent
    levels    the first node of each length, followed by the number of nodes
    complete  the length up to which the tree has every word over some set of letters. The words of each such length are
              ordered by their last letter first, and those with the same last letter in the order of their parents
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
        """The numbers of the letters of a node's prefix."""
        letters = []
        while node:
            letters.append(int(self.tokens[node]))
            node = int(self.parents[node])
        return tuple(reversed(letters))

    # --- the methods of `Positions` (crasp/meaning/operations.py) ------------------------------------------------

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether the length of each prefix has this residue modulo `modulus`."""
        return np.repeat(having_residue(modulus, residue, self.longest + 1), np.diff(self.levels))

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each node the number of nodes on the path to it at which `body` holds.

        The node itself is counted, and the root is not.
        """
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
        """The value at each node's prefix without its last `lag` letters.

        Where the prefix has fewer letters, it is the root's value, which is 0.
        """
        if lag == 0:
            return values
        result = np.empty_like(values)
        result[: self.levels[min(lag, self.complete + 1)]] = values[0]
        for above, below in self._complete_levels(values, result, lag):
            below[:] = above
        if len(values) > self._first:
            result[self._first :] = values[self._ancestor(min(lag, self.longest))]
        return result

    # --- the lengths up to `complete` ----------------------------------------------------------------------------

    @property
    def _first(self) -> int:
        """The number of the first node that is longer than `complete`."""
        return self.levels[self.complete + 1]

    def _complete_levels(
        self, source: Values, target: Values | None = None, lag: int = 1
    ) -> Iterator[tuple[Values, Values]]:
        """Yields for each length of the complete part its entries, and the entries of prefixes `lag` letters longer.

        The latter are shaped as rows, so that each column belongs to one of the shorter prefixes.
        """
        target = source if target is None else target
        for length in range(self.complete + 1 - lag):
            above = source[self.levels[length] : self.levels[length + 1]]
            below = target[self.levels[length + lag] : self.levels[length + lag + 1]]
            yield above, below.reshape(-1, len(above))

    # --- the lengths above `complete` ----------------------------------------------------------------------------

    def _other_levels(self) -> Iterator[tuple[int, int]]:
        """The first node of each length above `complete` and the node after its last, the shorter lengths first."""
        return zip(self.levels[self.complete + 1 :], self.levels[self.complete + 2 :], strict=False)

    @cached_property
    def _leaps(self) -> list[IntegerArray]:
        """For each node longer than `complete`, the ancestors 1, 2, 4, ... letters shorter.

        Nodes are numbered from 1 here, starting with the first that is longer than `complete`. An ancestor that is not
        longer is 0.
        """
        nearest = np.maximum(self.parents[self._first - 1 :] - (self._first - 1), 0)
        nearest[0] = 0
        found, lag = [nearest], 1
        while 2 * lag <= self.longest - self.complete:
            found.append(found[-1][found[-1]])
            lag *= 2
        return found

    @cached_property
    def _roots(self) -> IntegerArray:
        """For each node longer than `complete`, its longest prefix in the complete part."""
        nearest = self._leaps[0]
        shortest = np.where(nearest > 0, nearest, np.arange(len(nearest)))  # prefix beyond the complete part
        for _ in self._leaps:
            shortest = shortest[shortest]
        roots: IntegerArray = self.parents[shortest[1:] + (self._first - 1)]
        return roots

    def _ancestor(self, lag: int) -> IntegerArray:
        """For each node longer than `complete`, the node of the prefix that is `lag` letters shorter."""
        known = self._ancestors
        known.setdefault(1, self.parents[self._first :])
        for more in range(len(known) + 1, lag + 1):
            known[more] = self.parents[known[more - 1]]
        return known[lag]
