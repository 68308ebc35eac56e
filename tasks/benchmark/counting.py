"""The task of counting from one number to another in steps of one."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_batch, answer_label
from tasks.benchmark.copying import CHECKPOINTS, TOKENS
from tasks.drawing.lengths import check_request, draw_lengths, lengths_from
from tasks.drawing.mixture import Drawn
from tasks.drawing.randomness import integers_below
from tasks.languages.members import check_letters
from tasks.task import Task
from tasks.theory import by_counting
from tasks.words import Batch, Word


def _steps(word: Word) -> Word:
    """Return the numbers from the first to the second.

    Raises:
        ValueError: The word is not two numbers in ascending order.
    """
    check_letters(word, TOKENS)
    if len(word) != 2:
        raise ValueError(f"expected two numbers, found {len(word)}")
    first, last = (int(token) for token in word)
    if first > last:
        raise ValueError(f"expected two numbers in increasing order, found {first} before {last}")
    return TOKENS[first : last + 1]


def _sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
    """Return pairs of numbers with as many steps between them as the length says.

    The first number is drawn evenly from those that leave room. The length is that of the answer, for the word before
    it always has two numbers.
    """
    check_request(lengths, size)
    counts = draw_lengths(rng, "count", lengths, size, lengths_from(1, len(TOKENS))(lengths[1]))
    first = integers_below(rng, len(TOKENS) - counts + 1)
    return replace(_batch(first, counts), lengths=counts)


def _batch(first: NDArray[np.int64], counts: NDArray[np.int64]) -> Batch:
    steps = np.arange(int(counts.sum())) - np.repeat(counts.cumsum() - counts, counts)
    drawn = Drawn(np.stack([first, first + counts - 1], axis=1), np.repeat(first, counts) + steps, counts)
    return answer_batch(TOKENS, np.full(len(counts), 2), drawn)


COUNT = Task(
    name="count",
    title="Count",
    summary="""The numbers from the first to the second in steps of one; the length is that of the answer.
3 6 -> 3 4 5 6
12 12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=_sample,
    label=answer_label(_steps),
    theory=by_counting(
        "count",
        remark=" The program's depth is the same for any number of numbers. Over these 150 there are only "
        "finitely many words.",
    ),
    program="count",
    published={},
    source=f"{CHECKPOINTS}; the count of Zhou et al. 2024 (arXiv 2310.16028)",
    measure="answer",
)
