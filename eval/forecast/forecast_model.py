"""The model of the forecast: a falling curve for each rung and encoding, in a file of a page. Needs no scikit-learn."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasks.ground.console import RefusedError
from tasks.ground.json_text import read_json_text

FORMAT: Final = 4
HALF_PLAIN: Final = "half of them plain"
BOTH: Final = "NoPE and APE"
OTHERS: Final = "other encodings"
QUALITY_ROWS: Final = (BOTH, HALF_PLAIN, "2 times or more", "plain", "NoPE", "APE", OTHERS)  # the rows that are shown
FEWEST_RUNS: Final = 20  # a forecast that rests on fewer runs says so
WITHIN_80: Final = 1.2816  # standard errors on either side of an 80% interval
FURTHEST_TIMES: Final = 2.0**60  # the greatest multiple of the training length
LEAST_WRONG: Final = 0.001  # the least share of wrong words that is assumed; a few thousand right words show no less


def passed(times: float) -> float:
    """The feature of a length that is `times` the training length: 0 at 1, 1/2 at 2, and 1 at infinity.

    It is 1 - training length / length. Published log-odds of being right are nearly linear in it: for 65 plain
    languages, at 2 to 10 times the training length, the line is within .012 of each share. A line in the logarithm of
    the length is only within .059.
    """
    return 1 - 1 / times


def times_past(share: float) -> float:
    """The multiple of the training length at which `passed` has this value; at most 2^60."""
    return FURTHEST_TIMES if share >= 1 - 1 / FURTHEST_TIMES else 1 / (1 - max(share, 0.0))


@dataclass(frozen=True)
class CountAt:
    """The runs that were measured at one multiple of their training length, their languages, and how many are right."""

    times: float
    runs: int
    languages: int
    right: int


@dataclass(frozen=True)
class ForecastCell:
    """One rung and encoding: the log-odds of being right are `intercept` + `slope` x, x = 1 - training length / length.

    `slope` is below 0. `variance` has the variance of the intercept, the covariance of both, and the variance of the
    slope, under a bootstrap over the languages.
    """

    rung: str
    pe: str
    intercept: float
    slope: float
    variance: tuple[float, float, float]
    counts: tuple[CountAt, ...]

    def probability(self, times: float) -> float:
        """The probability that a fitted run is at least 90% right up to `times` its training length."""
        return _chance(self.intercept + self.slope * passed(times))

    def interval(self, times: float) -> tuple[float, float]:
        """An 80% interval of `probability`: the forecast could have been learnt from other languages."""
        x = passed(times)
        logit = self.intercept + self.slope * x
        own, both, slope = self.variance
        wide = WITHIN_80 * math.sqrt(max(0.0, own + 2 * both * x + slope * x * x))
        return _chance(logit - wide), _chance(logit + wide)

    def times_at(self, probability: float) -> float:
        """The multiple of the training length at which the probability falls to this value; at least 1."""
        odds = math.log(probability / (1 - probability))
        return times_past((odds - self.intercept) / self.slope)

    @property
    def measured(self) -> float:
        """The greatest multiple of its training length at which any run was measured; 1 if there is none."""
        return max((each.times for each in self.counts if each.runs), default=1.0)

    def count_near(self, times: float) -> CountAt | None:
        """The counts at the measured multiple that is nearest to `times`; None beyond what was measured."""
        having = [each for each in self.counts if each.runs]
        if not having or times > self.measured:
            return None
        return min(having, key=lambda each: abs(math.log2(each.times / times)))


def nines(accuracy: float) -> float:
    """An accuracy as its number of nines: 0 for 0%, 1 for 90%, 2 for 99%, and at most 3."""
    return -math.log10(1 - accuracy + LEAST_WRONG)


@dataclass(frozen=True)
class MeasuredCurve:
    """One rung and encoding, for a run whose accuracy at one to two times its training length is known.

    The log-odds of being right are `intercept` + `slope` x + `accuracy` n, where n is the number of nines of that
    accuracy. `variance` has the variances and covariances of the three: (intercept, intercept and slope, slope,
    intercept and accuracy, slope and accuracy, accuracy).
    """

    rung: str
    pe: str
    intercept: float
    slope: float
    accuracy: float
    variance: tuple[float, float, float, float, float, float]

    def at(self, accuracy: float, counts: tuple[CountAt, ...]) -> ForecastCell:
        """The curve of a run with this accuracy, with the counts of all runs of its rung and encoding."""
        known = nines(accuracy)
        own, both, slope, own_known, slope_known, squared = self.variance
        variance = (own + 2 * known * own_known + known**2 * squared, both + known * slope_known, slope)
        return ForecastCell(self.rung, self.pe, self.intercept + known * self.accuracy, self.slope, variance, counts)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -60.0), 60.0)))


@dataclass(frozen=True)
class ForecastModel:
    """The curves of the forecast, the correlation `alike` between runs of one language, and what is known of the model.

    `training` says to what it was fitted, and `quality` how well it forecasts languages that were left out. `measured`
    are the curves for runs whose accuracy just past their training lengths is known.
    """

    version: str
    alike: float
    cells: tuple[ForecastCell, ...]
    training: Mapping[str, Any]
    quality: Mapping[str, Any]
    measured: tuple[MeasuredCurve, ...] = field(default=())

    def cell(self, rung: str, pe: str) -> ForecastCell | None:
        """The curve of a rung and an encoding; None if no run with the encoding was measured."""
        return next((each for each in self.cells if (each.rung, each.pe) == (rung, pe)), None)

    def measured_cell(self, rung: str, pe: str, accuracy: float) -> ForecastCell | None:
        """The curve of a run with this accuracy at one to two times its training length; None if there is none.

        Args:
            rung: The rung.
            pe: The encoding.
            accuracy: The share of right words, from 0 to 1.
        """
        curve = next((each for each in self.measured if (each.rung, each.pe) == (rung, pe)), None)
        cell = self.cell(rung, pe)
        return None if curve is None or cell is None else curve.at(accuracy, cell.counts)

    def any_of(self, runs: int, single: float) -> float:
        """The probability that any of several runs of one language is right; `single` is that of a single run.

        The model is beta-binomial: each language has a probability of its own. These follow a beta distribution with
        mean `single`, such that two runs of one language have the correlation `alike`.
        """
        weight = 1 / self.alike - 1
        none = math.prod(((1 - single) * weight + k) / (weight + k) for k in range(runs))
        return 1 - none

    def to_json(self) -> dict[str, Any]:
        """The model as a JSON object, which `model_from_json` reads back."""
        cells = [
            {
                "rung": c.rung,
                "pe": c.pe,
                "intercept": c.intercept,
                "slope": c.slope,
                "variance": list(c.variance),
                "counts": [[k.times, k.runs, k.languages, k.right] for k in c.counts],
            }
            for c in self.cells
        ]
        about = {"format": FORMAT, "version": self.version, "training": dict(self.training)}
        measured = [
            {
                "rung": c.rung,
                "pe": c.pe,
                "intercept": c.intercept,
                "slope": c.slope,
                "accuracy": c.accuracy,
                "variance": list(c.variance),
            }
            for c in self.measured
        ]
        return {**about, "alike": self.alike, "cells": cells, "measured": measured, "quality": dict(self.quality)}


def model_from_json(value: Mapping[str, Any]) -> ForecastModel:
    """The model that `ForecastModel.to_json` wrote.

    Raises:
        KeyError: A field is missing.
        TypeError: A field is of another type.
        ValueError: The format is another one, or a number is out of range.
    """
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}, where {FORMAT} is read")
    cells = []
    for cell in value["cells"]:
        own, both, slope = map(float, cell["variance"])
        counts = tuple(CountAt(float(t), int(runs), int(n), int(right)) for t, runs, n, right in cell["counts"])
        made = ForecastCell(
            str(cell["rung"]),
            str(cell["pe"]),
            float(cell["intercept"]),
            float(cell["slope"]),
            (own, both, slope),
            counts,
        )
        if not made.slope < 0 or not math.isfinite(made.intercept + made.slope + own + both + slope):
            raise ValueError(f"{made.rung}, {made.pe}: expected finite numbers and a slope below 0")
        cells.append(made)
    measured = tuple(map(_measured_from_json, value["measured"]))
    alike = float(value["alike"])
    if not 0 < alike < 1:
        raise ValueError(f"alike: expected a number between 0 and 1, found {alike}")
    training, quality = dict(value["training"]), dict(value["quality"])
    return ForecastModel(str(value["version"]), alike, tuple(cells), training, quality, measured)


def _measured_from_json(value: Mapping[str, Any]) -> MeasuredCurve:
    a, b, c, d, e, f = map(float, value["variance"])
    intercept, slope, accuracy = (float(value[name]) for name in ("intercept", "slope", "accuracy"))
    made = MeasuredCurve(str(value["rung"]), str(value["pe"]), intercept, slope, accuracy, (a, b, c, d, e, f))
    if (
        not made.slope < 0
        or not made.accuracy >= 0
        or not math.isfinite(intercept + slope + accuracy + a + b + c + d + e + f)
    ):
        raise ValueError(f"{made.rung}, {made.pe}: expected finite numbers, a slope below 0, and accuracy 0 or more")
    return made


def read_forecast(path: Path) -> ForecastModel:
    """The model in a file.

    Raises:
        RefusedError: The file cannot be read, or holds no model.
    """
    try:
        return model_from_json(read_json_text(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RefusedError(
            f"{path}: no forecast can be made: {error.strerror or error}; `make forecast` writes it"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"{path}: no model of the forecast: {error}; `make forecast` writes it") from None


def write_forecast(model: ForecastModel) -> str:
    """The model as the text of a file of about a page, with a line for each curve."""
    value = model.to_json()
    cells = ",\n".join(f"    {json.dumps(cell)}" for cell in value.pop("cells"))
    measured = ",\n".join(f"    {json.dumps(cell)}" for cell in value.pop("measured"))
    quality = ",\n".join(f"    {json.dumps(name)}: {json.dumps(each)}" for name, each in value.pop("quality").items())
    head = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
    curves = f'  "cells": [\n{cells}\n  ],\n  "measured": [\n{measured}\n  ]'
    return f'{{\n{head},\n{curves},\n  "quality": {{\n{quality}\n  }}\n}}\n'
