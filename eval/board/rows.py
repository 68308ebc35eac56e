"""The leaderboard as data: a row for each task and positional encoding, prediction beside measurement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from statistics import mean
from typing import Any, Literal, TypeAlias

from eval.prediction.prediction import ENCODINGS, Prediction, predict_encodings
from eval.subjects.own_tasks import predict_origin, task_of_result
from tasks.registry import TASKS, get_task
from tasks.task import Encoding, Task
from train.ledger.accuracy import BinAccuracy
from train.ledger.identity import identity
from train.ledger.result import MeasuredVerdict, Result
from train.model.config import TrainConfig, config_to_json

Measured: TypeAlias = MeasuredVerdict | Literal["mixed", "not run"]
Setting: TypeAlias = Literal["APE", "NoPE", "APE+reg"]
PROJECT = "the project"
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
    definition: Task
    config: TrainConfig
    seeds: tuple[int, ...]
    results: tuple[Result, ...]
    published: tuple[float, float, float] | None

    @property
    def task(self) -> str:
        """What a person calls the task."""
        return self.definition.shown

    @property
    def own(self) -> bool:
        """Whether the task is none of the benchmark's: a person gave it."""
        return self.definition.origin is not None

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
    def places(self) -> tuple[str, ...]:
        """Where the runs come from: the project, the ledger here, a directory of exported results."""
        return tuple(sorted({place_of(result) for result in self.results}))

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
            "from": list(self.places),
            "origin": None if self.definition.origin is None else self.definition.origin.to_json(),
            "config": config_to_json(self.config) | {"task": self.task},
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


def place_of(result: Result) -> str:
    """Where a run comes from."""
    if result.place is not None:
        return result.place
    return PROJECT if result.shipped else "here"


def tells_places(rows: Sequence[Row]) -> bool:
    """Whether some runs did not come with the project, so that each row is to say where from."""
    return any(place != PROJECT for row in rows for place in row.places)


def build_rows(
    wanted: Iterable[tuple[TrainConfig, tuple[int, ...]]], results: Iterable[Result], *, check: bool = False
) -> tuple[Row, ...]:
    """A row for each wanted configuration, in order, with the results that its seeds have.

    With `check`, the witnesses are run against the tasks' labels.
    """
    found = {identity(result.config, result.seed): result for result in results}
    names: dict[str, str] = {}
    predictions: dict[str, Mapping[Encoding, Prediction]] = {}
    rows = []
    for config, seeds in wanted:
        runs = tuple(run for run in (found.get(identity(config, seed)) for seed in seeds) if run is not None)
        task = next((task for task in map(task_of_result, runs) if task is not None), None) or get_task(config.task)
        if task.origin is not None:
            task = _told_apart(task, names)
            predictions.setdefault(task.name, predict_origin(task.origin, write=check))
        elif task.name not in predictions:
            predictions[task.name] = {p.pe: p for p in predict_encodings(task, ENCODINGS, check=check)}
        rows.append(
            Row(
                predictions[task.name][config.model.pe],
                task,
                config,
                seeds,
                runs,
                task.published.get(setting_of(config)),
            )
        )
    return tuple(rows)


def _told_apart(task: Task, names: dict[str, str]) -> Task:
    """The task, with a number behind its name where another task among the names is called so."""
    assert task.origin is not None
    candidates = chain([task.shown], (f"{task.shown} ({number})" for number in count(2)))
    name = next(name for name in candidates if names.setdefault(name, task.name) == task.name)
    return replace(task, origin=replace(task.origin, name=name))


def cells_of_results(results: Iterable[Result]) -> tuple[tuple[TrainConfig, tuple[int, ...]], ...]:
    """Every configuration that has results, with their seeds, in the order of the benchmark's tasks and settings.

    Other tasks follow, by what they are called.
    """
    seeds: dict[TrainConfig, list[int]] = {}
    called: dict[str, str] = {}
    for result in results:
        seeds.setdefault(result.config, []).append(result.seed)
        called[result.task] = result.shown
    tasks, settings = {name: number for number, name in enumerate(TASKS)}, ("APE", "NoPE", "APE+reg")

    def order(config: TrainConfig) -> tuple[object, ...]:
        number = tasks.get(config.task, len(tasks))
        name = called[config.task] if number == len(tasks) else ""
        return number, name, config.task, settings.index(setting_of(config)), identity(config, 0)

    ordered = sorted(seeds, key=order)
    return tuple((config, tuple(sorted(seeds[config]))) for config in ordered)
