"""Finds short conditions: a disjunction of cases that holds on some rows of a table and not on others.

A row gives each variable a value, or UNKNOWN. Where a variable is UNKNOWN, a test of it may come out either way, so a
condition must not rely on it. What the condition says on rows that are neither wanted nor unwanted does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.automaton import SizeError

UNKNOWN = -(1 << 40)
MOST_KEYS = 1 << 62  # the largest number that may stand for the values of a row
MOST_CASES = 400  # the most cases of a condition, because nobody would read more


@dataclass(frozen=True, slots=True)
class VariableCase:
    """A conjunction: every variable named has one of its allowed values. Without variables it always holds.

    `allowed` has (variable, the most values that may be allowed, the fewest values that have to be allowed).
    """

    allowed: tuple[tuple[int, frozenset[int], frozenset[int]], ...]


class Ambiguous(Exception):  # noqa: N818 # this is no error, as another table is tried then
    """The table does not tell a row on which the condition shall hold from one on which it shall not."""


@dataclass(frozen=True)
class Column:
    """The value of a variable in each row.

    `values` has the different values in order, UNKNOWN included, and `numbers` the index of each row's value in them.
    """

    values: list[int]
    numbers: IntegerArray

    @staticmethod
    def of(rows: Sequence[int]) -> "Column":
        """The column with these values in its rows."""
        values = sorted(set(rows))
        number = {value: k for k, value in enumerate(values)}
        return Column(values, np.fromiter(map(number.__getitem__, rows), np.int64, len(rows)))

    def at(self, rows: IntegerArray) -> "Column":
        """The column of these rows. Each value has to occur among them."""
        return Column(self.values, self.numbers[rows])


@dataclass(frozen=True)
class VariableTable:
    """The values of the variables in each row, on which several conditions are searched for.

    Equal rows form one *sort*. A set of sorts is stored as the bits of an integer, because operations on these are
    fast.
    """

    columns: tuple[Column, ...]
    narrower: "VariableTable | None" = None  # the table without the last variable, if known
    _having: dict[int, dict[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def wider(self, column: Column) -> "VariableTable":
        """The table with one more variable."""
        return VariableTable((*self.columns, column), self)

    @cached_property
    def _keys(self) -> tuple[IntegerArray, int]:
        """A number for each row, equal for equal rows and ordered as the rows are, and a bound above all of them."""
        if self.narrower is None:
            keys, span, fresh = np.zeros(len(self.columns[0].numbers), dtype=np.int64), 1, self.columns
        else:
            (keys, span), fresh = self.narrower._keys, self.columns[-1:]
        for column in fresh:
            if span > MOST_KEYS // len(column.values):
                _, keys = np.unique(keys, return_inverse=True)
                span = len(keys)
            keys, span = keys * len(column.values) + column.numbers, span * len(column.values)
        return keys, span

    @cached_property
    def _same(self) -> tuple[IntegerArray, IntegerArray]:
        """The first row of each sort, with the sorts in order, and the number of each row's sort."""
        _, first, sort = np.unique(self._keys[0], return_index=True, return_inverse=True)
        return first, sort

    def sorts(self, which: NDArray[np.bool_]) -> int:
        """The set of sorts of these rows, as bits."""
        first, sort = self._same
        there = np.zeros(len(first), dtype=bool)
        there[sort[which]] = True
        return int.from_bytes(np.packbits(there, bitorder="little").tobytes(), "little")

    def row(self, sort: int) -> list[int]:
        """The values of the variables in the rows of a sort."""
        here = self._same[0][sort]
        return [column.values[column.numbers[here]] for column in self.columns]

    def having(self, variable: int) -> dict[int, int]:
        """For each value of the variable the set of sorts that have it."""
        if variable not in self._having:
            column, first = self.columns[variable], self._same[0]
            marked = column.numbers[first] == np.arange(len(column.values))[:, None]
            packed = np.packbits(marked, axis=1, bitorder="little")
            sets = (int.from_bytes(bits.tobytes(), "little") for bits in packed)
            self._having[variable] = dict(zip(column.values, sets, strict=True))
        return self._having[variable]

    def among(self, variable: int, values: Iterable[int]) -> int:
        """The set of sorts in which the variable certainly has one of these values."""
        having, found = self.having(variable), 0
        for value in values:
            found |= having.get(value, 0)
        return found

    def where(self, case: VariableCase, sorts: int) -> int:
        """Those of the given sorts in which the case certainly holds."""
        for variable, most, _ in case.allowed:
            sorts &= self.among(variable, most)
        return sorts


