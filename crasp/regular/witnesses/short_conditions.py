"""Short conditions: a disjunction of cases that holds on some rows of a table and not on others.

A row gives each variable a value, or UNKNOWN: then a condition that asks for the variable may come out either way,
and must not be relied on. What the condition says on rows of neither kind does not matter.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crasp.regular.automata.automaton import SizeError

Array = NDArray[np.int64]
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
class VariableTable:
    """The values of the variables in each row, (rows, variables): what several conditions are asked of."""

    cells: Array
    narrower: "VariableTable | None" = None  # the table of all variables but the last, where it is at hand

    @cached_property
    def columns(self) -> list[tuple[Array, Array]]:
        """Of each variable its values, UNKNOWN included, and for each row the number of its value among them."""
        before = [] if self.narrower is None else self.narrower.columns
        fresh = self.cells.T[len(before) :]
        return [*before, *(np.unique(column, return_inverse=True) for column in fresh)]

    @cached_property
    def _keys(self) -> tuple[Array, int]:
        """A number for each row, in the order of the rows, equal where they are; and a bound above all of them."""
        if self.narrower is None:
            keys, span, fresh = np.zeros(len(self.cells), dtype=np.int64), 1, self.columns
        else:
            (keys, span), fresh = self.narrower._keys, self.columns[-1:]
        for values, numbers in fresh:
            if span > MOST_KEYS // len(values):
                _, keys = np.unique(keys, return_inverse=True)
                span = len(keys)
            keys, span = keys * len(values) + numbers, span * len(values)
        return keys, span

    @cached_property
    def domains(self) -> list[list[int]]:
        """The known values of each variable, in order."""
        return [[value for value in values.tolist() if value != UNKNOWN] for values, _ in self.columns]

    @cached_property
    def _same(self) -> tuple[Array, Array]:
        """The first of the rows of each sort, the sorts in order; and the number of each row's sort."""
        _, first, sort = np.unique(self._keys[0], return_index=True, return_inverse=True)
        return first, sort

    def rows(self, which: NDArray[np.bool_]) -> "_Rows":
        """These rows, each sort once, in order."""
        first, sort = self._same
        there = np.zeros(len(first), dtype=bool)
        there[sort[which]] = True
        return _Rows(self, first[there])


def cover(
    table: VariableTable, wanted: NDArray[np.bool_], unwanted: NDArray[np.bool_], costs: Sequence[float]
) -> tuple[VariableCase, ...]:
    """Cases that together hold on every wanted row and on no unwanted one.

    Costly variables are avoided first. Ambiguous where there are none, SizeError where there would be too many.
    """
    wished, others = table.rows(wanted), table.rows(unwanted)
    left, cases = wished.everyone, list[VariableCase]()
    while left:
        if len(cases) == MOST_CASES:
            raise SizeError(f"a condition of the program has more than {MOST_CASES} cases, the limit here")
        row = wished.cells[(left & -left).bit_length() - 1].tolist()
        cases.append(_widened(row, others, table.domains, costs))
        left &= ~wished.where(cases[-1])
    return _without_the_superfluous(cases, wished)


class _Rows:
    """Rows of a table, and sets of them as the bits of integers: operations on those take next to no time."""

    def __init__(self, table: VariableTable, numbers: Array) -> None:
        self.cells = table.cells[numbers]
        self.everyone = (1 << len(numbers)) - 1
        self._table, self._numbers = table, numbers
        self._having: dict[int, dict[int, int]] = {}

    def having(self, variable: int) -> dict[int, int]:
        """The rows that have each value of the variable."""
        if variable not in self._having:
            values, order = self._table.columns[variable]
            packed = np.packbits(order[self._numbers] == np.arange(len(values))[:, None], axis=1, bitorder="little")
            sets = (int.from_bytes(bits.tobytes(), "little") for bits in packed)
            self._having[variable] = dict(zip(values.tolist(), sets, strict=True))
        return self._having[variable]

    def among(self, variable: int, values: Collection[int]) -> int:
        """The rows where the variable surely has one of these values."""
        having, found = self.having(variable), 0
        for value in values:
            found |= having.get(value, 0)
        return found

    def where(self, case: VariableCase) -> int:
        """The rows where the case surely holds."""
        found = self.everyone
        for variable, most, _ in case.allowed:
            found &= self.among(variable, most)
        return found


def _widened(row: Sequence[int], unwanted: _Rows, domains: list[list[int]], costs: Sequence[float]) -> VariableCase:
    """The case of one wanted row alone, then widened as far as no unwanted row lets it."""
    allowed = {v: {value} for v, value in enumerate(row) if value != UNKNOWN}
    # The unwanted rows that each variable keeps out: every one has to be kept out by some.
    misses = {v: _surely_outside(unwanted, v, values) for v, values in allowed.items()}
    if _any_of(misses.values()) != unwanted.everyone:
        raise Ambiguous
    order = sorted(allowed, key=lambda v: (-costs[v], -v))
    # Those before are kept or gone already, those after are all there.
    later = [0]
    for v in reversed(order):
        later.append(later[-1] | misses[v])
    kept = 0
    for v, after in zip(order, reversed(later[:-1]), strict=True):
        if kept | after == unwanted.everyone:
            del misses[v], allowed[v]
        else:
            kept |= misses[v]
    for v in order:
        if v not in allowed:
            continue
        kept_out = _any_of(missed for other, missed in misses.items() if other != v)
        having = unwanted.having(v)
        here = domains[v].index(row[v])
        for _, value in sorted((abs(k - here), value) for k, value in enumerate(domains[v])):
            fewer = misses[v] & ~having.get(value, 0)
            if kept_out | fewer == unwanted.everyone:
                misses[v] = fewer
                allowed[v].add(value)
    return VariableCase(tuple((v, frozenset(allowed[v]), frozenset[int]()) for v in sorted(allowed)))


def _any_of(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _surely_outside(rows: _Rows, variable: int, values: Collection[int]) -> int:
    return rows.everyone & ~rows.among(variable, (*values, UNKNOWN))


def _without_the_superfluous(cases: list[VariableCase], wanted: _Rows) -> tuple[VariableCase, ...]:
    met = [wanted.where(case) for case in cases]
    later = [0]
    for rows in reversed(met[1:]):
        later.append(later[-1] | rows)
    kept, covered = [], 0
    for case, rows, others in zip(cases, met, reversed(later), strict=True):
        if rows & ~(covered | others):
            covered |= rows
            kept.append(_with_the_fewest(case, wanted, rows))
    return tuple(kept)


def _with_the_fewest(case: VariableCase, wanted: _Rows, met: int) -> VariableCase:
    """The case, and of each variable the values that the rows met have."""
    return VariableCase(
        tuple((v, most, frozenset(x for x in most if wanted.having(v).get(x, 0) & met)) for v, most, _ in case.allowed)
    )
