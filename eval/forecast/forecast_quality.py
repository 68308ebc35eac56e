"""The quality of the forecast on languages to which it was not fitted, beside forecasts that know less."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from eval.forecast.encoding_kinds import KINDS
from eval.forecast.fitted_reach import TIMES, FittedReach, FittedRuns
from eval.forecast.forecast_bars import bar_lines, bars_of, measured_quality, verdict_quality
from eval.forecast.forecast_fit import (
    CELLS,
    DRAWS,
    Features,
    FloatColumns,
    SharePoint,
    curves,
    fit_cells,
    fit_weights,
    likeness,
    predicted,
    share_points,
    version_of,
)
from eval.forecast.forecast_model import BOTH, HALF_PLAIN, OTHERS, QUALITY_ROWS, ForecastModel, times_past
from eval.forecast.measured_fit import fit_measured
from tasks.task import ENCODINGS

FORECASTS: Final[dict[str, Features]] = {
    "length alone": "length",
    "family alone": "family",
    "family and length": "both",
}
PARTS: Final = 5  # the number of rows of the calibration table


def fit_model(measured: FittedRuns, sources: Sequence[str], *, draws: int = DRAWS) -> ForecastModel:
    """The model of these runs, with its quality on languages left out.

    Args:
        measured: The fitted runs, and how many were left out.
        sources: The folders from which the runs were read.
        draws: The number of bootstrap draws for the variance.

    Raises:
        ValueError: There are runs of fewer than two languages, or without some language all runs are right, or all
            wrong.
    """
    runs = measured.runs
    if len({run.language for run in runs}) < 2:
        raise ValueError("a forecast needs fitted runs of two languages or more")
    points = share_points(runs)
    left_out = {name: _left_out(points, features) for name, features in FORECASTS.items()}
    training = {
        "runs": len(runs),
        "languages": len({run.language for run in runs}),
        "sources": list(sources),
        "left out": {"not fitted": measured.not_fitted, "no horizon": measured.no_horizon, "no rung": measured.no_rung},
        "times": list(TIMES),
        "train lengths": {
            kind: sorted({run.train_length for run in runs if run.pe == kind})
            for kind in KINDS
            if any(run.pe == kind for run in runs)
        },
    }
    alike = round(likeness(points, left_out["family and length"]), 4)
    quality = _quality(points, left_out) | {"horizon error, log2": _horizon_errors(runs, points)}
    quality |= {"one measured range": measured_quality(runs), "verdict, NoPE": verdict_quality(runs)}
    quality |= {"bars": [bar.record() for bar in bars_of(quality)]}
    cells, curves_of_measured = fit_cells(runs, draws=draws), fit_measured(runs, draws=draws)
    return ForecastModel(version_of(runs), alike, cells, training, quality, curves_of_measured)


def _left_out(points: Sequence[SharePoint], features: Features) -> FloatColumns:
    """The probability at each point, (points,), by a model that was fitted without the language of the point."""
    found = np.zeros(len(points))
    languages = np.array([each.language for each in points])
    for language in np.unique(languages):
        own = languages == language
        weights = fit_weights(points, features, copies=(~own).astype(float))
        found[own] = predicted([each for each in points if each.language == language], weights, features)
    return found


def _quality(points: Sequence[SharePoint], left_out: dict[str, FloatColumns]) -> dict[str, Any]:
    subsets: dict[str, Callable[[SharePoint], bool]] = {
        BOTH: lambda each: each.pe in ENCODINGS,
        "plain": lambda each: each.pe in ENCODINGS and each.rung == "plain",
        "2 times or more": lambda each: each.pe in ENCODINGS and each.times >= 2,
        "NoPE": lambda each: each.pe == "nope",
        "APE": lambda each: each.pe == "ape",
        OTHERS: lambda each: each.pe not in ENCODINGS,
    }
    found: dict[str, Any] = {}
    for name, belongs in subsets.items():
        own = np.array([belongs(each) for each in points])
        kept = [each for each in points if belongs(each)]
        counts = {"points": len(kept), "languages": len({each.language for each in kept})}
        found[name] = counts | {kind: _scores(kept, said[own]) for kind, said in left_out.items()}
    # What follows is about the two encodings that have a theorem, which also have many more languages than the others.
    main = np.array([each.pe in ENCODINGS for each in points])
    points, left_out = [p for p in points if p.pe in ENCODINGS], {kind: said[main] for kind, said in left_out.items()}
    # The share of plain languages is a matter of chance. Here they weigh as much as all others together.
    plain = np.array([each.rung == "plain" for each in points])
    even = np.where(plain, 0.5 / max(1, plain.sum()), 0.5 / max(1, (~plain).sum()))
    scores = {kind: _scores(points, said, even) for kind, said in left_out.items()}
    found[HALF_PLAIN] = {name: found[BOTH][name] for name in ("points", "languages")} | scores
    found["gain"] = {kind: _gain(found[BOTH], kind) for kind in FORECASTS if kind != "family and length"}
    return found | {"calibration": _calibration(points, left_out["family and length"])}


def _gain(row: dict[str, Any], kind: str) -> dict[str, float | None]:
    """By how much the AUROC and the Brier score differ from those of a forecast that knows less."""
    ours, other = row["family and length"], row[kind]
    if ours["AUROC"] is None:
        return {"AUROC": None, "Brier": None}
    return {name: round(ours[name] - other[name], 3) for name in ours}


def _scores(
    points: Sequence[SharePoint], said: FloatColumns, weights: FloatColumns | None = None
) -> dict[str, float | None]:
    """AUROC and Brier score of the forecasts; None if all runs are right, or all are wrong.

    The points have equal weights, unless weights are given.
    """
    share = np.array([each.right / each.runs for each in points])
    answers = np.repeat([1, 0], len(points))
    each_weight = np.ones(len(points)) if weights is None else weights
    weight = np.concatenate([share * each_weight, (1 - share) * each_weight])
    both = np.concatenate([said, said])
    if not (0 < share.sum() < len(points)):
        return {"AUROC": None, "Brier": None}
    auroc = roc_auc_score(answers, both, sample_weight=weight)
    brier = brier_score_loss(answers, both, sample_weight=weight)
    return {"AUROC": round(float(auroc), 3), "Brier": round(float(brier), 3)}


def _calibration(points: Sequence[SharePoint], said: FloatColumns) -> list[dict[str, Any]]:
    """For each fifth of the points, ordered by the forecast, the mean of the forecast and the share that is right."""
    share = np.array([each.right / each.runs for each in points])
    table = []
    for part in np.array_split(np.argsort(said, kind="stable"), PARTS):
        if len(part):
            languages = len({points[k].language for k in part})
            means = {"said": round(float(said[part].mean()), 3), "seen": round(float(share[part].mean()), 3)}
            table.append({**means, "points": len(part), "languages": languages})
    return table


def _horizon_errors(runs: Sequence[FittedReach], points: Sequence[SharePoint]) -> dict[str, float]:
    """The mean error of the median horizon for a language left out, in log2; each language has the same weight.

    The runs are those without positions and with APE.

    Both the forecast and the horizon of a run are cut at the length to which the run was measured, and at its training
    length.
    """
    errors: dict[str, dict[str, float]] = {"family and length": {}, "length alone": {}}
    languages = np.array([each.language for each in points])
    for language in sorted({run.language for run in runs if run.pe in ENCODINGS}):
        copies = (languages != language).astype(float)
        lines = curves(fit_weights(points, copies=copies))
        flat = fit_weights(points, "length", copies) * 10.0
        own = [run for run in runs if run.language == language and run.pe in ENCODINGS]
        family = [_error(run, *lines[CELLS.index((run.rung, run.pe))]) for run in own]
        errors["family and length"][language] = float(np.mean(family))
        errors["length alone"][language] = float(np.mean([_error(run, flat[0], flat[1]) for run in own]))
    return {kind: round(float(np.mean(list(each.values()))), 3) for kind, each in errors.items()}


def _error(run: FittedReach, intercept: float, slope: float) -> float:
    most = max(float(np.log2(run.measured)), 0.0)
    median = min(math.log2(times_past(-intercept / min(slope, -1e-9))), most)
    seen = min(max(float(np.log2(max(run.right, 1e-9))), 0.0), most)
    return abs(median - seen)


def quality_lines(model: ForecastModel) -> list[str]:
    """The quality as lines of text, with the counts on which it rests."""
    training, quality = model.training, model.quality
    lines = [
        f"model {model.version}: {training['runs']} fitted runs of {training['languages']} languages",
        f"runs of one language are alike by {model.alike:.2f}",
        "",
        f"{'languages left out':<36}" + "".join(f"{kind + ': AUROC, Brier':>32}" for kind in FORECASTS),
    ]
    for name in QUALITY_ROWS:
        row = quality[name]
        shown = "".join(f"{_shown(row[kind]):>32}" for kind in FORECASTS)
        lines.append(f"{name + ' (' + str(row['languages']) + ' languages)':<36}{shown}")
    lines += ["", *(f"gain over {kind}: {_shown(each)}" for kind, each in quality["gain"].items())]
    errors = quality["horizon error, log2"]
    lines += ["", "error of the median horizon, log2: " + ", ".join(f"{kind} {each}" for kind, each in errors.items())]
    lines += ["calibration, said and seen:"]
    lines += [f"  {c['said']:.2f}  {c['seen']:.2f}  {c['points']} points" for c in quality["calibration"]]
    return [*lines, "", *bar_lines(quality)]


def _shown(scores: dict[str, float | None]) -> str:
    return "-" if scores["AUROC"] is None else f"{scores['AUROC']:.3f}, {scores['Brier']:.3f}"
