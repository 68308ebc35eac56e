"""The result of a run that trained an architecture. This module imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.languages.task_origin import Origin
from train.architectures.config import (
    ArchitectureConfig,
    architecture_config_from_json,
    architecture_config_to_json,
)
from train.ledger.accuracy import BinAccuracy
from train.ledger.horizon import Horizon
from train.ledger.result import (
    FITS,
    MeasuredVerdict,
    Stopped,
    bin_record,
    check_agrees,
    fields_of_run,
    measured_verdict,
    reading_result,
)


@dataclass(frozen=True, kw_only=True)
class ArchitectureResult:
    """The result of one finished run. The fields that are not listed are those of `train.ledger.result.Result`.

    Attributes:
        class_name: The name of the model's Python class.
        parameters: The number of parameters that were trained.
        horizon: The horizon; None if the training lengths were not fitted.
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
        """Whether the training lengths are fitted: at least 99% of the words of the first range are right."""
        return self.bins[0].accuracy >= FITS

    @property
    def verdict(self) -> MeasuredVerdict | None:
        """The measured verdict, by the same rule as for the project's own models; None if only one range was tested."""
        return measured_verdict(self.bins) if len(self.bins) > 1 else None


NAMES = ("seed", "class_name", "parameters", "steps", "fit_step", "stopped", "loss", "training_accuracy")


def architecture_result_to_json(result: ArchitectureResult) -> dict[str, Any]:
    """Return the result as a JSON object, which `architecture_result_from_json` reads back."""
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
    """Return the result that `architecture_result_to_json` wrote.

    Raises:
        ResultError, ConfigError: The value is no such result; the message names what is wrong.
    """
    with reading_result(value) as said:
        config = architecture_config_from_json(said["config"])
        result = ArchitectureResult(
            **fields_of_run(said, config.bins),
            config=config,
            class_name=str(said["class_name"]),
            parameters=int(said["parameters"]),
        )
        check_agrees(said, task=config.task, fitted=result.fitted, verdict=result.verdict)
        return result
