"""Conversion between labelled words (`Example`) and arrays (`Batch`)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.task import Task
from tasks.words import PAD, SEP, Batch, Example


def word_of(task: Task, example: Example) -> tuple[str, ...]:
    """Return the word that `task.label` was given: the tokens between `<bos>` and the answer, without `<sep>`."""
    if task.format == "continuations":
        return example.tokens[1:]
    first = example.judged[0]
    return example.tokens[1 : first if example.tokens[first] == SEP else first + 1]


def length_of(task: Task, example: Example) -> int:
    """Return the length of the example as the task measures it: the letters of its word, or those of its answer.

    `<bos>`, `<sep>` and `<eos>` do not count.
    """
    return len(example.judged) - 1 if task.measure == "answer" else len(word_of(task, example))


def number_of_different_words(batch: Batch) -> int:
    """Return how many different rows of tokens the batch has."""
    return len({row.tobytes() for row in batch.tokens})


def batch_of(task: Task, examples: Sequence[Example]) -> Batch:
    """Return the examples as one batch, a row each, as wide as the longest; `examples_of` is the inverse."""
    ids = {token: index for index, token in enumerate(task.vocabulary)}
    width = max((len(example.tokens) for example in examples), default=1)
    tokens = np.full((len(examples), width), ids[PAD])  # (words, positions)
    judged = np.zeros((len(examples), width), dtype=np.bool_)
    allowed = np.zeros((len(examples), width, len(ids)), dtype=np.bool_)  # (words, positions, vocabulary)
    for row, example in enumerate(examples):
        tokens[row, : len(example.tokens)] = [ids[token] for token in example.tokens]
        judged[row, list(example.judged)] = True
        for position, targets in zip(example.judged, example.targets, strict=True):
            allowed[row, position, [ids[token] for token in targets]] = True
    lengths = np.array([length_of(task, example) for example in examples], dtype=np.int64)
    return Batch(tokens, judged, _targets(task, judged, allowed), lengths)


def _targets(
    task: Task, judged: NDArray[np.bool_], allowed: NDArray[np.bool_]
) -> NDArray[np.int64] | NDArray[np.bool_]:
    if task.format == "continuations":
        return allowed[:, :, list(task.outputs)]  # (words, positions, outputs)
    pad = task.vocabulary.index(PAD)
    return np.where(judged, allowed.argmax(axis=2), pad)  # (words, positions)


def examples_of(task: Task, batch: Batch) -> tuple[Example, ...]:
    """Return the rows of a batch as examples; `batch_of` is the inverse."""
    return tuple(_example(task, batch, row) for row in range(len(batch.tokens)))


def _example(task: Task, batch: Batch, row: int) -> Example:
    vocabulary = task.vocabulary
    pad = vocabulary.index(PAD)
    tokens = tuple(vocabulary[token] for token in batch.tokens[row] if token != pad)
    judged = tuple(np.flatnonzero(batch.judged[row]).tolist())
    chosen = batch.targets[row, list(judged)]
    if task.format == "continuations":
        outputs = np.array(task.outputs)
        targets = tuple(tuple(vocabulary[token] for token in outputs[allowed]) for allowed in chosen)
    else:
        targets = tuple((vocabulary[token],) for token in chosen)
    return Example(tokens, judged, targets)
