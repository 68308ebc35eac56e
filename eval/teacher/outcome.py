"""What a teacher-student run showed, errors by position and identification; JSON in and out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from train.teaching.config import TEACHING_VERSION, TeachingConfig, teaching_from_json, teaching_key, teaching_to_json

Stage: TypeAlias = Literal["initial", "trained"]

# Part of a measured run's identity, with that of the training: raised when what is measured changes.
OUTCOME_VERSION = 2
KIND = "teacher-student-measured"
SHOWN = (*range(1, 21), *range(25, 101, 5), *range(110, 10_001, 10))  # positions of curves that are kept


@dataclass(frozen=True)
class Errors:
    """Errors of one test at the positions `places`, and their mean over all positions up to each reported length.

    `loss` is the student's mean squared error, `variance` the labels', `constant` that of always saying the mean label
    of the longest training length. Not finite where the student diverged.
    """

    test: str
    places: tuple[int, ...]
    loss: tuple[float, ...]
    variance: tuple[float, ...]
    constant: tuple[float, ...]
    means: Mapping[int, float]

    def share(self, length: int) -> float:
        """Loss over label variance at that position: 0 is exact, 1 no better than a mean."""
        return self._over_variance(self.loss, length)

    def constant_share(self, length: int) -> float:
        """The same of the constant."""
        return self._over_variance(self.constant, length)

    def _over_variance(self, values: tuple[float, ...], length: int) -> float:
        place = self.places.index(length)
        return values[place] / self.variance[place] if self.variance[place] else math.inf


@dataclass(frozen=True)
class Identified:
    """R² at the same places as the first test's errors, and what a matching of coordinates gives.

    `frozen` is fitted on the kept training positions together. The matching is of the last training position.
    """

    in_sample: tuple[float, ...]
    held_out: tuple[float, ...]
    frozen: tuple[float, ...]
    correlation: float | None
    permuted_share: float | None
    parameters: Mapping[str, float]


@dataclass(frozen=True)
class Tracking:
    """The first output of the first test sequence at every position: the teacher's label and the student's."""

    label: tuple[float, ...]
    made: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """A measured run; `identified` is empty where the student diverged.

    `corners` is the same on the corners, where the second test is of them and that was measured.
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
    """The outcome as a JSON object, numbers with five digits that count; what is not finite is null."""
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
    """The outcome that `outcome_to_json` wrote; ValueError names what is wrong with it."""
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
    """The lengths that are reported of a test of that length."""
    return tuple(each for each in config.test_lengths if each <= length) or (length,)


def shown_places(config: TeachingConfig, length: int) -> tuple[int, ...]:
    """The positions of a test of that length that are kept: all at the beginning, then some, and the reported ones."""
    return tuple(sorted({place for place in SHOWN if place < length} | {*reported_lengths(config, length), length}))


def measured_version() -> str:
    """The version of what is measured of a run, that of the training included."""
    return f"{TEACHING_VERSION}.{OUTCOME_VERSION}"
