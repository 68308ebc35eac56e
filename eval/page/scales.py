"""The axes of charts: where values lie on them, and where their ticks are."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from eval.measuring.confidence_intervals import percent

TICKS = 5  # an axis has about so many intervals


@dataclass(frozen=True)
class Axis:
    """The label and limits of an axis; without limits it spans the values.

    `percent` says that the values are shares and are labelled in percent.
    """

    label: str
    limits: tuple[float, float] | None = None
    log: bool = False
    percent: bool = False


@dataclass(frozen=True)
class Scale:
    """An axis with its limits: low < high, and both above zero if it is logarithmic."""

    axis: Axis
    low: float
    high: float

    def share(self, value: float) -> float:
        """The place of a value on the axis: 0 at the low end, 1 at the high end, and never beyond."""
        low, high = self.low, self.high
        if self.axis.log:
            value, low, high = math.log(max(value, low)), math.log(low), math.log(high)
        return min(1.0, max(0.0, (value - low) / (high - low)))

    def ticks(self) -> tuple[float, ...]:
        """The values of the ticks: round numbers within the limits, ascending."""
        return _log_ticks(self.low, self.high) if self.axis.log else _even_ticks(self.low, self.high)

    def text(self, value: float) -> str:
        """The label of the value on the axis."""
        if not self.axis.percent:
            return number(value)
        return f"{percent(value).removesuffix('.0')}%" if value < 1 else f"{100 * value:.4g}%"


def scale_of(axis: Axis, values: Iterable[float]) -> Scale:
    """The axis with limits that fit the values.

    Raises:
        ValueError: There is no value, or one is not finite, or not above zero on a logarithmic axis.
    """
    found = [*values, *(axis.limits or ())]
    if not found:
        raise ValueError(f"{axis.label}: expected a value or limits, found none")
    if not all(math.isfinite(value) for value in found):
        raise ValueError(f"{axis.label}: expected finite values")
    if axis.log and min(found) <= 0:
        raise ValueError(f"{axis.label}: expected values above zero on a log axis, found {min(found):g}")
    low, high = axis.limits or (min(found), max(found))
    if low >= high:
        low, high = (low / 2, low * 2) if axis.log else (low - 0.5, low + 0.5)
    return Scale(axis, low, high)


def number(value: float) -> str:
    """A number with four significant digits or as a whole number with separators; small ones as 2e-5."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if value and abs(value) < 0.001:
        digits, exponent = f"{value:.3e}".split("e")
        return f"{float(digits):g}e{int(exponent)}"
    return f"{value:.4g}"


def _even_ticks(low: float, high: float) -> tuple[float, ...]:
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(k * step, 12) for k in range(first, last + 1))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = tuple(f * 10.0**d for d in decades for f in factors if low * 0.999 <= f * 10.0**d <= high * 1.001)
        if len(found) >= 4:
            step = math.ceil(len(found) / 8)
            return found[::step]
    return found if len(found) > 1 else (low, high)
