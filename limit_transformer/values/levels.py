"""The values that the integer part of a combination may take: a lattice within bounds, or a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

CASES = 10_000  # values looked at one by one


@dataclass(frozen=True, slots=True)
class Lattice:
    """start + a multiple of stride, from low to high; both are such values."""

    start: int
    stride: int
    low: int
    high: int

    def near(self, low: Fraction | int, high: Fraction | int) -> Sequence[int] | None:
        """The values from low to high and the nearest beyond on either side; None where they are too many."""
        if self.stride == 0:
            return (self.start,)
        first = self.start + (low.__floor__() - self.start) // self.stride * self.stride
        last = self.start - (self.start - high.__ceil__()) // self.stride * self.stride
        first, last = min(max(first, self.low), self.high), max(min(last, self.high), self.low)
        return None if (last - first) // self.stride > CASES else range(first, last + 1, self.stride)

    @property
    def top(self) -> tuple[int, int | None]:
        """The largest value, and the next one if there can be one."""
        return self.high, self.high - self.stride if self.stride else None


@dataclass(frozen=True, slots=True)
class Listed:
    """One of these, ascending; one at least."""

    values: tuple[int, ...]

    def near(self, low: Fraction | int, high: Fraction | int) -> Sequence[int] | None:
        """The values from low to high and the nearest beyond on either side."""
        below = max((k for k, value in enumerate(self.values) if value < low), default=0)
        above = min((k for k, value in enumerate(self.values) if value > high), default=len(self.values) - 1)
        return self.values[below : above + 1]

    @property
    def top(self) -> tuple[int, int | None]:
        """The largest value, and the next one if there can be one."""
        return self.values[-1], self.values[-2] if len(self.values) > 1 else None


def lattice(start: int, stride: int, bounds: tuple[int, int]) -> Lattice:
    """The lattice within bounds, which have a value of it between them."""
    if stride == 0:
        return Lattice(start, 0, start, start)
    low = start - (start - bounds[0]) // stride * stride
    return Lattice(start, stride, low, max(low, start + (bounds[1] - start) // stride * stride))
