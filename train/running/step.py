"""One step of a stack of models: its words, their losses and gradients, and the update."""

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
    """Models in training, side by side: flat (models, parameters) and its moments, changed in place."""

    courses: tuple[Course, ...]
    flat: Tensor
    moments: Moments


@dataclass(frozen=True)
class Slope:
    """Each model's mean loss on its words, what the regulariser adds to it, and the gradient of their sum.

    loss, penalty (models,); gradient (models, parameters).
    """

    loss: Tensor
    penalty: Tensor
    gradient: Tensor


def initial_weights(task: Task, config: TrainConfig, seed: int) -> NDArray[np.float32]:
    """A seed's first weights, flat: its own, whatever else is trained beside it."""
    rng = generator(task.name, "weights", (1, config.train_length), seed)
    return initial(rng, config.model, scale=config.initial_scale, position_scale=config.position_scale)


class StepWords:
    """The words of each step and seed, drawn for several steps at once."""

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task, self.config, self.words = task, config, TrainingWords(task, config)
        self.layouts: dict[int, tuple[int, Layout]] = {}

    def at(self, courses: Sequence[Course], device: str) -> JudgedRows:
        """The next step's words of each course."""
        parts = []
        for course in courses:
            chunk, step = divmod(course.step, CHUNK_STEPS)
            if self.layouts.get(course.seed, (-1, None))[0] != chunk:
                self.layouts[course.seed] = chunk, training_layout(self.task, self.config, course, chunk, self.words)
            parts.append((self.layouts[course.seed][1], step))
        return stacked(parts, device)


class Slopes:
    """How the losses and gradients of a task's models are found."""

    def __init__(self, task: Task, config: TrainConfig, *, compiled: bool = False) -> None:
        """Compiled, they are the same up to rounding, the first step takes long, and the others are faster."""
        self.task, self.config = task, config
        self.losses = self._losses
        if compiled:
            torch.compiler.reset()  # else what earlier trainings compiled counts against the limit of one function
            self.losses = torch.compile(self._losses, dynamic=True)

    def at(self, flat: Tensor, judged: JudgedRows, courses: Sequence[Course] = ()) -> Slope:
        """Each model's losses and gradient on its words; `courses`, one a model, tell what dropout leaves out."""
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
    """The number that a course's next step draws what it leaves out by: its own, whatever is trained beside it."""
    return int(generator(task.name, f"dropout-{course.step}", (1, 1), course.seed).integers(2**62))


def take_step(config: TrainConfig, stack: Stack, slope: Slope, decay: Tensor) -> tuple[Course, ...]:
    """One step of every model, in place; one whose loss, gradient or weights are not finite stops before it."""
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
