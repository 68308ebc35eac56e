"""The targets that the forecast should meet on languages left out, whether it does, and what a measured range adds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from eval.board.fitted_runs import FAR_TIMES, FIRST_RUNS
from eval.forecast.fitted_reach import FittedReach
from eval.forecast.forecast_fit import FloatColumns, fit_weights, predicted
from eval.forecast.forecast_model import BOTH
from eval.forecast.measured_fit import LATER, RunPoint, fit_measured_weights, measured_chances, run_points
from tasks.task import ENCODINGS
from train.ledger.result import GENERALIZES

FEWEST_VERDICT_RUNS: Final = 3  # the fewest fitted runs of a language for a verdict


@dataclass(frozen=True)
class Bar:
    """One target: a figure that the forecast should reach, and the figure that was found, None if there is none.

    `at_least` says that the figure has to be at least `bar`; otherwise it has to be at most `bar`.
    """

    name: str
    bar: float
    at_least: bool
    found: float | None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.found is not None and (self.found >= self.bar if self.at_least else self.found <= self.bar)

    def record(self) -> dict[str, Any]:
        """The target as JSON data."""
        side = "at least" if self.at_least else "at most"
        return {"name": self.name, side: self.bar, "found": self.found, "met": self.met}


def measured_quality(runs: Sequence[FittedReach]) -> dict[str, Any]:
    """How well later lengths are forecast with and without the accuracy just past training.

    Each language is left out in turn. Later lengths are the multiples of the training length above `LATER`, at which
    that accuracy was not measured. They are those of runs without positions and with APE. The runs of a language, rung,
    encoding and multiple have weight 1 together.
    """
    points = run_points(runs)
    shares = tuple(each.point for each in points)
    weight = np.array([each.weight for each in points])
    languages = np.array([each.language for each in shares])
    said = {"family and length": np.zeros(len(points)), "and the measured range": np.zeros(len(points))}
    for language in np.unique(languages):
        own = languages == language
        copies, kept = (~own).astype(float), [each for each in points if each.point.language == language]
        try:
            less = fit_weights(shares, "both", copies * weight)
            more = fit_measured_weights(points, copies)
        except ValueError:  # without this language all runs are right, or all are wrong
            return {"points": 0, "languages": 0}
        said["family and length"][own] = predicted([each.point for each in kept], less, "both")
        said["and the measured range"][own] = measured_chances(kept, more)
    later = np.array([each.times > LATER and each.pe in ENCODINGS for each in shares], dtype=bool)
    plain = later & np.array([each.rung == "plain" for each in shares], dtype=bool)
    return {name: _row(points, chosen, said) for name, chosen in (("later", later), ("later, plain", plain))}


def _row(points: Sequence[RunPoint], chosen: Any, said: Mapping[str, FloatColumns]) -> dict[str, Any]:
    kept = [each for each, own in zip(points, chosen, strict=True) if own]
    counts = {"points": len(kept), "languages": len({each.point.language for each in kept})}
    return counts | {name: _scores(kept, chances[chosen]) for name, chances in said.items()}


def _scores(points: Sequence[RunPoint], said: FloatColumns) -> dict[str, float | None]:
    right = np.array([each.point.right for each in points])
    weight = np.array([each.weight for each in points])
    if len(set(right.tolist())) < 2:
        return {"AUROC": None, "Brier": None}
    return {
        "AUROC": round(float(roc_auc_score(right, said, sample_weight=weight)), 3),
        "Brier": round(float(brier_score_loss(right, said, sample_weight=weight)), 3),
    }


def verdict_quality(runs: Sequence[FittedReach]) -> dict[str, Any]:
    """How well the rung "plain" predicts the verdict at two to three times the training length, without positions.

    The verdict is that any of the first five fitted runs has at least 90% right there. Only languages with at least
    three runs count, since a language with fewer would count only if one of them happens to be right. `found` is the
    number of plain languages that generalise, and `refuted` the number of other languages that fail.
    """
    together: dict[tuple[str, str], list[float]] = defaultdict(list)
    for run in runs:
        if run.pe == "nope" and run.third is not None:
            together[run.language, run.rung].append(run.third)
    seen: dict[bool, list[bool]] = {True: [], False: []}
    for (_, rung), shares in together.items():
        if len(shares) >= FEWEST_VERDICT_RUNS:
            seen[rung == "plain"].append(max(shares[:FIRST_RUNS]) >= GENERALIZES)
    plain, others = seen[True], [not each for each in seen[False]]
    balanced = None if not plain or not others else round((float(np.mean(plain)) + float(np.mean(others))) / 2, 3)
    counts = {"plain": len(plain), "found": sum(plain), "others": len(others), "refuted": sum(others)}
    too_few = len(together) - len(plain) - len(others)
    return {"balanced accuracy": balanced, **counts, "too few runs": too_few, "times": FAR_TIMES}


def bars_of(quality: Mapping[str, Any]) -> tuple[Bar, ...]:
    """The targets of the forecast, with the figures that were found on languages left out."""
    every, plain = quality[BOTH]["family and length"], quality["plain"]["family and length"]
    later = quality["one measured range"].get("later", {}).get("and the measured range", {"AUROC": None})
    apart = max((abs(part["said"] - part["seen"]) for part in quality["calibration"]), default=None)
    return (
        Bar("AUROC, all lengths", 0.87, True, every["AUROC"]),
        Bar("AUROC, plain languages", 0.60, True, plain["AUROC"]),
        Bar("Brier score", 0.13, False, every["Brier"]),
        Bar("error of the median horizon, log2", 0.62, False, quality["horizon error, log2"]["family and length"]),
        Bar("calibration, the largest gap of a fifth", 0.08, False, None if apart is None else round(apart, 3)),
        Bar("AUROC of later lengths, one range measured", 0.90, True, later["AUROC"]),
        Bar("balanced accuracy of the verdict, NoPE", 0.95, True, quality["verdict, NoPE"]["balanced accuracy"]),
    )


def bar_lines(quality: Mapping[str, Any]) -> list[str]:
    """The measured range, the verdict and the targets as lines of text."""
    lines = ["one measured range (one to two times the training length), AUROC and Brier score of later lengths:"]
    for name, row in quality["one measured range"].items():
        if isinstance(row, Mapping):
            said = [
                f"{kind} {scores['AUROC']}, {scores['Brier']}"
                for kind, scores in row.items()
                if isinstance(scores, Mapping)
            ]
            lines.append(f"  {name} ({row['languages']} languages): {'; '.join(said)}")
    verdict = quality["verdict, NoPE"]
    lines.append(
        f"verdict at {FAR_TIMES - 1} to {FAR_TIMES} times, NoPE: {verdict['found']} of {verdict['plain']} plain "
        f"languages generalise, {verdict['refuted']} of {verdict['others']} others fail; "
        f"{verdict['too few runs']} have too few runs"
    )
    lines.append("what is asked of it on languages left out:")
    for each in quality["bars"]:
        side = "at least" if "at least" in each else "at most"
        found = "nothing measured" if each["found"] is None else f"{each['found']:g}"
        lines.append(f"  {'met   ' if each['met'] else 'missed'}  {each['name']}: {found}, {side} {each[side]:g}")
    return lines
