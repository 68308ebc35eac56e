"""The quality of the predictions over all cells: agreement, balanced accuracy, AUROC for the horizon, exceptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from eval.board.exception_causes import ExceptionCause, exception_causes
from eval.board.fitted_runs import FAR_TIMES, FIRST_RUNS, middle, on_mixture, reaches, runs_right, verdict_at
from eval.board.one_sentence import in_short
from eval.board.row_record import right_record
from eval.board.rows import Row
from eval.measuring.confidence_intervals import CONFIDENCE, NAME, percent, wilson
from tasks.ground.automata.automaton import counted
from train.ledger.horizon import TIMES, horizon_limit

DRAWS: Final = 1000
SEED: Final = 0
METHOD: Final = (
    f"{NAME}, for the share that agrees; for balanced accuracy and AUROC a bootstrap over the tasks, all cells of a "
    f"task together, {DRAWS} draws, seed {SEED}, percentiles, 95%"
)
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval; the interval is None if it could be computed for too few bootstrap draws."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Headline:
    """What the rows say about the predictions, at `times` the training length.

    judged      the rows that have a prediction and a verdict
    exceptions  those of them whose verdict is not the predicted one
    full        those of them that have five fitted runs
    unknown     the number of rows that have a verdict and no prediction
    balanced    the balanced accuracy of the prediction
    auroc       the AUROC of the prediction against the horizons
    compared    the number of cells whose horizons the AUROC is about
    """

    times: int
    cells: int
    judged: tuple[Row, ...]
    exceptions: tuple[Row, ...]
    full: tuple[Row, ...]
    unknown: int
    balanced: Estimate | None
    auroc: Estimate | None
    compared: int

    @property
    def agreeing(self) -> int:
        """The number of verdicts that are the predicted ones."""
        return len(self.judged) - len(self.exceptions)

    @property
    def agreeing_full(self) -> int:
        """The number of verdicts that are the predicted ones, among the cells with five fitted runs."""
        return sum(row.agreement_at(self.times) == "yes" for row in self.full)

    def record(self) -> dict[str, Any]:
        """The headline as JSON data."""
        share = wilson(self.agreeing, len(self.judged)) if self.judged else None
        return {
            "cells": self.cells,
            "with_evidence": len(self.judged),
            "agreeing": self.agreeing,
            "agreeing_interval": None if share is None else list(share),
            "with_five_fitted": {"cells": len(self.full), "agreeing": self.agreeing_full},
            "prediction_unknown": self.unknown,
            **_estimate("balanced_accuracy", self.balanced),
            **_estimate("auroc", self.auroc),
            "auroc_cells": self.compared,
            "exceptions": [_exception(row, self.times) for row in self.exceptions],
        }


def headline(rows: Sequence[Row], times: int = FAR_TIMES) -> Headline:
    """The headline of the rows at `times` the training length."""
    decided = [row for row in rows if verdict_at(row.results, times) in ("generalizes", "fails")]
    judged = [row for row in decided if row.prediction.verdict != "unknown"]
    pairs = np.array([(_says(row), _does(row, times)) for row in judged], dtype=float).reshape(-1, 2)
    horizons = [
        (row, (_says(row), horizon))
        for row in rows
        if row.prediction.verdict != "unknown" and (horizon := _horizon(row, times)) is not None
    ]
    scored = np.array([pair for _, pair in horizons], dtype=float).reshape(-1, 2)
    return Headline(
        times=times,
        cells=len(rows),
        judged=tuple(judged),
        exceptions=_exceptions(rows, times),
        unknown=len(decided) - len(judged),
        full=tuple(row for row in judged if row.fitted >= FIRST_RUNS),
        balanced=estimated(balanced_accuracy, pairs, [row.task for row in judged]),
        auroc=estimated(auroc, scored, [row.task for row, _ in horizons]),
        compared=len(horizons),
    )


def _exceptions(rows: Sequence[Row], times: int) -> tuple[Row, ...]:
    """The rows whose verdict is not the predicted one."""
    return tuple(row for row in rows if row.agreement_at(times) == "no")


def _says(row: Row) -> float:
    return float(row.prediction.verdict == "generalizes")


def _does(row: Row, times: int) -> float:
    return float(verdict_at(row.results, times) == "generalizes")


def _horizon(row: Row, times: int) -> float | None:
    """The median horizon in training lengths, cut at `times`; None if it was not searched so far.

    All horizons are known up to that point, and those that are longer count as equal.
    """
    if not on_mixture(row.results) or horizon_limit(row.config) < times * row.train_length:
        return None
    found = middle(reaches(row.results))
    return None if found is None else min(found.length / row.train_length, float(times))


def balanced_accuracy(pairs: FloatArray) -> float | None:
    """The balanced accuracy: the mean of the shares predicted right among what generalises and among what fails.

    None if one of the two was never measured.

    Args:
        pairs: Prediction and measurement, each 1 for generalises and 0 for fails, (cells, 2).
    """
    said, did = pairs[:, 0], pairs[:, 1]
    if not (did == 1).any() or not (did == 0).any():
        return None
    return float(((said[did == 1] == 1).mean() + (said[did == 0] == 0).mean()) / 2)


def auroc(pairs: FloatArray) -> float | None:
    """The chance that a cell that is predicted to generalise has a longer horizon than one that is predicted to fail.

    A tie counts one half. None if there are no cells of one of the two kinds.

    Args:
        pairs: Prediction, 1 for generalises and 0 for fails, and horizon, (cells, 2).
    """
    said, horizon = pairs[:, 0], pairs[:, 1]
    above, below = horizon[said == 1], np.sort(horizon[said == 0])
    if not len(above) or not len(below):
        return None
    less, at_most = np.searchsorted(below, above, "left"), np.searchsorted(below, above, "right")
    return float((less + at_most).mean() / (2 * len(below)))


def estimated(
    statistic: Callable[[FloatArray], float | None], pairs: FloatArray, tasks: Sequence[str]
) -> Estimate | None:
    """The statistic with its bootstrap interval, for which tasks are drawn with all of their cells.

    None if the statistic is undefined.

    Args:
        statistic: The statistic of pairs; None if it is undefined.
        pairs: The values of each cell, (cells, columns).
        tasks: The task of each cell.
    """
    value = statistic(pairs)
    if value is None:
        return None
    places = [np.flatnonzero(np.array(tasks) == task) for task in dict.fromkeys(tasks)]
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        chosen = rng.integers(0, len(places), len(places))
        found = statistic(pairs[np.concatenate([places[k] for k in chosen])])
        if found is not None:
            drawn.append(found)
    if len(drawn) < DRAWS / 2:
        return Estimate(value, None)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Estimate(value, (float(low), float(high)))


def _estimate(name: str, found: Estimate | None) -> dict[str, Any]:
    interval = None if found is None or found.interval is None else list(found.interval)
    return {name: None if found is None else found.value, f"{name}_interval": interval}


def _exception(row: Row, times: int) -> dict[str, Any]:
    return {
        "task": row.task,
        "setting": row.setting,
        "train_length": row.train_length,
        "predicted": row.prediction.verdict,
        "measured": verdict_at(row.results, times),
        "fitted": right_record(runs_right(row.results, times)),
        "cause": None if (cause := cause_of(row)) is None else cause.record(),
    }


def summary_record(rows: Sequence[Row]) -> dict[str, Any]:
    """The headlines as JSON data: at two to three times the training length, and at ten times under `ten_times`."""
    return {
        **headline(rows).record(),
        "interval": METHOD,
        "ten_times": headline(rows, TIMES).record(),
        "old_rule": dict(zip(("yes", "no", "mixed"), old_rule_counts(rows), strict=True)),
    }


def old_rule_counts(rows: Sequence[Row]) -> tuple[int, int, int]:
    """For how many rows the verdict by the old rule is the predicted one, is not, and differs from run to run."""
    found = [row.old_agreement for row in rows]
    return found.count("yes"), found.count("no"), found.count("mixed")


def sentences(rows: Sequence[Row], *, told: bool = False) -> list[str]:
    """The sentences above the board: in short, both headlines, the causes of exceptions, and the old rule.

    Args:
        rows: The rows of the board.
        told: Whether the causes of exceptions stand elsewhere, so that they are left out here.
    """
    near, far = (headline(rows, times) for times in (FAR_TIMES, TIMES))
    causes = [] if told else [*map(_cause_in_words, near.exceptions), *causes_further_on(rows)]
    found = [*in_short(rows), _in_words(near), _in_words(far), *causes]
    older = [row for row in rows if row.measured == "old words"]
    if older:
        yes, no, mixed = old_rule_counts(older)
        found.append(
            f"{len(older)} of the cells were measured on old words, and have no new verdict. By the old rule, at up to "
            f"twice the training length, {yes} are as predicted, {no} are not, {mixed} have runs that differ, "
            f"and {len(older) - yes - no - mixed} have no evidence."
        )
    return found


def causes_further_on(rows: Sequence[Row]) -> list[str]:
    """The causes of exceptions at ten times the training length that are none at two to three times."""
    near, far = (_exceptions(rows, times) for times in (FAR_TIMES, TIMES))
    return [_cause_in_words(row) for row in far if row not in near]


def _in_words(found: Headline) -> str:
    where = {FAR_TIMES: "two to three times", TIMES: "ten times"}[found.times] + " the training length"
    known = f"{len(found.judged) or 'none'} {_have(len(found.judged))} evidence"
    parts = [f"At {where}: of {counted(found.cells, 'cell')} {known}"]
    if found.judged:
        share = _percents(found.agreeing / len(found.judged), wilson(found.agreeing, len(found.judged)))
        parts[0] += f", and in {found.agreeing} of these the verdict is the predicted one ({share})"
    parts[0] += "."
    few = len(found.judged) - len(found.full)
    if few:
        rest = f"; of the {len(found.full)} others {found.agreeing_full} are as predicted" if found.full else ""
        parts.append(
            f"{few} of them {_have(few)} fewer than {FIRST_RUNS} fitted runs, and so could not be found to fail{rest}."
        )
    if found.unknown:
        are = "is" if found.unknown == 1 else "are"
        parts.append(f"{found.unknown} more {_have(found.unknown)} a verdict and no prediction, and {are} not counted.")
    if found.balanced is not None:
        said = _percents(found.balanced.value, found.balanced.interval)
        parts.append(f"Balanced accuracy of the prediction: {said}.")
    if found.auroc is not None:
        said = f"{found.auroc.value:.2f}"
        if found.auroc.interval is not None:
            said += " ({:.2f}–{:.2f})".format(*found.auroc.interval)
        parts.append(f"AUROC of the prediction against the median horizon of {found.compared} cells: {said}.")
    if found.exceptions:
        named = (f"{row.task} {row.setting} ({verdict_at(row.results, found.times)})" for row in found.exceptions)
        parts.append(f"Exceptions: {', '.join(named)}.")
    return " ".join(parts)


def _cause_in_words(row: Row) -> str:
    cause = cause_of(row)
    why = "its cause is not known yet" if cause is None else f"{cause.found} ({cause.kind}: {cause.runs})"
    return f"{row.task} {row.setting}: {why}."


def cause_of(row: Row) -> ExceptionCause | None:
    """What an experiment found about the row's cell, if it is a known exception."""
    return exception_causes().get((row.task, row.setting, row.train_length))


def _percents(value: float, interval: tuple[float, float] | None) -> str:
    said = f"{percent(value)}%"
    return said if interval is None else f"{said}, {percent(interval[0])}–{percent(interval[1])}"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
