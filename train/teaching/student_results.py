"""What came out of a teacher-student run: curves by position, the student's weights; JSON in and out."""

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
    """Errors of one test, a number for each position 1, 2, ...

    loss      the student's mean squared error; not finite where it diverged
    variance  the labels' variance over the sequences, mean over the outputs
    constant  the mean squared error of always saying the mean label of the longest training length
    """

    test: str
    loss: tuple[float, ...]
    variance: tuple[float, ...]
    constant: tuple[float, ...]

    def mean_loss(self, length: int) -> float:
        """The loss of sequences of that length, averaged over their positions, as the paper reports it."""
        return sum(self.loss[:length]) / length

    def share(self, length: int) -> float:
        """Loss over label variance at the last position of that length: 0 is exact, 1 no better than a mean.

        Infinite where the labels do not vary.
        """
        variance = self.variance[length - 1]
        return self.loss[length - 1] / variance if variance else math.inf


@dataclass(frozen=True)
class Taught:
    """A finished run. `training` and `validation` are losses by epoch, `weights` the student's, flat."""

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
    """The run as a JSON object, which `taught_from_json` reads back to the bit; what is not finite is null."""
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
    """The run that `taught_to_json` wrote; ResultError names what is wrong with it."""
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
