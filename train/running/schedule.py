"""The record of one model's training so far, and the schedule that follows from it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from train.ledger.result import Stopped
from train.model.config import TrainConfig

EVALUATIONS_IN_A_ROW = 2  # how many evaluations in a row must find the training lengths fitted
LEAST_FALL_SHARE = 0.01  # the share of itself by which the best loss must fall to count as progress
LEAST_RISE_SHARE = 0.01  # by how much the best held-out accuracy must rise to count as progress


@dataclass(frozen=True, kw_only=True)
class Course:
    """The record of one model's training after `step` steps.

    Attributes:
        seed: The seed.
        lr: The highest learning rate, which may differ within a stack.
        end_step: The step at which training ends, as far as is known.
        step: How many steps are done.
        fits: How many evaluations in a row found the training lengths fitted.
        fit_step: The step at which these were enough; None before.
        stall_step: The step at which the run was given up; None if it was not.
        stopped: Why the training ended; None while it runs.
        losses: The sum of the losses since the last evaluation.
        penalties: The sum of the regulariser's part of these losses.
        since: The number of steps since the last evaluation.
        loss: The mean loss over the steps before the last evaluation.
        penalty: The regulariser's part of `loss`.
        best_loss: The mean loss at the best moment.
        best_accuracy: The best held-out accuracy so far.
        best_step: The step of the best moment, the last one with progress.
        training_accuracy: The held-out accuracy at the last evaluation.
        growth: The steps at which the longest training length changed, each with the new length; empty if it does not
            grow with the fit.
        seconds: Seconds by the clock in which the stack trained.
        cpu_seconds: The run's share of the stack's CPU seconds.
    """

    seed: int
    lr: float
    end_step: int
    step: int = 0
    fits: int = 0
    fit_step: int | None = None
    stall_step: int | None = None
    stopped: Stopped | None = None
    losses: float = 0.0
    penalties: float = 0.0
    since: int = 0
    loss: float | None = None
    penalty: float | None = None
    best_loss: float | None = None
    best_accuracy: float = 0.0
    best_step: int = 0
    training_accuracy: float = 0.0
    growth: tuple[tuple[int, int], ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def start(config: TrainConfig, seed: int) -> Course:
    """Return the record before the first step."""
    growth = ((0, min(config.grow_from, config.train_length)),) if config.grow_from else ()
    return Course(seed=seed, lr=config.lr, end_step=config.max_steps, growth=growth)


def longest_at(config: TrainConfig, course: Course, step: int) -> int:
    """Return the longest training length at a step that the training has reached. Words need not have this length."""
    if course.growth:
        return next(length for start, length in reversed(course.growth) if start <= step)
    if step >= config.curriculum_steps:
        return config.train_length
    return max(1, config.train_length * (step + 1) // config.curriculum_steps)


def learning_rate(config: TrainConfig, course: Course) -> float:
    """Return the learning rate of the next step: it warms up, stays at `lr`, and falls to zero at the end."""
    rate = min(1.0, (course.step + 1) / (config.warmup_steps + 1))
    last = config.max_steps if course.stall_step is None else course.end_step
    rate = min(rate, (last - course.step) / (config.cooldown_steps + 1))
    if course.fit_step is not None and course.stall_step is None:
        rate = min(rate, (course.end_step - course.step) / (course.end_step - course.fit_step))
    return course.lr * rate


def stepped(course: Course, loss: float, penalty: float) -> Course:
    """Return the record one step later.

    Args:
        course: The record.
        loss: All that was minimised.
        penalty: The regulariser's part of it.
    """
    losses, penalties = course.losses + loss, course.penalties + penalty
    return replace(course, step=course.step + 1, losses=losses, penalties=penalties, since=course.since + 1)


def evaluation_due(config: TrainConfig, course: Course) -> bool:
    """Return whether the held-out words are to be tested now."""
    return course.step % config.evaluation_interval == 0 or course.step >= course.end_step


def evaluated(config: TrainConfig, course: Course, accuracy: float) -> Course:
    """Return the record after an evaluation that found this held-out accuracy.

    The cooldown may begin, or the run end.
    """
    course = _averaged(replace(course, training_accuracy=accuracy))
    course = _compared(config, course)
    fitted = accuracy >= config.fit_accuracy
    if fitted and longest_at(config, course, course.step) < config.train_length and course.growth:
        return _ended(_grown(config, course))
    course = replace(course, fits=course.fits + 1 if fitted else 0)
    if course.fit_step is None and course.fits >= EVALUATIONS_IN_A_ROW:
        course = replace(course, fit_step=course.step)
        if course.stall_step is None:
            rest = max(1, config.cooldown_steps, config.least_steps - course.step, round(config.cooldown * course.step))
            course = replace(course, end_step=min(config.max_steps, course.step + rest))
    if course.fit_step is None and course.stall_step is None and _stalls(config, course):
        end = min(config.max_steps, course.step + config.cooldown_steps)
        course = replace(course, stall_step=course.step, end_step=end)
    return _ended(course)


def _ended(course: Course) -> Course:
    return replace(course, stopped=_ending(course)) if course.step >= course.end_step else course


def _grown(config: TrainConfig, course: Course) -> Course:
    """Return the record with longer words from here on. They are harder, so the best moment is set to now."""
    longest = course.growth[-1][1]
    longer = min(config.train_length, longest + max(1, longest // 4))
    return replace(
        course,
        growth=(*course.growth, (course.step, longer)),
        fits=0,
        best_loss=None,
        best_accuracy=0.0,
        best_step=course.step,
    )


def _averaged(course: Course) -> Course:
    if not course.since:
        return course
    loss, penalty = course.losses / course.since, course.penalties / course.since
    return replace(course, loss=loss, penalty=penalty, losses=0.0, penalties=0.0, since=0)


def _compared(config: TrainConfig, course: Course) -> Course:
    """Return the record with its best moment, which is now if there was progress or the lengths were still growing."""
    new = course.step <= config.curriculum_steps or course.best_loss is None
    new = new or (course.loss is not None and course.loss < (1 - LEAST_FALL_SHARE) * (course.best_loss or 0.0))
    new = new or course.training_accuracy >= course.best_accuracy + LEAST_RISE_SHARE
    if not new:
        return course
    accuracy = max(course.training_accuracy, course.best_accuracy)
    return replace(course, best_loss=course.loss, best_accuracy=accuracy, best_step=course.step)


def _stalls(config: TrainConfig, course: Course) -> bool:
    return course.step - course.best_step >= max(config.patience_steps, config.patience * course.best_step)


def _ending(course: Course) -> Stopped:
    if course.fit_step is not None:
        return "fitted"
    return "budget" if course.stall_step is None else "stalled"


def course_to_json(course: Course) -> dict[str, Any]:
    """Return the record as a JSON object, which `course_from_json` reads back."""
    return asdict(course)


def course_from_json(value: Mapping[str, Any]) -> Course:
    """Return the record that `course_to_json` wrote.

    Raises:
        KeyError, TypeError: The value is no such record.
    """
    growth = tuple((int(step), int(length)) for step, length in value["growth"])
    return Course(**(dict(value) | {"growth": growth}))
