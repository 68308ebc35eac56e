"""The forecast's model: a falling curve for each rung and encoding, in a file of a page. Needs no scikit-learn."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasks.ground.console import RefusedError

FORMAT: Final = 3
HALF_PLAIN: Final = "half of them plain"
QUALITY_ROWS: Final = ("all", HALF_PLAIN, "2 times or more", "plain", "NoPE", "APE")  # that are shown
FEWEST_RUNS: Final = 20  # below that a forecast says that it rests on few
WITHIN_80: Final = 1.2816  # standard errors to either side of an 80% interval
FURTHEST_TIMES: Final = 2.0**60  # times the training length
LEAST_WRONG: Final = 0.001  # of the words: of some thousands that are all right nothing finer is known


def passed(times: float) -> float:
    """How far a length lies past the training length, so many times as long: 0 at it, 1/2 at twice, 1 at infinity.

    1 - training length / length. Published log-odds of being right are a line in it: those of 65 plain languages, at 2
    to 10 times the training length, to within .012 of each share, and to within .059 in the logarithm of the length.
    """
    return 1 - 1 / times


def times_past(share: float) -> float:
    """The multiple of the training length that `passed` has this value at; at most 2^60."""
    return FURTHEST_TIMES if share >= 1 - 1 / FURTHEST_TIMES else 1 / (1 - max(share, 0.0))


@dataclass(frozen=True)
class CountAt:
    """How many runs, of how many languages, were measured so many times further than trained; how many are right."""

    times: float
    runs: int
    languages: int
    right: int


@dataclass(frozen=True)
class ForecastCell:
    """One rung and encoding: log-odds `intercept` + `slope` x of being right, x = 1 - training length / length.

    `slope` is below 0. `variance` is that of both and their covariance, by languages drawn anew: (intercept, both,
    slope).
    """

    rung: str
    pe: str
    intercept: float
    slope: float
    variance: tuple[float, float, float]
    counts: tuple[CountAt, ...]

    def probability(self, times: float) -> float:
        """That a fitted run is at least 90% right up to so many times its training length."""
        return _chance(self.intercept + self.slope * passed(times))

    def interval(self, times: float) -> tuple[float, float]:
        """An 80% interval of `probability`: the languages might have been others."""
        x = passed(times)
        logit = self.intercept + self.slope * x
        own, both, slope = self.variance
        wide = WITHIN_80 * math.sqrt(max(0.0, own + 2 * both * x + slope * x * x))
        return _chance(logit - wide), _chance(logit + wide)

    def times_at(self, probability: float) -> float:
        """How many times the training length the probability falls to this value at, at least 1."""
        odds = math.log(probability / (1 - probability))
        return times_past((odds - self.intercept) / self.slope)

    @property
    def measured(self) -> float:
        """The most times its training length that any run was measured at; 1 where there is none."""
        return max((each.times for each in self.counts if each.runs), default=1.0)

    def count_near(self, times: float) -> CountAt | None:
        """The counts at the measured multiple that is nearest; None beyond what was measured."""
        having = [each for each in self.counts if each.runs]
        if not having or times > self.measured:
            return None
        return min(having, key=lambda each: abs(math.log2(each.times / times)))


def nines(accuracy: float) -> float:
    """An accuracy as the number of its nines: 0 of 0%, 1 of 90%, 2 of 99%, and 3 at most."""
    return -math.log10(1 - accuracy + LEAST_WRONG)


@dataclass(frozen=True)
class MeasuredCurve:
    """One rung and encoding, of a run whose accuracy at one to two times its training length is known.

    The log-odds of being right are `intercept` + `slope` x + `accuracy` times the nines of that accuracy. `variance` is
    that of the three and of their pairs: (intercept, intercept and slope, slope, intercept and accuracy, slope and
    accuracy, accuracy).
    """

    rung: str
    pe: str
    intercept: float
    slope: float
    accuracy: float
    variance: tuple[float, float, float, float, float, float]

    def at(self, accuracy: float, counts: tuple[CountAt, ...]) -> ForecastCell:
        """The curve of a run of this accuracy, with the counts of all runs of its rung and encoding."""
        known = nines(accuracy)
        own, both, slope, own_known, slope_known, squared = self.variance
        variance = (own + 2 * known * own_known + known**2 * squared, both + known * slope_known, slope)
        return ForecastCell(self.rung, self.pe, self.intercept + known * self.accuracy, self.slope, variance, counts)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -60.0), 60.0)))


@dataclass(frozen=True)
class ForecastModel:
    """The curves, `alike`: how much the runs of one language are alike, and what the model rests on and is worth.

    `training` says what it was fitted to and `quality` how well it forecasts languages that were left out. `measured`
    are the curves of runs of which the accuracy just past their training lengths is known.
    """

    version: str
    alike: float
    cells: tuple[ForecastCell, ...]
    training: Mapping[str, Any]
    quality: Mapping[str, Any]
    measured: tuple[MeasuredCurve, ...] = field(default=())

    def cell(self, rung: str, pe: str) -> ForecastCell | None:
        """The curve of a rung and an encoding; None where no run of the encoding was measured."""
        return next((each for each in self.cells if (each.rung, each.pe) == (rung, pe)), None)

    def measured_cell(self, rung: str, pe: str, accuracy: float) -> ForecastCell | None:
        """The curve of a run that is so accurate at one to two times its training length; None as `cell`."""
        curve = next((each for each in self.measured if (each.rung, each.pe) == (rung, pe)), None)
        cell = self.cell(rung, pe)
        return None if curve is None or cell is None else curve.at(accuracy, cell.counts)

    def any_of(self, runs: int, single: float) -> float:
        """That any of several runs of one language is right, where a single one is with probability `single`.

        Beta-binomial: the languages of a cell have probabilities of their own, spread about `single` as a beta
        distribution with the correlation `alike` between two runs of a language.
        """
        weight = 1 / self.alike - 1
        none = math.prod(((1 - single) * weight + k) / (weight + k) for k in range(runs))
        return 1 - none

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, which `model_from_json` reads back."""
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
    """The model that `ForecastModel.to_json` wrote; KeyError, TypeError or ValueError where the value is none."""
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
    """The model in a file; RefusedError where it cannot be read."""
    try:
        return model_from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise RefusedError(
            f"{path}: no forecast can be made: {error.strerror or error}; `make forecast` writes it"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"{path}: no model of the forecast: {error}; `make forecast` writes it") from None


def write_forecast(model: ForecastModel) -> str:
    """The model as the text of a file of a page: a line for each curve."""
    value = model.to_json()
    cells = ",\n".join(f"    {json.dumps(cell)}" for cell in value.pop("cells"))
    measured = ",\n".join(f"    {json.dumps(cell)}" for cell in value.pop("measured"))
    quality = ",\n".join(f"    {json.dumps(name)}: {json.dumps(each)}" for name, each in value.pop("quality").items())
    head = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items())
    curves = f'  "cells": [\n{cells}\n  ],\n  "measured": [\n{measured}\n  ]'
    return f'{{\n{head},\n{curves},\n  "quality": {{\n{quality}\n  }}\n}}\n'
