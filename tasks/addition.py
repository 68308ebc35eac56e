"""Binary addition: `<bos> x + y = z <eos>`, most significant bit first."""

import re

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler, lengths_from
from tasks.continuation import check_letters
from tasks.published import published
from tasks.randomness import bits, integers_below
from tasks.task import Task, Word
from tasks.theory import PAPER, too_much_to_tell

ALPHABET = ("0", "1", "+", "=")
PLUS, EQUALS = ALPHABET.index("+"), ALPHABET.index("=")
NUMBER = "(0|1[01]*)"
SHORTEST = len("0+0=")
LIMB = 64  # bits that are added at once


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
    width = LIMB * (1 + int(lengths.max(initial=0)) // LIMB)  # room for every sum
    x, y = _numbers(rng, left, width), _numbers(rng, right, width)
    columns = np.arange(int(lengths.max(initial=0)))
    words = np.full((len(lengths), len(columns)), PLUS, dtype=np.uint8)  # (words, longest)
    words[columns < left[:, None]] = _most_significant_first(x, left)
    words[(columns > left[:, None]) & (columns < lengths[:, None] - 1)] = _most_significant_first(y, right)
    words[np.arange(len(lengths)), lengths - 1] = EQUALS
    sums = _added(x, y)
    sum_lengths = np.maximum(width - sums[:, ::-1].argmax(axis=1), 1)
    sum_lengths[~sums.any(axis=1)] = 1
    answers = np.zeros((len(lengths), int(sum_lengths.max(initial=0))), dtype=np.uint8)
    answers[np.arange(answers.shape[1]) < sum_lengths[:, None]] = _most_significant_first(sums, sum_lengths)
    return Drawn(words, answers, sum_lengths)


def _numbers(rng: np.random.Generator, lengths: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
    """Binary numbers of the given lengths, the first bit 1 unless it is the only one: (words, width), unit first."""
    numbers = bits(rng, len(lengths), width).view(np.bool_)
    numbers &= np.arange(width) < lengths[:, None]
    numbers[np.arange(len(lengths)), lengths - 1] |= lengths > 1
    return numbers


def _most_significant_first(numbers: NDArray[np.bool_], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The last `length` bits of each number, turned round, one number after the other."""
    return numbers[:, ::-1][np.arange(numbers.shape[1])[::-1] < lengths[:, None]]


def _added(x: NDArray[np.bool_], y: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The sums of numbers that leave their last bit free: all (words, width), unit first."""
    one, other = (np.packbits(numbers, axis=1, bitorder="little").view("<u8") for numbers in (x, y))  # (words, limbs)
    total = one + other
    carry = np.zeros(len(total), dtype=np.bool_)
    for limb in range(total.shape[1]):
        carries_alone = total[:, limb] < one[:, limb]
        total[:, limb] += carry
        carry = carries_alone | (total[:, limb] < carry)
    return np.unpackbits(total.view(np.uint8), axis=1, bitorder="little").view(np.bool_)


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
