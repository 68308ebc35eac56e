"""Sorting words over four letters: the answer is the word's letters in order."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.drawing.randomness import integers_below
from tasks.languages.members import check_letters
from tasks.task import Task
from tasks.theory import counted
from tasks.words import Word

LETTERS = ("a", "b", "c", "d")


def _sorted(word: Word) -> Word:
    check_letters(word, LETTERS)
    return tuple(sorted(word))


def _even(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each letter evenly.  (words, longest)"""
    return integers_below(rng, np.full((len(lengths), int(lengths.max(initial=0))), len(LETTERS)))


def _uneven(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """One letter, of each word's own, twice as often as the others.  (words, longest)"""
    words = _even(rng, lengths)
    often = integers_below(rng, np.full(len(lengths), len(LETTERS)))
    return np.where(rng.random(words.shape) < 0.25, often[:, None], words)


def _two(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two letters only, of each word's own, which may be one.  (words, longest)"""
    first, second = integers_below(rng, np.full((2, len(lengths)), len(LETTERS)))
    chosen = rng.random((len(lengths), int(lengths.max(initial=0)))) < 0.5
    words: NDArray[np.int64] = np.where(chosen, first[:, None], second[:, None])
    return words


def _answered(draw: Callable[[np.random.Generator, NDArray[np.int64]], NDArray[np.int64]]) -> DrawAnswers:
    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words: NDArray[np.int64] = draw(rng, lengths)
        within = inside(lengths, words.shape[1])
        ordered = np.sort(np.where(within, words, len(LETTERS)), axis=1)
        return Drawn(words, ordered[within], lengths)

    return drawn


SMALL_SORT = Task(
    name="probe_sort",
    title="Sort four letters",
    summary="""The letters of the word in order, repeated as often as they stand in it.
b a c a -> a a b c
d -> d""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler(
        "probe_sort", LETTERS, lengths_from(1), (_answered(_even), _answered(_uneven), _answered(_two))
    ),
    label=answer_label(_sorted),
    theory=counted("sort"),
    program=None,
    published={},
    source="this project's capability card",
)
