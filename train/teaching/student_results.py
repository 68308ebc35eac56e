"""The result of a teacher-student run: errors by position and the student's weights; to and from JSON."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from train.ledger.result import ResultError
from train.teaching.architectures.architecture import parameters
from train.teaching.config import TeachingConfig, teaching_from_json, teaching_to_json

TaughtStopped: TypeAlias = Literal["budget", "diverged"]


@dataclass(frozen=True)
class ErrorCurve:
    """The errors of one test, with a number for each position 1, 2, ...

    Attributes:
        test: The test's name.
        loss: The student's mean squared error; not finite if it diverged.
        variance: The labels' variance over the sequences, averaged over the outputs.
        constant: The mean squared error of a constant answer, the mean label of the longest training length.
    """

    test: str
    loss: tuple[float, ...]
    variance: tuple[float, ...]
    constant: tuple[float, ...]

    def mean_loss(self, length: int) -> float:
        """Return the loss averaged over the positions up to `length`, as the paper reports it."""
        return sum(self.loss[:length]) / length

    def share(self, length: int) -> float:
        """Return the loss over the labels' variance at the last position of that length.

        It is 0 for an exact student, 1 for one that is no better than the mean label, and infinite if the labels do not
        vary.
        """
        variance = self.variance[length - 1]
        return self.loss[length - 1] / variance if variance else math.inf


@dataclass(frozen=True)
class Taught:
    """The result of one finished run.

    Attributes:
        config: The configuration.
        seed: The seed.
        stopped: Why the training ended.
        training: The training loss of each epoch.
        validation: The validation loss after each epoch.
        tests: The errors of each test.
        weights: The student's weights (numbers,).
        seconds: The run's share of the seconds by the clock.
        cpu_seconds: The run's share of the CPU seconds.
        versions: The versions of packages and code, by name.
    """

    config: TeachingConfig
    seed: int
    stopped: TaughtStopped
    training: tuple[float, ...]
    validation: tuple[float, ...]
    tests: tuple[ErrorCurve, ...]
    weights: NDArray[np.float32]
    seconds: float
    cpu_seconds: float
    versions: Mapping[str, str]


def taught_to_json(taught: Taught) -> dict[str, Any]:
    """Return the run as a JSON object, which `taught_from_json` reads back to the bit; infinite numbers become null."""
    curves = [
        {"test": each.test} | {name: _numbers(getattr(each, name)) for name in ("loss", "variance", "constant")}
        for each in taught.tests
    ]
    return {
        "config": teaching_to_json(taught.config),
        "seed": taught.seed,
        "stopped": taught.stopped,
        "training": _numbers(taught.training),
        "validation": _numbers(taught.validation),
        "tests": curves,
        "weights": base64.b64encode(taught.weights.astype("<f4").tobytes()).decode(),
        "seconds": taught.seconds,
        "cpu_seconds": taught.cpu_seconds,
        "versions": dict(taught.versions),
    }


def taught_from_json(value: Mapping[str, Any]) -> Taught:
    """Return the run that `taught_to_json` wrote; null is read as not a number.

    Raises:
        ResultError: The message names what is wrong.
    """
    try:
        config = teaching_from_json(value["config"])
        weights = np.frombuffer(base64.b64decode(value["weights"], validate=True), dtype="<f4").astype(np.float32)
        tests = tuple(
            ErrorCurve(each["test"], *(_floats(each[name]) for name in ("loss", "variance", "constant")))
            for each in value["tests"]
        )
        stopped: TaughtStopped = "diverged" if value["stopped"] == "diverged" else "budget"
        taught = Taught(
            config=config,
            seed=int(value["seed"]),
            stopped=stopped,
            training=_floats(value["training"]),
            validation=_floats(value["validation"]),
            tests=tests,
            weights=weights,
            seconds=float(value["seconds"]),
            cpu_seconds=float(value["cpu_seconds"]),
            versions={str(name): str(each) for name, each in value["versions"].items()},
        )
    except KeyError as error:
        raise ResultError(f"teacher-student run: missing {error.args[0]}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise ResultError(f"teacher-student run: {error}") from error
    size = sum(each.size for each in parameters(config.student))
    if weights.size != size:
        raise ResultError(f"teacher-student run: {weights.size} weights, the student has {size}")
    return taught


def _numbers(values: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


def _floats(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(math.nan if value is None else float(value) for value in values)
