"""The result of a run, and the verdict on it. This module imports no torch, so that readers of results start fast.

It does without pydantic too (`train/model/config.py` says why): 625 results are read in 0.16 s, which is as long as the
import of pydantic takes.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, TypeAlias

from tasks.drawing.mixture import STRATA
from tasks.languages.task_origin import Origin, origin_from_json
from train.ledger.accuracy import BinAccuracy
from train.ledger.horizon import Horizon, horizon_from_json
from train.model.config import ConfigError, TrainConfig, config_from_json, config_to_json

MeasuredVerdict: TypeAlias = Literal["generalizes", "fails", "did not fit"]
Stopped: TypeAlias = Literal["fitted", "budget", "stalled", "diverged"]

FITS = 0.99  # the least share of right words of the training lengths for a run that fits them
GREATEST_COUNT = 2**53  # the greatest whole number in a result: beyond it, floats do not have every whole number
GENERALIZES = 0.90  # the least share of right words of the next range of lengths for a run that generalises


class ResultError(ValueError):
    """A stored result cannot be read; the message gives the reason."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one finished run, with its accuracies as counts.

    Attributes:
        config: The configuration.
        seed: The seed.
        steps: How many steps were done.
        fit_step: The step of the second evaluation in a row that found the training lengths fitted; None if there was
            none.
        stopped: Why the training ended.
        loss: The mean loss over the steps before the last evaluation.
        training_accuracy: The share of held-out words of the training lengths that were right at the last evaluation.
        bins: The accuracy on each range of lengths, in ascending order; the training lengths come first.
        seconds: Seconds by the clock in which the run was trained, beside the runs of its stack, and tested.
        cpu_seconds: The run's own share of CPU seconds.
        versions: The versions of packages, data and training code, by name.
        device: The device that the run was trained on.
        penalty: The regulariser's part of `loss`; None without a regulariser.
        traits: Measures of the model (`train.running.model_traits`); None in results from before they were measured.
        horizon: The horizon (`train.ledger.horizon`); None in results from before it was measured, and if the run did
            not fit.
        origin: What a task that is not one of the benchmark's was given by.
        shipped: Whether the result came with the project.
        place: The directory of exported results that it was read from; None if it was run here or is shipped.
    """

    config: TrainConfig
    seed: int
    steps: int
    fit_step: int | None
    stopped: Stopped
    loss: float | None
    training_accuracy: float
    bins: tuple[BinAccuracy, ...]
    seconds: float
    cpu_seconds: float
    versions: Mapping[str, str]
    device: str
    penalty: float | None = None
    traits: Mapping[str, float] | None = None
    horizon: Horizon | None = None
    origin: Origin | None = None
    shipped: bool = False
    place: str | None = None

    @property
    def shown(self) -> str:
        """The task's name as a person reads it."""
        return self.config.task if self.origin is None else self.origin.name

    @property
    def task(self) -> str:
        """The task's name."""
        return self.config.task

    @property
    def data_version(self) -> str:
        """The version of the words that the run was trained and tested on; "0" if it was not recorded."""
        return self.versions.get("data", "0")

    @property
    def fitted(self) -> bool:
        """Whether the finished model fits its training lengths: at least 99% of the first range's words are right."""
        return self.bins[0].accuracy >= FITS

    @property
    def verdict(self) -> MeasuredVerdict:
        """The measured verdict, by the rule of `measured_verdict`."""
        return measured_verdict(self.bins)


def measured_verdict(bins: tuple[BinAccuracy, ...]) -> MeasuredVerdict:
    """Return the verdict on accuracies by ascending length, the training lengths first.

    A run "did not fit" if less than 99% of the words of the first range are wholly right. A run that fits "generalizes"
    if at least 90% of the words of the second range are wholly right; otherwise it "fails".

    Raises:
        ValueError: There is no second range.
    """
    if len(bins) < 2:
        raise ValueError(f"a verdict needs two bins of lengths, found {len(bins)}")
    if bins[0].accuracy < FITS:
        return "did not fit"
    return "generalizes" if bins[1].accuracy >= GENERALIZES else "fails"


