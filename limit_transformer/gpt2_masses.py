"""What a comparison weighs against what: the masses of its two sides, and how their errors grow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from limit_transformer.gpt2_parts import Form, Parts, Row


class ShareError(NamedTuple):
    """How far s times a share, c, is off: quadratic u c^2 / 2 + linear |c| + constant."""

    quadratic: float
    linear: float
    constant: float


@dataclass(frozen=True)
class Masses:
    """The shares of a unit's argument: weight times share, at most, on each side; constants over s; errors.

    positive, negative  the most that all shares but constants can add or take away
    plus, minus         the constants
    quadratic, linear   the largest of the shares' errors, by mass
    constant            their sum, weighted
    shared              w w' / (w + w') for the largest weights of the sides, if all are counts of different tokens
    """

    positive: float
    negative: float
    plus: float
    minus: float
    quadratic: float
    linear: float
    constant: float
    shared: float | None

    @property
    def low(self) -> float:
        """The least that all shares add up to."""
        return -(self.negative + self.minus)

    @property
    def high(self) -> float:
        """The most that all shares add up to."""
        return self.positive + self.plus


def masses_of(parts: Parts, form: Form, errors: Mapping[int, ShareError], reading: float) -> Masses:
    """The masses of a unit's argument; `reading` is the relative error of reading a share."""
    positive = negative = plus = minus = constant = 0.0
    quadratic = linear = 0.0
    counts = []
    for k, weight in form.shares:
        error = errors[k]
        quadratic, linear = max(quadratic, error.quadratic), max(linear, error.linear + reading)
        constant += abs(weight) * error.constant
        if k in parts.reciprocals:
            value = weight * parts.reciprocals[k]
            plus, minus = plus + max(value, 0), minus + max(-value, 0)
            continue
        counts.append((weight, parts.counted.get(k)))
        low, high = sorted((weight * parts.low[k], weight * parts.high[k]))
        positive, negative = positive + max(high, 0), negative + max(-low, 0)
    return Masses(positive, negative, plus, minus, quadratic, linear, constant, _shared(counts))


def _shared(counts: list[tuple[int, Row | None]]) -> float | None:
    """See `Masses.shared`; None for counts that may overlap, and for shares that are no counts."""
    rows = [row for _, row in counts if row is not None]
    single = [row for row in rows if row.begin == 0 and row.low >= 0 and row.high <= 1]
    if len(single) < len(counts):
        return None
    seen: set[int] = set()
    for row in single:
        letters = {letter for letter, value in enumerate(row.by_letter[:-1]) if value}
        if len(counts) > 1 and (row.gates or letters & seen):
            return None
        seen |= letters
    up = max((weight for weight, _ in counts if weight > 0), default=0)
    down = max((-weight for weight, _ in counts if weight < 0), default=0)
    return up * down / (up + down) if counts else 0.0
