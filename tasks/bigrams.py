"""Copying words in which no bigram occurs twice: letters repeat, and the last two tell what comes next."""

from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.answer import Drawn, answer_label, answer_sampler
from tasks.continuation import check_letters
from tasks.copying import CHECKPOINTS
from tasks.lengths import inside, lengths_from
from tasks.randomness import integers_below
from tasks.task import Task, TheoryRecord, Word
from tasks.theory import PAPER, both, expressed

LETTERS = tuple(str(number) for number in range(16))
LONGEST = len(LETTERS) ** 2 + 1  # letters of a word that holds every bigram


def _copy_of_unique_bigrams(word: Word) -> Word:
    check_letters(word, LETTERS)
    repeated = [pair for pair, times in Counter(pairwise(word)).items() if times > 1]
    if repeated:
        raise ValueError(f"expected distinct bigrams, found {' '.join(repeated[0])!r} more than once")
    return word


def draw_unique_bigrams(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Words of these lengths without a bigram twice, each next letter even among those that allow it.  (words, longest)

    A word is a trail in the complete graph of the letters. It can end early only where it began, for every other letter
    was left as often as it was reached; a trail that is closed can begin at any of its letters, and so goes on.
    """
    size, width = len(lengths), int(lengths.max(initial=0))
    words = np.zeros((size, width), dtype=np.int64)
    free = np.ones((size, len(LETTERS), len(LETTERS)), dtype=np.bool_)  # (words, letter, next letter)
    words[:, :1] = integers_below(rng, np.full((size, min(width, 1)), len(LETTERS)))
    for place in range(1, width):
        rows = np.flatnonzero(lengths > place)
        ended = rows[~free[rows, words[rows, place - 1]].any(axis=1)]
        for row in ended:
            words[row, :place] = _turned(rng, words[row, :place], free[row])
        last = words[rows, place - 1]
        choices = free[rows, last]  # (rows, letters)
        chosen = integers_below(rng, choices.sum(axis=1))
        words[rows, place] = (choices.cumsum(axis=1) > chosen[:, None]).argmax(axis=1)
        free[rows, last, words[rows, place]] = False
    return words


def _turned(rng: np.random.Generator, trail: NDArray[np.int64], free: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The closed trail begun and ended at another of its places, which a free bigram leaves."""
    places = np.flatnonzero(free[trail].any(axis=1))
    start = places[integers_below(rng, np.array([len(places)]))[0]]
    return np.concatenate([trail[start:], trail[1 : start + 1]])


def _draw(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    words = draw_unique_bigrams(rng, lengths)
    return Drawn(words, words[inside(lengths, words.shape[1])], lengths)


UNIQUE_BIGRAM_COPY = Task(
    name="unique_bigram_copy",
    title="Unique Bigram Copy",
    summary="""The word itself, over 16 letters of which no two stand side by side twice.
7 7 0 7 15 -> 7 7 0 7 15
12 -> 12""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler("unique_bigram_copy", LETTERS, lengths_from(1, LONGEST), _draw),
    label=answer_label(_copy_of_unique_bigrams),
    theory=both(
        ape=expressed(
            "unique_bigram_copy",
            "C-RASP[local]",
            remark=" The program's depth and window are the same for every alphabet; over this one, of distinct "
            "bigrams, there are only finitely many words.",
        ),
        nope=TheoryRecord(
            verdict="fails",
            because="Whether two letters stand side by side is not definable by counts alone once letters repeat, so "
            "the program for words with positions has no counterpart without, and none is known that is of one depth "
            "for every alphabet. That transformers then fail is the paper's rule, not proved; over these 16 letters "
            f"there are only finitely many words, none longer than {LONGEST}, so the rule alone would not predict it.",
            reference=f"{PAPER}, section 4; {{a,b,c}}*ab{{a,b,c}}* is not in C-RASP (arXiv 2608.13433)",
            standing="conjecture",
        ),
    ),
    program="unique_bigram_copy",
    published={},
    source=CHECKPOINTS,
)
