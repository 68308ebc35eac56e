"""The forecast for runs that fit their training lengths, as text and as JSON data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.ground.automata.automaton import counted


@dataclass(frozen=True)
class LengthForecast:
    """Probabilities that fitted runs are at least 90% right up to a length; None if nothing is known.

    Attributes:
        length: The length.
        single: The probability for one run.
        any_of_3: The probability that at least one of three runs is right. It is None in the forecast of one measured
            model.
        any_of_5: The same for five runs.
        low: The lower end of an 80% interval of `single`, which reflects what the forecast's model does not know.
        high: The upper end.
        runs: How many runs were measured at about this multiple of their training length.
        languages: How many languages these runs are of.
        right: The share of these runs that was right there; None without such runs.
        times: The multiple.
        without: In the forecast of one measured model, the probability for a run that was not measured; otherwise None.
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
        """Return the forecast as JSON data."""
        rounded = {name: _rounded(getattr(self, name)) for name in ("single", "any_of_3", "any_of_5", "low", "high")}
        counts = {"runs": self.runs, "languages": self.languages, "right": _rounded(self.right), "times": self.times}
        return {"length": self.length, **rounded, **counts, "without_measured": _rounded(self.without)}


@dataclass(frozen=True)
class HorizonForecast:
    """The median length up to which a fitted run is right, with an 80% interval over runs; None if it is not known.

    Attributes:
        median: The median length.
        low: The lower end of the interval.
        high: The upper end of the interval.
        censored_at: The longest length at which such runs were measured. A length that reaches it is a lower bound.
    """

    median: int | None = None
    low: int | None = None
    high: int | None = None
    censored_at: int | None = None

    def record(self) -> dict[str, Any]:
        """Return the forecast as JSON data."""
        return {"median": self.median, "low": self.low, "high": self.high, "censored_at": self.censored_at}


@dataclass(frozen=True)
class Forecast:
    """The forecast for one subject and encoding.

    Attributes:
        train_length: The longest training length.
        rung: The smallest family with a program, by which runs are compared; None if it is not known.
        lengths: The probabilities for each length.
        horizon: The median length up to which a run is right.
        version: The version of the forecast's model.
        notes: Where the forecast rests on little.
        measured: What was measured of the one model that the forecast is of; None for a forecast of runs in general.
        measured_in_words: The same in words.
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
        """Return the fields of a prediction that are about its forecast, as JSON data."""
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
    """Return `Forecast.record`, or the same fields with null if no forecast was asked for."""
    nothing: dict[str, Any] = {"forecast": None, "horizon": None, "forecast_basis": None}
    return nothing if forecast is None else forecast.record()


def forecast_lines(forecast: Forecast) -> list[str]:
    """Return the forecast as lines of text that follow the prediction."""
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
    if each.times == 1:
        return f"{'one run' if each.without is None else 'this model'} {each.single:.0%}, by what fitting means"
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
