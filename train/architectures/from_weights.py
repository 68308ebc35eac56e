"""Training of a stock model from weights that it already has, by AdamW with a learning rate that falls to zero."""

from collections.abc import Callable, Iterator
from typing import Final

import torch
from torch import Tensor
from torch.nn import Module

from tasks.drawing.randomness import generator
from tasks.task import Task
from train.architectures.loop import adamw
from train.running.batches import JudgedRows, evaluation_layouts, positions_from_zero, stacked
from train.running.objective import losses

WEIGHT_DECAY: Final = 0.01
CLIP_NORM: Final = 1.0
BATCH_WORDS: Final = 64
SEED: Final = 0
LENGTHS: Final = (1, 50)  # of the training words


def train_from_weights(
    task: Task, model: Module, scores: Callable[[JudgedRows], Tensor], *, rate: float, steps: int
) -> Iterator[int]:
    """Train the model in place; yield the number of steps done, before the first step and after each.

    The caller can measure the model between two steps.

    Args:
        task: The task whose words are drawn, with lengths from 1 to 50.
        model: The model. Training starts at its present weights.
        scores: Returns the model's logits of the task's tokens, for words that are laid out one to a row.
        rate: The learning rate of the first step. It falls linearly and would be 0 after the last step.
        steps: The number of steps.
    """
    weights, optimizer = list(model.parameters()), adamw(model, WEIGHT_DECAY)
    for step in range(steps):
        yield step
        batch = task.sample(generator(task.name, f"from-compiled-{step}", LENGTHS, SEED), LENGTHS, BATCH_WORDS)
        (layout,) = evaluation_layouts(batch, positions_from_zero(batch), words=BATCH_WORDS)
        judged = stacked([(layout, 0)], "cpu")
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - step / steps)
        optimizer.zero_grad()
        torch.autograd.backward(losses(task, scores(judged), judged).sum())
        torch.nn.utils.clip_grad_norm_(weights, CLIP_NORM)
        optimizer.step()
    yield steps
