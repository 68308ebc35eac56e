"""The leaderboard as data: a row for each task and positional encoding, with prediction and measurement."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from statistics import mean
from typing import Final, Literal, TypeAlias

from eval.board.fitted_runs import (
    FAR_TIMES,
    FIRST_RUNS,
    Measured,
    OldMeasured,
    cell_of,
    old_verdict,
    order_of,
    shown_runs,
    verdict_at,
)
from eval.prediction.prediction import Prediction
from eval.prediction.task_prediction import predict_encodings
from eval.subjects.own_tasks import predict_origin, predict_under, task_of_result
from tasks.position_schemes import EncodingName
from tasks.registry import TASKS, get_task
from tasks.task import ENCODINGS, Encoding, Task
from train.ledger.accuracy import BinAccuracy
from train.ledger.identity import identity
from train.ledger.result import Result
from train.model.config import ModelConfig, TrainConfig

Setting: TypeAlias = str  # one of SETTINGS, or the title of another encoding
SETTINGS: Final = ("APE", "NoPE", "APE+reg")
PROJECT = "the project"
# The training lengths that a cell goes down until its models fit. All are tested at the same multiples.
RUNGS: Final = (50, 30, 20, 12)
AgreementWord: TypeAlias = Literal["yes", "no", "no evidence"]
OldAgreement: TypeAlias = AgreementWord | Literal["mixed"]


@dataclass(frozen=True)
class BinSummary:
    """One range of lengths over several runs: the words right and tried in all, and the mean, least and best share."""

    lengths: tuple[int, int]
    correct: int
    total: int
    mean: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Rung:
    """The runs of a cell with another training length than the one that its row shows."""

    train_length: int
    runs: int
    fitted: int
    cpu_seconds: float


@dataclass(frozen=True)
class Row:
    """One cell: a task and setting, trained by one protocol.

    `wanted` are its configurations in the order of `order_of`, with their seeds. `results` are those of the wanted runs
    that exist, in the same order, all on words of one version of the data. `tried` are the runs of the same cell with
    other training lengths, the longest first.
    """

    prediction: Prediction
    definition: Task
    wanted: tuple[tuple[TrainConfig, tuple[int, ...]], ...]
    results: tuple[Result, ...]
    published: tuple[float, float, float] | None
    tried: tuple[Rung, ...] = ()

    @property
    def task(self) -> str:
        """The name that is shown for the task."""
        return self.definition.shown

    @property
    def own(self) -> bool:
        """Whether a person gave the task, so that it is none of the benchmark's."""
        return self.definition.origin is not None

    @property
    def config(self) -> TrainConfig:
        """The first of the configurations."""
        return self.wanted[0][0]

    @property
    def train_length(self) -> int:
        """The longest training word."""
        return self.config.train_length

    @property
    def pe(self) -> EncodingName:
        """The positional encoding."""
        return self.config.model.pe

    @property
    def setting(self) -> Setting:
        """The name of the setting in the published tables; the norm regulariser makes a setting of its own."""
        return setting_of(self.config)

    @property
    def missing(self) -> int:
        """The number of wanted runs that have no result."""
        return sum(len(seeds) for _, seeds in self.wanted) - len(self.results)

    @property
    def bins(self) -> tuple[BinSummary, ...]:
        """The accuracy of all runs on each range of lengths; empty if nothing was run."""
        return tuple(_summary(each) for each in zip(*(r.bins for r in self.results), strict=True))

    @property
    def shown_bins(self) -> tuple[BinSummary, ...]:
        """The accuracies that tables show: those of the runs that fit, or of all runs if none fits."""
        return tuple(_summary(each) for each in zip(*(r.bins for r in shown_runs(self.results)), strict=True))

    @property
    def fitted(self) -> int:
        """The number of runs that fit their training lengths."""
        return sum(result.fitted for result in self.results)

    @property
    def measured(self) -> Measured:
        """The verdict at two to three times the training length; a run that does not fit is no evidence."""
        return verdict_at(self.results)

    @property
    def agreement(self) -> AgreementWord:
        """Whether the verdict at two to three times the training length is the predicted one."""
        return self.agreement_at(FAR_TIMES)

    def agreement_at(self, times: int) -> AgreementWord:
        """Whether the verdict at `times` the training length is the predicted one."""
        measured = verdict_at(self.results, times)
        if measured not in ("generalizes", "fails") or self.prediction.verdict == "unknown":
            return "no evidence"
        return "yes" if measured == self.prediction.verdict else "no"

    @property
    def old_measured(self) -> OldMeasured:
        """The verdict by the old rule, at up to twice the training length."""
        return old_verdict(self.results)

    @property
    def old_agreement(self) -> OldAgreement:
        """Whether the verdict by the old rule is the predicted one."""
        if self.old_measured in ("not run", "did not fit") or self.prediction.verdict == "unknown":
            return "no evidence"
        if self.old_measured == "mixed":
            return "mixed"
        return "yes" if self.old_measured == self.prediction.verdict else "no"

    @property
    def old_generalizing(self) -> int:
        """The number of runs that fit and generalise by the old rule."""
        return sum(result.verdict == "generalizes" for result in self.results)

    @property
    def data_version(self) -> str | None:
        """The version of the words on which the runs were trained and tested; None if nothing was run."""
        return self.results[0].data_version if self.results else None

    @property
    def places(self) -> tuple[str, ...]:
        """Where the runs come from: the project, the ledger here, or a directory of exported results."""
        return tuple(sorted({place_of(result) for result in self.results}))

    @property
    def shipped(self) -> bool:
        """Whether all runs came with the project."""
        return bool(self.results) and all(result.shipped for result in self.results)


