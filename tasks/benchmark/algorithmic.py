"""The tasks binary majority and parity, whose answer is one letter."""

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.drawing.randomness import bits, integers_below, quarters, subsets
from tasks.languages.language import held
from tasks.languages.letter_arrangement import sorted_in_blocks
from tasks.languages.members import check_letters
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import BOTH, PAPER, WITHIN_STAR_FREE, both, by_counting, inexpressible
from tasks.words import Word

SUITE = f"{PAPER}, algorithmic suite"
BITS = ("0", "1")


def one_letter(words: NDArray[np.integer], answers: NDArray[np.int64]) -> Drawn:
    """Return the words with their answers, each of which is one letter.

    Args:
        words: (words, longest) The words.
        answers: (words,) The number of the letter that answers each word.
    """
    return Drawn(words, answers, np.ones(len(words), dtype=np.int64))


def _bits(rng: np.random.Generator, lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return words of bits, 0 past a word's end (words, longest), and how many 1s each word has (words,).

    In a word of length n every number of 1s from 0 to n is equally likely, and so are all words with the same number of
    1s. Proof: let each bit of a word be 1 with the same chance p, and draw p evenly from [0, 1]. Then k bits are 1 with
    chance binomial(n, k) * integral of p^k (1-p)^(n-k) = 1 / (n+1).

    The code draws p from 0, 2**-16, ..., 1, with both ends half as likely as the other values. This is the trapezoidal
    rule for the integral. Its error changes each probability by a share of at most n**2 / 2**35, which is one in a
    million for n = 150.
    """
    width = int(lengths.max(initial=0))
    chances = quarters(rng, len(lengths)).astype(np.int32) + bits(rng, len(lengths), 1)[:, 0]  # p * 2**16, 0..2**16
    draws = quarters(rng, len(lengths) * width).reshape(len(lengths), width)
    words = (draws <= (chances - 1).astype(np.uint16)[:, None]).view(np.uint8)
    words[chances == 0] = 0
    words &= inside(lengths, width).view(np.uint8)
    ones = np.einsum("ij->i", words, dtype=np.int32)  # twice as fast as `sum`
    return words, ones.astype(np.int64)


def sticky_bits(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return words of bits in runs, 0 past a word's end.  (words, longest)

    For each word the chance of a 1 is drawn, and the chance that a bit repeats the one before.
    """
    width = int(lengths.max(initial=0))
    ones, repeat = rng.random((2, len(lengths), 1))
    draws = quarters(rng, 2 * len(lengths) * width).reshape(2, len(lengths), width)
    words: NDArray[np.uint8] = (draws[0] < (ones * 2**16).astype(np.uint16)).view(np.uint8)
    words = held(words, draws[1] < (np.sqrt(repeat) * 2**16).astype(np.uint16))  # 2/3 of the letters repeat
    words &= inside(lengths, width).view(np.uint8)
    return words


def _ones(words: NDArray[np.uint8]) -> NDArray[np.int64]:
    ones: NDArray[np.int32] = np.einsum("ij->i", words, dtype=np.int32)
    return ones.astype(np.int64)


# --- binary majority --------------------------------------------------------------------------------------


def majority_bit(word: Word) -> Word:
    """Return the bit that occurs more often, as a word of one letter.

    Raises:
        ValueError: There is a tie, or the word has another letter than 0 and 1.
    """
    check_letters(word, BITS)
    zeros, ones = word.count("0"), word.count("1")
    if zeros == ones:
        raise ValueError(f"a tie of {zeros} 0s and {ones} 1s has no majority")
    return ("0",) if zeros > ones else ("1",)


def draw_binary_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Return words of these lengths with their majority bits.

    The number of 0s is drawn evenly from all numbers that do not make a tie.
    """
    words, ones = _bits(rng, lengths)
    ties = np.flatnonzero(2 * ones == lengths)
    while len(ties):
        drawn, ones[ties] = _bits(rng, lengths[ties])
        words[ties, : drawn.shape[1]] = drawn
        ties = ties[2 * ones[ties] == lengths[ties]]
    return one_letter(words, (2 * ones > lengths).astype(np.int64))


def _draw_sticky_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = sticky_bits(rng, lengths)
    ties = np.flatnonzero(2 * _ones(words) == lengths)
    while len(ties):
        drawn = sticky_bits(rng, lengths[ties])
        words[ties, : drawn.shape[1]] = drawn
        ties = ties[2 * _ones(drawn) == lengths[ties]]
    return one_letter(words, (2 * _ones(words) > lengths).astype(np.int64))


def _draw_close_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Return words in which one bit is ahead by one or two, so that every letter counts; half of them are in runs."""
    winner = integers_below(rng, np.full(len(lengths), 2))
    more = np.minimum(lengths // 2 + 1, lengths)  # how often the winner occurs
    ones = np.where(winner == 1, more, lengths - more)
    words = subsets(rng, lengths, ones, int(lengths.max(initial=0))).astype(np.uint8)
    runs = np.flatnonzero(rng.random(len(lengths)) < 0.5)
    ordered = sorted_in_blocks(rng, words[runs].astype(np.int16), lengths[runs], 2)
    words[runs] = np.where(ordered < 2, ordered, 0)
    return one_letter(words, winner)


BINARY_MAJORITY_DRAWS: tuple[DrawAnswers, DrawAnswers, DrawAnswers] = (
    draw_binary_majority,
    _draw_sticky_majority,
    _draw_close_majority,
)
BINARY_MAJORITY = Task(
    name="binary_majority",
    title="Binary Majority",
    summary="""The bit that occurs more often. The number of 0s is drawn evenly; ties are left out.
0 1 1 -> 1
0 0 1 0 -> 0""",
    family="Algorithm",
    alphabet=BITS,
    format="answer",
    sample=answer_sampler("binary_majority", BITS, lengths_from(1), BINARY_MAJORITY_DRAWS),
    label=answer_label(majority_bit),
    theory=by_counting("binary_majority"),
    program="binary_majority",
    published=published("binary_majority"),
    source=SUITE,
)

# --- parity -----------------------------------------------------------------------------------------------

PARITY_ALPHABET = ("0", "1", "e", "o")


def _parity_of(word: Word) -> Word:
    check_letters(word, BITS)
    return ("o",) if word.count("1") % 2 else ("e",)


def _draw_parity(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words, ones = _bits(rng, lengths)
    return one_letter(words, 2 + ones % 2)


def _draw_sticky_parity(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = sticky_bits(rng, lengths)
    return one_letter(words, 2 + _ones(words) % 2)


def _draw_early_parity(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Return words that begin with any bits, up to about a quarter, and go on with 0s, 1s, or both in turn."""
    width = int(lengths.max(initial=0))
    words = bits(rng, len(lengths), width)
    columns = np.arange(width)
    early = 1 + np.floor(lengths / 4 * rng.random(len(lengths))).astype(np.int64)
    kind = integers_below(rng, np.full(len(lengths), 3))[:, None]
    stretch = np.where(kind == 2, columns % 2, kind).astype(np.uint8)
    words = np.where(columns < early[:, None], words, stretch) * inside(lengths, width).view(np.uint8)
    return one_letter(words, 2 + _ones(words) % 2)


PARITY_DRAWS = _draw_parity, _draw_sticky_parity, _draw_early_parity
PARITY = Task(
    name="parity",
    title="Parity",
    summary="""Whether the number of 1s in a word over 0 and 1 is even (the answer e) or odd (o). This number is drawn \
evenly.
0 1 1 -> e
1 0 0 -> o""",
    family="Algorithm",
    alphabet=PARITY_ALPHABET,
    format="answer",
    sample=answer_sampler("parity", PARITY_ALPHABET, lengths_from(1), PARITY_DRAWS),
    label=answer_label(_parity_of),
    theory=both(
        ape=inexpressible(
            BOTH,
            "with each letter read as a block whose length K is a multiple of its periods (1 as 1 0^(K-1), 0 as 0^K), "
            "such a program would give a C-RASP program for parity, which is not star-free",
            f"{PAPER}, section 4, by a reduction over blocks of equal length; {WITHIN_STAR_FREE}",
        ),
        nope=inexpressible(
            "C-RASP",
            "parity is not star-free, as every regular language of C-RASP is",
            f"{PAPER}, section 4; {WITHIN_STAR_FREE}",
        ),
    ),
    program=None,
    published=published("parity"),
    source=SUITE,
)
