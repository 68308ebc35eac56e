"""Exact linear algebra on columns of rationals: integer numerators over denominators that columns share.

A column is one coordinate at every position of every word. Nearly all coordinates of a machine are integers or shares
of the prefix length. So a few denominators serve thousands of columns, and sums stay sums of integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.matrix import SMALL_SUM, Integers, SparseMatrix

NUMBERS_AT_ONCE = 1 << 22  # numbers that are gathered at a time


@dataclass(frozen=True, eq=False)
class RationalColumn:
    """A column of rationals: numerators (words, positions), and the number of its denominators in the table."""

    numerators: Integers
    denominator: int

    @cached_property
    def largest(self) -> int:
        """The largest absolute value of a numerator."""
        if self.numerators.size == 0:
            return 0
        return max(abs(int(self.numerators.max())), abs(int(self.numerators.min())))


class Denominators:
    """The distinct denominators of a run, each positive and (words or 1, positions); number 0 is the constant 1."""

    def __init__(self, positions: int) -> None:
        self._arrays: list[Integers] = []
        self._numbers: dict[Any, int] = {}
        self._common: dict[tuple[int, int], int] = {}
        self.number(np.ones((1, positions), dtype=np.int64))

    def __getitem__(self, number: int) -> Integers:
        return self._arrays[number]

    def number(self, array: Integers) -> int:
        """Return the number of these denominators, which are added if they are new."""
        array = compact(array)
        key = (array.shape, tuple(array.ravel()) if array.dtype == object else array.tobytes())
        if key not in self._numbers:
            self._numbers[key] = len(self._arrays)
            self._arrays.append(array)
        return self._numbers[key]

    def common(self, numbers: frozenset[int]) -> int:
        """Return the number of the least common multiples of the denominators with these numbers."""
        result = 0
        for other in sorted(numbers - {0}):
            pair = (result, other)
            if pair not in self._common:
                wide = (self[n].astype(object) for n in pair)
                self._common[pair] = self.number(np.lcm(*wide)) if result else other
            result = self._common[pair]
        return result

    def factor(self, source: int, target: int) -> Integers:
        """Return the factor from numerators over `source` to numerators over `target`, a multiple of it."""
        return compact(self[target] // self[source])


def compact(array: Integers) -> Integers:
    """Return the same integers as int64 if all are below 2^62 in size, else as Python's own integers."""
    if array.dtype != object:
        return array
    flat = array.ravel()
    return np.asarray(array, dtype=np.int64) if all(-SMALL_SUM < value < SMALL_SUM for value in flat) else array


def product(left: Integers, right: Integers) -> Integers:
    """Return the elementwise product, in Python's integers if int64 could overflow."""
    if left.dtype == object or right.dtype == object or _size(left) * _size(right) >= SMALL_SUM:
        return np.asarray(left.astype(object) * right.astype(object))
    return np.asarray(left * right)


def power(base: Integers, exponents: Integers | int) -> Integers:
    """Return base ** exponents elementwise; no exponent is negative."""
    highest = int(np.max(exponents, initial=0))
    if base.dtype == object or _size(base).bit_length() * highest >= SMALL_SUM.bit_length():
        return np.asarray(base.astype(object) ** np.asarray(exponents).astype(object))
    return np.asarray(base ** np.asarray(exponents, dtype=np.int64))


def running_sum(array: Integers) -> Integers:
    """Return the running sums along the last axis, in Python's integers if int64 could overflow."""
    if array.dtype != object and _size(array) * array.shape[-1] >= SMALL_SUM:
        array = array.astype(object)
    return np.asarray(np.add.accumulate(array, axis=-1))


def add(left: RationalColumn, right: RationalColumn, table: Denominators) -> RationalColumn:
    """Return the sum of two columns."""
    if left.largest == 0:
        return right
    target = table.common(frozenset((left.denominator, right.denominator)))
    parts = [over(column, target, table) for column in (left, right)]
    if any(part.dtype == object for part in parts) or sum(map(_size, parts)) >= SMALL_SUM:
        parts = [part.astype(object) for part in parts]
    return RationalColumn(compact(parts[0] + parts[1]), target)


def over(column: RationalColumn, target: int, table: Denominators) -> Integers:
    """Return the column's numerators over the denominators `target`, a multiple of its own."""
    if column.denominator == target:
        return column.numerators
    return product(column.numerators, table.factor(column.denominator, target))


