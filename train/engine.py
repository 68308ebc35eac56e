"""Training: several seeds of one configuration, side by side, resumable at any moment.

Every seed has its own initial weights, words and offsets, from generators named after it: what it learns
does not depend on which seeds are stacked beside it, up to the rounding of floating-point sums. On a CPU
the same command gives the same bits; on a GPU up to the order of atomic additions.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tasks.randomness import generator
from tasks.task import Task
from tasks.version import DATA_VERSION
from train.batches import CHUNK, Judged, Layout, check_words, stacked, training_layout
from train.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from train.config import TRAINING_VERSION, ConfigError, TrainConfig, config_to_json
from train.course import Course, evaluated, evaluation_due, learning_rate, start, stepped
from train.evaluation import bin_accuracies, held_out_layouts, words_counted
from train.gpt2 import Model, write_gpt2
from train.ledger import Ledger
from train.model import initial, logits, unflatten
from train.objective import losses
from train.optimizer import Moments, Pace, clipped, decay_mask, update
from train.progress import OnProgress, Progress, ignore
from train.regularizer import positional_norms
from train.result import Result

STACKED_WIDTH = 32  # the widest model for which a stack is faster than one model after the other on a CPU


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, none of which changes what is learnt: the device, and what is kept and said on the way."""

    device: str = "cpu"
    resume: bool = True
    checkpoint_seconds: float = 5.0
    report_seconds: float = 0.25
    on_progress: OnProgress = ignore


@dataclass(frozen=True)
class Stack:
    """Seeds in training, side by side: flat (seeds, parameters) and its moments, changed in place."""

    courses: tuple[Course, ...]
    flat: Tensor
    moments: Moments


def train(
    task: Task, config: TrainConfig, seeds: Sequence[int], ledger: Ledger, options: Options
) -> tuple[Result, ...]:
    """The result of each seed, trained where the ledger does not have it; each is recorded when it is
    finished.

    ConfigError where the task and the configuration do not fit. Killed, it goes on from the last checkpoint
    when called again with the same seeds.
    """
    if task.name != config.task:
        raise ConfigError(f"the configuration is for the task {config.task}, not for {task.name}")
    check_words(task, config)
    together = config.model.width <= STACKED_WIDTH or options.device != "cpu"
    for part in [tuple(seeds)] if together else [(seed,) for seed in seeds]:
        with ledger.claim(config, part):
            missing = tuple(seed for seed in part if ledger.find(config, seed) is None)
            if missing:
                _Training(task, config, ledger, options, part).run(missing)
    found = [ledger.find(config, seed) for seed in seeds]
    return tuple(result for result in found if result is not None)


