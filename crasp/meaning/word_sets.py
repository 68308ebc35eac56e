"""Words that a program is run on at once, beside a tree of beginnings: many of one length, and several sets together.

Each is what `Positions` in crasp/meaning/operations.py asks for, all of its positions in one row.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import Positions, Values, having_residue


@dataclass(frozen=True)
class EqualWords:
    """Words of one length, without position 0; a running sum over them is a few additions of long rows.

    Each word is cut into stretches. First stand the first letters of all stretches, stretch by stretch and word by
    word, then their second letters, and so on.

    letters    (length of a stretch, stretches, words) numbers of tokens
    """

    letters: NDArray[Any]

    @staticmethod
    def of(letters: NDArray[Any], stretch: int) -> "EqualWords":
        """Words given as (letters, words), cut into stretches of a length that divides theirs."""
        return EqualWords(in_stretches(letters, stretch))

    @cached_property
    def tokens(self) -> Values:
        """(positions,) the letters."""
        return self.letters.ravel()

    @property
    def longest(self) -> int:
        """The length of the words."""
        return int(self.letters.shape[0] * self.letters.shape[1])

    def word(self, position: int) -> tuple[int, ...]:
        """The letters of a word up to one of its positions."""
        step, stretch, word = np.unravel_index(position, self.letters.shape)
        letters = self.letters[:, :, word].T.ravel()
        return tuple(letters[: stretch * len(self.letters) + step + 1].tolist())

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position has that residue."""
        found = in_stretches(having_residue(modulus, residue, self.longest + 1)[1:, None], len(self.letters))
        return np.broadcast_to(found, self.letters.shape).ravel()

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i how many of positions 1..i of its word hold."""
        sums = np.broadcast_to(body, self.tokens.shape).astype(counts).reshape(self.letters.shape)
        above = sums[0]
        for row in sums[1:]:
            above = np.add(above, row, row)
        whole = sums[-1].copy()  # of each stretch
        above = whole[0]
        for row in whole[1:]:
            above = np.add(above, row, row)
        sums[:, 1:] += whole[:-1]
        return sums.ravel()

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions before, 0 where there is none."""
        if lag == 0:
            return values
        length, stretches = self.letters.shape[:2]
        given, result = values.reshape(self.letters.shape), np.zeros(self.letters.shape, values.dtype)
        back, steps = divmod(min(lag, self.longest), length)
        result[steps:, back:] = given[: length - steps, : stretches - back]
        result[:steps, back + 1 :] = given[length - steps :, : max(0, stretches - back - 1)]
        return result.ravel()


def in_stretches(rows: NDArray[Any], stretch: int) -> NDArray[Any]:
    """(length of a stretch, stretches, ...) what is (positions, ...), in the order of `EqualWords`."""
    return np.ascontiguousarray(rows.reshape(-1, stretch, *rows.shape[1:]).swapaxes(0, 1))


class PositionsInARow(Positions, Protocol):
    """Positions in one row, each with the beginning of a word that ends there."""

    def word(self, position: int) -> tuple[int, ...]:
        """The letters up to that position."""


@dataclass(frozen=True)
class Together:
    """Several sets of words, one after another: each operation of a program is called once for all of them."""

    parts: tuple[PositionsInARow, ...]

    @cached_property
    def tokens(self) -> Values:
        """(positions,) the tokens of all."""
        return np.concatenate([part.tokens for part in self.parts])

    @cached_property
    def _bounds(self) -> list[tuple[PositionsInARow, slice]]:
        stops = np.cumsum([len(part.tokens) for part in self.parts]).tolist()
        return [(part, slice(stop - len(part.tokens), stop)) for part, stop in zip(self.parts, stops, strict=True)]

    @property
    def longest(self) -> int:
        """The number of the last position of all."""
        return max(part.longest for part in self.parts)

    def word(self, position: int) -> tuple[int, ...]:
        """The letters up to that position."""
        part, where = next((part, where) for part, where in self._bounds if position < where.stop)
        return part.word(position - where.start)

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position has that residue."""
        return np.concatenate([part.periodic(modulus, residue) for part in self.parts])

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i how many of positions 1..i of its word hold."""
        body = np.broadcast_to(body, self.tokens.shape)
        return np.concatenate([part.sums(body[where], counts) for part, where in self._bounds])

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions before, 0 where there is none."""
        values = np.broadcast_to(values, self.tokens.shape)
        return np.concatenate([part.before(values[where], lag) for part, where in self._bounds])
