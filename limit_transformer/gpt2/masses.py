"""What a comparison weighs against what: the masses of its two sides, and how their errors grow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from limit_transformer.gpt2.machine_parts import MachineParts, UnitArgument


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


def masses_of(parts: MachineParts, form: UnitArgument, errors: Mapping[int, ShareError], reading: float) -> Masses:
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
        counts.append((k, weight))
        low, high = sorted((weight * parts.low[k], weight * parts.high[k]))
        positive, negative = positive + max(high, 0), negative + max(-low, 0)
    return Masses(positive, negative, plus, minus, quadratic, linear, constant, _shared(parts, counts))


def _shared(parts: MachineParts, counts: list[tuple[int, int]]) -> float | None:
    """See `Masses.shared`; None for counts that may overlap, and for shares that are no counts."""
    if not are_disjoint(parts, [k for k, _ in counts]):
        return None
    up = max((weight for _, weight in counts if weight > 0), default=0)
    down = max((-weight for _, weight in counts if weight < 0), default=0)
    return up * down / (up + down) if counts else 0.0


def are_disjoint(parts: MachineParts, shares: Iterable[int]) -> bool:
    """Whether the shares are counts of tokens, no token counted twice, so that they add up to 1 at most.

    One count alone may be of anything that is 0 or 1.
    """
    rows = [parts.counted.get(k) for k in shares]
    seen: set[int] = set()
    for row in rows:
        if row is None or row.begin or row.low < 0 or row.high > 1:
            return False
        letters = {letter for letter, value in enumerate(row.by_letter[:-1]) if value}
        if len(rows) > 1 and (row.gates or letters & seen):
            return False
        seen |= letters
    return True
