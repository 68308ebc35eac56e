"""What came out of a run of an architecture. Imports no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from tasks.languages.task_origin import Origin, origin_from_json
from train.architectures.config import (
    ArchitectureConfig,
    architecture_config_from_json,
    architecture_config_to_json,
)
from train.ledger.accuracy import BinAccuracy
from train.ledger.horizon import Horizon, horizon_from_json
from train.ledger.result import FITS, MeasuredVerdict, ResultError, Stopped, bin_from_json, bin_record, measured_verdict


@dataclass(frozen=True, kw_only=True)
class ArchitectureResult:
    """One finished run, with the fields that a run of our own models has (`train.ledger.result.Result`).

    `parameters` is how many numbers were trained, `class_name` what the model is in Python. The horizon is None where
    the training lengths were not fitted.
    """

    config: ArchitectureConfig
    seed: int
    class_name: str
    parameters: int
    steps: int
    fit_step: int | None
    stopped: Stopped
    loss: float | None
    training_accuracy: float
    bins: tuple[BinAccuracy, ...]
    horizon: Horizon | None
    seconds: float
    cpu_seconds: float
    versions: Mapping[str, str]
    origin: Origin | None = None

    @property
    def fitted(self) -> bool:
        """Whether the training lengths are fitted: the first bin's accuracy decides."""
        return self.bins[0].accuracy >= FITS

    @property
    def verdict(self) -> MeasuredVerdict | None:
        """The measured verdict, by the rule of our own runs; None with one bin of lengths."""
        return measured_verdict(self.bins) if len(self.bins) > 1 else None


NAMES = ("seed", "class_name", "parameters", "steps", "fit_step", "stopped", "loss", "training_accuracy")


def architecture_result_to_json(result: ArchitectureResult) -> dict[str, Any]:
    """The result as a JSON object, which `architecture_result_from_json` reads back."""
    value: dict[str, Any] = {"task": result.config.task, "fitted": result.fitted}
    value |= {name: getattr(result, name) for name in (*NAMES, "seconds", "cpu_seconds")}
    value["config"] = architecture_config_to_json(result.config)
    value["horizon"] = None if result.horizon is None else result.horizon.record()
    value["bins"] = [bin_record(each) for each in result.bins]
    value["versions"] = dict(result.versions)
    if result.origin is not None:
        value["origin"] = result.origin.to_json()
    return value if result.verdict is None else value | {"verdict": result.verdict}


def architecture_result_from_json(value: object) -> ArchitectureResult:
    """The result that `architecture_result_to_json` wrote; ResultError or ConfigError names what is wrong."""
    if not isinstance(value, Mapping):
        raise ResultError(f"result: expected an object, found {type(value).__name__}")
    try:
        if value["stopped"] not in get_args(Stopped):
            raise ResultError(f"result: stopped: found {value['stopped']!r}")
        result = ArchitectureResult(
            config=architecture_config_from_json(value["config"]),
            seed=int(value["seed"]),
            class_name=str(value["class_name"]),
            parameters=int(value["parameters"]),
            steps=int(value["steps"]),
            fit_step=None if value["fit_step"] is None else int(value["fit_step"]),
            stopped=value["stopped"],
            loss=None if value["loss"] is None else float(value["loss"]),
            training_accuracy=float(value["training_accuracy"]),
            bins=tuple(bin_from_json(each) for each in value["bins"]),
            horizon=None if value["horizon"] is None else horizon_from_json(value["horizon"]),
            seconds=float(value["seconds"]),
            cpu_seconds=float(value["cpu_seconds"]),
            versions={str(name): str(version) for name, version in value["versions"].items()},
            origin=None if value.get("origin") is None else origin_from_json(value["origin"]),
        )
    except KeyError as error:
        raise ResultError(f"result: missing {error.args[0]}") from error
    except (TypeError, AttributeError, OverflowError) as error:
        raise ResultError(f"result: {error}") from error
    if not all(map(math.isfinite, (result.training_accuracy, result.seconds, result.cpu_seconds))):
        raise ResultError("result: expected finite numbers of training_accuracy, seconds and cpu_seconds")
    if tuple(each.lengths for each in result.bins) != result.config.bins:
        raise ResultError("result: its bins are not those of its configuration")
    return result
