"""What every realization of a machine can be asked: its answers to words, whatever arithmetic is behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.simulator import simulate

Booleans = NDArray[np.bool_]
NUMBERS_AT_ONCE = 1 << 25  # numbers of a stream that are kept at a time, in words of one block


class LongWordError(ValueError):
    """A word is longer than the realization is certified for."""


class Realization(Protocol):
    """A machine that can be asked. `max_length` is how many letters a word may have, None where any number."""

    @property
    def max_length(self) -> int | None:
        """The length up to which answers are certain."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, in the order of the answers."""

    @property
    def letters(self) -> int:
        """How many letters the alphabet has."""

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Where each output holds, (words, positions 0..n, outputs); false after a word's end.

        tokens   (words, n) numbers of letters, without the begin marker; what follows a word's end is not looked at
        lengths  (words,) letters of each word, at most n
        """


@dataclass(frozen=True)
class ExactRealization:
    """The idealised machine itself, in exact arithmetic, with the begin marker at position `offset`."""

    machine: LimitTransformer
    offset: int = 0

    @property
    def max_length(self) -> None:
        """There is no limit."""
        return

    @property
    def outputs(self) -> tuple[str, ...]:
        """The machine's outputs."""
        return self.machine.outputs

    @property
    def letters(self) -> int:
        """How many letters the alphabet has."""
        return len(self.machine.alphabet)

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """As `Realization`."""
        padded = padded_words(tokens, lengths, letters=len(self.machine.alphabet), max_length=None)
        return within(simulate(self.machine, padded, offset=self.offset).answers(), lengths)


def padded_words(
    tokens: NDArray[Any], lengths: NDArray[Any], *, letters: int, max_length: int | None
) -> NDArray[np.int64]:
    """The words with -1 after their ends; ValueError where they are not words of the alphabet or too long."""
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
    """The answers, false after each word's end; (words, positions 0..n, outputs)."""
    inside = np.arange(answers.shape[1])[None, :] <= lengths[:, None]
    return np.asarray(answers & inside[..., None])


def blocks(words: int, numbers: int) -> Iterator[slice]:
    """Slices of the words so that a block of them, with that many numbers each, stays within NUMBERS_AT_ONCE."""
    size = max(1, NUMBERS_AT_ONCE // max(1, numbers))
    for start in range(0, words, size):
        yield slice(start, start + size)
