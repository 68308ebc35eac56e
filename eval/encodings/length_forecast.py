"""What is forecast of a run that fits its training lengths, as a person and a script read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.ground.automata.automaton import counted


@dataclass(frozen=True)
class LengthForecast:
    """Probabilities that fitted runs are at least 90% right up to a length; None where nothing is known.

    `low` and `high` are an 80% interval of `single`, which is about what the model does not know. `runs` of `languages`
    were measured about as many times further than they were trained (`times`), and `right` is the share of them that
    was right there; `runs` is 0 where none was. `without` is what `single` is of a run of which nothing was measured,
    where the forecast is of one that was; of that alone no probability of several runs is said.
    """

    length: int
    single: float | None = None
    any_of_3: float | None = None
    any_of_5: float | None = None
    low: float | None = None
    high: float | None = None
    runs: int = 0
    languages: int = 0
    right: float | None = None
    times: float | None = None
    without: float | None = None

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        rounded = {name: _rounded(getattr(self, name)) for name in ("single", "any_of_3", "any_of_5", "low", "high")}
        counts = {"runs": self.runs, "languages": self.languages, "right": _rounded(self.right), "times": self.times}
        return {"length": self.length, **rounded, **counts, "without_measured": _rounded(self.without)}


@dataclass(frozen=True)
class HorizonForecast:
    """The median length up to which a fitted run is right, and an 80% interval of runs; None where it is not known.

    `censored_at` is the longest length that runs of the kind were measured at: a length that is as long is one at
    least.
    """

    median: int | None = None
    low: int | None = None
    high: int | None = None
    censored_at: int | None = None

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {"median": self.median, "low": self.low, "high": self.high, "censored_at": self.censored_at}


@dataclass(frozen=True)
class Forecast:
    """What is forecast for one subject and encoding, with what it rests on; `notes` say where it rests on little.

    `measured` is what was measured of the one model that it is of, where it is of one; so is `measured_in_words`.
    """

    train_length: int
    rung: str | None
    lengths: tuple[LengthForecast, ...]
    horizon: HorizonForecast
    version: str
    notes: tuple[str, ...]
    measured: Mapping[str, Any] | None = None
    measured_in_words: str | None = None

    def record(self) -> dict[str, Any]:
        """The fields of a prediction that are about its forecast, as JSON data."""
        return {
            "forecast": [each.record() for each in self.lengths],
            "horizon": self.horizon.record(),
            "forecast_basis": {
                "train_length": self.train_length,
                "rung": self.rung,
                "version": self.version,
                "notes": list(self.notes),
                "measured": self.measured,
            },
        }


def forecast_record(forecast: Forecast | None) -> dict[str, Any]:
    """`Forecast.record`, or the same fields with null where no forecast was asked for."""
    nothing: dict[str, Any] = {"forecast": None, "horizon": None, "forecast_basis": None}
    return nothing if forecast is None else forecast.record()


def forecast_lines(forecast: Forecast) -> list[str]:
    """The forecast as lines of text, under the prediction that it stands beside."""
    lines = [f"  forecast   of a run that fits words to length {forecast.train_length}, by model {forecast.version}:"]
    if forecast.measured_in_words is not None:
        lines[0] = f"  forecast   of one model, trained on words to length {forecast.train_length}, by model "
        lines[0] += f"{forecast.version}:"
        lines.append(f"    measured: {forecast.measured_in_words}")
    lines += [f"    to {each.length:<7,} {_line(each)}" for each in forecast.lengths if each.single is not None]
    found = forecast.horizon
    if found.median is not None:
        said = [_at_most(value, found.censored_at) for value in (found.median, found.low, found.high)]
        of = "the runs" if forecast.measured is None else "such runs"
        lines.append(f"    half of {of} are 90% right to length {said[0]}; 8 of 10 end between {said[1]} and {said[2]}")
    return [*lines, *(f"    note: {note}" for note in forecast.notes)]


def _line(each: LengthForecast) -> str:
    assert each.single is not None
    assert each.low is not None
    assert each.high is not None
    said = f"{each.single:.0%} ({each.low:.0%} to {each.high:.0%})"
    if each.without is None:
        said = f"one run {said}, any of 3 {each.any_of_3:.0%}, any of 5 {each.any_of_5:.0%}"
    else:
        said = f"this model {said}, a run of which nothing is measured {each.without:.0%}"
    if not each.runs:
        return f"{said}; no run was measured there"
    return (
        f"{said}; at {each.times:g} times their training length, {each.right:.0%} of {counted(each.runs, 'run')} of "
        f"{counted(each.languages, 'language')} of this rung and encoding were right"
    )


def _at_most(length: int | None, censored_at: int | None) -> str:
    more = length is not None and censored_at is not None and length >= censored_at
    return f"{length:,} or more" if more else f"{length:,}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
