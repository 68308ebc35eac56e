"""Short conditions: a disjunction of cases that holds on some rows of a table and not on others.

A row gives each variable a value, or UNKNOWN: then a condition that asks for the variable may come out either way,
and must not be relied on. What the condition says on rows of neither kind does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.automaton import SizeError

UNKNOWN = -(1 << 40)
MOST_KEYS = 1 << 62  # numbers of rows by their values
MOST_CASES = 400  # of a condition: nobody reads more


@dataclass(frozen=True, slots=True)
class VariableCase:
    """Holds where every variable named has one of its values. Of no variable: always.

    For each variable the most values that may be allowed, and the fewest that have to be.
    """

    allowed: tuple[tuple[int, frozenset[int], frozenset[int]], ...]


class Ambiguous(Exception):  # noqa: N818 # not an error: another table is tried
    """Some row that the condition shall hold on cannot be told from one that it shall not hold on."""


@dataclass(frozen=True)
class Column:
    """What a variable is in each row: its values in order, UNKNOWN included, and the number of each row's value."""

    values: list[int]
    numbers: IntegerArray

    @staticmethod
    def of(rows: Sequence[int]) -> "Column":
        """The column with these values in its rows."""
        values = sorted(set(rows))
        number = {value: k for k, value in enumerate(values)}
        return Column(values, np.fromiter(map(number.__getitem__, rows), np.int64, len(rows)))

    def at(self, rows: IntegerArray) -> "Column":
        """The column of these rows, among which is one with each value."""
        return Column(self.values, self.numbers[rows])


@dataclass(frozen=True)
class VariableTable:
    """The values of the variables in each row: what several conditions are asked of.

    Equal rows are one *sort*. Sets of sorts are the bits of integers: operations on those take next to no time.
    """

    columns: tuple[Column, ...]
    narrower: "VariableTable | None" = None  # the table of all variables but the last, where it is at hand
    _having: dict[int, dict[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def wider(self, column: Column) -> "VariableTable":
        """The table with one variable more."""
        return VariableTable((*self.columns, column), self)

    @cached_property
    def _keys(self) -> tuple[IntegerArray, int]:
        """A number for each row, in the order of the rows, equal where they are; and a bound above all of them."""
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
        """The first of the rows of each sort, the sorts in order; and the number of each row's sort."""
        _, first, sort = np.unique(self._keys[0], return_index=True, return_inverse=True)
        return first, sort

    def sorts(self, which: NDArray[np.bool_]) -> int:
        """The sorts of these rows."""
        first, sort = self._same
        there = np.zeros(len(first), dtype=bool)
        there[sort[which]] = True
        return int.from_bytes(np.packbits(there, bitorder="little").tobytes(), "little")

    def row(self, sort: int) -> list[int]:
        """The values of the variables in the rows of a sort."""
        here = self._same[0][sort]
        return [column.values[column.numbers[here]] for column in self.columns]

    def having(self, variable: int) -> dict[int, int]:
        """The sorts that have each value of the variable."""
        if variable not in self._having:
            column, first = self.columns[variable], self._same[0]
            marked = column.numbers[first] == np.arange(len(column.values))[:, None]
            packed = np.packbits(marked, axis=1, bitorder="little")
            sets = (int.from_bytes(bits.tobytes(), "little") for bits in packed)
            self._having[variable] = dict(zip(column.values, sets, strict=True))
        return self._having[variable]

    def among(self, variable: int, values: Iterable[int]) -> int:
        """The sorts where the variable surely has one of these values."""
        having, found = self.having(variable), 0
        for value in values:
            found |= having.get(value, 0)
        return found

    def where(self, case: VariableCase, sorts: int) -> int:
        """Those of the sorts where the case surely holds."""
        for variable, most, _ in case.allowed:
            sorts &= self.among(variable, most)
        return sorts


def cover(
    table: VariableTable, wanted: NDArray[np.bool_], unwanted: NDArray[np.bool_], costs: Sequence[float]
) -> tuple[VariableCase, ...]:
    """Cases that together hold on every wanted row and on no unwanted one.

    Costly variables are avoided first. Ambiguous where there are none, SizeError where there would be too many.
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
    """The case of one wanted row alone, then widened as far as no unwanted row lets it."""
    allowed = {v: {value} for v, value in enumerate(row) if value != UNKNOWN}
    # The unwanted rows that each variable keeps out: every one has to be kept out by some.
    misses = {v: unwanted & ~table.among(v, (row[v], UNKNOWN)) for v in allowed}
    if _any_of(misses.values()) != unwanted:
        raise Ambiguous
    order = sorted(allowed, key=lambda v: (-costs[v], -v))
    # Those before are kept or gone already, those after are all there.
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
    """The case, and of each variable the values that the rows met have."""
    return VariableCase(
        tuple((v, most, frozenset(x for x in most if table.having(v).get(x, 0) & met)) for v, most, _ in case.allowed)
    )
