"""Members and others: programs on the recognition of a language, and on how many of each kind a verdict rests."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from tasks.asking.recognition import ACCEPT, SUFFIX
from tasks.drawing.lengths import inside
from tasks.task import Task
from tasks.words import EOS, Batch

LEAST_WORDS_OF_EACH = 200  # members, and others, that a verdict on a searched language rests on


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
        raise ValueError(f"the program's alphabet lacks tokens of {task.shown}: {' '.join(missing)}")
    numbers = np.array([alphabet.index(letter) for letter in letters])
    words = batch.tokens[:, 1 : 1 + int(batch.lengths.max(initial=0))]
    within = inside(batch.lengths, words.shape[1])
    tokens = np.where(within, numbers[np.where(within, words, 0)], -1)
    verdict = batch.targets[np.arange(len(words)), batch.lengths + 1]
    return np.asarray(accepts(Words(tokens, batch.lengths)) == (verdict == task.vocabulary.index(ACCEPT)))


def kinds_of(task: Task, batch: Batch) -> tuple[int, int] | None:
    """How many of the words are members, and how many others; None for a task whose words are not searched."""
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
    """Whether no verdict can rest on so many members and others.

    Of a task of continuations one of the kinds may not exist: then all words are of the other.
    """
    if kinds is None or (task.format == "continuations" and 0 in kinds):
        return kinds is not None and sum(kinds) < LEAST_WORDS_OF_EACH
    return min(kinds) < LEAST_WORDS_OF_EACH
