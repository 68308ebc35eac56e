"""The leaderboard as data: a row for each task and positional encoding, prediction beside measurement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Literal, TypeAlias

from eval.prediction import ENCODINGS, Prediction, predict_encodings
from tasks.registry import TASKS, get_task
from tasks.task import Encoding
from train.accuracy import BinAccuracy
from train.config import TrainConfig, config_to_json, identity
from train.result import MeasuredVerdict, Result

Measured: TypeAlias = MeasuredVerdict | Literal["mixed", "not run"]
Setting: TypeAlias = Literal["APE", "NoPE", "APE+reg"]
Agreement: TypeAlias = Literal["yes", "no", "mixed", "no evidence"]


@dataclass(frozen=True)
class BinSummary:
    """One range of lengths over several seeds: words right and tried together, least and greatest share."""

    lengths: tuple[int, int]
    correct: int
    total: int
    mean: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Row:
    """One task and encoding; `results` are the runs of the row's configuration that are in the ledger."""

    prediction: Prediction
    title: str
    config: TrainConfig
    seeds: tuple[int, ...]
    results: tuple[Result, ...]
    published: tuple[float, float, float] | None

    @property
    def task(self) -> str:
        """The task's name."""
        return self.prediction.subject

    @property
    def pe(self) -> Encoding:
        """The positional encoding."""
        return self.prediction.pe

    @property
    def setting(self) -> Setting:
        """The published tables' name of it: with the norm regulariser, a setting of its own."""
        return setting_of(self.config)

    @property
    def bins(self) -> tuple[BinSummary, ...]:
        """Accuracy for each range of lengths; empty where nothing was run."""
        return tuple(_summary(each) for each in zip(*(r.bins for r in self.results), strict=True))

    @property
    def fitted(self) -> int:
        """How many of the runs fit their training lengths."""
        return sum(result.fitted for result in self.results)

    @property
    def generalizing(self) -> int:
        """How many of the runs that fit generalise."""
        return sum(result.verdict == "generalizes" for result in self.results)

    @property
    def measured(self) -> Measured:
        """What the runs that fit say together; a run that does not fit is no evidence."""
        verdicts = {result.verdict for result in self.results if result.fitted}
        if not self.results:
            return "not run"
        if not verdicts:
            return "did not fit"
        return verdicts.pop() if len(verdicts) == 1 else "mixed"

    @property
    def agreement(self) -> Agreement:
        """Whether the measured verdict is the predicted one."""
        if self.measured in ("not run", "did not fit") or self.prediction.verdict == "unknown":
            return "no evidence"
        if self.measured == "mixed":
            return "mixed"
        return "yes" if self.measured == self.prediction.verdict else "no"

    @property
    def data_version(self) -> str | None:
        """The version of the words that the runs were trained and tested on; None where nothing was run."""
        return self.results[0].data_version if self.results else None

    @property
    def strata(self) -> tuple[tuple[tuple[str, int, int], ...], ...]:
        """For each range of lengths the strata of its words: name, words right and tried of all runs together."""
        return tuple(_strata(each) for each in zip(*(r.bins for r in self.results), strict=True))

    @property
    def shipped(self) -> bool:
        """Whether all of the runs came with the project instead of having been run here."""
        return bool(self.results) and all(result.shipped for result in self.results)

    def record(self) -> dict[str, Any]:
        """The row as JSON data: counts, configuration and versions beside every share."""
        return {
            "task": self.task,
            "pe": self.pe,
            "setting": self.setting,
            "predicted": self.prediction.verdict,
            "standing": self.prediction.standing,
            "because": self.prediction.because,
            "reference": self.prediction.reference,
            "witness": self.prediction.witness_name,
            "bins": [
                {
                    "lengths": list(b.lengths),
                    "correct": b.correct,
                    "total": b.total,
                    "mean": b.mean,
                    "range": [b.least, b.greatest],
                    "strata": {name: {"correct": correct, "total": total} for name, correct, total in strata},
                }
                for b, strata in zip(self.bins, self.strata, strict=True)
            ],
            "data_version": self.data_version,
            "measured": self.measured,
            "agreement": self.agreement,
            "published": None if self.published is None else list(self.published),
            "fitted": self.fitted,
            "generalizing": self.generalizing,
            "shipped": self.shipped,
            "config": config_to_json(self.config),
            "seeds": list(self.seeds),
            "runs": [_run_record(result) for result in self.results],
        }


