"""Words of one stratum of a task's mixture."""

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.task import Task
from tasks.words import Batch


def uniform_rows(batch: Batch) -> NDArray[np.int64]:
    """The rows of the uniform stratum; all where words have no strata."""
    return np.arange(len(batch.lengths)) if batch.strata is None else np.flatnonzero(batch.strata == 0)


def of_stratum(task: Task, split: str, lengths: tuple[int, int], size: int, name: str = "uniform") -> Batch:
    """So many words of the stratum, in the order in which they are drawn; of a task without strata any."""
    batch = task.sample(generator(task.name, split, lengths, 0), lengths, 5 * size + 200)
    rows = uniform_rows(batch) if batch.strata is None else np.flatnonzero(batch.strata == STRATA.index(name))
    assert len(rows) >= size
    return batch.rows(rows[:size])
