"""What of an answer is judged: the answer with its end, or the answer alone; each is counted by itself."""

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
    """Of how many words the answer was right, whatever came after it, and of how many the end after a right answer."""

    answer: int
    end: int
    total: int


@dataclass(frozen=True)
class Judged:
    """Which words are right by what is judged, (words,), and their parts; None where the task has no answer."""

    right: NDArray[np.bool_]
    parts: JudgedParts | None


def check_judge(task: Task, judge: Judge) -> None:
    """ValueError where the task has no answer that could be judged alone."""
    if judge == "answer" and task.format != "answer":
        raise ValueError(
            f"--judge answer is for tasks with an answer: {task.shown} is judged by what may come after every prefix"
        )


def judge_words(answerer: Answerer, task: Task, batch: Batch, judge: Judge) -> Judged:
    """The words of a batch, judged.

    Args:
        answerer: Is asked what comes after every prefix of the word and its right answer.
        task: ValueError where it has no answer and `judge` asks for it alone.
        batch: Words of the task.
        judge: `all` judges the answer and that the end follows it, `answer` leaves the end out.
    """
    check_judge(task, judge)
    right = answerer.right_at(task, batch)  # (words, positions)
    if task.format != "answer":
        return Judged(np.asarray(right.all(axis=1)), None)
    columns = np.arange(right.shape[1])
    last = (batch.judged * columns).max(axis=1, initial=0)  # (words,) after which <eos> comes
    ends = columns == last[:, None]
    answer, end = (right | ends).all(axis=1), (right | ~ends).all(axis=1)
    parts = JudgedParts(int(answer.sum()), int(end.sum()), len(right))
    return Judged(np.asarray(answer if judge == "answer" else answer & end), parts)
