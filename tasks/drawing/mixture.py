"""The mixture that words are drawn from: half of them uniform, a quarter sticky, a quarter pairs.

Words that are drawn uniformly hardly ever exercise what makes a language hard: long runs, deep nesting, an early letter
that decides. So every task has three strata, the same in training and in tests:

uniform  all words of a length equally likely, or as the task's definition says
sticky   a letter repeats itself far more often, and some letters are far more frequent than others
pairs    what is to be answered late hangs on what stood early, past a stretch that looks the same either way
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
    """Words and their answers, as numbers of letters.

    words           (words, longest)   what lies past a row's length has no meaning
    answers         (letters,)         of all the answers, one after the other
    answer_lengths  (words,)
    """

    words: NDArray[np.integer]
    answers: NDArray[np.integer]
    answer_lengths: NDArray[np.int64]


DrawAnswers: TypeAlias = Callable[[np.random.Generator, NDArray[np.int64]], Drawn]


def draw_strata(rng: np.random.Generator, size: int) -> Strata:
    """The stratum of each word, by its number in `STRATA`, each with its share as its chance.  (words,)"""
    chance = rng.random(size)
    strata = np.zeros(size, dtype=np.int8)
    for border in np.cumsum(SHARES)[:-1]:
        strata += chance >= border
    return strata


def rows_of(strata: Strata) -> dict[int, NDArray[np.int64]]:
    """The rows of each stratum that has some; where there are no words at all, none of the first."""
    rows = {number: np.flatnonzero(strata == number) for number in range(len(STRATA))}
    return {number: chosen for number, chosen in rows.items() if len(chosen)} or {0: rows[0]}


def draw_answers(
    rng: np.random.Generator, lengths: NDArray[np.int64], draws: Sequence[DrawAnswers]
) -> tuple[Drawn, Strata]:
    """Words of these lengths and their answers, each by the draw of its stratum; and the strata."""
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
