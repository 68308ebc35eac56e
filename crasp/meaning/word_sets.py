"""Sets of words that a program is run on at once: words of one length, and several sets together.

Each class provides the interface `Positions` of crasp/meaning/operations.py, with all of its positions in one axis.
A tree of prefixes, crasp/meaning/prefix_tree.py, is one more such set.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import Positions, Values, having_residue


@dataclass(frozen=True)
class EqualWords:
    """Words of one length, without position 0, laid out so that running sums are a few additions of long rows.

    Each word is cut into stretches of equal length. The first letters of all stretches come first, stretch by stretch
    and within a stretch word by word. The second letters of all stretches follow, and so on.

    letters    (length of a stretch, stretches, words) numbers of tokens
    """

    letters: NDArray[Any]

    @staticmethod
    def of(letters: NDArray[Any], stretch: int) -> "EqualWords":
        """The words given as an array of shape (letters, words), cut into stretches.

        The length `stretch` has to divide the length of the words.
        """
        return EqualWords(in_stretches(letters, stretch))

    @cached_property
    def tokens(self) -> Values:
        """The token at each position, of shape (positions,)."""
        return self.letters.ravel()

    @property
    def longest(self) -> int:
        """The length of the words."""
        return int(self.letters.shape[0] * self.letters.shape[1])

    def word(self, position: int) -> tuple[int, ...]:
        """The letters, up to a position, of the word that the position belongs to."""
        step, stretch, word = np.unravel_index(position, self.letters.shape)
        letters = self.letters[:, :, word].T.ravel()
        return tuple(letters[: stretch * len(self.letters) + step + 1].tolist())

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position has this residue modulo `modulus`, counted from 1 in its word."""
        found = in_stretches(having_residue(modulus, residue, self.longest + 1)[1:, None], len(self.letters))
        return np.broadcast_to(found, self.letters.shape).ravel()

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i, the number of positions 1..i of its word at which `body` holds."""
        sums = np.broadcast_to(body, self.tokens.shape).astype(counts).reshape(self.letters.shape)
        above = sums[0]
        for row in sums[1:]:
            above = np.add(above, row, row)
        whole = sums[-1].copy()  # the sum of each stretch
        above = whole[0]
        for row in whole[1:]:
            above = np.add(above, row, row)
        sums[:, 1:] += whole[:-1]
        return sums.ravel()

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions earlier in its word, and 0 where there is none."""
        if lag == 0:
            return values
        length, stretches = self.letters.shape[:2]
        given, result = values.reshape(self.letters.shape), np.zeros(self.letters.shape, values.dtype)
        back, steps = divmod(min(lag, self.longest), length)
        result[steps:, back:] = given[: length - steps, : stretches - back]
        result[:steps, back + 1 :] = given[length - steps :, : max(0, stretches - back - 1)]
        return result.ravel()


def in_stretches(rows: NDArray[Any], stretch: int) -> NDArray[Any]:
    """An array of shape (positions, ...) as (length of a stretch, stretches, ...), in the order of `EqualWords`."""
    return np.ascontiguousarray(rows.reshape(-1, stretch, *rows.shape[1:]).swapaxes(0, 1))


class PositionsInARow(Positions, Protocol):
    """Positions along one axis, each of which ends a prefix of a word."""

    def word(self, position: int) -> tuple[int, ...]:
        """The letters of the word up to this position."""


@dataclass(frozen=True)
class Together:
    """Several sets of words, one after another, so that each operation of a program is called once for all of them."""

    parts: tuple[PositionsInARow, ...]

    @cached_property
    def tokens(self) -> Values:
        """The tokens of all sets, of shape (positions,)."""
        return np.concatenate([part.tokens for part in self.parts])

    @cached_property
    def _bounds(self) -> list[tuple[PositionsInARow, slice]]:
        stops = np.cumsum([len(part.tokens) for part in self.parts]).tolist()
        return [(part, slice(stop - len(part.tokens), stop)) for part, stop in zip(self.parts, stops, strict=True)]

    @property
    def longest(self) -> int:
        """The length of the longest word."""
        return max(part.longest for part in self.parts)

    def word(self, position: int) -> tuple[int, ...]:
        """The letters of the word up to this position."""
        part, where = next((part, where) for part, where in self._bounds if position < where.stop)
        return part.word(position - where.start)

    def periodic(self, modulus: int, residue: int) -> Values:
        """Whether each position has this residue modulo `modulus`."""
        return np.concatenate([part.periodic(modulus, residue) for part in self.parts])

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        """For each position i, the number of positions 1..i of its word at which `body` holds."""
        body = np.broadcast_to(body, self.tokens.shape)
        return np.concatenate([part.sums(body[where], counts) for part, where in self._bounds])

    def before(self, values: Values, lag: int) -> Values:
        """For each position the value `lag` positions earlier in its word, and 0 where there is none."""
        values = np.broadcast_to(values, self.tokens.shape)
        return np.concatenate([part.before(values[where], lag) for part, where in self._bounds])