def combine(
    matrix: SparseMatrix, columns: Sequence[RationalColumn], table: Denominators, bias: Integers | None = None
) -> dict[int, RationalColumn]:
    """Return the matrix times the columns, plus the bias, as a column for each row.

    Without a bias, rows without entries are left out.

    Args:
        matrix: The matrix.
        columns: The columns that it is multiplied with.
        table: The denominators of the run.
        bias: (rows,) Integers.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(matrix.rows) != 0]) if len(matrix) else np.zeros(0, np.int64)
    bounds = np.r_[starts, len(matrix)]
    denominators = np.array([columns[c].denominator for c in matrix.columns.tolist()], dtype=np.int64)
    groups: dict[int, list[tuple[int, int, int]]] = {}
    for k, row in enumerate(matrix.rows[starts].tolist()):
        start, stop = int(bounds[k]), int(bounds[k + 1])
        target = table.common(frozenset(denominators[start:stop].tolist()))
        groups.setdefault(target, []).append((row, start, stop))
    if bias is not None:
        empty = np.setdiff1d(np.arange(matrix.shape[0]), matrix.rows[starts])
        for row in empty.tolist():
            groups.setdefault(0, []).append((row, 0, 0))
    result: dict[int, RationalColumn] = {}
    for target, rows in groups.items():
        for part in _parts(rows, columns[0].numerators.size if columns else 1):
            sums = _sums(matrix, part, columns, target, table, bias)
            result.update((row, RationalColumn(sums[k], target)) for k, (row, _, _) in enumerate(part))
    return result


def _parts(rows: list[tuple[int, int, int]], size: int) -> list[list[tuple[int, int, int]]]:
    """Return the rows in pieces, each of one row or of rows whose entries gather at most NUMBERS_AT_ONCE numbers."""
    pieces: list[list[tuple[int, int, int]]] = [[]]
    gathered = 0
    for row in rows:
        cost = max(1, row[2] - row[1]) * max(1, size)
        if pieces[-1] and gathered + cost > NUMBERS_AT_ONCE:
            pieces.append([])
            gathered = 0
        pieces[-1].append(row)
        gathered += cost
    return pieces


def _sums(
    matrix: SparseMatrix,
    rows: list[tuple[int, int, int]],
    columns: Sequence[RationalColumn],
    target: int,
    table: Denominators,
    bias: Integers | None,
) -> Integers:
    """Return the numerators over `target` of some rows, (rows, words, positions).

    A row is given as (row, its first entry, the entry after its last).
    """
    entries = [entry for _, start, stop in rows for entry in range(start, stop)]
    places = matrix.columns[entries].tolist() if entries else []
    weights = matrix.weights[entries].tolist() if entries else []
    scaled = {c: over(columns[c], target, table) for c in set(places)}
    sizes = {c: _size(array) for c, array in scaled.items()}
    constants = [0 if bias is None else int(bias[row]) for row, _, _ in rows]
    bound = max(map(abs, constants)) * _size(table[target])
    first = 0
    lengths = [stop - start for _, start, stop in rows]
    totals = []
    for length in lengths:
        totals.append(sum(abs(weights[k]) * max(1, sizes[places[k]]) for k in range(first, first + length)))
        first += length
    fits = bound + max(totals) < SMALL_SUM and all(array.dtype != object for array in scaled.values())
    kind = np.dtype(np.int64 if fits else object)
    shape = columns[0].numerators.shape if columns else table[target].shape
    result = np.zeros((len(rows), *shape), dtype=kind)
    if entries:
        gathered = np.stack([scaled[c] for c in places]).astype(kind, copy=False)
        gathered = gathered * np.array(weights, dtype=kind)[:, None, None]
        filled = [k for k, length in enumerate(lengths) if length]
        firsts = np.cumsum([0, *lengths])[filled]
        result[filled] = np.add.reduceat(gathered, firsts, axis=0)
    if any(constants):
        result += np.array(constants, dtype=kind)[:, None, None] * table[target].astype(kind)
    return result if fits else compact(result)


def _size(array: Integers) -> int:
    """Return the largest absolute value in the array."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def constant(value: int, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the integer at every position of every word."""
    return np.full(shape, value, dtype=np.int64)
