"""Recognition tasks: whether the verdict on each word is right, and how many words of each kind are needed."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from tasks.asking.recognition import ACCEPT, SUFFIX
from tasks.drawing.lengths import inside
from tasks.task import Task
from tasks.words import EOS, Batch

LEAST_WORDS_OF_EACH = 200  # the fewest members, and the fewest others, for a verdict on a language that is searched


def is_recognition(task: Task) -> bool:
    """Whether the task is to accept or reject words."""
    return task.name.endswith(SUFFIX)


def recognition_right(
    alphabet: Sequence[str], accepts: Callable[[Words], NDArray[np.bool_]], task: Task, batch: Batch
) -> NDArray[np.bool_]:
    """For each word whether it is accepted exactly if the task's answer is `accept`, (words,).

    Args:
        alphabet: The letters by whose numbers `accepts` is given words.
        accepts: Says which words are accepted, as programs do at the last letter.
        task: The recognition task.
        batch: Words of the task.

    Raises:
        ValueError: The alphabet lacks letters of the task.
    """
    letters = task.alphabet[:-2]
    missing = [letter for letter in letters if letter not in alphabet]
    if missing:
        raise ValueError(f"the program's alphabet lacks tokens of {task.shown}: {' '.join(missing)}")
    numbers = np.array([alphabet.index(letter) for letter in letters])
    words = batch.tokens[:, 1 : 1 + int(batch.lengths.max(initial=0))]
    within = inside(batch.lengths, words.shape[1])
    tokens = np.where(within, numbers[np.where(within, words, 0)], -1)
    verdict = batch.targets[np.arange(len(words)), batch.lengths + 1]
    return np.asarray(accepts(Words(tokens, batch.lengths)) == (verdict == task.vocabulary.index(ACCEPT)))


def kinds_of(task: Task, batch: Batch) -> tuple[int, int] | None:
    """How many of the words are members, and how many are others; None for a task whose words are not searched for."""
    if task.found is None:
        return None
    rows = np.arange(len(batch.lengths))
    if task.format == "answer":
        member = batch.targets[rows, batch.lengths + 1] == task.vocabulary.index(ACCEPT)
    else:
        member = batch.targets[rows, batch.lengths, task.outputs.index(task.vocabulary.index(EOS))]
    members = int(np.count_nonzero(member))
    return members, len(rows) - members


def too_few(task: Task, kinds: tuple[int, int] | None) -> bool:
    """Whether there are too few members or others for a verdict.

    In a task of continuations one of the kinds may not exist; then the number of all words counts.
    """
    if kinds is None or (task.format == "continuations" and 0 in kinds):
        return kinds is not None and sum(kinds) < LEAST_WORDS_OF_EACH
    return min(kinds) < LEAST_WORDS_OF_EACH
