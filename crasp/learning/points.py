"""The places at which formulas are compared: the distinct prefixes of some words, a column each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

PointWord: TypeAlias = tuple[int, ...]  # letters by their number in the alphabet
PackedBits: TypeAlias = NDArray[np.uint64]  # (values, columns / 64)
CountNumbers: TypeAlias = NDArray[np.int16]  # (counts, columns)
TruthFlags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """The distinct prefixes of words, the shorter first.

    Columns beyond the points, up to a multiple of 64, are copies of the empty prefix: no operation tells them from it.

    letters  (columns,) the last letter of each by its number, -1 for the empty prefix
    parents  (columns,) the column of each without its last letter; the empty prefix is its own
    depths   (columns,) the length of each
    """

    alphabet: tuple[str, ...]
    number: int
    letters: NDArray[np.int64]
    parents: NDArray[np.int64]
    depths: NDArray[np.int64]
    columns: dict[PointWord, int]

    @property
    def width(self) -> int:
        """How many columns of a value there are."""
        return len(self.letters)

    @cached_property
    def words(self) -> tuple[PointWord, ...]:
        """The prefixes, in the order of their columns."""
        return tuple(self.columns)

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        """The first and the last column of each depth, from 1."""
        starts = np.searchsorted(self.depths[: self.number], np.arange(1, int(self.depths.max(initial=0)) + 2))
        return list(pairwise(starts.tolist()))

    def sums(self, bodies: TruthFlags) -> CountNumbers:
        """For each row of truth values how often it holds up to each column: (rows, columns)."""
        sums = bodies.T.astype(np.int16, order="C")  # (columns, rows): an addition is of whole rows
        sums[0] = 0
        sums[self.number :] = 0
        for start, stop in self._bounds:
            sums[start:stop] += sums[self.parents[start:stop]]
        return np.ascontiguousarray(sums.T)

    def before(self, values: NDArray[Any], lag: int) -> NDArray[Any]:
        """For each row the value `lag` letters before; 0 where that is no position of a letter."""
        found = values.take(self.ancestors(lag), axis=1)
        found[:, self.depths <= lag] = 0
        return found

    def ancestors(self, lag: int) -> NDArray[np.int64]:
        """The column of each without its last `lag` letters."""
        found = np.arange(self.width)
        for _ in range(lag):
            found = self.parents[found]
        return found

    def prefix_columns(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The columns of all prefixes of each by their length, -1 past its own: (columns, 0..longest)."""
        found = np.full((len(columns), 1 + int(self.depths[columns].max(initial=0))), -1)
        rows, here = np.arange(len(columns)), columns
        for _ in range(found.shape[1]):
            found[rows, self.depths[here]] = here
            here = self.parents[here]
        return found


def points_of(alphabet: Sequence[str], words: Iterable[Sequence[str] | PointWord]) -> Points:
    """The distinct prefixes of words, which are given by tokens or by the numbers of their letters."""
    order: dict[Any, int] = {token: number for number, token in enumerate(alphabet)}
    prefixes: set[PointWord] = {()}
    for word in words:
        prefix = tuple(letter if isinstance(letter, int) else order[letter] for letter in word)
        while prefix not in prefixes:
            prefixes.add(prefix)
            prefix = prefix[:-1]
    columns = {word: column for column, word in enumerate(sorted(prefixes, key=lambda word: (len(word), word)))}
    missing = -len(columns) % 64
    return Points(
        tuple(alphabet),
        len(columns),
        np.array([word[-1] if word else -1 for word in columns] + [-1] * missing, dtype=np.int64),
        np.array([columns[word[:-1]] for word in columns] + [0] * missing, dtype=np.int64),
        np.array([len(word) for word in columns] + [0] * missing, dtype=np.int64),
        columns,
    )


def pack(flags: TruthFlags) -> PackedBits:
    """RowNumbers of truth values, 64 columns a number."""
    return np.packbits(flags, axis=-1, bitorder="little").view(np.uint64)


def unpack(bits: PackedBits) -> TruthFlags:
    """What `pack` packed."""
    return np.unpackbits(bits.view(np.uint8), axis=-1, bitorder="little").view(np.bool_)