def setting_of(config: TrainConfig) -> Setting:
    """How the published tables call a configuration."""
    if config.model.pe == "nope":
        return "NoPE"
    return "APE+reg" if config.regularizer > 0 else "APE"


def _strata(bins: Sequence[BinAccuracy]) -> tuple[tuple[str, int, int], ...]:
    """The strata of one range over several runs; none where a run has none."""
    if not all(each.strata for each in bins):
        return ()
    sums: dict[str, tuple[int, int]] = {}
    for name, correct, total in (counts for each in bins for counts in each.strata):
        before = sums.get(name, (0, 0))
        sums[name] = before[0] + correct, before[1] + total
    return tuple((name, correct, total) for name, (correct, total) in sums.items())


def _summary(bins: Sequence[Any]) -> BinSummary:
    shares = [each.accuracy for each in bins]
    correct, total = sum(each.correct for each in bins), sum(each.total for each in bins)
    return BinSummary(bins[0].lengths, correct, total, mean(shares), min(shares), max(shares))


def _run_record(result: Result) -> dict[str, Any]:
    return {
        "run": identity(result.config, result.seed),
        "seed": result.seed,
        "steps": result.steps,
        "stopped": result.stopped,
        "fitted": result.fitted,
        "verdict": result.verdict,
        "counts": [[each.correct, each.total] for each in result.bins],
        "seconds": result.seconds,
        "versions": dict(result.versions),
        "device": result.device,
        "shipped": result.shipped,
    }


def mixes_shipped(rows: Sequence[Row]) -> bool:
    """Whether some rows' runs came with the project and others' were made here, so that they are to be told apart."""
    return len({row.shipped for row in rows if row.results}) > 1


def build_rows(
    wanted: Iterable[tuple[TrainConfig, tuple[int, ...]]], results: Iterable[Result], *, check: bool = False
) -> tuple[Row, ...]:
    """A row for each wanted configuration, in order, with the results that its seeds have.

    With `check`, the witnesses are run against the tasks' labels.
    """
    found = {identity(result.config, result.seed): result for result in results}
    predictions: dict[str, dict[Encoding, Prediction]] = {}
    rows = []
    for config, seeds in wanted:
        task = get_task(config.task)
        if task.name not in predictions:
            predictions[task.name] = {p.pe: p for p in predict_encodings(task, ENCODINGS, check=check)}
        runs = (found.get(identity(config, seed)) for seed in seeds)
        rows.append(
            Row(
                predictions[task.name][config.model.pe],
                task.title,
                config,
                seeds,
                tuple(run for run in runs if run is not None),
                task.published.get(setting_of(config)),
            )
        )
    return tuple(rows)


def cells_of_results(results: Iterable[Result]) -> tuple[tuple[TrainConfig, tuple[int, ...]], ...]:
    """Every configuration that has results, with their seeds, in the order of the benchmark's tasks and settings.

    ValueError for a task that is not the benchmark's.
    """
    seeds: dict[TrainConfig, list[int]] = {}
    for result in results:
        seeds.setdefault(result.config, []).append(result.seed)
    tasks, settings = list(TASKS), ("APE", "NoPE", "APE+reg")
    ordered = sorted(seeds, key=lambda c: (tasks.index(c.task), settings.index(setting_of(c)), identity(c, 0)))
    return tuple((config, tuple(sorted(seeds[config]))) for config in ordered)
