"""Words of a task with their labels, from which evidence about the task is gathered."""

from collections.abc import Hashable

import numpy as np

from tasks.drawing.randomness import integers_below
from tasks.samples.word_arrays import examples_of, word_of
from tasks.task import Task
from tasks.words import Word

SKIPPED_LENGTHS = 8  # a length without words is replaced by one of the next ones, up to so many


def own_words(task: Task, length: int, number: int, rng: np.random.Generator) -> list[Word]:
    """Words of the task, all of one length: the first from `length` on that has words.

    There are none if that length is more than a few letters away.

    Args:
        task: The task.
        length: The least length.
        number: How many words are drawn.
        rng: The source of randomness.
    """
    for longer in range(length, length + SKIPPED_LENGTHS):
        try:
            batch = task.sample(rng, (longer, longer), number)
        except ValueError:
            continue
        words = [word_of(task, example) for example in examples_of(task, batch)]
        return [word for word in words if len(word) == len(words[0])]
    return []


def letters_of(task: Task, rng: np.random.Generator) -> tuple[str, ...]:
    """The letters that words are made of; for a task with an answer, those that occur in a sample of its words."""
    if task.format == "continuations":
        return task.alphabet
    seen = {letter for length in (4, 16) for word in own_words(task, length, 200, rng) for letter in word}
    return tuple(letter for letter in task.alphabet if letter in seen)


def answer_of(task: Task, word: Word, since: int) -> Hashable | None:
    """The label of a word; None if the word does not belong to the task.

    Args:
        task: The task.
        word: The word.
        since: For a task of continuations, the label consists of the sets of next tokens from this position on. For a
            task with an answer it is the answer.
    """
    try:
        example = task.label(word)
    except ValueError:
        return None
    return example.targets[since:] if task.format == "continuations" else example.targets


def drawn_evenly(letters: tuple[str, ...], length: int, rng: np.random.Generator) -> Word:
    """A word of the length whose letters are drawn with equal chances."""
    return tuple(letters[k] for k in integers_below(rng, np.full(length, len(letters))).tolist())
