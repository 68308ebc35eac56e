"""Binary addition: `<bos> x + y = z <eos>`, most significant bit first."""

import re

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.algorithmic import sticky_bits
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import Drawn
from tasks.drawing.randomness import bits, integers_below
from tasks.languages.members import check_letters
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import PAPER, too_much_to_tell
from tasks.words import Word

ALPHABET = ("0", "1", "+", "=")
PLUS, EQUALS = ALPHABET.index("+"), ALPHABET.index("=")
NUMBER = "(0|1[01]*)"
SHORTEST = len("0+0=")
LIMB_BITS = 64  # bits of a limb, the part of a number that is added at once


def _sum(word: Word) -> Word:
    check_letters(word, ALPHABET)
    summands = re.fullmatch(rf"{NUMBER}\+{NUMBER}=", "".join(word))
    if summands is None:
        raise ValueError(
            f"expected x + y = with x and y binary numbers without leading zeros, found {' '.join(word)!r}"
        )
    return tuple(f"{int(summands[1], 2) + int(summands[2], 2):b}")


def _left_lengths(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the length of x, drawn evenly; y takes what is left."""
    return 1 + integers_below(rng, lengths - 3)


def _draw_addition(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Draw each number evenly from the numbers of its length."""
    left = _left_lengths(rng, lengths)
    return _added_up(bits(rng, len(lengths), int(lengths.max(initial=SHORTEST))), lengths, left)


def _draw_sticky_addition(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Draw numbers that consist of runs of 0s and of 1s."""
    left, words = _left_lengths(rng, lengths), sticky_bits(rng, lengths)
    room = np.zeros((len(lengths), int(lengths.max(initial=SHORTEST))), dtype=np.uint8)
    room[:, : words.shape[1]] = words
    return _added_up(room, lengths, left)


def _draw_carrying(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Draw two numbers of nearly equal length whose lowest bits decide all bits of the sum.

    Except in the lowest bits, one number is the complement of the other. Where the longer number has further bits they
    are 1s, so that a carry goes through all of them.
    """
    longest, rows = int(lengths.max(initial=SHORTEST)), np.arange(len(lengths))
    numbers = lengths - 2
    shorter = np.maximum((numbers - integers_below(rng, np.minimum(numbers - 1, 5))) // 2, 1)
    longer = numbers - shorter
    first_is_shorter = rng.random(len(lengths)) < 0.5
    left = np.where(first_is_shorter, shorter, longer)
    words = bits(rng, len(lengths), longest)
    words[rows, np.where(first_is_shorter, 0, left + 1)] |= shorter > 1
    # Where bit `place` stands, counted from the lowest: at `own` in the shorter number, at `there` in the longer one.
    place = np.arange(int(longer.max(initial=1)))
    own = np.where(first_is_shorter, left, lengths - 1)[:, None] - 1 - np.minimum(place, shorter[:, None] - 1)
    low = integers_below(rng, np.full(len(lengths), 4))[:, None]
    bit = np.take_along_axis(words, np.maximum(own, 0), axis=1)
    made = np.where(place >= shorter[:, None], 1, np.where(place == low, bit, 1 - bit))
    there = np.where(first_is_shorter, lengths - 1, left)[:, None] - 1 - place
    inside_longer = (place < longer[:, None]) & (place >= low)
    cells = (longest * rows[:, None] + there)[inside_longer]
    words.reshape(-1)[cells] = made[inside_longer]
    return _added_up(words, lengths, left)


def _added_up(words: NDArray[np.uint8], lengths: NDArray[np.int64], left: NDArray[np.int64]) -> Drawn:
    """Return words of bits as sums with their answers.

    The first bit of each number of several bits is set to 1, and `+` and `=` are put in.

    Args:
        words: (words, longest) The bits.
        lengths: (words,) The lengths of the words `x + y =`.
        left: (words,) The lengths of x.
    """
    longest, rows = words.shape[1], np.arange(len(lengths))
    right = lengths - 2 - left
    words[rows, 0] |= left > 1  # a number of several bits begins with 1
    words[rows, left + 1] |= right > 1
    width = LIMB_BITS * (1 + longest // LIMB_BITS)  # room for every sum
    x = _shifted(_limbs(words, width), width - left)
    y = _shifted(_limbs(words * ~inside(left + 1, longest), width), width - lengths + 1)
    sums = np.unpackbits(_added(x, y).astype(">u8").view(np.uint8), axis=1)  # (words, width), the unit last
    words[rows, left] = PLUS
    words[rows, lengths - 1] = EQUALS
    # A sum has as many bits as the longer number, or one more for a carry; 0 + 0 has one.
    answer_lengths = np.maximum(left, right)
    answer_lengths += sums[rows, width - 1 - answer_lengths]
    return Drawn(words, sums[~inside(width - answer_lengths, width)], answer_lengths)


def _limbs(numbers: NDArray[np.uint8], width: int) -> NDArray[np.uint64]:
    """Return rows of bits as numbers of `width` bits whose highest bits they are.  (words, limbs), the highest first"""
    packed = np.zeros((len(numbers), width // 8), dtype=np.uint8)
    packed[:, : -(-numbers.shape[1] // 8)] = np.packbits(numbers, axis=1)
    return packed.view(">u8").astype(np.uint64)


def _shifted(limbs: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return each number without its last `places` bits.  (words, limbs)"""
    size = limbs.shape[1]
    padded = np.concatenate([np.zeros_like(limbs), limbs], axis=1)  # (words, 2 * limbs)
    sources = size + np.arange(size) - (places // LIMB_BITS)[:, None]
    sources += 2 * size * np.arange(len(limbs))[:, None]
    within = (places % LIMB_BITS).astype(np.uint64)[:, None]
    lower, higher = padded.take(sources), padded.take(sources - 1)
    shifted: NDArray[np.uint64] = (lower >> within) | ((higher << np.uint64(1)) << (np.uint64(LIMB_BITS - 1) - within))
    return shifted


def _added(x: NDArray[np.uint64], y: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the sums of numbers whose highest bit is 0.  (words, limbs)"""
    total = x + y
    carry = np.zeros(len(total), dtype=np.bool_)
    for limb in range(total.shape[1] - 1, -1, -1):
        carries_alone = total[:, limb] < x[:, limb]
        total[:, limb] += carry
        carry = carries_alone | (total[:, limb] < carry)
    return total


DRAWS = _draw_addition, _draw_sticky_addition, _draw_carrying
ADDITION = Task(
    name="addition",
    title="Addition",
    summary="""The sum of two binary numbers without leading zeros. The length is that of the word, `x + y =`; \
its last mark stands for <sep>.
1 0 + 1 = -> 1 1
1 1 1 + 1 1 = -> 1 0 1 0""",
    family="Algorithm",
    alphabet=ALPHABET,
    format="answer",
    sample=answer_sampler("addition", ALPHABET, lengths_from(SHORTEST), DRAWS, separator=()),
    label=answer_label(_sum, separator=()),
    theory=too_much_to_tell("The sum of a first number of N bits and a known second number determines all N bits"),
    program=None,
    published=published("addition"),
    source=f"{PAPER}, algorithmic suite",
    separator=(),
)
