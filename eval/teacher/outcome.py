"""The measurement of a teacher-student run: errors by position and identification; to and from JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from train.teaching.config import TEACHING_VERSION, TeachingConfig, teaching_from_json, teaching_key, teaching_to_json

Stage: TypeAlias = Literal["initial", "trained"]

# The version is part of a measured run's identity, as is that of the training. It is raised if the measures change.
OUTCOME_VERSION = 2
KIND = "teacher-student-measured"
SHOWN = (*range(1, 21), *range(25, 101, 5), *range(110, 10_001, 10))  # the positions that are kept of curves


@dataclass(frozen=True)
class Errors:
    """The errors of one test at some positions. They are not finite if the student diverged.

    Attributes:
        test: The test's name.
        places: The positions.
        loss: The student's mean squared error at each.
        variance: The labels' variance.
        constant: The mean squared error of a constant answer, the mean label of the longest training length.
        means: The mean loss over all positions up to each reported length.
    """

    test: str
    places: tuple[int, ...]
    loss: tuple[float, ...]
    variance: tuple[float, ...]
    constant: tuple[float, ...]
    means: Mapping[int, float]

    def share(self, length: int) -> float:
        """Return loss over label variance at that position: 0 is exact, 1 no better than the mean label."""
        return self._over_variance(self.loss, length)

    def constant_share(self, length: int) -> float:
        """Return the error of the constant answer over label variance at that position."""
        return self._over_variance(self.constant, length)

    def _over_variance(self, values: tuple[float, ...], length: int) -> float:
        place = self.places.index(length)
        return values[place] / self.variance[place] if self.variance[place] else math.inf


@dataclass(frozen=True)
class Identified:
    """How far the hidden representation is identified.

    Attributes:
        in_sample: R² of the linear fit at the positions of the first test's errors, fitted and scored on the same
            sequences.
        held_out: R² on sequences that it was not fitted on.
        frozen: R² of the map that is fitted on the kept training positions together.
        correlation: The correlation of matched coordinates at the last training position; None if there is no matching.
        permuted_share: The difference of matched coordinates over the teacher's variance; None if there is no matching.
        parameters: For each array, the norm of the difference to the teacher's over the teacher's norm.
    """

    in_sample: tuple[float, ...]
    held_out: tuple[float, ...]
    frozen: tuple[float, ...]
    correlation: float | None
    permuted_share: float | None
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Tracking:
    """The first output of the first test sequence at every position: the teacher's label and the student's output."""

    label: tuple[float, ...]
    made: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """The measurement of a run.

    Attributes:
        config: The configuration.
        seed: The seed.
        stopped: Why the training ended.
        errors: The errors of each test.
        identified: What the untrained and the trained student identify; empty if the student diverged.
        tracking: One test sequence.
        cpu_seconds: CPU seconds of the training.
        versions: The versions of packages and code.
        corners: The same as `identified` on the corners; empty if the second test is not of corners.
    """

    config: TeachingConfig
    seed: int
    stopped: str
    errors: tuple[Errors, ...]
    identified: Mapping[Stage, Identified]
    tracking: Tracking
    cpu_seconds: float
    versions: Mapping[str, str]
    corners: Mapping[Stage, Identified] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The identity of the run that was measured."""
        return teaching_key(self.config, self.seed).identity


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as a JSON object.

    Numbers have five significant digits, and those that are not finite are null.
    """
    errors = [asdict(each) | {"means": {str(a): b for a, b in each.means.items()}} for each in outcome.errors]
    value: dict[str, Any] = {
        "config": teaching_to_json(outcome.config),
        "seed": outcome.seed,
        "stopped": outcome.stopped,
        "errors": _rounded(errors),
        "identified": {stage: _rounded(asdict(each)) for stage, each in outcome.identified.items()},
        "tracking": _rounded(asdict(outcome.tracking)),
        "cpu_seconds": round(outcome.cpu_seconds, 2),
        "versions": dict(outcome.versions),
    }
    if outcome.corners:
        value["corners"] = {stage: _rounded(asdict(each)) for stage, each in outcome.corners.items()}
    return value


def outcome_from_json(value: Mapping[str, Any]) -> Outcome:
    """Return the outcome that `outcome_to_json` wrote.

    Raises:
        ValueError: The message names what is wrong.
    """
    try:
        return Outcome(
            config=teaching_from_json(value["config"]),
            seed=int(value["seed"]),
            stopped=str(value["stopped"]),
            errors=tuple(_errors(each) for each in value["errors"]),
            identified={stage: _identified(each) for stage, each in value["identified"].items()},
            tracking=Tracking(_floats(value["tracking"]["label"]), _floats(value["tracking"]["made"])),
            cpu_seconds=float(value["cpu_seconds"]),
            versions={str(name): str(each) for name, each in value["versions"].items()},
            corners={stage: _identified(each) for stage, each in value.get("corners", {}).items()},
        )
    except KeyError as error:
        raise ValueError(f"teacher-student outcome: missing {error.args[0]}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"teacher-student outcome: {error}") from error


def _errors(value: Mapping[str, Any]) -> Errors:
    return Errors(
        test=str(value["test"]),
        places=tuple(int(each) for each in value["places"]),
        loss=_floats(value["loss"]),
        variance=_floats(value["variance"]),
        constant=_floats(value["constant"]),
        means={length: _float(value["means"][str(length)]) for length in sorted(map(int, value["means"]))},
    )


def _identified(value: Mapping[str, Any]) -> Identified:
    correlation, share = value["correlation"], value["permuted_share"]
    return Identified(
        in_sample=_floats(value["in_sample"]),
        held_out=_floats(value["held_out"]),
        frozen=_floats(value["frozen"]),
        correlation=None if correlation is None else float(correlation),
        permuted_share=None if share is None else float(share),
        parameters={str(name): _float(each) for name, each in value["parameters"].items()},
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _floats(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(_float(value) for value in values)


def reported_lengths(config: TeachingConfig, length: int) -> tuple[int, ...]:
    """Return the lengths that are reported for a test with sequences of that length."""
    return tuple(each for each in config.test_lengths if each <= length) or (length,)


def shown_places(config: TeachingConfig, length: int) -> tuple[int, ...]:
    """Return the positions that are kept for a test of that length.

    They are the first 20 positions, some later ones, and the reported ones.
    """
    return tuple(sorted({place for place in SHOWN if place < length} | {*reported_lengths(config, length), length}))


def measured_version() -> str:
    """Return the version of the measurement, with that of the training."""
    return f"{TEACHING_VERSION}.{OUTCOME_VERSION}"
