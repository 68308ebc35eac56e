"""Lays words out as tensors: their positions, two words to a row, and which columns are judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.drawing.randomness import generator, integers_below
from tasks.drawing.sorted_draws import sorted_draws
from tasks.task import Task
from tasks.words import Batch
from train.model.config import ConfigError, ModelConfig, TrainConfig
from train.model.model import Rows
from train.model.recommended import context_length
from train.running.schedule import Course, longest_at
from train.running.training_words import TrainingWords, kept_words, task_of_words

CHUNK_STEPS = 32  # how many steps' words are drawn at once, because a call costs more than the words it draws


@dataclass(frozen=True)
class Layout:
    """Words in rows, for several steps at once.

    Columns past `columns` and places past `places` are empty.

    Attributes:
        tokens: Token ids (steps, rows, columns).
        positions: The position of each token, of the same shape, as in `Rows`.
        starts: The column at which the token's own word begins, of the same shape, as in `Rows`.
        judged: The columns that are judged (steps, rows, places).
        counted: Whether a place holds a judged column at all (steps, rows, places).
        targets: For a task with answers, the ids of the right next tokens (steps, rows, places). For legal
            continuations, which outputs are allowed (steps, rows, places, outputs).
        columns: How many columns are in use (steps,).
        places: How many places are in use (steps,).
    """

    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    starts: NDArray[np.int64]
    judged: NDArray[np.int64]
    counted: NDArray[np.bool_]
    targets: NDArray[np.int64] | NDArray[np.bool_]
    columns: NDArray[np.int64]
    places: NDArray[np.int64]


@dataclass(frozen=True)
class JudgedRows:
    """One step's rows for a stack of models, and what is judged in them.

    The shapes are those of `Layout`, with models in place of steps.
    """

    rows: Rows
    counted: Tensor
    targets: Tensor


def check_words(task: Task, config: TrainConfig) -> None:
    """Raise ConfigError if the task has no words for the configuration, or the model has too few positions for them."""
    if config.model.vocabulary != len(task.vocabulary):
        raise ConfigError(
            f"vocabulary={config.model.vocabulary}, but the task {task.shown} has {len(task.vocabulary)} tokens"
        )
    task = task_of_words(task, config)
    for lengths in config.bins:
        try:
            task.sample(generator(task.name, "check", lengths, 0), lengths, 1)
        except ConfigError:
            raise
        except ValueError as error:
            raise ConfigError(f"task {task.shown} has no words of lengths {lengths[0]}-{lengths[1]}") from error
    if config.leave_out:
        kept_words(
            task, config, generator(task.name, "check", (1, config.train_length), 0), (1, config.train_length), 1
        )
    needed = context_length(task, config.max_length)
    if needed > config.model.positions:
        raise ConfigError(
            f"words of length {config.max_length} of {task.shown} need {needed} positions, "
            f"but the model has {config.model.positions}"
        )


def training_layout(
    task: Task, config: TrainConfig, course: Course, chunk: int, words: TrainingWords | None = None
) -> Layout:
    """Return the words of the steps from chunk * CHUNK_STEPS on, for one seed.

    They do not depend on which other seeds are trained beside it.

    Args:
        task: The task.
        config: The configuration.
        course: The record of the seed's training, which decides how long words are.
        chunk: Which `CHUNK_STEPS` steps.
        words: Draws the words; by default a new one is made.
    """
    longest = longest_at(config, course, chunk * CHUNK_STEPS)
    lengths = (1, longest_with_words(task, longest, config.train_length))
    rng = generator(task.name, f"train-{chunk}", lengths, course.seed)
    batch = (words or TrainingWords(task, config)).draw(rng, lengths, CHUNK_STEPS * config.batch_size, seed=course.seed)
    return _lay_out(batch, training_positions(rng, batch, config.model), steps=CHUNK_STEPS, paired=True)


def training_positions(rng: np.random.Generator, batch: Batch, model: ModelConfig) -> NDArray[np.int64]:
    """Return the position of each column of each word: (words, columns).

    With APE the words begin at uniform offsets among those that leave them room, so that every position is the last of
    some words. Randomised positions are drawn. With any other encoding words begin at 0.
    """
    if model.pe == "ape":
        return _counted(batch, integers_below(rng, model.positions - _used(batch) + 1))
    if model.pe == "randomized":
        return sorted_draws(rng, _used(batch), batch.tokens.shape[1], model.positions)
    return positions_from_zero(batch)


def tested_positions(task: str, batch: Batch, model: ModelConfig) -> NDArray[np.int64]:
    """Return the position of each column of words that are tested: (words, columns).

    Words begin at 0. Randomised positions are drawn; the draws are the same for every seed, and whenever the same words
    are tested.
    """
    if model.pe != "randomized":
        return positions_from_zero(batch)
    lengths = int(batch.lengths.min(initial=0)), int(batch.lengths.max(initial=0))
    return training_positions(generator(task, "test-positions", lengths, len(batch.lengths)), batch, model)


def positions_from_zero(batch: Batch) -> NDArray[np.int64]:
    """Return the positions (words, columns) with every word at the beginning of the context."""
    return _counted(batch, np.zeros(len(batch.lengths), dtype=np.int64))


def _counted(batch: Batch, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(offsets[:, None] + np.arange(batch.tokens.shape[1]))


def longest_with_words(task: Task, longest: int, most: int) -> int:
    """Return the smallest length, from `longest` on, up to which the task has words; it is `most` at the greatest."""
    for length in range(longest, most):
        try:
            task.sample(generator(task.name, "curriculum", (1, length), 0), (1, length), 1)
        except ValueError:
            continue
        return length
    return most


def evaluation_layouts(batch: Batch, positions: NDArray[np.int64], *, words: int) -> Iterator[Layout]:
    """Yield the batch in parts of at most `words` words, as layouts of one step with one word to a row.

    Shorter words come first.

    Args:
        batch: The words.
        positions: Their positions (words, columns).
        words: The most words of a part.
    """
    order = in_order(batch)
    for first in range(0, len(order), words):
        chosen = order[first : first + words]
        yield _lay_out(batch.rows(chosen), positions[chosen], steps=1, paired=False)


def in_order(batch: Batch) -> NDArray[np.int64]:
    """Return the words' row numbers in the order of `evaluation_layouts`: (words,)."""
    return np.argsort(_used(batch), kind="stable")


