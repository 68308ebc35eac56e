"""Trains several seeds and learning rates of one configuration side by side; it can be resumed at any moment.

Every seed has its own initial weights, words and offsets, from generators that are named after it. So what it learns
does not depend on the seeds that are trained beside it, up to the rounding of floating-point sums. On a CPU the same
command gives the same bits. On a GPU it does so up to the order of atomic additions.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tasks.data_version import DATA_VERSION
from tasks.task import Task
from train.ledger.ledger import Ledger
from train.ledger.result import FITS, Result
from train.model.config import STACKED_WIDTH, TRAINING_VERSION, ConfigError, TrainConfig, config_to_json
from train.model.directory import Model, write_model
from train.model.optimizer import Moments, decay_mask
from train.running.batches import Layout, check_words
from train.running.checkpoint import Checkpoint, clear_checkpoints, read_checkpoint, write_checkpoint
from train.running.device import check_device, memory_of
from train.running.evaluation import bin_accuracies, held_out_layouts, model_horizon, words_counted
from train.running.model_traits import traits
from train.running.progress import OnProgress, Progress, ignore
from train.running.schedule import Course, evaluated, evaluation_due, longest_at, start
from train.running.step import Slopes, Stack, StepWords, initial_weights, take_step
from train.running.training_words import task_of_words


def _tell_nobody(_: Path) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train: the device, and what is kept and reported on the way. None of this changes what is learnt.

    Attributes:
        device: "cpu" or "cuda".
        compiled: Whether the step's arithmetic is compiled first. This takes 16 to 50 seconds and a C++ compiler; from
            then on a step of small models takes less than half the time.
        resume: Whether a run goes on from its checkpoint.
        checkpoint_seconds: The least time between two checkpoints.
        report_seconds: The least time between two reports of progress.
        on_progress: Called with the progress.
        on_kept: Called with the path of each checkpoint file and of each finished run's directory, once it is on disk.
    """

    device: str = "cpu"
    compiled: bool = False
    resume: bool = True
    checkpoint_seconds: float = 5.0
    report_seconds: float = 0.25
    on_progress: OnProgress = ignore
    on_kept: Callable[[Path], None] = _tell_nobody


def train(
    task: Task, config: TrainConfig, seeds: Sequence[int], ledger: Ledger, options: Options
) -> tuple[Result, ...]:
    """Return the result of each seed, as `train_runs` does for several configurations."""
    return train_runs(task, [(config, seed) for seed in seeds], ledger, options)


def train_runs(
    task: Task, runs: Sequence[tuple[TrainConfig, int]], ledger: Ledger, options: Options
) -> tuple[Result, ...]:
    """Return the result of each configuration and seed; those that the ledger does not have are trained and recorded.

    If it is killed, it goes on from the last checkpoint when it is called again with the same runs.

    Args:
        task: The task.
        runs: Configurations and seeds. The configurations may differ in their learning rates alone, so that the models
            can be trained side by side.
        ledger: Where the runs are recorded.
        options: How to train.

    Raises:
        ConfigError: The task and a configuration do not fit, or one configuration and another.
        ClaimedError: Another process trains one of the runs.
        DeviceError: This machine lacks the device, or the device lacks memory.
    """
    if not runs:
        return ()
    _check(task, [config for config, _ in runs])
    task = task_of_words(task, runs[0][0])
    check_device(options.device, compiled=options.compiled)
    together = runs[0][0].model.width <= STACKED_WIDTH or options.device != "cpu"
    for part in [list(runs)] if together else [[run] for run in runs]:
        with _claimed(ledger, part), memory_of(options.device):
            missing = [(config, seed) for config, seed in part if ledger.find(config, seed) is None]
            if missing:
                _Training(task, part, ledger, options).run(missing)
    found = [ledger.find(config, seed) for config, seed in runs]
    return tuple(result for result in found if result is not None)


def _check(task: Task, configs: Sequence[TrainConfig]) -> None:
    first = configs[0]
    if task.name != first.task:
        raise ConfigError(f"the configuration is for the task {first.task}, not for {task.name}")
    if any(replace(config, lr=first.lr) != first for config in configs):
        raise ConfigError("models that train side by side may differ in lr and seed alone")
    check_words(task, first)


@contextmanager
def _claimed(ledger: Ledger, runs: Sequence[tuple[TrainConfig, int]]) -> Iterator[None]:
    with ExitStack() as stack:
        for config in dict.fromkeys(config for config, _ in runs):
            seeds = dict.fromkeys(seed for each, seed in runs if each == config)
            stack.enter_context(ledger.claim(config, tuple(seeds)))
        yield


