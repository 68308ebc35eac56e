"""The mixture from which words are drawn: half uniform words, a quarter sticky words, a quarter pairs.

Words drawn uniformly hardly ever contain what makes a language hard: long runs, deep nesting, or an early letter that
decides the answer. So every task draws from three strata, with the same shares in training and in tests:

uniform  all words of a length are equally likely, or as the task's definition says
sticky   a letter often repeats the one before it, and some letters are far more frequent than others
pairs    what is asked late depends on an early letter, and the letters between look the same in both cases
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import inside

STRATA: Final = ("uniform", "sticky", "pairs")
SHARES: Final = (0.5, 0.25, 0.25)

Strata: TypeAlias = NDArray[np.int8]


@dataclass(frozen=True)
class Drawn:
    """Words and their answers; each letter is its number in the alphabet.

    words           (words, longest)   places past a row's length have no meaning
    answers         (letters,)         all the answers, one after the other
    answer_lengths  (words,)           the length of each answer
    """

    words: NDArray[np.integer]
    answers: NDArray[np.integer]
    answer_lengths: NDArray[np.int64]


DrawAnswers: TypeAlias = Callable[[np.random.Generator, NDArray[np.int64]], Drawn]


def draw_strata(rng: np.random.Generator, size: int) -> Strata:
    """Return the number in `STRATA` of each word's stratum, drawn with the chances `SHARES`.  (words,)"""
    chance = rng.random(size)
    strata = np.zeros(size, dtype=np.int8)
    for border in np.cumsum(SHARES)[:-1]:
        strata += chance >= border
    return strata


def rows_of(strata: Strata) -> dict[int, NDArray[np.int64]]:
    """Return the rows of each stratum that occurs, by its number; without any words, no rows of the first stratum."""
    rows = {number: np.flatnonzero(strata == number) for number in range(len(STRATA))}
    return {number: chosen for number, chosen in rows.items() if len(chosen)} or {0: rows[0]}


def draw_answers(
    rng: np.random.Generator, lengths: NDArray[np.int64], draws: Sequence[DrawAnswers]
) -> tuple[Drawn, Strata]:
    """Return words of these lengths with their answers, each drawn as its stratum says, and the strata.

    Args:
        rng: The source of randomness.
        lengths: (words,) The lengths.
        draws: How the words of each stratum are drawn, in the order of `STRATA`.
    """
    strata = draw_strata(rng, len(lengths))
    rows = rows_of(strata)
    parts = [draws[number](rng, lengths[chosen]) for number, chosen in rows.items()]
    width = max(part.words.shape[1] for part in parts)
    words = np.zeros((len(lengths), width), dtype=np.result_type(*(part.words for part in parts)))
    sizes = np.zeros(len(lengths), dtype=np.int64)
    for chosen, part in zip(rows.values(), parts, strict=True):
        words[chosen, : part.words.shape[1]] = part.words
        sizes[chosen] = part.answer_lengths
    longest = int(sizes.max(initial=0))
    answers = np.zeros((len(lengths), longest), dtype=np.result_type(*(part.answers for part in parts)))
    for chosen, part in zip(rows.values(), parts, strict=True):
        own = np.zeros((len(chosen), longest), dtype=answers.dtype)
        own[inside(part.answer_lengths, longest)] = part.answers
        answers[chosen] = own
    return Drawn(words, answers[inside(sizes, longest)], sizes), strata
