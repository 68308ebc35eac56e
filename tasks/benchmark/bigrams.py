"""The task of copying words in which no bigram occurs twice: letters repeat, and the last two decide the next."""

from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.copying import CHECKPOINTS, copied
from tasks.drawing.lengths import lengths_from
from tasks.drawing.randomness import integers_below, permutations
from tasks.languages.members import check_letters
from tasks.task import Task, TheoryRecord
from tasks.theory import PAPER, both, expressed
from tasks.words import Word

LETTERS = tuple(str(number) for number in range(16))
LONGEST = len(LETTERS) ** 2 + 1  # letters of a word in which every bigram occurs


def _copy_of_unique_bigrams(word: Word) -> Word:
    check_letters(word, LETTERS)
    repeated = [pair for pair, times in Counter(pairwise(word)).items() if times > 1]
    if repeated:
        raise ValueError(f"expected distinct bigrams, found {' '.join(repeated[0])!r} more than once")
    return word


def draw_unique_bigrams(
    rng: np.random.Generator, lengths: NDArray[np.int64], letters: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return words of these lengths in which no bigram occurs twice.  (words, longest)

    Each letter is drawn evenly from those that make a new bigram. A word is a trail in the complete graph of the
    letters. It can get stuck only at the letter where it began, because every other letter was left as often as it was
    entered. The trail is then closed, so it can be rotated to begin at a letter with a free bigram, and goes on from
    there.

    Args:
        rng: The source of randomness.
        lengths: (words,) The lengths.
        letters: (words,) How many of the 16 letters, chosen at random, each word may use; by default all.
    """
    size, width = len(lengths), int(lengths.max(initial=0))
    words = np.zeros((size, width), dtype=np.int64)
    used = np.full(size, len(LETTERS)) if letters is None else letters
    own = np.arange(len(LETTERS)) < used[:, None]
    free = own[:, :, None] & own[:, None, :]  # (words, letter, next letter)
    words[:, :1] = integers_below(rng, np.broadcast_to(used[:, None], (size, min(width, 1))))
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
    if letters is None:
        return words
    names = permutations(rng, np.full(size, len(LETTERS)), len(LETTERS)).astype(np.int64)
    return np.take_along_axis(names, words, axis=1)


def _turned(rng: np.random.Generator, trail: NDArray[np.int64], free: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the closed trail, begun and ended at one of its letters that still has a free bigram."""
    places = np.flatnonzero(free[trail].any(axis=1))
    start = places[integers_below(rng, np.array([len(places)]))[0]]
    return np.concatenate([trail[start:], trail[1 : start + 1]])


def _few_letters(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return words of few letters, so that these repeat: as many as the length needs, and up to three more."""
    spare = integers_below(rng, np.full(len(lengths), 4))
    return draw_unique_bigrams(rng, lengths, np.minimum(_needed(lengths) + spare, len(LETTERS)))


def _fewest_letters(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return words of no more letters than the length needs, so that nearly every bigram occurs."""
    return draw_unique_bigrams(rng, lengths, _needed(lengths))


def _needed(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fewest letters that have enough bigrams for words of these lengths."""
    return np.ceil(np.sqrt(np.maximum(lengths - 1, 1))).astype(np.int64)


DRAWS = copied(draw_unique_bigrams), copied(_few_letters), copied(_fewest_letters)
UNIQUE_BIGRAM_COPY = Task(
    name="unique_bigram_copy",
    title="Unique Bigram Copy",
    summary="""The word itself. It is over 16 letters, and no two of its letters stand side by side twice.
7 7 0 7 15 -> 7 7 0 7 15
12 -> 12""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler("unique_bigram_copy", LETTERS, lengths_from(1, LONGEST), DRAWS),
    label=answer_label(_copy_of_unique_bigrams),
    theory=both(
        ape=expressed(
            "unique_bigram_copy",
            "C-RASP[local]",
            remark=" The program's depth and window are the same for every alphabet. Over the task's own "
            "alphabet there are only finitely many words with distinct bigrams.",
        ),
        nope=TheoryRecord(
            verdict="fails",
            because="Whether two letters stand side by side is not definable by counts alone once letters repeat, so "
            "the program that uses positions has no counterpart without them, and no program of one depth for every "
            "alphabet is known. That transformers then fail is the paper's rule, not proved. Over these 16 letters "
            f"there are only finitely many words, none longer than {LONGEST}, so the rule alone would not predict it.",
            reference=f"{PAPER}, section 4; {{a,b,c}}*ab{{a,b,c}}* is not in C-RASP (arXiv 2608.13433)",
            standing="conjecture",
        ),
    ),
    program="unique_bigram_copy",
    published={},
    source=CHECKPOINTS,
)