class _Training:
    """The training of one stack: what stays fixed during it, and the loop."""

    def __init__(self, task: Task, runs: Sequence[tuple[TrainConfig, int]], ledger: Ledger, options: Options) -> None:
        config = runs[0][0]
        self.task, self.config, self.ledger, self.options = task, config, ledger, options
        self.checkpoint = ledger.checkpoint_path(runs)
        self.decay = decay_mask(config.model, options.device) * config.weight_decay
        self.held_out: dict[int, tuple[Layout, ...]] = {}
        self.words = StepWords(task, config)
        self.slopes = Slopes(task, config, compiled=options.compiled)

    def run(self, runs: Sequence[tuple[TrainConfig, int]]) -> None:
        """Train the runs to their end and record each."""
        stack = self._finish(self._begin(runs))
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
                self.options.on_progress(_progress(self.task.shown, self.config, stack.courses))
                said = now
        self.checkpoint.unlink(missing_ok=True)
        clear_checkpoints(self.ledger, self.config, stack.flat.shape[1])

    def _step(self, stack: Stack) -> tuple[Course, ...]:
        words = self.words.at(stack.courses, self.options.device)
        slope = self.slopes.at(stack.flat, words, stack.courses)
        return take_step(self.config, stack, slope, self.decay)

    def _begin(self, runs: Sequence[tuple[TrainConfig, int]]) -> Stack:
        """Return the runs as the furthest checkpoint of any stack has them, and at their first step if none has."""
        fresh = np.stack([initial_weights(self.task, config, seed) for config, seed in runs])
        courses = [start(config, seed) for config, seed in runs]
        places = {(course.seed, course.lr): place for place, course in enumerate(courses)}
        flat = torch.from_numpy(fresh).to(self.options.device)
        moments = Moments(torch.zeros_like(flat), torch.zeros_like(flat))
        for path in self.ledger.checkpoints(self.config) if self.options.resume else ():
            kept = read_checkpoint(path, flat.shape[1])
            for row, course in enumerate(kept.courses if kept is not None else ()):
                place = places.get((course.seed, course.lr))
                if kept is None or place is None or course.step <= courses[place].step:
                    continue
                courses[place] = course
                for whole, part in (
                    (flat, kept.flat),
                    (moments.first, kept.first),
                    (moments.second, kept.second),
                ):
                    whole[place] = torch.from_numpy(part[row]).to(self.options.device)
        return Stack(tuple(courses), flat, moments)

    def _evaluate(self, stack: Stack, courses: tuple[Course, ...]) -> tuple[Course, ...]:
        """Return the records, with the held-out accuracy added for those that are due for an evaluation."""
        due = [
            row for row, course in enumerate(courses) if course.stopped is None and evaluation_due(self.config, course)
        ]
        if not due:
            return courses
        found = list(courses)
        for longest in {longest_at(self.config, courses[row], courses[row].step) for row in due}:
            alike = [row for row in due if longest_at(self.config, courses[row], courses[row].step) == longest]
            counts = words_counted(self.task, self.config, stack.flat[alike], self._held_out(longest))
            for row, right in zip(alike, counts, strict=True):
                found[row] = evaluated(self.config, courses[row], right / self.config.held_out_words)
        return tuple(found)

    def _held_out(self, longest: int) -> tuple[Layout, ...]:
        """Return the held-out words that decide whether the training lengths up to `longest` are fitted."""
        longest = longest if self.config.grow_from else self.config.train_length
        if longest not in self.held_out:
            self.held_out[longest] = held_out_layouts(self.task, self.config, longest)
        return self.held_out[longest]

    def _save(self, stack: Stack) -> None:
        arrays = (stack.flat, stack.moments.first, stack.moments.second)
        flat, first, second = (array.detach().cpu().numpy() for array in arrays)
        write_checkpoint(self.checkpoint, Checkpoint(stack.courses, flat, first, second))
        self.options.on_kept(self.checkpoint)

    def _finish(self, stack: Stack) -> Stack:
        """Record the runs that have ended, and return the stack of those that have not."""
        going = [row for row, course in enumerate(stack.courses) if course.stopped is None]
        for row, course in enumerate(stack.courses):
            if course.stopped is not None:
                self._record(course, stack.flat[row : row + 1])
        moments = Moments(stack.moments.first[going], stack.moments.second[going])
        return Stack(tuple(stack.courses[row] for row in going), stack.flat[going], moments)

    def _record(self, course: Course, flat: Tensor) -> None:
        config = replace(self.config, lr=course.lr)
        assert course.stopped is not None
        clock, cpu = time.monotonic(), time.process_time()
        bins = bin_accuracies(self.task, config, flat)
        known = traits(self.task, config, course.seed, flat, self._held_out(config.train_length))
        reaches = model_horizon(self.task, config, flat) if bins[0].accuracy >= FITS else None
        result = Result(
            config=config,
            seed=course.seed,
            steps=course.step,
            fit_step=course.fit_step,
            stopped=course.stopped,
            loss=course.loss,
            penalty=course.penalty if config.regularizer else None,
            training_accuracy=course.training_accuracy,
            bins=bins,
            seconds=course.seconds + time.monotonic() - clock,
            cpu_seconds=course.cpu_seconds + time.process_time() - cpu,
            versions=_versions(),
            device=self.options.device,
            traits=known.record(),
            horizon=reaches,
            origin=self.task.origin,
        )
        model = Model(config.model, flat[0].cpu().numpy(), self.task.vocabulary)
        extra = {"config": config_to_json(config), "seed": course.seed}

        def write(directory: Path) -> None:
            write_model(directory, model, extra=extra)

        self.options.on_kept(self.ledger.record(result, write))


def _timed(course: Course, seconds: float, cpu_seconds: float) -> Course:
    return replace(course, seconds=course.seconds + seconds, cpu_seconds=course.cpu_seconds + cpu_seconds)


def _progress(task: str, config: TrainConfig, courses: tuple[Course, ...]) -> Progress:
    slowest = max(courses, key=lambda course: course.end_step - course.step)
    known = [course.losses / course.since if course.since else course.loss for course in courses]
    means = [each for each in known if each is not None]
    return Progress(
        task=task,
        pe=config.model.pe_text,
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
