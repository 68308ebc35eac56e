"""Copying and reversing: of distinct tokens, where each has one successor, and copying words over two letters."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler
from tasks.continuation import check_letters
from tasks.lengths import inside, lengths_from
from tasks.published import published
from tasks.randomness import bits, permutations
from tasks.task import Task, TheoryRecord, Word
from tasks.theory import FINITE, PAPER, both, counted, expressed, too_much_to_tell

SUITE = f"{PAPER}, algorithmic suite"
CHECKPOINTS = f"published checkpoints beside the algorithmic suite of {PAPER}; no figure of that paper"
TOKENS = tuple(str(number) for number in range(150))
AB = ("a", "b")


def check_distinct(word: Word) -> None:
    """ValueError for a word with a token that is none of the 150, or that occurs twice."""
    check_letters(word, TOKENS)
    repeated = [token for token, times in Counter(word).items() if times > 1]
    if repeated:
        raise ValueError(f"expected distinct tokens, found {repeated[0]!r} more than once")


def draw_distinct(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.unsignedinteger]:
    """Distinct tokens, all words of a length equally likely.  (words, longest)"""
    words = permutations(rng, np.full(len(lengths), len(TOKENS)), len(TOKENS))
    return words[:, : int(lengths.max(initial=0))]


def _copy_of_distinct(word: Word) -> Word:
    check_distinct(word)
    return word


def _draw_copy_of_distinct(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = draw_distinct(rng, lengths)
    return Drawn(words, words[inside(lengths, words.shape[1])], lengths)


COPY_UNIQUE = Task(
    name="copy_unique",
    title="Copy Unique",
    summary="""The word itself, its tokens being distinct ones of 150.
7 0 149 -> 7 0 149
12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=answer_sampler("copy_unique", TOKENS, lengths_from(1, len(TOKENS)), _draw_copy_of_distinct),
    label=answer_label(_copy_of_distinct),
    theory=both(
        ape=expressed("copy_unique", "C-RASP[local]", remark=FINITE),
        nope=TheoryRecord(
            verdict="fails",
            because="The authors' label, not a theorem. Without local counts the letter just before another is not "
            "definable once letters may repeat. But over distinct tokens a C-RASP program does exist, "
            "copy_unique_ages of the library: of depth 2 for every alphabet, and of six operations a token. So the "
            "paper's rule alone would not predict a failure; the label is kept as it was published.",
            reference=f"{PAPER}, label of the released code; the program is this project's",
            standing="published label",
        ),
    ),
    program="copy_unique",
    published=published("copy_unique"),
    source=SUITE,
)


def _reverse_of_distinct(word: Word) -> Word:
    return _copy_of_distinct(word)[::-1]


def _draw_reverse_of_distinct(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = draw_distinct(rng, lengths)
    within = inside(lengths, words.shape[1])
    # Column k of a row of n holds letter n - 1 - k; what lies past the row's length is left out.
    places = np.where(within, lengths[:, None] - 1 - np.arange(words.shape[1]), 0)
    return Drawn(words, np.take_along_axis(words, places, axis=1)[within], lengths)


UNIQUE_REVERSE = Task(
    name="unique_reverse",
    title="Unique Reverse",
    summary="""The word from its last token to its first, its tokens being distinct ones of 150.
7 0 149 -> 149 0 7
12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=answer_sampler("unique_reverse", TOKENS, lengths_from(1, len(TOKENS)), _draw_reverse_of_distinct),
    label=answer_label(_reverse_of_distinct),
    theory=counted("unique_reverse", remark=FINITE),
    program="unique_reverse",
    published={},
    source=CHECKPOINTS,
)


def _copy(word: Word) -> Word:
    check_letters(word, AB)
    return word


def _draw_repeating(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = bits(rng, len(lengths), int(lengths.max(initial=0)))
    return Drawn(words, words[inside(lengths, words.shape[1])], lengths)


COPY_REPEAT = Task(
    name="copy_repeat",
    title="Copy Repeat",
    summary="""The word itself, over two letters, all words of a length being equally likely.
a b b a -> a b b a
b -> b""",
    family="Algorithm",
    alphabet=AB,
    format="answer",
    sample=answer_sampler("copy_repeat", AB, lengths_from(1), _draw_repeating),
    label=answer_label(_copy),
    theory=too_much_to_tell("The copy of a word of N letters a and b carries N bits of it"),
    program=None,
    published=published("copy_repeat"),
    source=SUITE,
)