def cover(
    table: VariableTable, wanted: NDArray[np.bool_], unwanted: NDArray[np.bool_], costs: Sequence[float]
) -> tuple[VariableCase, ...]:
    """Cases that together hold on every wanted row and on no unwanted row.

    Args:
        table: The values of the variables in each row.
        wanted: (rows,) the rows on which the condition shall hold.
        unwanted: (rows,) the rows on which it shall not hold.
        costs: What it costs to test each variable. Costly variables are avoided first.

    Raises:
        Ambiguous: The table does not tell some wanted row from an unwanted one.
        SizeError: There would be more than MOST_CASES cases.
    """
    wished, others = table.sorts(wanted), table.sorts(unwanted)
    left, cases = wished, list[VariableCase]()
    while left:
        if len(cases) == MOST_CASES:
            raise SizeError(f"a condition of the program has more than {MOST_CASES} cases, the limit here")
        row = table.row((left & -left).bit_length() - 1)
        cases.append(_widened(row, others, table, costs))
        left &= ~table.where(cases[-1], left)
    return _without_the_superfluous(cases, table, wished)


def _widened(row: Sequence[int], unwanted: int, table: VariableTable, costs: Sequence[float]) -> VariableCase:
    """A case that holds on one wanted row, made as general as the unwanted rows permit."""
    allowed = {v: {value} for v, value in enumerate(row) if value != UNKNOWN}
    # The unwanted rows that each variable excludes. Each unwanted row has to be excluded by some variable.
    misses = {v: unwanted & ~table.among(v, (row[v], UNKNOWN)) for v in allowed}
    if _any_of(misses.values()) != unwanted:
        raise Ambiguous
    order = sorted(allowed, key=lambda v: (-costs[v], -v))
    # When a variable is tried, those before it are kept or dropped already, and those after it are all there.
    later = [0]
    for v in reversed(order):
        later.append(later[-1] | misses[v])
    kept = 0
    for v, after in zip(order, reversed(later[:-1]), strict=True):
        if kept | after == unwanted:
            del misses[v], allowed[v]
        else:
            kept |= misses[v]
    for v in order:
        if v not in allowed:
            continue
        needed = unwanted & ~_any_of(missed for other, missed in misses.items() if other != v)
        having = table.having(v).items()
        allowed[v] = {value for value, sorts in having if value != UNKNOWN and not sorts & needed}
        misses[v] &= ~table.among(v, allowed[v])
    return VariableCase(tuple((v, frozenset(allowed[v]), frozenset[int]()) for v in sorted(allowed)))


def _any_of(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _without_the_superfluous(cases: list[VariableCase], table: VariableTable, wanted: int) -> tuple[VariableCase, ...]:
    met = [table.where(case, wanted) for case in cases]
    later = [0]
    for sorts in reversed(met[1:]):
        later.append(later[-1] | sorts)
    kept, covered = [], 0
    for case, sorts, others in zip(cases, met, reversed(later), strict=True):
        if sorts & ~(covered | others):
            covered |= sorts
            kept.append(_with_the_fewest(case, table, sorts))
    return tuple(kept)


def _with_the_fewest(case: VariableCase, table: VariableTable, met: int) -> VariableCase:
    """The case, with the fewest values of each variable: those that occur in the wanted rows that it covers."""
    return VariableCase(
        tuple((v, most, frozenset(x for x in most if table.having(v).get(x, 0) & met)) for v, most, _ in case.allowed)
    )
