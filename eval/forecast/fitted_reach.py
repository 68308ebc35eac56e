"""The fitted runs from which the forecast is learnt: up to which multiple of their training length they are right."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from eval.forecast.encoding_kinds import EncodingKind, kind_of
from eval.forecast.rungs import RungName, rung_of
from eval.prediction.task_ladder import ladder_of_task
from eval.subjects.own_tasks import predict_origin, task_of_result
from tasks.registry import get_task
from train.ledger.horizon import horizon_limit
from train.ledger.ledger import ENCODING_SUITE, GRID, of_this_training, read_results
from train.ledger.result import Result
from train.model.config import TrainConfig

CORPUS: Final = "corpus"  # the folder for the drawn languages in a directory of results
TIMES: Final = (1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)  # multiples of the training length, for the fit
CRITERION: Final = "90"


@dataclass(frozen=True)
class FittedReach:
    """One fitted run: up to which multiple of its training length it is right (`right`) and was measured (`measured`).

    `second` and `third` are the shares of words that are right at one to two and at two to three times the training
    length; None if these were not measured.
    """

    language: str
    rung: RungName
    pe: EncodingKind
    train_length: int
    right: float
    measured: float
    second: float | None = None
    third: float | None = None

    def at(self, times: float) -> bool | None:
        """Whether it is right up to this multiple of its training length; None if it was not measured so far."""
        return None if times > self.measured else self.right >= times


@dataclass(frozen=True)
class FittedRuns:
    """The runs, and how many were left out: those that did not fit, have no horizon, or have an unknown rung."""

    runs: tuple[FittedReach, ...]
    not_fitted: int
    no_horizon: int
    no_rung: int


def fitted_reaches(results: Iterable[Result]) -> FittedRuns:
    """The fitted runs among the results, each with its language's rung by the rule by which the task is judged."""
    found: list[FittedReach] = []
    not_fitted = no_horizon = no_rung = 0
    for result in results:
        kind = _kind_of_result(result)
        if kind is None:
            continue  # nothing is forecast for such an encoding
        if not result.fitted:
            not_fitted += 1
        elif result.horizon is None:
            no_horizon += 1
        elif (rung := _rung_of_result(result)) is None:
            no_rung += 1
        else:
            found.append(reach_of(result, rung, kind))
    return FittedRuns(tuple(found), not_fitted, no_horizon, no_rung)


def _kind_of_result(result: Result) -> EncodingKind | None:
    model = result.config.model
    return kind_of("nope" if model.pe == "nope" else "ape", model.scheme)


def reach_of(result: Result, rung: RungName, kind: EncodingKind) -> FittedReach:
    """Up to which multiple of its training length a fitted run is right, and up to which one it was measured.

    The search for a horizon ends at the run's limit, whether the run is right there or not. If the run is right even at
    the longest length that was tried, nothing is known about longer ones. The run must have a horizon.
    """
    assert result.horizon is not None
    horizon, tested = result.horizon.lengths[CRITERION], result.horizon.tested
    reached = tested if horizon >= tested else horizon_limit(result.config)
    length = result.config.train_length
    second, third = (_share(result, times) for times in (2, 3))
    return FittedReach(result.task, rung, kind, length, horizon / length, reached / length, second, third)


def _share(result: Result, times: int) -> float | None:
    """The share of words that are right at lengths from `times` - 1 to `times` times the training length."""
    length = result.config.train_length
    bounds = ((times - 1) * length + 1, times * length)
    return next((each.accuracy for each in result.bins if each.lengths == bounds), None)


def _rung_of_result(result: Result) -> RungName | None:
    if result.origin is not None:
        return rung_of(predict_origin(result.origin, write=False)["ape"].ladder)
    task = task_of_result(result)
    return None if task is None else _rung_of_task(task.name)


@cache
def _rung_of_task(name: str) -> RungName | None:
    return rung_of(ladder_of_task(get_task(name)))


def read_measured_runs(directory: Path) -> tuple[FittedRuns, Sequence[str]]:
    """The fitted runs in a directory of results, and the folders from which they were read.

    These are the folders of the grid, of the corpus and of the suite of encodings, as far as they are there. A run that
    two of them have, because they name one language in two ways, counts once.
    """
    places = [name for name in (GRID, CORPUS, ENCODING_SUITE) if (directory / name).is_dir()]
    read = [r for name in places for r in read_results(directory / name, shipped=True) if of_this_training(r)]
    results: dict[tuple[TrainConfig, int], Result] = {}
    for each in read:
        results.setdefault((each.config, each.seed), each)
    if not results:
        print(f"{directory}: no results of this version of training", file=sys.stderr)
    return fitted_reaches(results.values()), places
