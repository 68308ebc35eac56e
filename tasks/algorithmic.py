"""The algorithmic tasks of the published suite: `<bos> x <sep> y <eos>`."""

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, Word, answer_label, answer_sampler
from tasks.continuation import check_letters
from tasks.published import published
from tasks.randomness import integers_below, shuffled_ranks
from tasks.task import Task
from tasks.theory import BOTH, PAPER, WITHIN_STAR_FREE, both, counted, inexpressible

SUITE = f"{PAPER}, algorithmic suite"
BITS = ("0", "1")


def _at_least_one(longest: int) -> NDArray[np.bool_]:
    return np.arange(longest + 1) >= 1


def _one_letter(words: NDArray[np.int64], answers: NDArray[np.int64]) -> Drawn:
    return Drawn(words, answers[:, None], np.ones(len(words), dtype=np.int64))


def _bits(
    rng: np.random.Generator, lengths: NDArray[np.int64], zeros: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Words with the given numbers of 0s, uniform among those of their length.  (words, longest)"""
    width = int(lengths.max(initial=0))
    words = np.empty((len(lengths), width), dtype=np.int64)
    ones = (np.arange(width) >= zeros[:, None]).astype(np.int64)
    np.put_along_axis(words, shuffled_ranks(rng, lengths, width), ones, axis=1)
    return words


# --- binary majority --------------------------------------------------------------------------------------


def _majority_bit(word: Word) -> Word:
    check_letters(word, BITS)
    zeros, ones = word.count("0"), word.count("1")
    if zeros == ones:
        raise ValueError(f"a tie of {zeros} 0s and {ones} 1s has no majority")
    return ("0",) if zeros > ones else ("1",)


def _draw_binary_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    even = lengths % 2 == 0
    zeros = integers_below(rng, lengths + 1 - even)
    zeros += even & (zeros >= lengths // 2)  # an even length leaves out the tie
    return _one_letter(_bits(rng, lengths, zeros), (2 * zeros < lengths).astype(np.int64))


BINARY_MAJORITY = Task(
    name="binary_majority",
    title="Binary Majority",
    summary="""The bit that occurs more often. The number of 0s is drawn evenly, ties are left out.
0 1 1 -> 1
0 0 1 0 -> 0""",
    family="Algorithm",
    alphabet=BITS,
    format="answer",
    sample=answer_sampler("binary_majority", BITS, _at_least_one, _draw_binary_majority),
    label=answer_label(_majority_bit),
    theory=counted("binary_majority"),
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
    ones = integers_below(rng, lengths + 1)
    return _one_letter(_bits(rng, lengths, lengths - ones), 2 + ones % 2)


PARITY = Task(
    name="parity",
    title="Parity",
    summary="""e if the number of 1s is even, o if it is odd. The number of 1s is drawn evenly.
0 1 1 -> e
1 0 0 -> o""",
    family="Algorithm",
    alphabet=PARITY_ALPHABET,
    format="answer",
    sample=answer_sampler("parity", PARITY_ALPHABET, _at_least_one, _draw_parity),
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