class _Training:
    """One stack's training: its fixed surroundings, and the loop."""

    def __init__(
        self, task: Task, config: TrainConfig, ledger: Ledger, options: Options, seeds: tuple[int, ...]
    ) -> None:
        self.task, self.config, self.ledger, self.options = task, config, ledger, options
        self.checkpoint = ledger.checkpoint_path(config, seeds)
        self.decay = decay_mask(config.model, options.device) * config.weight_decay
        self.held_out = held_out_layouts(task, config)
        self.layouts: dict[int, tuple[int, Layout]] = {}

    def run(self, seeds: tuple[int, ...]) -> None:
        """Trains the seeds to their end and records each."""
        stack = self._finish(self._begin(seeds))
        saved = said = clock = time.monotonic()
        cpu = time.process_time()
        while stack.courses:
            courses = self._evaluate(stack, self._step(stack))
            now, used = time.monotonic(), time.process_time()
            courses = tuple(_timed(course, now - clock, (used - cpu) / len(courses)) for course in courses)
            stack, clock, cpu = replace(stack, courses=courses), now, used
            over = any(course.stopped is not None for course in courses)
            if over or now - saved >= self.options.checkpoint_seconds:
                self._save(stack)
                saved = now
            if over:
                stack = self._finish(stack)
            if stack.courses and now - said >= self.options.report_seconds:
                self.options.on_progress(_progress(self.config, stack.courses))
                said = now
        self.checkpoint.unlink(missing_ok=True)

    def _begin(self, seeds: tuple[int, ...]) -> Stack:
        """The seeds as the last checkpoint has them, fresh where it has not."""
        device = self.options.device
        fresh = [self._fresh(seed) for seed in seeds]
        courses = [start(self.config, seed) for seed in seeds]
        flat = torch.from_numpy(np.stack(fresh)).to(device)
        moments = Moments(torch.zeros_like(flat), torch.zeros_like(flat))
        if not self.options.resume:
            self.checkpoint.unlink(missing_ok=True)
        kept = read_checkpoint(self.checkpoint, flat.shape[1])
        for row, course in enumerate(kept.courses if kept is not None else ()):
            if kept is not None and course.seed in seeds:
                place = seeds.index(course.seed)
                courses[place] = course
                for whole, part in (
                    (flat, kept.flat),
                    (moments.first, kept.first),
                    (moments.second, kept.second),
                ):
                    whole[place] = torch.from_numpy(part[row]).to(device)
        return Stack(tuple(courses), flat, moments)

    def _fresh(self, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        rng = generator(self.task.name, "weights", (1, self.config.train_length), seed)
        scales = {"scale": self.config.initial_scale, "position_scale": self.config.position_scale}
        return initial(rng, self.config.model, **scales)

    def _batch(self, courses: Sequence[Course]) -> Judged:
        """The next step's words of each seed."""
        parts = []
        for course in courses:
            chunk, step = divmod(course.step, CHUNK)
            if self.layouts.get(course.seed, (-1, None))[0] != chunk:
                self.layouts[course.seed] = chunk, training_layout(self.task, self.config, course.seed, chunk)
            parts.append((self.layouts[course.seed][1], step))
        return stacked(parts, self.options.device)

    def _step(self, stack: Stack) -> tuple[Course, ...]:
        """One step of every seed, in place; a seed whose loss, gradient or weights are not finite stops before it."""
        config, courses = self.config, stack.courses
        loss, gradient = gradients(self.task, config, stack.flat, self._batch(courses))
        finite = torch.isfinite(loss) & torch.isfinite(gradient).all(1)
        if not finite.all():
            gradient = torch.where(finite.unsqueeze(1), gradient, 0)
        paces = [
            Pace(learning_rate(config, course) if fine else 0.0, course.step + 1)
            for course, fine in zip(courses, finite.tolist(), strict=True)
        ]
        before = stack.flat.clone()
        update(stack.flat, clipped(gradient, config.clip), stack.moments, paces, self.decay)
        finite &= torch.isfinite(stack.flat).all(1)
        stack.flat.copy_(torch.where(finite.unsqueeze(1), stack.flat, before))
        outcomes = zip(courses, loss.tolist(), finite.tolist(), strict=True)
        return tuple(
            stepped(course, each) if fine else replace(course, stopped="diverged") for course, each, fine in outcomes
        )

    def _evaluate(self, stack: Stack, courses: tuple[Course, ...]) -> tuple[Course, ...]:
        """The courses, those that are due with the accuracy on held-out words of the training lengths."""
        due = [
            row for row, course in enumerate(courses) if course.stopped is None and evaluation_due(self.config, course)
        ]
        if not due:
            return courses
        counts = words_counted(self.task, self.config, stack.flat[due], self.held_out)
        found = list(courses)
        for row, right in zip(due, counts, strict=True):
            found[row] = evaluated(self.config, courses[row], right / self.config.held_out_words)
        return tuple(found)

    def _save(self, stack: Stack) -> None:
        arrays = (stack.flat, stack.moments.first, stack.moments.second)
        flat, first, second = (array.detach().cpu().numpy() for array in arrays)
        write_checkpoint(self.checkpoint, Checkpoint(stack.courses, flat, first, second))

    def _finish(self, stack: Stack) -> Stack:
        """Records the seeds that are over, and returns those that are not."""
        going = [row for row, course in enumerate(stack.courses) if course.stopped is None]
        for row, course in enumerate(stack.courses):
            if course.stopped is not None:
                self._record(course, stack.flat[row : row + 1])
        moments = Moments(stack.moments.first[going], stack.moments.second[going])
        return Stack(tuple(stack.courses[row] for row in going), stack.flat[going], moments)

    def _record(self, course: Course, flat: Tensor) -> None:
        config = self.config
        assert course.stopped is not None
        clock, cpu = time.monotonic(), time.process_time()
        bins = bin_accuracies(self.task, config, flat)
        result = Result(
            config=config,
            seed=course.seed,
            steps=course.step,
            fit_step=course.fit_step,
            stopped=course.stopped,
            loss=course.loss,
            training_accuracy=course.training_accuracy,
            bins=bins,
            seconds=course.seconds + time.monotonic() - clock,
            cpu_seconds=course.cpu_seconds + time.process_time() - cpu,
            versions=_versions(),
            device=self.options.device,
        )
        model = Model(config.model, flat[0].cpu().numpy(), self.task.vocabulary)
        extra = {"config": config_to_json(config), "seed": course.seed}

        def write(directory: Path) -> None:
            write_gpt2(directory, model, extra=extra)

        self.ledger.record(result, write)


def gradients(task: Task, config: TrainConfig, flat: Tensor, judged: Judged) -> tuple[Tensor, Tensor]:
    """Each model's loss on its words, regulariser included, and its gradient: (models,), (models, parameters)."""
    flat = flat.detach().requires_grad_()
    weights = unflatten(flat, config.model)
    loss = losses(task, logits(weights, config.model, judged.rows), judged)
    if config.regularizer:
        loss = loss + config.regularizer * positional_norms(weights, config.model, config.regularizer_form)
    (gradient,) = torch.autograd.grad(loss.sum(), flat)
    return loss.detach(), gradient


def _timed(course: Course, seconds: float, cpu_seconds: float) -> Course:
    return replace(course, seconds=course.seconds + seconds, cpu_seconds=course.cpu_seconds + cpu_seconds)


def _progress(config: TrainConfig, courses: tuple[Course, ...]) -> Progress:
    slowest = max(courses, key=lambda course: course.end_step - course.step)
    known = [course.losses / course.since if course.since else course.loss for course in courses]
    means = [each for each in known if each is not None]
    return Progress(
        task=config.task,
        pe=config.model.pe,
        seeds=tuple(course.seed for course in courses),
        step=slowest.step,
        max_steps=slowest.end_step,
        loss=sum(means) / len(means) if means else None,
        training_accuracy=sum(course.training_accuracy for course in courses) / len(courses),
        elapsed=slowest.seconds,
        remaining=(slowest.end_step - slowest.step) * slowest.seconds / max(1, slowest.step),
    )


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("torch", "numpy", "crasp-bench")}
    return packages | {"training": str(TRAINING_VERSION), "data": str(DATA_VERSION)}
