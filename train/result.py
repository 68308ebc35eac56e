"""What came out of a run, and the verdict on it. Imports no torch: readers of results start fast."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.batch import distinct_words
from tasks.mixture import STRATA
from tasks.task import Batch
from train.config import TrainConfig, config_from_json, config_to_json

MeasuredVerdict: TypeAlias = Literal["generalizes", "fails", "did not fit"]
Stopped: TypeAlias = Literal["fitted", "budget", "stalled", "diverged"]

FITS = 0.99  # of the words of the training lengths
GENERALIZES = 0.90  # of the words of the next bin


class ResultError(ValueError):
    """A stored result that cannot be read, with the reason."""


@dataclass(frozen=True)
class BinAccuracy:
    """How many of the tested words with lengths a..b were wholly right; `by_length`: (length, correct, total).

    `strata` has the same for each stratum of the words (`tasks.mixture`): (name, correct, total); `distinct` says how
    many different words were tested. `by_length` is empty in results that were written before lengths were counted
    one by one, `strata` where words have none, as those of version 1 of the data.
    """

    lengths: tuple[int, int]
    correct: int
    total: int
    by_length: tuple[tuple[int, int, int], ...] = ()
    strata: tuple[tuple[str, int, int], ...] = ()
    distinct: int | None = None

    @property
    def accuracy(self) -> float:
        """The share of words that were wholly right."""
        return self.correct / self.total

    @property
    def worst_stratum(self) -> tuple[str, int, int] | None:
        """The stratum of which the smallest share was right: name, correct, total; None where words have none."""
        return min(self.strata, key=lambda each: each[1] / each[2], default=None)

    @property
    def first_wrong_length(self) -> int | None:
        """The smallest length with a word that was not wholly right; None where all were, or lengths are not known."""
        return next((length for length, correct, total in self.by_length if correct < total), None)


def batch_accuracy(bounds: tuple[int, int], batch: Batch, right: NDArray[np.bool_]) -> BinAccuracy:
    """The words of a batch, of which each was right or not (words,), as counts, for each length and stratum too."""
    counted = bin_accuracy(bounds, batch.lengths, right)
    return replace(counted, strata=_by_stratum(batch.strata, right), distinct=distinct_words(batch))


def _by_stratum(strata: NDArray[np.int8] | None, right: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    if strata is None:
        return ()
    rows = {name: strata == number for number, name in enumerate(STRATA)}
    return tuple((name, int(right[own].sum()), int(own.sum())) for name, own in rows.items() if own.any())


def bin_accuracy(bounds: tuple[int, int], lengths: NDArray[np.int64], right: NDArray[np.bool_]) -> BinAccuracy:
    """Words of which each was right or not, lengths and right both (words,), as counts, for each length too."""
    tried = np.bincount(lengths)
    correct = np.bincount(lengths, weights=right).astype(int)
    each = tuple((int(n), int(correct[n]), int(tried[n])) for n in np.flatnonzero(tried))
    return BinAccuracy(bounds, int(right.sum()), len(right), each)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One finished run, its accuracies as counts.

    `fit_step` is the step of the second evaluation in a row that found the training lengths fitted;
    `training_accuracy` the share of held-out words of those lengths right at the last evaluation, and `loss` the
    mean over the steps before it, of which `penalty` is the regulariser's part (None: without one). `seconds` passed on
    the wall while the run trained, with the others of
    its stack, and was tested; `cpu_seconds` is its own share.
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
    shipped: bool = False

    @property
    def task(self) -> str:
        """The task's name."""
        return self.config.task

    @property
    def data_version(self) -> str:
        """The version of the words that it was trained and tested on; "0" where that was not written down."""
        return self.versions.get("data", "0")

    @property
    def fitted(self) -> bool:
        """Whether the finished model has fitted its training lengths: the first bin's accuracy decides."""
        return self.bins[0].accuracy >= FITS

    @property
    def verdict(self) -> MeasuredVerdict:
        """The measured verdict, by the rule of `measured_verdict`."""
        return measured_verdict(self.bins)


def measured_verdict(bins: tuple[BinAccuracy, ...]) -> MeasuredVerdict:
    """The verdict on accuracies by ascending length, the training lengths first.

    A run fits with at least 99% of the first bin; one that fits generalises with at least 90% of the words
    of the second bin wholly right, and fails with fewer. ValueError without a second bin.
    """
    if len(bins) < 2:
        raise ValueError(f"a verdict needs two bins of lengths, found {len(bins)}")
    if bins[0].accuracy < FITS:
        return "did not fit"
    return "generalizes" if bins[1].accuracy >= GENERALIZES else "fails"


