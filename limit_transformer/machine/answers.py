"""What every realization of a machine can be asked, in whatever arithmetic it runs: its answers to words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.simulator import simulate

Booleans = NDArray[np.bool_]
NUMBERS_AT_ONCE = 1 << 25  # numbers of the streams of one block of words


class LongWordError(ValueError):
    """A word is longer than the realization is certified for."""


class Realization(Protocol):
    """A machine that can be asked."""

    @property
    def max_length(self) -> int | None:
        """The number of letters up to which answers are certain; None: any number."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, in the order of the answers."""

    @property
    def letters(self) -> int:
        """The number of letters in the alphabet."""

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Return where each output holds, (words, positions 0..n, outputs); False after a word's end.

        Args:
            tokens: (words, n) The numbers of the letters, without the begin marker; numbers after a word's end are
                ignored.
            lengths: (words,) The letters of each word, at most n.

        Raises:
            LongWordError: A word has more than `max_length` letters.
            ValueError: The arrays are not words over the alphabet.
        """


@dataclass(frozen=True)
class ExactRealization:
    """The idealised machine itself in exact arithmetic, with the begin marker at position `offset`."""

    machine: LimitTransformer
    offset: int = 0

    @property
    def max_length(self) -> None:
        """None, because there is no limit."""
        return

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the machine's outputs."""
        return self.machine.outputs

    @property
    def letters(self) -> int:
        """The number of letters in the alphabet."""
        return len(self.machine.alphabet)

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Return where each output holds, as `Realization.answers` does."""
        padded = padded_words(tokens, lengths, letters=len(self.machine.alphabet), max_length=None)
        return within(simulate(self.machine, padded, offset=self.offset).answers(), lengths)


def padded_words(
    tokens: NDArray[Any], lengths: NDArray[Any], *, letters: int, max_length: int | None
) -> NDArray[np.int64]:
    """Return the words with -1 after their ends.

    Args:
        tokens: (words, n) The numbers of the letters.
        lengths: (words,) The letters of each word, at most n.
        letters: The size of the alphabet.
        max_length: The most letters of a word; None: any number.

    Raises:
        LongWordError: A word has more than `max_length` letters.
        ValueError: The arrays are not words over the alphabet.
    """
    if tokens.ndim != 2 or lengths.shape != tokens.shape[:1]:
        raise ValueError(f"expected (words, positions) and (words,), found shapes {tokens.shape} and {lengths.shape}")
    if lengths.size and not (lengths.min() >= 0 and lengths.max() <= tokens.shape[1]):
        raise ValueError(f"expected lengths from 0 to {tokens.shape[1]}, found {lengths.min()} to {lengths.max()}")
    longest = int(lengths.max(initial=0))
    if max_length is not None and longest > max_length:
        raise LongWordError(f"expected words of {max_length:,} letters at most, found one of {longest:,}")
    inside = np.arange(tokens.shape[1])[None, :] < lengths[:, None]
    padded = np.where(inside, tokens, -1).astype(np.int64)
    found = padded[inside]
    if found.size and not (found.min() >= 0 and found.max() < letters):
        raise ValueError(f"expected letters from 0 to {letters - 1}, found {found.min()} to {found.max()}")
    return padded


def within(answers: Booleans, lengths: NDArray[Any]) -> Booleans:
    """Return the answers (words, positions 0..n, outputs), with False after each word's end."""
    inside = np.arange(answers.shape[1])[None, :] <= lengths[:, None]
    return np.asarray(answers & inside[..., None])


def blocks(words: int, numbers: int) -> Iterator[slice]:
    """Yield slices of the words, each small enough for NUMBERS_AT_ONCE; each word needs `numbers` numbers."""
    size = max(1, NUMBERS_AT_ONCE // max(1, numbers))
    for start in range(0, words, size):
        yield slice(start, start + size)
