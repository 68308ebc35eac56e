"""Binary addition: `<bos> x + y = z <eos>`, most significant bit first."""

import re

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler, lengths_from
from tasks.continuation import check_letters
from tasks.published import published
from tasks.randomness import integers_below
from tasks.task import Task, Word
from tasks.theory import PAPER, too_much_to_tell

ALPHABET = ("0", "1", "+", "=")
PLUS, EQUALS = ALPHABET.index("+"), ALPHABET.index("=")
NUMBER = "(0|1[01]*)"
SHORTEST = len("0+0=")


def _sum(word: Word) -> Word:
    check_letters(word, ALPHABET)
    summands = re.fullmatch(rf"{NUMBER}\+{NUMBER}=", "".join(word))
    if summands is None:
        raise ValueError(
            f"expected x + y = with x and y binary numbers without leading zeros, found {' '.join(word)!r}"
        )
    return tuple(f"{int(summands[1], 2) + int(summands[2], 2):b}")


def _draw_addition(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """The length of x drawn evenly, y taking what is left; then each number evenly among those of its length."""
    left = 1 + integers_below(rng, lengths - 3)  # (words,)
    right = lengths - 2 - left
    x, y = _numbers(rng, left), _numbers(rng, right)
    columns = np.arange(int(lengths.max(initial=0)))
    words = np.full((len(lengths), len(columns)), PLUS)  # (words, longest)
    words[columns < left[:, None]] = x[np.arange(x.shape[1]) < left[:, None]]
    words[(columns > left[:, None]) & (columns < lengths[:, None] - 1)] = y[np.arange(y.shape[1]) < right[:, None]]
    words[columns == lengths[:, None] - 1] = EQUALS
    return Drawn(words, *_added(x, left, y, right))


def _numbers(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Binary numbers of the given lengths, the first bit 1 unless it is the only one.  (words, longest)"""
    bits = integers_below(rng, np.full((len(lengths), int(lengths.max(initial=1))), 2))
    bits[lengths > 1, 0] = 1
    return bits


def _added(
    x: NDArray[np.int64], left: NDArray[np.int64], y: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sums x + y (words, longest sum), most significant bit first, and their lengths (words,)."""
    width = max(x.shape[1], y.shape[1]) + 1
    sums = _from_the_unit(x, left, width) + _from_the_unit(y, right, width)  # (words, width), unit first
    for column in range(width - 1):
        sums[:, column + 1] += sums[:, column] >> 1
        sums[:, column] &= 1
    lengths = width - sums[:, ::-1].argmax(axis=1)
    lengths[~sums.any(axis=1)] = 1
    places = lengths[:, None] - 1 - np.arange(width)
    return np.take_along_axis(sums, np.maximum(places, 0), axis=1), lengths


def _from_the_unit(bits: NDArray[np.int64], lengths: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The same numbers least significant bit first, filled up with zeros.  (words, width)"""
    places = lengths[:, None] - 1 - np.arange(width)
    reversed_bits = np.take_along_axis(bits, np.clip(places, 0, bits.shape[1] - 1), axis=1)
    filled: NDArray[np.int64] = np.where(places >= 0, reversed_bits, 0)
    return filled


ADDITION = Task(
    name="addition",
    title="Addition",
    summary="""The sum of two binary numbers, without leading zeros; the length is that of `x + y =`.
1 0 + 1 = -> 1 1
1 1 1 + 1 1 = -> 1 0 1 0""",
    family="Algorithm",
    alphabet=ALPHABET,
    format="answer",
    sample=answer_sampler("addition", ALPHABET, lengths_from(SHORTEST), _draw_addition, separator=()),
    label=answer_label(_sum, separator=()),
    theory=too_much_to_tell("The sum of a first number of N bits and a known second one tells all N bits"),
    program=None,
    published=published("addition"),
    source=f"{PAPER}, algorithmic suite",
)