def result_to_json(result: Result) -> dict[str, Any]:
    """The result as a JSON object with the fields of the commands page, and what else is known of the run."""
    names = ("task", "seed", "steps", "fitted", "fit_step", "stopped", "loss", "training_accuracy")
    value = {name: getattr(result, name) for name in (*names, "seconds", "cpu_seconds", "device")}
    value["config"] = config_to_json(result.config)
    if result.penalty is not None:
        value["penalty"] = result.penalty
    value["bins"] = [_bin_record(each) for each in result.bins]
    value["versions"] = dict(result.versions)
    if len(result.bins) > 1:
        value["verdict"] = result.verdict
    return value


def result_from_json(value: object, *, shipped: bool = False) -> Result:
    """The result that `result_to_json` wrote; ResultError or ConfigError names what is wrong with it."""
    if not isinstance(value, Mapping):
        raise ResultError(f"result: expected an object, found {type(value).__name__}")
    try:
        result = Result(
            config=config_from_json(value["config"]),
            seed=_whole(value["seed"]),
            steps=_whole(value["steps"]),
            fit_step=None if value["fit_step"] is None else _whole(value["fit_step"]),
            stopped=_stopped(value["stopped"]),
            loss=None if value["loss"] is None else float(value["loss"]),
            training_accuracy=float(value["training_accuracy"]),
            bins=tuple(_bin(each) for each in value["bins"]),
            seconds=float(value["seconds"]),
            cpu_seconds=float(value["cpu_seconds"]),
            versions={str(name): str(version) for name, version in value["versions"].items()},
            device=str(value["device"]),
            penalty=None if value.get("penalty") is None else float(value["penalty"]),
            shipped=shipped,
        )
    except KeyError as error:
        raise ResultError(f"result: missing {error.args[0]}") from error
    except (TypeError, AttributeError) as error:
        raise ResultError(f"result: {error}") from error
    tested = tuple(each.lengths for each in result.bins)
    if tested != result.config.bins:
        raise ResultError(f"result: bins are {tested}, the configuration's are {result.config.bins}")
    return result


def _bin_record(each: BinAccuracy) -> dict[str, Any]:
    value: dict[str, Any] = {"lengths": list(each.lengths), "correct": each.correct, "total": each.total}
    if each.by_length:
        value["by_length"] = [list(counts) for counts in each.by_length]
    return value | strata_record(each)


def strata_record(each: BinAccuracy) -> dict[str, Any]:
    """What is known of strata and of different words, as JSON data; empty where nothing is."""
    value: dict[str, Any] = {}
    if each.strata:
        value["strata"] = {name: {"correct": correct, "total": total} for name, correct, total in each.strata}
    if each.distinct is not None:
        value["distinct"] = each.distinct
    return value


def _bin(value: Mapping[str, Any]) -> BinAccuracy:
    first, last = value["lengths"]
    each = tuple((_whole(n), _whole(correct), _whole(total)) for n, correct, total in value.get("by_length", ()))
    strata = tuple(
        (str(name), _whole(counts["correct"]), _whole(counts["total"]))
        for name, counts in value.get("strata", {}).items()
    )
    distinct = None if value.get("distinct") is None else _whole(value["distinct"])
    correct, total = _whole(value["correct"]), _whole(value["total"])
    made = BinAccuracy((_whole(first), _whole(last)), correct, total, each, strata, distinct)
    if not 0 <= made.correct <= made.total or made.total == 0:
        raise ResultError(f"result: {made.correct} of {made.total} words right is no accuracy")
    if each and [sum(column) for column in zip(*each, strict=True)][1:] != [made.correct, made.total]:
        raise ResultError(f"result: by_length does not add up to {made.correct} of {made.total} words")
    if strata and [sum(column) for column in list(zip(*strata, strict=True))[1:]] != [made.correct, made.total]:
        raise ResultError(f"result: strata do not add up to {made.correct} of {made.total} words")
    return made


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ResultError(f"result: expected a whole number, found {value!r}")
    return value


def _stopped(value: object) -> Stopped:
    for known in ("fitted", "budget", "stalled", "diverged"):
        if value == known:
            return known
    raise ResultError(f"result: stopped: expected fitted, budget, stalled or diverged, found {value!r}")