def stacked(layouts: Sequence[tuple[Layout, int]], device: str) -> JudgedRows:
    """Return one step of each layout as tensors, models first.

    Args:
        layouts: A layout and one of its steps for each model. A single one stands for every model.
        device: Where the tensors are put.
    """
    columns = max(int(layout.columns[step]) for layout, step in layouts)
    places = max(int(layout.places[step]) for layout, step in layouts)

    def gather(name: str, width: int) -> Tensor:
        parts = [getattr(layout, name)[step, :, :width] for layout, step in layouts]
        if any(part.shape != parts[0].shape for part in parts):
            parts = [_widened(part, width) for part in parts]
        return torch.from_numpy(np.stack(parts)).to(device)

    judged = gather("judged", places) if places < columns else None
    rows = Rows(gather("tokens", columns), gather("positions", columns), gather("starts", columns), judged)
    if judged is None:
        places = columns
    return JudgedRows(rows, gather("counted", places), gather("targets", places))


def _widened(part: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Return the part with empty columns appended up to the given width."""
    room = [(0, 0), (0, width - part.shape[1])] + [(0, 0)] * (part.ndim - 2)
    return np.pad(part, room)


def _used(batch: Batch) -> NDArray[np.int64]:
    """Return how many columns of each word matter, which is up to the last that is judged: (words,)."""
    columns = np.arange(1, batch.judged.shape[1] + 1)
    return np.asarray((batch.judged * columns).max(axis=1), dtype=np.int64)  # (words,)


def _lay_out(batch: Batch, positions: NDArray[np.int64], *, steps: int, paired: bool) -> Layout:
    """Return the words in rows, step by step.

    If `paired`, the longest word shares a row with the shortest, and so on, so that rows are about equally full.
    """
    used = _used(batch)
    words = np.arange(len(used)).reshape(steps, -1)  # (steps, words of a step)
    first, second = words, np.full_like(words, -1)
    if paired:
        order = np.take_along_axis(words, np.argsort(-used[words], axis=1, kind="stable"), axis=1)
        rows = (order.shape[1] + 1) // 2
        first, second = order[:, :rows], order[:, : rows - 1 : -1]
        second = np.pad(second, ((0, 0), (0, rows - second.shape[1])), constant_values=-1)
    length = used[first]  # (steps, rows)
    both = length + np.where(second >= 0, used[second], 0)
    column = np.arange(int(both.max()))
    in_first = column < length[..., None]  # (steps, rows, columns)
    inside = column < both[..., None]
    word = np.where(in_first, first[..., None], second[..., None])
    at = np.where(inside, np.where(in_first, column, column - length[..., None]), 0)
    starts = np.where(in_first, 0, length[..., None])
    starts = np.where(inside, starts, column)  # an empty column attends to itself alone
    judged = batch.judged[word, at] & inside
    count = judged.sum(axis=2)  # (steps, rows)
    places = _places(judged, int(count.max()))  # (steps, rows, places)
    taken = np.take_along_axis(word, places, axis=2), np.take_along_axis(at, places, axis=2)
    return Layout(
        tokens=batch.tokens[word, at],
        positions=np.where(inside, positions[word, at], 0),
        starts=starts,
        judged=places,
        counted=np.take_along_axis(judged, places, axis=2),
        targets=batch.targets[taken],
        columns=both.max(axis=1),
        places=count.max(axis=1),
    )


def _places(judged: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Return the judged columns of each row in order, then others that fill up `most` places.

    If some row is judged at every column, all columns are returned in order.
    """
    if most == judged.shape[2]:
        return np.broadcast_to(np.arange(most), judged.shape).copy()
    return np.argsort(~judged, axis=2, kind="stable")[..., :most]