def setting_of(config: TrainConfig) -> Setting:
    """The name of a configuration's setting in the published tables."""
    return "APE+reg" if config.regularizer > 0 else config.model.encoding


def _summary(bins: Sequence[BinAccuracy]) -> BinSummary:
    shares = [each.accuracy for each in bins]
    correct, total = sum(each.correct for each in bins), sum(each.total for each in bins)
    return BinSummary(bins[0].lengths, correct, total, mean(shares), min(shares), max(shares))


def place_of(result: Result) -> str:
    """Where a run comes from: the directory that it was read from, the project, or `here`."""
    if result.place is not None:
        return result.place
    return PROJECT if result.shipped else "here"


def tells_places(rows: Sequence[Row]) -> bool:
    """Whether some runs did not come with the project, so that each row has to say where its runs come from."""
    return any(place != PROJECT for row in rows for place in row.places)


def build_rows(
    wanted: Iterable[tuple[TrainConfig, tuple[int, ...]]],
    results: Iterable[Result],
    *,
    check: bool = False,
    apart: bool = False,
) -> tuple[Row, ...]:
    """A row for each cell of the wanted configurations, in order, with the results of its seeds.

    Args:
        wanted: Configurations with their seeds; those that differ only in the model's size and the learning rate are
            one cell.
        results: The results; a row has those on words of the newest version that it has any of.
        check: Whether witnesses are compared with the tasks' labels.
        apart: Whether each configuration gets a row of its own.
    """
    ordered = sorted(results, key=lambda each: int(each.data_version))  # below, the result on newer words stays
    found = {identity(result.config, result.seed): result for result in ordered}
    names: dict[str, str] = {}
    predictions: dict[str, Mapping[Encoding, Prediction]] = {}
    rows = []
    for cell in _cells(wanted, apart=apart):
        config = cell[0][0]
        keys = (identity(each, seed) for each, seeds in cell for seed in seeds)
        runs = _newest([run for run in map(found.get, keys) if run is not None])
        task = next((task for task in map(task_of_result, runs) if task is not None), None) or get_task(config.task)
        if task.origin is not None:
            task = _told_apart(task, names)
            predictions.setdefault(task.name, predict_origin(task.origin, write=check))
        elif task.name not in predictions:
            predictions[task.name] = {p.pe: p for p in predict_encodings(task, tuple(ENCODINGS), check=check)}
        published = task.published.get(setting_of(config))
        rows.append(Row(_prediction(task, config.model, predictions, check=check), task, cell, runs, published))
    return tuple(rows) if apart else one_rung_each(rows, lambda row: _ladder_of(row.config))


def _prediction(
    task: Task, model: ModelConfig, known: Mapping[str, Mapping[Encoding, Prediction]], *, check: bool
) -> Prediction:
    """The prediction for the encoding of the model."""
    if model.scheme is not None:
        return predict_under(task, model.scheme, check=check)
    return known[task.name]["nope" if model.pe == "nope" else "ape"]


