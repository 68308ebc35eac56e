"""The algorithmic tasks whose answer is one letter: majority, binary majority, parity."""

import statistics
import string

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler
from tasks.continuation import check_letters
from tasks.lengths import inside, lengths_from
from tasks.published import published
from tasks.randomness import bits, letters_below, quarters
from tasks.task import Task, Word
from tasks.theory import BOTH, PAPER, WITHIN_STAR_FREE, both, counted, inexpressible

SUITE = f"{PAPER}, algorithmic suite"
BITS = ("0", "1")


def _one_letter(words: NDArray[np.integer], answers: NDArray[np.int64]) -> Drawn:
    return Drawn(words, answers, np.ones(len(words), dtype=np.int64))


def _bits(rng: np.random.Generator, lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Words of bits (words, longest), 0 past their end, and how many 1s each has (words,).

    All numbers of 1s are equally likely, and all words of a length with one of them: if each bit of a word of n is 1
    with the same chance p, and p is drawn evenly from [0, 1], k of them are with chance
    binomial(n, k) * integral of p^k (1-p)^(n-k) = 1 / (n+1).
    p is drawn from 0, 2**-16, ..., 1, the ends half as likely as the others: that is the trapezoidal rule for the
    integral, whose error makes the numbers uneven by a share of n**2 / 2**35 at most, one in a million for n = 150.
    """
    width = int(lengths.max(initial=0))
    chances = quarters(rng, len(lengths)).astype(np.int32) + bits(rng, len(lengths), 1)[:, 0]  # in 2**-16, to 2**16
    draws = quarters(rng, len(lengths) * width).reshape(len(lengths), width)
    words = (draws <= (chances - 1).astype(np.uint16)[:, None]).view(np.uint8)
    words[chances == 0] = 0
    words &= inside(lengths, width).view(np.uint8)
    ones = np.einsum("ij->i", words, dtype=np.int32)  # twice as fast as sum
    return words, ones.astype(np.int64)


# --- binary majority --------------------------------------------------------------------------------------


def majority_bit(word: Word) -> Word:
    """The bit that occurs more often; ValueError for a tie."""
    check_letters(word, BITS)
    zeros, ones = word.count("0"), word.count("1")
    if zeros == ones:
        raise ValueError(f"a tie of {zeros} 0s and {ones} 1s has no majority")
    return ("0",) if zeros > ones else ("1",)


def draw_binary_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Words of these lengths, the number of 0s even among those without a tie, and their majority bits."""
    words, ones = _bits(rng, lengths)
    ties = np.flatnonzero(2 * ones == lengths)
    while len(ties):
        drawn, ones[ties] = _bits(rng, lengths[ties])
        words[ties, : drawn.shape[1]] = drawn
        ties = ties[2 * ones[ties] == lengths[ties]]
    return _one_letter(words, (2 * ones > lengths).astype(np.int64))


BINARY_MAJORITY = Task(
    name="binary_majority",
    title="Binary Majority",
    summary="""The bit that occurs more often. The number of 0s is drawn evenly, ties are left out.
0 1 1 -> 1
0 0 1 0 -> 0""",
    family="Algorithm",
    alphabet=BITS,
    format="answer",
    sample=answer_sampler("binary_majority", BITS, lengths_from(1), draw_binary_majority),
    label=answer_label(majority_bit),
    theory=counted("binary_majority"),
    program="binary_majority",
    published=published("binary_majority"),
    source=SUITE,
)

# --- majority -----------------------------------------------------------------------------------------------

LETTERS = tuple(string.ascii_lowercase)
MOST_TRIES = 64  # words drawn at once for a word that is still wanted
LEAST = 128  # words that are drawn at once rather than in several rounds


def _majority_letter(word: Word) -> Word:
    check_letters(word, LETTERS)
    modes = statistics.multimode(word)
    if len(modes) != 1:
        raise ValueError(f"a tie of {', '.join(modes) or 'nothing'} has no majority")
    return (modes[0],)


def _draw_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Letters drawn evenly, again and again until one of them is the most frequent.

    Of two letters only one word in 26 has a mode, so where few words were found several are drawn for each of the
    others.
    """
    words = np.zeros((len(lengths), int(lengths.max(initial=0))), dtype=np.uint8)
    answers = np.zeros(len(lengths), dtype=np.int64)
    wanted = np.arange(len(lengths))
    tries = 1
    while len(wanted):
        drawn, modes = _letters(rng, np.repeat(lengths[wanted], tries))
        unique = (modes < len(LETTERS)).reshape(-1, tries)  # (wanted, tries)
        found = unique.any(axis=1)
        chosen = (np.arange(len(wanted)) * tries + unique.argmax(axis=1))[found]
        words[wanted[found], : drawn.shape[1]] = drawn.take(chosen, axis=0)
        answers[wanted[found]] = modes[chosen]
        wanted = wanted[~found]
        tries = max(unique.size // max(1, int(unique.sum())), LEAST // max(1, len(wanted)))
        tries = min(MOST_TRIES, tries)
    return _one_letter(words, answers)


def _letters(rng: np.random.Generator, lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Words of letters drawn evenly (words, longest), and the most frequent letter of each (words,), 26 for a tie."""
    kinds = len(LETTERS)
    words = letters_below(rng, len(lengths), int(lengths.max()), kinds)
    past = ~inside(lengths, words.shape[1])
    np.maximum(words, past * np.uint8(kinds), out=words)  # counted apart
    rows = (kinds + 1) * np.arange(len(lengths), dtype=np.int32)[:, None]  # where the counts of each word begin
    cells = np.add(rows, words, out=np.empty(words.shape, dtype=np.int64))
    counts = np.zeros((len(lengths), kinds + 1), dtype=np.int32)
    np.add.at(counts.reshape(-1), cells.reshape(-1), np.int32(1))  # of one type, so half as long as bincount
    by_letter = np.ascontiguousarray(counts[:, :kinds].T)  # (letters, words)
    is_mode = by_letter == by_letter.max(axis=0)
    tied = is_mode.sum(axis=0, dtype=np.uint8) > 1
    return words, np.where(tied, kinds, (is_mode * np.arange(kinds, dtype=np.uint8)[:, None]).max(axis=0))


MAJORITY = Task(
    name="majority",
    title="Majority",
    summary="""The most frequent of 26 letters. Letters are drawn evenly; words without a single mode are left out.
a b a -> a
c a b b c b -> b""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler("majority", LETTERS, lengths_from(1), _draw_majority),
    label=answer_label(_majority_letter),
    theory=counted("majority"),
    program="majority",
    published=published("majority"),
    source=SUITE,
)

# --- parity -----------------------------------------------------------------------------------------------

PARITY_ALPHABET = ("0", "1", "e", "o")


def _parity_of(word: Word) -> Word:
    check_letters(word, BITS)
    return ("o",) if word.count("1") % 2 else ("e",)


def _draw_parity(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words, ones = _bits(rng, lengths)
    return _one_letter(words, 2 + ones % 2)


PARITY = Task(
    name="parity",
    title="Parity",
    summary="""Whether the number of 1s in a word over 0 and 1 is even (the answer e) or odd (o); it is drawn evenly.
0 1 1 -> e
1 0 0 -> o""",
    family="Algorithm",
    alphabet=PARITY_ALPHABET,
    format="answer",
    sample=answer_sampler("parity", PARITY_ALPHABET, lengths_from(1), _draw_parity),
    label=answer_label(_parity_of),
    theory=both(
        ape=inexpressible(
            BOTH,
            "with letters read as blocks of a length K that its periods divide (1 as 1 0^(K-1), 0 as 0^K) it "
            "would be a C-RASP program for parity, which is not star-free",
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