def result_to_json(result: Result) -> dict[str, Any]:
    """Return the result as a JSON object: the fields of `docs/commands.md`, and what else is known of the run."""
    names = ("task", "seed", "steps", "fitted", "fit_step", "stopped", "loss", "training_accuracy")
    value = {name: getattr(result, name) for name in (*names, "seconds", "cpu_seconds", "device")}
    value["config"] = config_to_json(result.config)
    if result.penalty is not None:
        value["penalty"] = result.penalty
    if result.traits is not None:
        value["traits"] = dict(result.traits)
    if result.horizon is not None:
        value["horizon"] = result.horizon.record()
    if result.origin is not None:
        value["origin"] = result.origin.to_json()
    value["bins"] = [bin_record(each) for each in result.bins]
    value["versions"] = dict(result.versions)
    if len(result.bins) > 1:
        value["verdict"] = result.verdict
    return value


def result_from_json(value: object, *, shipped: bool = False, place: str | None = None) -> Result:
    """Return the result that `result_to_json` wrote.

    Args:
        value: The JSON value.
        shipped: Whether the result came with the project.
        place: The directory of exported results that it was read from.

    Raises:
        ResultError, ConfigError: The value is no result; the message names what is wrong.
    """
    with reading_result(value) as said:
        config = config_from_json(said["config"])
        result = Result(
            **fields_of_run(said, config.bins),
            config=config,
            device=str(said["device"]),
            penalty=None if said.get("penalty") is None else _number(said["penalty"], "penalty"),
            traits=None if said.get("traits") is None else {k: _number(v, k) for k, v in said["traits"].items()},
            shipped=shipped,
            place=place,
        )
        check_agrees(said, task=result.task, fitted=result.fitted)
        if "verdict" in said:
            check_agrees(said, verdict=result.verdict)
    if not re.fullmatch(r"[0-9]{1,9}", result.data_version):
        raise ResultError(f"result: versions: expected a number of data, found {result.data_version!r}")
    return result


