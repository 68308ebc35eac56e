"""Sparse integer matrices, exact at any size: the weights of the idealised machine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[Any]  # int64, or Python's own integers if one does not fit
SMALL_SUM = 2**62  # int64 arithmetic is used while no sum can reach this


def integer_array(values: Iterable[int]) -> Integers:
    """Return the integers as a read-only array: int64 if all are below 2^62 in size, else Python's own integers."""
    entries = [int(value) for value in values]
    fits = all(-SMALL_SUM < value < SMALL_SUM for value in entries)
    array = np.array(entries, dtype=np.int64 if fits else object)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A matrix by its non-zero entries, sorted by row, then by column.

    No place occurs twice, and all arrays are read-only.

    rows, columns  (entries,)  int64
    weights        (entries,)  integers
    """

    shape: tuple[int, int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Integers

    def __post_init__(self) -> None:
        lengths = {array.shape for array in (self.rows, self.columns, self.weights)}
        if len(lengths) != 1 or len(self.rows.shape) != 1:
            raise ValueError(f"expected three arrays of one length, found shapes {sorted(lengths)}")
        for name, places, size in (("row", self.rows, self.shape[0]), ("column", self.columns, self.shape[1])):
            if places.dtype != np.int64:
                raise ValueError(f"expected {name}s of type int64, found {places.dtype}")
            if len(places) and not (places.min() >= 0 and places.max() < size):
                raise ValueError(f"expected {name}s from 0 to {size - 1}, found {places.min()} to {places.max()}")
        if self.weights.dtype != np.int64 and not all(type(weight) is int for weight in self.weights):
            raise ValueError(f"expected integer weights, found an array of type {self.weights.dtype}")
        if np.any(self.weights == 0):
            raise ValueError("expected weights other than 0")
        after = (np.diff(self.rows) > 0) | ((np.diff(self.rows) == 0) & (np.diff(self.columns) > 0))
        if not after.all():
            raise ValueError("expected entries sorted by row, then column, and no place twice")
        for array in (self.rows, self.columns, self.weights):
            array.setflags(write=False)

    @property
    def entries(self) -> Iterable[tuple[int, int, int]]:
        """The triples (row, column, weight) of all non-zero entries, in order."""
        return zip(self.rows.tolist(), self.columns.tolist(), self.weights.tolist(), strict=True)

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SparseMatrix)
            and self.shape == other.shape
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.columns, other.columns)
            and np.array_equal(self.weights, other.weights)
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.rows.tobytes(), self.columns.tobytes()))


def sparse(shape: tuple[int, int], entries: Mapping[tuple[int, int], int]) -> SparseMatrix:
    """Return the matrix with these weights at (row, column), and 0 elsewhere."""
    places = sorted(place for place, weight in entries.items() if weight != 0)
    rows = np.array([row for row, _ in places], dtype=np.int64)
    columns = np.array([column for _, column in places], dtype=np.int64)
    return SparseMatrix(shape, rows, columns, integer_array(entries[place] for place in places))