def one_rung_each(rows: Sequence[Row], ladder_of: Callable[[Row], Hashable]) -> tuple[Row, ...]:
    """Of the rows of one ladder, the one with the longest training length that five runs fit.

    If no length has five fitted runs, it is the longest that a run fits, and if no run fits, the longest that was run.
    Accuracy on longer words does not decide this.

    Args:
        rows: The rows.
        ladder_of: What the rows of one ladder have in common, which should differ only in the training length.
    """
    ladders: dict[Hashable, list[Row]] = {}
    for row in rows:
        ladders.setdefault(ladder_of(row), []).append(row)
    found: list[Row] = []
    for together in ladders.values():
        rungs = sorted(together, key=lambda row: -row.train_length)
        if len({row.train_length for row in rungs}) < len(rungs):  # these cells differ in their number of positions
            found += together
            continue
        shown = next((row for least in (FIRST_RUNS, 1) for row in rungs if row.fitted >= least), None)
        shown = shown or next((row for row in rungs if row.results), rungs[0])
        others = (row for row in rungs if row is not shown and row.results)
        found.append(replace(shown, tried=(*shown.tried, *map(_rung, others))))
    return tuple(found)


def _ladder_of(config: TrainConfig) -> TrainConfig:
    """What the cells have in common that differ only in the training length and the budgets that go with it.

    A cell whose training length is not on the ladder is alone.
    """
    cell = cell_of(config)
    if config.train_length not in RUNGS or config.max_length != FAR_TIMES * config.train_length:
        return cell
    longest = FAR_TIMES * RUNGS[0]
    drawn = cell.model.pe == "randomized"  # the number of positions does not depend on the training length
    model = cell.model if drawn else replace(cell.model, positions=longest + 1)
    budget = config.least_steps or 1
    return replace(cell, model=model, max_steps=budget, train_length=RUNGS[0], max_length=longest)


def _rung(row: Row) -> Rung:
    return Rung(row.train_length, len(row.results), row.fitted, sum(each.cpu_seconds for each in row.results))


def _cells(
    wanted: Iterable[tuple[TrainConfig, tuple[int, ...]]], *, apart: bool
) -> list[tuple[tuple[TrainConfig, tuple[int, ...]], ...]]:
    """The configurations of each cell, in the order of `order_of`."""
    cells: dict[TrainConfig, list[tuple[TrainConfig, tuple[int, ...]]]] = {}
    for config, seeds in wanted:
        cells.setdefault(config if apart else cell_of(config), []).append((config, tuple(sorted(seeds))))
    return [tuple(sorted(cell, key=lambda each: order_of(each[0]))) for cell in cells.values()]


def _newest(runs: Sequence[Result]) -> tuple[Result, ...]:
    newest = max((int(each.data_version) for each in runs), default=0)
    return tuple(each for each in runs if int(each.data_version) == newest)


def _told_apart(task: Task, names: dict[str, str]) -> Task:
    """The task, with a number after its name if another task has the same name."""
    assert task.origin is not None
    candidates = chain([task.shown], (f"{task.shown} ({number})" for number in count(2)))
    name = next(name for name in candidates if names.setdefault(name, task.name) == task.name)
    return replace(task, origin=replace(task.origin, name=name))


def cells_of_results(results: Iterable[Result]) -> tuple[tuple[TrainConfig, tuple[int, ...]], ...]:
    """Every configuration that has results, with their seeds, in the order of the benchmark's tasks and settings.

    Other tasks follow, by their names.
    """
    seeds: dict[TrainConfig, set[int]] = {}
    called: dict[str, str] = {}
    for result in results:
        seeds.setdefault(result.config, set()).add(result.seed)
        called[result.task] = result.shown

    def order(config: TrainConfig) -> tuple[object, ...]:
        return *benchmark_order(config, called[config.task]), order_of(config)

    ordered = sorted(seeds, key=order)
    return tuple((config, tuple(sorted(seeds[config]))) for config in ordered)


def benchmark_order(config: TrainConfig, called: str = "") -> tuple[object, ...]:
    """The key by which rows are ordered: task, with those of the benchmark first, then setting and training length.

    Args:
        config: The configuration of the row.
        called: The name of a task that is none of the benchmark's.
    """
    number = next((k for k, name in enumerate(TASKS) if name == config.task), len(TASKS))
    name = called if number == len(TASKS) else ""
    setting = setting_of(config)
    place = SETTINGS.index(setting) if setting in SETTINGS else len(SETTINGS)
    return number, name, config.task, place, setting, -config.train_length
