"""A row of the leaderboard as JSON data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from eval.board.fitted_runs import (
    FAR_TIMES,
    FIRST_RUNS,
    Reach,
    RunsRight,
    first_wrong_length,
    fitted_ranges,
    middle,
    on_mixture,
    reaches,
    runs_right,
    summed_strata,
    verdict_at,
)
from eval.board.rows import Row
from train.ledger.horizon import CRITERIA, TIMES
from train.ledger.identity import identity
from train.ledger.result import GENERALIZES, Result
from train.model.config import config_to_json


def row_record(row: Row) -> dict[str, Any]:
    """The row as JSON data, with the fields of docs/evaluation.md; each share has its counts and configurations."""
    return {
        "task": row.task,
        "pe": row.pe,
        "setting": row.setting,
        "predicted": row.prediction.verdict,
        "standing": row.prediction.standing,
        "because": row.prediction.because,
        "reference": row.prediction.reference,
        "witness": row.prediction.witness_name,
        "train_length": row.train_length,
        "tried": [asdict(rung) for rung in row.tried],
        "data_version": row.data_version,
        "runs": len(row.results),
        "fitted": row.fitted,
        "generalizing": generalizing(row),
        "bins": _bins(row),
        "ten_times": _ten_times(row),
        "horizon": _horizon(row),
        "measured": row.measured,
        "agreement": row.agreement,
        "agrees": {"yes": True, "no": False}.get(row.agreement),
        "rests_on": min(row.fitted, FIRST_RUNS),
        "old_rule": {
            "measured": row.old_measured,
            "generalizing": row.old_generalizing,
            "agreement": row.old_agreement,
        },
        "published": None if row.published is None else list(row.published),
        "shipped": row.shipped,
        "from": list(row.places),
        "origin": None if row.definition.origin is None else row.definition.origin.to_json(),
        "config": config_to_json(row.config) | {"task": row.task},
        "seeds": list(row.wanted[0][1]),
        "configs": [
            {"config": config_to_json(config) | {"task": row.task}, "seeds": list(seeds)}
            for config, seeds in row.wanted
        ],
        "each_run": [_run_record(result) for result in row.results],
    }


def generalizing(row: Row) -> int:
    """How many of the fitted runs are right at the lengths of the verdict; for runs on old words, by the old rule."""
    if not on_mixture(row.results):
        return row.old_generalizing
    found = runs_right(row.results, FAR_TIMES)
    return 0 if found is None else found.right


def right_record(found: RunsRight | None) -> dict[str, Any] | None:
    """The numbers of runs as JSON data, with the interval of the share; None if nothing was measured."""
    if found is None:
        return None
    return {"right": found.right, "runs": found.runs, "interval": list(found.interval)}


def _bins(row: Row) -> list[dict[str, Any]]:
    """Each range over all runs and, under `fitted`, over the runs that fit."""
    fitted = fitted_ranges(row.results) or (None,) * len(row.bins)
    strata = [summed_strata(each) for each in zip(*(r.bins for r in row.results), strict=True)]
    found = []
    for b, own, of_all in zip(row.bins, fitted, strata, strict=True):
        value: dict[str, Any] = {"lengths": list(b.lengths), "correct": b.correct, "total": b.total, "mean": b.mean}
        value |= {"range": [b.least, b.greatest], "strata": _strata(of_all), "fitted": None}
        if own is not None:
            worst = own.worst_stratum
            value["fitted"] = {
                **(right_record(own.right) or {}),
                "mean": own.mean,
                "least": own.least,
                "best": own.best,
                "strata": _strata(own.strata),
                "worst_stratum": None if worst is None else {"name": worst[0], "share": worst[1]},
            }
        found.append(value)
    return found


def _strata(found: Sequence[tuple[str, int, int]]) -> dict[str, dict[str, int]]:
    return {name: {"correct": correct, "total": total} for name, correct, total in found}


def _ten_times(row: Row) -> dict[str, Any]:
    """What is known about ten times the training length."""
    return {
        "length": TIMES * row.train_length,
        "fitted": right_record(runs_right(row.results, TIMES)),
        "measured": verdict_at(row.results, TIMES),
        "agrees": {"yes": True, "no": False}.get(row.agreement_at(TIMES)),
    }


def _horizon(row: Row) -> dict[str, Any] | None:
    """The median and the best horizon of the fitted runs by each criterion; None if no horizon was measured.

    The fields of the first criterion, 90% of the words, also stand on the top level.
    """
    if not reaches(row.results):
        return None
    each = {name: _summarised(reaches(row.results, name)) for name in CRITERIA}
    return {**each["90"], "runs": len(reaches(row.results)), **each}


def _summarised(found: Sequence[Reach]) -> dict[str, Any]:
    median, best = middle(found), max(found)
    assert median is not None
    return {
        "median": median.length,
        "median_at_least": median.at_least,
        "best": best.length,
        "best_at_least": best.at_least,
    }


def _run_record(result: Result) -> dict[str, Any]:
    shape = result.config.model
    worst = [each.worst_stratum for each in result.bins]
    return {
        "run": identity(result.config, result.seed),
        "model": {"layers": shape.layers, "heads": shape.heads, "width": shape.width},
        "lr": result.config.lr,
        "seed": result.seed,
        "steps": result.steps,
        "stopped": result.stopped,
        "fitted": result.fitted,
        "right": [each.accuracy >= GENERALIZES for each in result.bins],
        "verdict": result.verdict,
        "counts": [[each.correct, each.total] for each in result.bins],
        "first_wrong_length": first_wrong_length(result),
        "worst_strata": [None if each is None else list(each) for each in worst],
        "horizon": None if result.horizon is None else result.horizon.record(),
        "seconds": result.seconds,
        "versions": dict(result.versions),
        "device": result.device,
        "shipped": result.shipped,
    }
