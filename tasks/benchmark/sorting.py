"""The task of sorting distinct tokens."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.copying import TOKENS, check_distinct, draw_distinct, draw_neighbours, draw_runs
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import PAPER, by_counting
from tasks.words import Word


def _in_order(word: Word) -> Word:
    check_distinct(word)
    return tuple(token for token in TOKENS if token in word)


def _sorted(draw: Callable[[np.random.Generator, NDArray[np.int64]], NDArray[np.integer]]) -> DrawAnswers:
    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words = draw(rng, lengths)
        within = inside(lengths, words.shape[1])
        ordered = np.sort(np.where(within, words, len(TOKENS)).astype(np.int16), axis=1)
        return Drawn(words, ordered[within], lengths)

    return drawn


UNIFORM, RUNS, NEIGHBOURS = _sorted(draw_distinct), _sorted(draw_runs), _sorted(draw_neighbours)
SORT = Task(
    name="sort",
    title="Sort",
    summary="""The tokens of the word in increasing order, being distinct ones of 150.
7 0 149 -> 0 7 149
12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=answer_sampler("sort", TOKENS, lengths_from(1, len(TOKENS)), (UNIFORM, RUNS, NEIGHBOURS)),
    label=answer_label(_in_order),
    theory=by_counting("sort"),
    program="sort",
    published=published("sort"),
    source=f"{PAPER}, algorithmic suite",
)
