"""The accuracy of the project's own models: the share of words that are right at every judged position."""

from collections.abc import Iterable

import torch
from torch import Tensor

from tasks.drawing.randomness import generator
from tasks.task import Task
from train.ledger.accuracy import BinAccuracy, batch_accuracy
from train.ledger.horizon import WORDS as HORIZON_WORDS
from train.ledger.horizon import Horizon, around, find_horizon, horizon_limit
from train.model.config import TrainConfig
from train.model.model import logits, unflatten
from train.model.recommended import context_length
from train.running.batches import (
    Layout,
    evaluation_layouts,
    in_order,
    longest_with_words,
    stacked,
    tested_positions,
    training_positions,
)
from train.running.objective import words_right
from train.running.training_words import kept_words

WORDS_AT_ONCE = 125  # words that are tested at once: enough to use the whole machine, few enough for its cache


def held_out_layouts(task: Task, config: TrainConfig, longest: int) -> tuple[Layout, ...]:
    """Return the words that decide whether the training lengths so far are fitted; they are the same for every seed.

    They begin at any offset of the context, as training words do. The theory's learner agrees with the task at all
    offsets (Huang et al., ICLR 2025, Definition 6), and offset 0 alone would leave most position embeddings untested.

    Args:
        task: The task.
        config: The configuration.
        longest: The longest training length so far.
    """
    lengths = (1, longest_with_words(task, longest, config.train_length))
    rng = generator(task.name, "held-out", lengths, 0)
    batch = kept_words(task, config, rng, lengths, config.held_out_words)
    return tuple(evaluation_layouts(batch, training_positions(rng, batch, config.model), words=WORDS_AT_ONCE))


def bin_accuracies(task: Task, config: TrainConfig, flat: Tensor) -> tuple[BinAccuracy, ...]:
    """Return one model's accuracy on each range of lengths.

    The words are the same for every seed, and begin at offset 0.

    Args:
        task: The task.
        config: The configuration.
        flat: The model's parameters (1, parameters).
    """
    found = []
    for lengths in config.bins:
        batch = task.sample(generator(task.name, "test", lengths, 0), lengths, config.test_words)
        layouts = evaluation_layouts(batch, tested_positions(task.name, batch, config.model), words=WORDS_AT_ONCE)
        (right,) = words_found(task, config, flat, layouts).cpu().numpy()  # (words,)
        found.append(batch_accuracy(lengths, batch.rows(in_order(batch)), right))
    return tuple(found)


def model_horizon(task: Task, config: TrainConfig, flat: Tensor) -> Horizon:
    """Return one model's horizon, on words at offset 0.

    It is searched up to ten times the training length, or as far as the model has positions.

    Args:
        task: The task.
        config: The configuration.
        flat: The model's parameters (1, parameters).
    """

    def probe(length: int) -> BinAccuracy | None:
        lengths = around(length)
        try:
            batch = task.sample(generator(task.name, "horizon", lengths, 0), lengths, HORIZON_WORDS)
        except ValueError:
            return None
        places = tested_positions(task.name, batch, config.model)
        layouts = evaluation_layouts(batch, places, words=max(1, WORDS_AT_ONCE * 50 // length))
        (right,) = words_found(task, config, flat, layouts).cpu().numpy()
        return batch_accuracy(lengths, batch.rows(in_order(batch)), right)

    return find_horizon(probe, config.train_length, _limit(task, config))


def _limit(task: Task, config: TrainConfig) -> int:
    """Return the longest length of the search. With randomised positions it is shortened until words fit into them."""
    limit = horizon_limit(config)
    while config.model.pe == "randomized" and context_length(task, limit) > config.model.positions:
        limit = max(config.max_length, limit - max(1, limit // 8))
    return limit


def words_counted(task: Task, config: TrainConfig, flat: Tensor, layouts: Iterable[Layout]) -> list[int]:
    """Return how many of the words each model has wholly right; `flat` is (models, parameters)."""
    return [int(count) for count in words_found(task, config, flat, layouts).sum(1)]


@torch.no_grad()
def words_found(task: Task, config: TrainConfig, flat: Tensor, layouts: Iterable[Layout]) -> Tensor:
    """Return whether each model has each word wholly right, in the order of the layouts: (models, words) bool."""
    weights = unflatten(flat, config.model)
    found = []
    for layout in layouts:
        judged = stacked([(layout, 0)], str(flat.device))
        found.append(words_right(task, logits(weights, config.model, judged.rows), judged))
    return torch.cat(found, dim=1)
