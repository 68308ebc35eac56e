"""One step of a stack of models: its words, their losses and gradients, and the update of the weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.drawing.randomness import generator
from tasks.task import Task
from train.model.config import TrainConfig
from train.model.model import Dropout, initial, logits, unflatten
from train.model.optimizer import Moments, Pace, clipped, move
from train.model.regularizer import positional_norms
from train.running.batches import CHUNK_STEPS, JudgedRows, Layout, stacked, training_layout
from train.running.objective import losses
from train.running.schedule import Course, learning_rate, stepped
from train.running.training_words import TrainingWords


@dataclass(frozen=True)
class Stack:
    """Models that are trained side by side: their parameters `flat` (models, parameters) and the optimiser's state.

    Both are changed in place.
    """

    courses: tuple[Course, ...]
    flat: Tensor
    moments: Moments


@dataclass(frozen=True)
class Slope:
    """The loss and gradient of each model on the words of a step.

    Attributes:
        loss: The mean loss (models,).
        penalty: What the regulariser adds to it (models,).
        gradient: The gradient of their sum (models, parameters).
    """

    loss: Tensor
    penalty: Tensor
    gradient: Tensor


def initial_weights(task: Task, config: TrainConfig, seed: int) -> NDArray[np.float32]:
    """Return a seed's first weights (parameters,), which do not depend on what else is trained beside it."""
    rng = generator(task.name, "weights", (1, config.train_length), seed)
    return initial(rng, config.model, scale=config.initial_scale, position_scale=config.position_scale)


class StepWords:
    """The words of each step and seed; the words of several steps are drawn at once."""

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task, self.config, self.words = task, config, TrainingWords(task, config)
        self.layouts: dict[int, tuple[int, Layout]] = {}

    def at(self, courses: Sequence[Course], device: str) -> JudgedRows:
        """Return the words of the next step of each training."""
        parts = []
        for course in courses:
            chunk, step = divmod(course.step, CHUNK_STEPS)
            if self.layouts.get(course.seed, (-1, None))[0] != chunk:
                self.layouts[course.seed] = chunk, training_layout(self.task, self.config, course, chunk, self.words)
            parts.append((self.layouts[course.seed][1], step))
        return stacked(parts, device)


class Slopes:
    """Computes the losses and gradients of a task's models."""

    def __init__(self, task: Task, config: TrainConfig, *, compiled: bool = False) -> None:
        """If `compiled`, results are the same up to rounding; the first step takes long, and the others are faster.

        A step with dropout is never compiled.
        """
        self.task, self.config = task, config
        self.losses = self._losses
        if compiled and not config.dropout:
            torch.compiler.reset()  # earlier trainings' compilations would count against the limit of one function
            self.losses = torch.compile(self._losses, dynamic=True)

    def at(self, flat: Tensor, judged: JudgedRows, courses: Sequence[Course] = ()) -> Slope:
        """Return each model's losses and gradient on its words.

        Args:
            flat: The parameters (models, parameters).
            judged: The words.
            courses: The record of each model; only dropout needs them, to seed its draws.
        """
        config = self.config
        flat = flat.detach().requires_grad_()
        if config.dropout:
            seeds = [_dropout_seed(self.task, course) for course in courses]
            loss = self._losses(flat, judged, Dropout(config.dropout, seeds))
        else:
            loss = self.losses(flat, judged)
        penalty = torch.zeros_like(loss)
        if config.regularizer:
            weights = unflatten(flat, config.model)
            penalty = config.regularizer * positional_norms(weights, config.model, config.regularizer_form)
        (gradient,) = torch.autograd.grad((loss + penalty).sum(), flat)
        return Slope(loss.detach(), penalty.detach(), gradient)

    def _losses(self, flat: Tensor, judged: JudgedRows, drop: Dropout | None = None) -> Tensor:
        model = self.config.model
        with torch.autocast(flat.device.type, torch.bfloat16, enabled=self.config.precision == "bf16"):
            scores = logits(unflatten(flat, model), model, judged.rows, drop)
        return losses(self.task, scores.float(), judged)


def _dropout_seed(task: Task, course: Course) -> int:
    """Return the seed of the dropout in a training's next step. It does not depend on what is trained beside it."""
    return int(generator(task.name, f"dropout-{course.step}", (1, 1), course.seed).integers(2**62))


def take_step(config: TrainConfig, stack: Stack, slope: Slope, decay: Tensor) -> tuple[Course, ...]:
    """Do one step of every model in place, and return the new records.

    A model whose loss, gradient or new weights are not finite keeps its weights and ends as "diverged".

    Args:
        config: The configuration.
        stack: The models.
        slope: Their losses and gradients.
        decay: The weight decay of each parameter (parameters,).
    """
    courses, gradient = stack.courses, slope.gradient
    finite = torch.isfinite(slope.loss + slope.penalty) & torch.isfinite(gradient).all(1)
    if not finite.all():
        gradient = torch.where(finite.unsqueeze(1), gradient, 0)
    paces = [
        Pace(learning_rate(config, course) if fine else 0.0, course.step + 1)
        for course, fine in zip(courses, finite.tolist(), strict=True)
    ]
    before = stack.flat.clone()
    move(config, stack.flat, clipped(gradient, config.clip), stack.moments, paces, decay)
    finite &= torch.isfinite(stack.flat).all(1)
    stack.flat.copy_(torch.where(finite.unsqueeze(1), stack.flat, before))
    losses, penalties = (slope.loss + slope.penalty).tolist(), slope.penalty.tolist()
    outcomes = zip(courses, losses, penalties, finite.tolist(), strict=True)
    return tuple(
        stepped(course, loss, penalty) if fine else replace(course, stopped="diverged")
        for course, loss, penalty, fine in outcomes
    )