@contextmanager
def reading_result(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON object of a result; an error in the block becomes a ResultError, unless it is a ConfigError."""
    if not isinstance(value, Mapping):
        raise ResultError(f"result: expected an object, found {type(value).__name__}")
    try:
        yield value
    except KeyError as error:
        raise ResultError(f"result: missing {error.args[0]}") from error
    except (ResultError, ConfigError):
        raise
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ResultError(f"result: {error}") from error


def check_agrees(value: Mapping[str, Any], **known: object) -> None:
    """Raise ResultError if the JSON object of a result has one of these fields with another value.

    Args:
        value: The JSON object.
        known: What the configuration and the counts say, by the name of the field.
    """
    for name, expected in known.items():
        if name in value and value[name] != expected:
            raise ResultError(f"result: {name} is {value[name]!r}, but its configuration and counts say {expected!r}")


def fields_of_run(value: Mapping[str, Any], bins: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """Return the fields that the results of all kinds of trained models share, by name.

    Args:
        value: The JSON object of a result.
        bins: The ranges of lengths that the configuration asks to be tested.

    Raises:
        ResultError: A value is not possible, or the tested ranges are others.
    """
    measures = {name: _number(value[name], name) for name in ("training_accuracy", "seconds", "cpu_seconds")}
    if not all(isfinite(number) and number >= 0 for number in measures.values()):
        raise ResultError("result: expected finite numbers >= 0 of training_accuracy, seconds and cpu_seconds")
    if measures["training_accuracy"] > 1:
        raise ResultError(f"result: training_accuracy: expected a share, found {value['training_accuracy']!r}")
    steps, fit_step = _whole(value["steps"], "steps"), value["fit_step"]
    if fit_step is not None and _whole(fit_step, "fit_step") > steps:
        raise ResultError(f"result: fit_step is {fit_step}, but there were {steps} steps")
    tested = tuple(bin_from_json(each) for each in value["bins"])
    if tuple(each.lengths for each in tested) != bins:
        raise ResultError(f"result: bins are {tuple(each.lengths for each in tested)}, the configuration's are {bins}")
    return measures | {
        "seed": _whole(value["seed"], "seed"),
        "steps": steps,
        "fit_step": fit_step,
        "stopped": _stopped(value["stopped"]),
        "loss": None if value["loss"] is None else _number(value["loss"], "loss"),
        "bins": tested,
        "horizon": None if value.get("horizon") is None else horizon_from_json(value["horizon"]),
        "versions": {str(name): str(version) for name, version in value["versions"].items()},
        "origin": None if value.get("origin") is None else origin_from_json(value["origin"]),
    }


def bin_record(each: BinAccuracy) -> dict[str, Any]:
    """Return the counts of a range of lengths as JSON data, which `bin_from_json` reads back."""
    value: dict[str, Any] = {"lengths": list(each.lengths), "correct": each.correct, "total": each.total}
    if each.by_length:
        value["by_length"] = [list(counts) for counts in each.by_length]
    return value | strata_record(each)


def strata_record(each: BinAccuracy) -> dict[str, Any]:
    """Return the counts by stratum and the number of different words as JSON data, where they are known."""
    value: dict[str, Any] = {}
    if each.strata:
        value["strata"] = {name: {"correct": correct, "total": total} for name, correct, total in each.strata}
    if each.distinct is not None:
        value["distinct"] = each.distinct
    return value


def _place_of(stratum: str) -> int:
    """Return the stratum's place in the order of `STRATA`, because the order in the JSON object has no meaning."""
    return STRATA.index(stratum) if stratum in STRATA else len(STRATA)


def bin_from_json(value: Mapping[str, Any]) -> BinAccuracy:
    """Return the counts that `bin_record` wrote.

    Raises:
        ResultError: The counts contradict each other.
        KeyError, TypeError: The value is no record of counts.
    """
    first, last = value["lengths"]
    each = tuple(_wholes(counts, "by_length") for counts in value.get("by_length", ()))
    strata = tuple(
        (str(name), _whole(counts["correct"], f"strata: {name}"), _whole(counts["total"], f"strata: {name}"))
        for name, counts in sorted(value.get("strata", {}).items(), key=lambda each: _place_of(str(each[0])))
    )
    distinct = None if value.get("distinct") is None else _whole(value["distinct"], "distinct")
    correct, total = _whole(value["correct"], "correct"), _whole(value["total"], "total")
    made = BinAccuracy((_whole(first, "lengths"), _whole(last, "lengths")), correct, total, each, strata, distinct)
    _check_counts("words", correct, total)
    for length, *counts in each:
        _check_counts(f"words of length {length}", *counts)
    for name, *counts in strata:
        _check_counts(f"words of the stratum {name}", *counts)
    lengths = [length for length, _, _ in each]
    if lengths != sorted(set(lengths)) or any(not first <= length <= last for length in lengths):
        raise ResultError(f"result: by_length: expected ascending lengths of {first}-{last}, each once")
    if each and [sum(column) for column in zip(*each, strict=True)][1:] != [correct, total]:
        raise ResultError(f"result: by_length does not add up to {correct} of {total} words")
    if strata and [sum(column) for column in list(zip(*strata, strict=True))[1:]] != [correct, total]:
        raise ResultError(f"result: strata do not add up to {correct} of {total} words")
    if distinct is not None and not 1 <= distinct <= total:
        raise ResultError(f"result: expected 1 to {total} different words, found {distinct}")
    return made


def _check_counts(what: str, correct: int, total: int) -> None:
    if not 0 <= correct <= total or total == 0:
        raise ResultError(f"result: expected at most all {what} right, found {correct} of {total}")


def _wholes(value: object, name: str) -> tuple[int, int, int]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ResultError(f"result: {name}: expected a length with two counts, found {value!r}")
    first, second, third = (_whole(each, name) for each in value)
    return first, second, third


def _whole(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ResultError(f"result: {name}: expected a whole number, found {value!r}")
    if not 0 <= value <= GREATEST_COUNT:
        found = value if value < 0 else "more"
        raise ResultError(f"result: {name}: expected a whole number from 0 to {GREATEST_COUNT:,}, found {found}")
    return value


def _number(value: object, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ResultError(f"result: {name}: expected a number, found {value!r}")
    return float(value)


def _stopped(value: object) -> Stopped:
    for known in ("fitted", "budget", "stalled", "diverged"):
        if value == known:
            return known
    raise ResultError(f"result: stopped: expected fitted, budget, stalled or diverged, found {value!r}")
