"""Judges the answers to words: the answer with its end, or the answer alone. Both parts are counted too."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.answering.answerers import Answerer
from tasks.task import Task
from tasks.words import Batch

Judge: TypeAlias = Literal["all", "answer"]


@dataclass(frozen=True)
class JudgedParts:
    """How many words have a right answer, and how many a right end after the right answer.

    Attributes:
        answer: The number of words whose answer is right, whatever comes after it.
        end: The number of words whose end is right, after the right answer.
        total: The number of words.
    """

    answer: int
    end: int
    total: int


@dataclass(frozen=True)
class Judged:
    """Which words are right by what is judged.

    Attributes:
        right: Whether each word is right (words,).
        parts: The counts by part; None if the task has no answer.
    """

    right: NDArray[np.bool_]
    parts: JudgedParts | None


def check_judge(task: Task, judge: Judge) -> None:
    """Raise ValueError if the task has no answer that could be judged alone."""
    if judge == "answer" and task.format != "answer":
        raise ValueError(
            f"--judge answer is for tasks with an answer: {task.shown} is judged by what may come after every prefix"
        )


def judge_words(answerer: Answerer, task: Task, batch: Batch, judge: Judge) -> Judged:
    """Return which words of a batch are right.

    Args:
        answerer: It is asked what comes after every prefix of the word and its right answer.
        task: The task.
        batch: Words of the task.
        judge: "all" judges the answer and the end after it, "answer" leaves the end out.

    Raises:
        ValueError: `judge` is "answer", but the task has no answers.
    """
    check_judge(task, judge)
    right = answerer.right_at(task, batch)  # (words, positions)
    if task.format != "answer":
        return Judged(np.asarray(right.all(axis=1)), None)
    columns = np.arange(right.shape[1])
    last = (batch.judged * columns).max(axis=1, initial=0)  # (words,): <eos> comes after this position
    ends = columns == last[:, None]
    answer, end = (right | ends).all(axis=1), (right | ~ends).all(axis=1)
    parts = JudgedParts(int(answer.sum()), int(end.sum()), len(right))
    return Judged(np.asarray(answer if judge == "answer" else answer & end), parts)
