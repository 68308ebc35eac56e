"""Programs on the recognition of a language: their acceptance against accept and reject."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from crasp.interpreter import Words
from tasks.lengths import inside
from tasks.recognition import ACCEPT, SUFFIX
from tasks.task import Batch, Task


def is_recognition(task: Task) -> bool:
    """Whether the task asks to accept or reject."""
    return task.name.endswith(SUFFIX)


def recognition_right(
    alphabet: Sequence[str], accepts: Callable[[Words], NDArray[np.bool_]], task: Task, batch: Batch
) -> NDArray[np.bool_]:
    """Whether what accepts words over the alphabet accepts each one exactly if the answer is `accept`: (words,).

    Asked at the word's last letter, as programs are. ValueError for an alphabet that lacks letters of the task.
    """
    letters = task.alphabet[:-2]
    missing = [letter for letter in letters if letter not in alphabet]
    if missing:
        raise ValueError(f"the program's alphabet lacks tokens of {task.name}: {' '.join(missing)}")
    numbers = np.array([alphabet.index(letter) for letter in letters])
    words = batch.tokens[:, 1 : 1 + int(batch.lengths.max(initial=0))]
    within = inside(batch.lengths, words.shape[1])
    tokens = np.where(within, numbers[np.where(within, words, 0)], -1)
    verdict = batch.targets[np.arange(len(words)), batch.lengths + 1]
    return np.asarray(accepts(Words(tokens, batch.lengths)) == (verdict == task.vocabulary.index(ACCEPT)))
