"""Accuracy: the share of words of which every judged position is right, without offsets."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tasks.randomness import generator
from tasks.task import Batch, Task
from train.batches import evaluation_layouts, stacked
from train.config import TrainConfig
from train.model import logits, unflatten
from train.objective import words_right
from train.result import BinAccuracy

PART = 125  # words that are tried at once: enough to fill the machine, few enough to stay in its cache


def held_out_words(task: Task, config: TrainConfig) -> Batch:
    """Words of the training lengths that decide when a training has fitted: the same for every seed."""
    lengths = (1, config.train_length)
    return task.sample(generator(task.name, "held-out", lengths, 0), lengths, config.held_out_words)


def tested_bins(task: Task, config: TrainConfig, flat: Tensor) -> tuple[BinAccuracy, ...]:
    """One model's accuracy on each bin of lengths, flat (1, parameters); the same words for every seed."""
    found = []
    for lengths in config.bins:
        batch = task.sample(generator(task.name, "test", lengths, 0), lengths, config.test_words)
        (right,) = words_counted(task, config, flat, batch)
        found.append(BinAccuracy(lengths, right, config.test_words))
    return tuple(found)


def share_right(task: Task, config: TrainConfig, flat: Tensor, batch: Batch) -> Sequence[float]:
    """Each model's share of the words that is wholly right, flat (models, parameters)."""
    return [right / len(batch.lengths) for right in words_counted(task, config, flat, batch)]


@torch.no_grad()
def words_counted(task: Task, config: TrainConfig, flat: Tensor, batch: Batch) -> list[int]:
    """How many of the words each model has wholly right."""
    weights = unflatten(flat, config.model)
    right = torch.zeros(flat.shape[0], dtype=torch.long, device=flat.device)
    for layout in evaluation_layouts(batch, words=PART):
        judged = stacked([(layout, 0)], str(flat.device))
        right += words_right(task, logits(weights, config.model, judged.rows), judged).sum(1)
    return [int(count) for count in right]
