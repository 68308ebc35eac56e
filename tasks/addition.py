"""Binary addition: `<bos> x + y = z <eos>`, most significant bit first."""

import re

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler
from tasks.continuation import check_letters
from tasks.lengths import inside, lengths_from
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
    longest, rows = int(lengths.max(initial=SHORTEST)), np.arange(len(lengths))
    left = 1 + integers_below(rng, lengths - 3)  # (words,)
    right = lengths - 2 - left
    words = bits(rng, len(lengths), longest)  # (words, longest)
    words[rows, 0] |= left > 1  # a number of more bits than one begins with 1
    words[rows, left + 1] |= right > 1
    words[rows, left] = PLUS
    words[rows, lengths - 1] = EQUALS
    in_x, before_y = inside(left, longest), inside(left + 1, longest)
    in_y = inside(lengths - 1, longest) ^ before_y
    width = LIMB * (1 + longest // LIMB)  # room for every sum
    sums = _added(_aligned(words[in_x], left, width), _aligned(words[in_y], right, width))
    begin = np.minimum(sums.argmax(axis=1), width - 1)  # (words,) where the first 1 is
    begin[sums[rows, begin] == 0] = width - 1  # or, of 0, its only bit
    return Drawn(words, sums[~inside(begin, width)], width - begin)


def _aligned(numbers: NDArray[np.uint8], lengths: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """The bits of all the numbers, one after the other, as rows that end with the unit.  (words, width)"""
    rows = np.zeros((len(lengths), width), dtype=np.uint8)
    rows[~inside(width - lengths, width)] = numbers
    return rows


def _added(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sums of numbers that leave their first bit free: all (words, width), the unit last."""
    one, other = (np.packbits(numbers, axis=1).view(">u8").astype(np.uint64) for numbers in (x, y))  # (words, limbs)
    total = one + other
    carry = np.zeros(len(total), dtype=np.bool_)
    for limb in range(total.shape[1] - 1, -1, -1):
        carries_alone = total[:, limb] < one[:, limb]
        total[:, limb] += carry
        carry = carries_alone | (total[:, limb] < carry)
    return np.unpackbits(total.astype(">u8").view(np.uint8), axis=1)


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
