"""Bounds for the sum of a row's coordinates and for the sum of their squares, better than those one by one.

A position has only one letter, and most steps of a family need a letter of their own. So the sums are bounded for each
letter, and what heads bring is bounded for each letter that a key may have.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.machine_parts import IntegerTerms, MachineParts, UnitArgument


@dataclass(frozen=True)
class RowSums:
    """Bounds for the sum of a row's coordinates (`low`, `high`), and for the sum of their squares."""

    low: float
    high: float
    squares: float


def row_sums(parts: MachineParts) -> RowSums:
    """Return bounds that hold for every row after every layer.

    A coordinate that is not written yet counts as if it were.
    """
    walk = _RowWalk(parts)
    for part in parts.layers:
        shared = [row.terms for head in part.heads if head.uniform for row in head.rows]
        walk.average(shared)
        for unit in part.units:
            walk.fire(unit)
        for k, terms in part.written.items():
            walk.write(k, terms)
        walk.fired.clear()
    low = walk.low.sum(0).min() + walk.average_low
    high = walk.high.sum(0).max() + walk.average_high
    squares = np.maximum(walk.low**2, walk.high**2).sum(0).max() + walk.squares
    return RowSums(float(low), float(high), float(squares))


class _RowWalk:
    """Ranges of coordinates, (coordinates, letters and last the begin marker); of shares only sums are kept."""

    def __init__(self, parts: MachineParts) -> None:
        self.parts = parts
        shape = parts.machine.embedding.shape
        self.low: NDArray[Any] = np.zeros(shape)
        self.high: NDArray[Any] = np.zeros(shape)
        for k, letter, value in parts.machine.embedding.entries:
            self.low[k, letter] = self.high[k, letter] = value
        for k, kind in enumerate(parts.kinds):
            if kind in ("residue", "received"):
                self.low[k], self.high[k] = parts.low[k], parts.high[k]
        self.average_low = self.average_high = self.squares = 0.0
        self.fired: list[NDArray[Any]] = []  # for each unit of the layer, at which letters it may be positive

    def range(self, terms: Iterable[tuple[int, int]]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return what a sum of integers and shares lies between, by letter."""
        low, high = np.zeros(self.low.shape[1]), np.zeros(self.low.shape[1])
        for k, weight in terms:
            is_share = self.parts.kinds[k] == "share"
            ends = (self.parts.low[k], self.parts.high[k]) if is_share else (self.low[k], self.high[k])
            first, second = weight * np.asarray(ends[0], float), weight * np.asarray(ends[1], float)
            low, high = low + np.minimum(first, second), high + np.maximum(first, second)
        return low, high

    def average(self, rows: list[IntegerTerms]) -> None:
        """Add the shares that uniform heads write, which are averages over keys of any letters."""
        if not rows:
            return
        ranges = [self.range(terms) for terms in rows]
        self.average_low += sum(np.minimum(low, 0) for low, _ in ranges).min()
        self.average_high += sum(np.maximum(high, 0) for _, high in ranges).max()
        sizes = [np.maximum(abs(low), abs(high)) for low, high in ranges]
        # The square of an average is at most the average of the size times the largest size.
        self.squares += sum(size * size.max() for size in sizes).max()

    def fire(self, unit: UnitArgument) -> None:
        """Note at which letters the unit may be positive."""
        _, high = self.range(unit.terms)
        self.fired.append(high + unit.bias > 0)

    def write(self, k: int, terms: IntegerTerms) -> None:
        """Add a coordinate that units write."""
        low, high = self.parts.low[k], self.parts.high[k]
        if self.parts.kinds[k] == "share":
            self.average_low, self.average_high = self.average_low + min(low, 0), self.average_high + max(high, 0)
            self.squares += max(abs(low), abs(high)) ** 2
            return
        for unit, weight in terms:
            (self.high if weight > 0 else self.low)[k] += weight * self.fired[unit]
        # Before the coordinate is written it is 0, which the range includes.
        self.low[k] = np.minimum(0, np.maximum(self.low[k], low))
        self.high[k] = np.maximum(0, np.minimum(self.high[k], high))
