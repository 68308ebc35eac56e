"""How far one seed's training has come, and the schedule that follows from it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from train.config import TrainConfig
from train.result import Stopped

ROW = 2  # evaluations in a row that must find the training lengths fitted


@dataclass(frozen=True, kw_only=True)
class Course:
    """One seed's training after `step` steps.

    `fits` counts the evaluations in a row that found the training lengths fitted, `fit_step` is where they
    were enough, `end_step` where training ends as far as is known; `losses` sums the losses since the last
    evaluation, `loss` is their mean before it. `seconds` on the wall while it trained, with its stack;
    `cpu_seconds` its share of the stack's.
    """

    seed: int
    end_step: int
    step: int = 0
    fits: int = 0
    fit_step: int | None = None
    stopped: Stopped | None = None
    losses: float = 0.0
    since: int = 0
    loss: float | None = None
    training_accuracy: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def start(config: TrainConfig, seed: int) -> Course:
    """The course before the first step."""
    return Course(seed=seed, end_step=config.max_steps)


def learning_rate(config: TrainConfig, course: Course) -> float:
    """The learning rate of the next step: warm-up, `lr`, and the fall to zero at the end of the course."""
    rate = min(1.0, (course.step + 1) / (config.warmup_steps + 1))
    rate = min(rate, (config.max_steps - course.step) / (config.cooldown_steps + 1))
    if course.fit_step is not None:
        rate = min(rate, (course.end_step - course.step) / (course.end_step - course.fit_step))
    return config.lr * rate


def stepped(course: Course, loss: float) -> Course:
    """The course one step later."""
    return replace(course, step=course.step + 1, losses=course.losses + loss, since=course.since + 1)


def evaluation_due(config: TrainConfig, course: Course) -> bool:
    """Whether the held-out words are to be tried now."""
    return course.step % config.evaluation_interval == 0 or course.step >= course.end_step


def evaluated(config: TrainConfig, course: Course, accuracy: float) -> Course:
    """The course after its held-out accuracy was found: it may begin to cool down, or be over."""
    fits = course.fits + 1 if accuracy >= config.fit_accuracy else 0
    mean = course.losses / course.since if course.since else course.loss
    course = replace(course, fits=fits, training_accuracy=accuracy, loss=mean, losses=0.0, since=0)
    if course.fit_step is None and fits >= ROW:
        rest = max(1, config.cooldown_steps, round(config.cooldown * course.step))
        course = replace(course, fit_step=course.step, end_step=min(config.max_steps, course.step + rest))
    if course.step >= course.end_step:
        course = replace(course, stopped="budget" if course.fit_step is None else "fitted")
    return course


def course_to_json(course: Course) -> dict[str, Any]:
    """The course as a JSON object; `Course(**value)` reads it back."""
    return asdict(course)
