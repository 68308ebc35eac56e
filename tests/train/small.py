"""Small tasks and configurations that train in a moment."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tasks.task import Task
from tasks.words import Batch, Example
from train.model.config import ModelConfig, TrainConfig


def _first(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
    """Words over {0, 1}; the answer is the first letter, twice where it is 1: answers of two lengths."""
    drawn = lengths[0] + np.floor(rng.random(size) * (lengths[1] - lengths[0] + 1)).astype(np.int64)
    letters = np.floor(rng.random((size, lengths[1])) * 2).astype(np.int64)
    width = lengths[1] + 5
    tokens, judged = np.full((size, width), 5), np.zeros((size, width), dtype=bool)
    targets = np.full((size, width), 5)
    for row, length in enumerate(drawn):
        answer = [letters[row, 0]] * (1 + letters[row, 0])
        word = [2, *letters[row, :length], 3, *answer, 4]
        tokens[row, : len(word)] = word
        judged[row, length + 1 : len(word) - 1] = True
        targets[row, length + 1 : len(word) - 1] = word[length + 2 :]
    return Batch(tokens, judged, targets, drawn)


def _last(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
    """Words over {0, 1} that end in 1, of even lengths only."""
    exist = [n for n in range(lengths[0], lengths[1] + 1) if n % 2 == 0]
    if not exist:
        raise ValueError("no such words")
    drawn = np.array(exist)[np.floor(rng.random(size) * len(exist)).astype(np.int64)]
    letters = np.floor(rng.random((size, lengths[1])) * 2).astype(np.int64)
    letters[np.arange(size), drawn - 1] = 1
    column = np.arange(lengths[1] + 1)
    judged = column <= drawn[:, None]
    tokens = np.full(judged.shape, 2)
    tokens[:, 1:] = np.where(judged[:, 1:], letters, 5)
    allowed = np.stack((judged, judged, judged & (tokens == 1)), axis=-1)
    return Batch(tokens, judged, allowed, drawn)


def _no_label(_: tuple[str, ...]) -> Example:
    raise ValueError("not labelled here")


FIRST = Task(
    name="first",
    title="",
    summary="",
    family="",
    alphabet=("0", "1"),
    format="answer",
    sample=_first,
    label=_no_label,
    theory=MappingProxyType({}),
    program=None,
    published=MappingProxyType({}),
    source="",
)
LAST = replace(FIRST, name="last", format="continuations", sample=_last)


def small(task: Task = FIRST, pe: str = "ape", *, layers: int = 1) -> TrainConfig:
    """A configuration for one of them: lengths 1-6, tested to 12."""
    model = ModelConfig(pe=pe, layers=layers, heads=2, width=8, vocabulary=6, positions=17)  # type: ignore[arg-type]
    return TrainConfig(
        task=task.name,
        model=model,
        lr=1e-2,
        batch_size=7,
        max_steps=60,
        cooldown_steps=10,
        initial_scale=0.3,
        position_scale=0.3,
        train_length=6,
        max_length=12,
        evaluation_interval=20,
        held_out_words=50,
        test_words=60,
    )
