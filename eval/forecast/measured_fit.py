"""The fit of what one measured range tells: the accuracy just past the training lengths, as one more feature.

The model is that of `forecast_fit` with this feature, which all rungs and encodings share: the number of nines of the
accuracy at one to two times the training length. Here a point is one run and not one language, since runs of one
language differ in this accuracy.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from eval.forecast.fitted_reach import TIMES, FittedReach
from eval.forecast.forecast_fit import CELLS, DRAWS, PRIOR, STEEPEST_RISE, FloatColumns, SharePoint, design
from eval.forecast.forecast_model import MeasuredCurve, nines, passed

LATER: Final = 2.0  # the measured range ends at this multiple of the training length; what is forecast lies beyond
HARDLY_NINES: Final = 3.0  # the prior variance of the accuracy's weight is larger than PRIOR by the square of this


@dataclass(frozen=True)
class RunPoint:
    """One run at one multiple of its training length: whether it is right there, and its accuracy just past training.

    The runs of one language, rung, encoding and multiple have weight 1 together.
    """

    point: SharePoint
    accuracy: float
    weight: float


def run_points(runs: Sequence[FittedReach]) -> tuple[RunPoint, ...]:
    """The runs whose accuracy just past training is known, at the multiples at which each was measured."""
    found = [
        (SharePoint(run.language, run.rung, run.pe, times, int(right), 1), run.second)
        for run in runs
        for times in TIMES
        if run.second is not None and (right := run.at(times)) is not None
    ]
    many = Counter((each.language, each.cell, each.times) for each, _ in found)
    return tuple(
        RunPoint(each, accuracy, 1 / many[each.language, each.cell, each.times])
        for each, accuracy in found
        if accuracy is not None
    )


def measured_design(points: Sequence[RunPoint]) -> FloatColumns:
    """The features of each point, (points, features): those of `design`, then the number of nines of the accuracy."""
    columns = design([each.point.cell for each in points], [each.point.times for each in points], "both")
    known = np.array([nines(each.accuracy) for each in points])
    return np.concatenate([columns, HARDLY_NINES * known[:, None]], axis=1)


def fit_measured_weights(points: Sequence[RunPoint], copies: FloatColumns) -> FloatColumns:
    """The weights of the features, (features,).

    Args:
        points: The points.
        copies: How often each point counts, (points,).

    Raises:
        ValueError: All runs are right, or all are wrong.
    """
    right = np.array([each.point.right for each in points])
    weight = np.array([each.weight for each in points]) * copies
    kept = weight > 0
    if len(set(right[kept].tolist())) < 2:
        raise ValueError("a forecast needs runs that are right somewhere and runs that are wrong somewhere")
    model = LogisticRegression(C=PRIOR, fit_intercept=False, max_iter=1000, solver="newton-cholesky")
    model.fit(measured_design(points)[kept], right[kept], sample_weight=weight[kept])
    return np.asarray(model.coef_[0], dtype=float)


def measured_curves(weights: FloatColumns) -> FloatColumns:
    """Intercept, slope and the effect of one nine, for each rung and encoding, (cells, 3).

    Each slope is below 0, and the effect of a nine is at least 0.
    """
    at = [design(CELLS, [times] * len(CELLS), "both") @ weights[:-1] for times in (1.0, math.inf)]
    nine = np.full(len(CELLS), max(float(HARDLY_NINES * weights[-1]), 0.0))
    return np.stack([at[0], np.minimum(at[1] - at[0], STEEPEST_RISE), nine], axis=1)


def measured_chances(points: Sequence[RunPoint], weights: FloatColumns) -> FloatColumns:
    """The forecast probability at each point, (points,)."""
    lines = measured_curves(weights)[[CELLS.index(each.point.cell) for each in points]]
    times = np.array([passed(each.point.times) for each in points])
    known = np.array([nines(each.accuracy) for each in points])
    return np.asarray(1 / (1 + np.exp(-(lines[:, 0] + lines[:, 1] * times + lines[:, 2] * known))))


def fit_measured(runs: Sequence[FittedReach], *, draws: int = DRAWS) -> tuple[MeasuredCurve, ...]:
    """The curves of the encodings that have runs, with their variance under a bootstrap over the languages.

    There are none if all runs are right, or all are wrong. The prior variance is added for a rung without runs, as in
    `forecast_fit.fit_cells`.
    """
    points = run_points(runs)
    if len({each.point.right for each in points}) < 2:
        return ()
    lines = measured_curves(fit_measured_weights(points, np.ones(len(points))))
    drawn = _drawn_curves(points, np.random.default_rng(0), draws)
    if len(drawn) < 2:
        return ()
    having, own = {each.point.pe for each in points}, {each.point.cell for each in points}
    found = []
    for number, (rung, pe) in enumerate(CELLS):
        if pe not in having:
            continue
        both = np.cov(drawn[:, number].T) + np.diag([PRIOR, PRIOR, 0.0]) * ((rung, pe) not in own)
        one, two, three, four, five, six = (
            round(float(both[i, j]), 4) for i, j in ((0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
        )
        intercept, slope, accuracy = (round(float(each), 4) for each in lines[number])
        found.append(MeasuredCurve(rung, pe, intercept, slope, accuracy, (one, two, three, four, five, six)))
    return tuple(found)


def _drawn_curves(points: Sequence[RunPoint], rng: np.random.Generator, draws: int) -> FloatColumns:
    """The curves of bootstrap samples of the languages, (draws, cells, 3)."""
    names = sorted({each.point.language for each in points})
    number = np.array([names.index(each.point.language) for each in points])
    found: list[FloatColumns] = []
    for _ in range(20 * draws):
        copies = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)).astype(float)[number]
        try:
            found.append(measured_curves(fit_measured_weights(points, copies)))
        except ValueError:  # for these languages all runs are right, or all are wrong
            continue
        if len(found) == draws:
            break
    return np.array(found)
