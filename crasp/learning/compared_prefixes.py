"""The points at which formulas are compared: the distinct prefixes of some words, with a column for each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

PointWord: TypeAlias = tuple[int, ...]  # a word: the number of each letter in the alphabet
PackedBits: TypeAlias = NDArray[np.uint64]  # (values, columns / 64)
CountNumbers: TypeAlias = NDArray[np.int16]  # (counts, columns)
TruthFlags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """The distinct prefixes of words, shorter ones first, with a column for each.

    Columns beyond the number of points, up to a multiple of 64, are copies of the empty prefix. No operation tells them
    from it.

    letters  (columns,) the number of the last letter of each prefix, -1 for the empty prefix
    parents  (columns,) the column of the prefix without its last letter; the empty prefix is its own parent
    depths   (columns,) the length of each prefix
    """

    alphabet: tuple[str, ...]
    number: int
    letters: NDArray[np.int64]
    parents: NDArray[np.int64]
    depths: NDArray[np.int64]

    @property
    def width(self) -> int:
        """How many columns a value has."""
        return len(self.letters)

    @cached_property
    def words(self) -> tuple[PointWord, ...]:
        """The prefixes, in the order of their columns."""
        words: list[PointWord] = [()]
        for parent, letter in zip(self.parents[1 : self.number].tolist(), self.letters[1:].tolist(), strict=False):
            words.append((*words[parent], letter))
        return tuple(words)

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        """For each length from 1, the first column of that length and the column after its last."""
        starts = np.searchsorted(self.depths[: self.number], np.arange(1, int(self.depths.max(initial=0)) + 2))
        return list(pairwise(starts.tolist()))

    def sums(self, bodies: TruthFlags) -> CountNumbers:
        """For each row, at how many nonempty prefixes up to each column it holds, of shape (rows, columns)."""
        sums = bodies.T.astype(np.int16, order="C")  # (columns, rows), so that whole rows are added
        sums[0] = 0
        sums[self.number :] = 0
        for start, stop in self._bounds:
            sums[start:stop] += sums[self.parents[start:stop]]
        return np.ascontiguousarray(sums.T)

    def before(self, values: NDArray[Any], lag: int) -> NDArray[Any]:
        """For each row the value `lag` letters earlier; 0 where no letter stands there."""
        found = values.take(self.ancestors(lag), axis=1)
        found[:, self.depths <= lag] = 0
        return found

    def ancestors(self, lag: int) -> NDArray[np.int64]:
        """For each column the column of the prefix without its last `lag` letters."""
        found = np.arange(self.width)
        for _ in range(lag):
            found = self.parents[found]
        return found

    def prefix_columns(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """(columns, lengths 0..longest): the column of each prefix of each given column, -1 beyond its own length."""
        found = np.full((len(columns), 1 + int(self.depths[columns].max(initial=0))), -1)
        rows, here = np.arange(len(columns)), columns
        for _ in range(found.shape[1]):
            found[rows, self.depths[here]] = here
            here = self.parents[here]
        return found


def points_of(alphabet: Sequence[str], words: Iterable[Sequence[str] | PointWord]) -> Points:
    """The distinct prefixes of words. Words are given as tokens or as numbers of letters."""
    order: dict[Any, int] = {token: number for number, token in enumerate(alphabet)}
    numbered = sorted((w if w and isinstance(w[0], int) else tuple(order[x] for x in w) for w in words), key=len)
    lengths = np.array([len(word) for word in numbered], dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(numbered), dtype=np.int64, count=int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    # One length after another: a prefix of some length is a pair of a prefix that is shorter by one, and a letter.
    here = np.zeros(len(numbered), dtype=np.int64)
    letters, parents, depths, number = [np.array([-1])], [np.array([0])], [np.array([0])], 1
    for depth in range(1, int(lengths.max(initial=0)) + 1):
        longer = np.searchsorted(lengths, depth)
        pairs = here[longer:] * len(alphabet) + flat[starts[longer:] + depth - 1]
        distinct, which = np.unique(pairs, return_inverse=True)
        here[longer:] = number + which
        letters.append(distinct % len(alphabet))
        parents.append(distinct // len(alphabet))
        depths.append(np.full(len(distinct), depth))
        number += len(distinct)
    rest = np.zeros(-number % 64, dtype=np.int64)
    columns = (np.concatenate([*parts, rest + last]) for parts, last in ((letters, -1), (parents, 0), (depths, 0)))
    return Points(tuple(alphabet), number, *columns)


def padded(words: Sequence[PointWord], fill: int) -> NDArray[np.int64]:
    """The words as rows of one table, of shape (words, longest length), with `fill` after the end of each word."""
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    table = np.full((len(words), int(lengths.max(initial=0))), fill, dtype=np.int64)
    table[np.arange(table.shape[1]) < lengths[:, None]] = np.fromiter(chain.from_iterable(words), dtype=np.int64)
    return table


def pack(flags: TruthFlags) -> PackedBits:
    """Rows of truth values as integers with 64 columns each."""
    return np.packbits(flags, axis=-1, bitorder="little").view(np.uint64)


def unpack(bits: PackedBits) -> TruthFlags:
    """The truth values that `pack` has packed."""
    return np.unpackbits(bits.view(np.uint8), axis=-1, bitorder="little").view(np.bool_)
