"""The fit of the forecast: a logistic regression on the length, in which each rung and encoding is shrunk towards all.

The feature of the length is 1 - training length / length.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.forecast.encoding_kinds import KINDS, EncodingKind, allows
from eval.forecast.fitted_reach import TIMES, FittedReach
from eval.forecast.forecast_model import FORMAT, CountAt, ForecastCell, passed
from eval.forecast.rungs import RUNGS, RungName

Features: TypeAlias = Literal["length", "family", "both"]
FloatColumns: TypeAlias = NDArray[np.float64]

PRIOR: Final = 1.0  # the prior variance of what a rung and encoding has of its own, in log-odds
HARDLY: Final = 10.0  # the prior variance of the shared weights is larger by the square of this
SLOPE_PRIOR: Final = 2 / math.log(2)  # the scale of own slopes: 1 in log-odds for a doubling, at twice the length
STEEPEST_RISE: Final = -0.05  # the largest slope: being right up to a length implies being right up to shorter ones
DRAWS: Final = 200  # bootstrap draws of the languages, for the variance
CELLS: Final[tuple[tuple[RungName, EncodingKind], ...]] = tuple((rung, kind) for kind in KINDS for rung in RUNGS)


@dataclass(frozen=True)
class SharePoint:
    """How many runs of one language, rung and encoding are right up to one multiple of their training length.

    Each point has the same weight, however many runs it has: a forecast is about the next language, not the next run.
    """

    language: str
    rung: RungName
    pe: EncodingKind
    times: float
    right: int
    runs: int

    @property
    def cell(self) -> tuple[RungName, EncodingKind]:
        """The rung and the encoding."""
        return self.rung, self.pe


def share_points(runs: Sequence[FittedReach]) -> tuple[SharePoint, ...]:
    """The runs as points, at the multiples of the training length at which each was measured."""
    found: dict[tuple[str, RungName, EncodingKind, float], list[bool]] = defaultdict(list)
    for run in runs:
        for times in TIMES:
            if (right := run.at(times)) is not None:
                found[run.language, run.rung, run.pe, times].append(right)
    return tuple(SharePoint(*key, sum(answers), len(answers)) for key, answers in sorted(found.items()))


def design(cells: Sequence[tuple[RungName, EncodingKind]], times: Sequence[float], features: Features) -> FloatColumns:
    """The features of each point, (points, features): first the shared ones, then those of each rung and encoding.

    Args:
        cells: The rung and the encoding of each point.
        times: The multiple of the training length of each point.
        features: Whether the length, the rung and encoding, or both are used.
    """
    x = np.array([passed(each) for each in times]) * (features != "family")
    one = np.ones(len(times))
    if features == "length":
        return HARDLY * np.stack([one, x], axis=1)
    allowed = np.array([allows(pe, rung) for rung, pe in cells], dtype=float)
    own = np.array([[cell == each for each in CELLS] for cell in cells], dtype=float).reshape(len(times), len(CELLS))
    shared = HARDLY * np.stack([one, allowed, x, allowed * x], axis=1)
    return np.concatenate([shared, own, SLOPE_PRIOR * own * x[:, None]], axis=1)


def fit_weights(
    points: Sequence[SharePoint], features: Features = "both", copies: FloatColumns | None = None
) -> FloatColumns:
    """The weights of the features, (features,).

    Args:
        points: The points.
        features: Whether the length, the rung and encoding, or both are used.
        copies: How often each point counts, (points,); once by default.

    Raises:
        ValueError: All runs are right, or all are wrong.
    """
    columns = design([each.cell for each in points], [each.times for each in points], features)
    share = np.array([each.right / each.runs for each in points])
    counted = np.ones(len(points)) if copies is None else copies
    weight = np.concatenate([share * counted, (1 - share) * counted])
    answers = np.repeat([1, 0], len(points))
    if not (weight[answers == 1].any() and weight[answers == 0].any()):
        raise ValueError("a forecast needs runs that are right somewhere and runs that are wrong somewhere")
    kept = weight > 0
    model = LogisticRegression(C=PRIOR, fit_intercept=False, max_iter=1000, solver="newton-cholesky")
    model.fit(np.concatenate([columns, columns])[kept], answers[kept], sample_weight=weight[kept])
    return np.asarray(model.coef_[0], dtype=float)


def curves(weights: FloatColumns) -> FloatColumns:
    """The intercept and the slope of every rung and encoding, (cells, 2); each slope is below 0."""
    at = [design(CELLS, [times] * len(CELLS), "both") @ weights for times in (1.0, math.inf)]
    return np.stack([at[0], np.minimum(at[1] - at[0], STEEPEST_RISE)], axis=1)


def predicted(points: Sequence[SharePoint], weights: FloatColumns, features: Features) -> FloatColumns:
    """The forecast probability at each point, (points,).

    Args:
        points: The points.
        weights: The weights of the features.
        features: The features that the weights belong to.
    """
    cells, times = [each.cell for each in points], [each.times for each in points]
    if features != "both":
        return np.asarray(1 / (1 + np.exp(-design(cells, times, features) @ weights)))
    lines = curves(weights)[[CELLS.index(cell) for cell in cells]]
    return np.asarray(1 / (1 + np.exp(-(lines[:, 0] + lines[:, 1] * [passed(each) for each in times]))))


def fit_cells(runs: Sequence[FittedReach], *, draws: int = DRAWS) -> tuple[ForecastCell, ...]:
    """The curves of the encodings that have runs, with their variance under a bootstrap over the languages.

    A rung without runs has only the shared part, and the prior variance of a rung's own part is added to its variance.
    """
    points = share_points(runs)
    lines = curves(fit_weights(points))
    drawn = _drawn_curves(points, np.random.default_rng(0), draws)
    having = {pe for _, pe in (each.cell for each in points)}
    found = []
    for number, (rung, pe) in enumerate(CELLS):
        if pe not in having:
            continue
        own = [run for run in runs if (run.rung, run.pe) == (rung, pe)]
        both = np.cov(drawn[:, number, 0], drawn[:, number, 1])
        more = 0.0 if own else PRIOR
        variance = (_short(both[0, 0] + more), _short(both[0, 1]), _short(both[1, 1] + more))
        intercept, slope = map(_short, lines[number])
        found.append(ForecastCell(rung, pe, intercept, slope, variance, _counts(own)))
    return tuple(found)


def _drawn_curves(points: Sequence[SharePoint], rng: np.random.Generator, draws: int) -> FloatColumns:
    """The curves of bootstrap samples of the languages, (draws, cells, 2)."""
    names = sorted({each.language for each in points})
    number = np.array([names.index(each.language) for each in points])
    found: list[FloatColumns] = []
    while len(found) < draws:
        copies = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)).astype(float)[number]
        try:
            found.append(curves(fit_weights(points, copies=copies)))
        except ValueError:  # for these languages all runs are right, or all are wrong
            if len(names) < 2 or not found:
                raise
    return np.array(found)


def _counts(runs: Sequence[FittedReach]) -> tuple[CountAt, ...]:
    found = []
    for times in TIMES:
        answers = [(run.language, right) for run in runs if (right := run.at(times)) is not None]
        if answers:
            languages = len({language for language, _ in answers})
            found.append(CountAt(times, len(answers), languages, sum(right for _, right in answers)))
    return tuple(found)


def likeness(points: Sequence[SharePoint], expected: FloatColumns) -> float:
    """The correlation between two runs of one language, as the maximum-likelihood estimate of a beta-binomial model.

    Args:
        points: The points.
        expected: The mean of the model at each point, (points,): the forecast for a language that was left out of the
            fit, so that no language is compared with itself.
    """
    tried = np.linspace(0.01, 0.99, 99)
    return float(max(tried, key=lambda alike: _likelihood(points, expected, float(alike))))


def _likelihood(points: Sequence[SharePoint], expected: FloatColumns, alike: float) -> float:
    weight, total = 1 / alike - 1, 0.0
    for each, probability in zip(points, np.clip(expected, 1e-6, 1 - 1e-6), strict=True):
        a, b = float(probability) * weight, float(1 - probability) * weight
        total += _log_beta(a + each.right, b + each.runs - each.right) - _log_beta(a, b)
    return total


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def version_of(runs: Sequence[FittedReach]) -> str:
    """The version of the model: that of its format, and a hash of the runs to which it was fitted."""
    told: list[Any] = sorted(
        [r.language, r.rung, r.pe, r.train_length, r.right, r.measured, r.second or -1, r.third or -1] for r in runs
    )
    return f"{FORMAT}.{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]}"


def _short(value: Any) -> float:
    return round(float(value), 4)
