"""The words that a model is asked about: words of a task, drawn by its sampler, each with its mark, without labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.explain.agreement import AGAIN, DRAWS, LEAST_WORDS, WordKind
from eval.explain.word_walks import all_short_words
from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.task import Task
from tasks.words import Batch

UNIFORM = STRATA.index("uniform")


@dataclass(frozen=True)
class Questions:
    """Words with their mark, and their lengths as the task measures them, (words,)."""

    words: Words
    sizes: NDArray[np.int64]

    def rows(self, chosen: NDArray[np.int64]) -> "Questions":
        """Some of the words, by the numbers of their rows."""
        lengths = self.words.lengths[chosen]
        tokens = self.words.tokens[chosen, : int(lengths.max(initial=0))]
        return Questions(Words(tokens, lengths), self.sizes[chosen])


def joined_questions(*parts: Questions) -> Questions:
    """The different words of all parts, in the order of first occurrence."""
    width = max(part.words.tokens.shape[1] for part in parts)
    tokens = np.concatenate(
        [np.pad(p.words.tokens, ((0, 0), (0, width - p.words.tokens.shape[1])), constant_values=-1) for p in parts]
    )
    sizes = np.concatenate([part.sizes for part in parts])
    lengths = np.concatenate([part.words.lengths for part in parts])
    _, first = np.unique(np.concatenate([tokens, sizes[:, None]], axis=1), axis=0, return_index=True)
    return Questions(Words(tokens, lengths), sizes).rows(np.sort(first))


def tokens_of(task: Task) -> tuple[tuple[str, ...], int]:
    """The tokens of the task's words, and the number of the mark, after which the answer begins."""
    batch = task.sample(generator("explain", task.name, (1, 4), 0), (1, 8), 1)
    mark = task.vocabulary[int(batch.tokens[0, batch.judged[0].argmax()])]
    alphabet = task.alphabet if mark in task.alphabet else (*task.alphabet, mark)
    return alphabet, alphabet.index(mark)


def drawn_questions(task: Task, rng: np.random.Generator, lengths: tuple[int, int], number: int) -> Batch:
    """A batch of the task's words.

    Raises:
        ValueError: The task has no words of these lengths.
    """
    return task.sample(rng, lengths, number)


def questions_of(task: Task, kind: WordKind, lengths: tuple[int, int], number: int, seed: int) -> Questions:
    """Different words of the task: its uniform words are typical, the words of its other strata are stress words.

    If the task has no strata, both kinds are drawn from all its words. No words are returned if it has none of these
    lengths.

    Args:
        task: The task.
        kind: The kind of words.
        lengths: The least and the greatest length, as the task measures it.
        number: The greatest number of words.
        seed: Another seed draws other words.
    """
    parts = [_none()]
    for draw in range(DRAWS + 1):
        rng = generator("explain", f"{kind} questions", lengths, seed + AGAIN * draw)
        try:
            batch = drawn_questions(task, rng, lengths, 2 * number if kind == "typical" else 3 * number)
        except ValueError:
            break
        parts.append(_asked(task, batch, kind))
        found = joined_questions(*parts)
        if len(found.sizes) >= min(number, LEAST_WORDS):
            break
    found = joined_questions(*parts)
    return found.rows(np.arange(min(number, len(found.sizes))))


def _none() -> Questions:
    return Questions(Words(np.empty((0, 0), dtype=np.int64), np.zeros(0, dtype=np.int64)), np.zeros(0, dtype=np.int64))


def _asked(task: Task, batch: Batch, kind: WordKind) -> Questions:
    rows = np.arange(len(batch.lengths))
    if batch.strata is not None:
        chosen = np.flatnonzero((batch.strata == UNIFORM) == (kind == "typical"))
        rows = chosen if len(chosen) else rows
    lengths = batch.judged[rows].argmax(axis=1).astype(np.int64)  # tokens after <bos>, including the mark
    width = int(lengths.max(initial=0))
    tokens = np.where(np.arange(width) < lengths[:, None], batch.tokens[rows, 1 : width + 1], -1)
    tokens = np.minimum(tokens, len(task.alphabet))  # the separator comes after the letters
    return Questions(Words(tokens, lengths), batch.lengths[rows])


def every_question(task: Task, alphabet: tuple[str, ...], mark: int, *, most_words: int) -> tuple[Questions, int]:
    """All words of the task from one letter up to a length, the shortest first, and that length.

    The empty word is left out, because no range of lengths has it: models are neither trained nor measured on it. The
    task is asked whether a word belongs to it, but not for its answer. There are no words, and the length is 0, if
    the task measures lengths by its answers.

    Args:
        task: The task.
        alphabet: The tokens, including the mark.
        mark: The number of the mark.
        most_words: The greatest number of words over the letters that are considered; it determines the length.
    """
    letters = [number for number in range(len(task.alphabet)) if number != mark]
    if task.measure == "answer":
        return _none(), 0
    words = all_short_words(len(letters), most_words=most_words, longest=most_words)
    kept: list[tuple[int, ...]] = []
    numbers = np.array(letters)
    for row, length in zip(words.tokens, words.lengths.tolist(), strict=True):
        if not length:
            continue
        word = tuple(int(k) for k in numbers[row[:length]])
        try:
            task.label(tuple(alphabet[k] for k in word + ((mark,) if not task.separator else ())))
        except ValueError:
            continue
        kept.append((*word, mark))
    lengths = np.array([len(word) for word in kept], dtype=np.int64)
    tokens = np.full((len(kept), int(lengths.max(initial=0))), -1, dtype=np.int64)
    for number, word in enumerate(kept):
        tokens[number, : len(word)] = word
    return Questions(Words(tokens, lengths), lengths - 1), int(words.lengths.max(initial=0))
