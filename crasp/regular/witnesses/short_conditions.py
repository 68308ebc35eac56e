"""Short conditions: a disjunction of cases that holds on some rows of a table and not on others.

A row gives each variable a value, or UNKNOWN: then a condition that asks for the variable may come out either way,
and must not be relied on. What the condition says on rows of neither kind does not matter.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.regular.automata.automaton import SizeError

Array = NDArray[np.int64]
UNKNOWN = -(1 << 40)
MOST_CASES = 400  # of a condition: nobody reads more


@dataclass(frozen=True, slots=True)
class Case:
    """Holds where every variable named has one of its values. Of no variable: always.

    For each variable the most values that may be allowed, and the fewest that have to be.
    """

    allowed: tuple[tuple[int, frozenset[int], frozenset[int]], ...]


class Ambiguous(Exception):  # noqa: N818 # not an error: another table is tried
    """Some row that the condition shall hold on cannot be told from one that it shall not hold on."""


def cover(
    table: Array, wanted: NDArray[np.bool_], unwanted: NDArray[np.bool_], costs: Sequence[float]
) -> tuple[Case, ...]:
    """Cases that together hold on every wanted row and on no unwanted one; the table is (rows, variables).

    Costly variables are avoided first. Ambiguous where there are none, SizeError where there would be too many.
    """
    domains = [sorted({*table[:, v].tolist()} - {UNKNOWN}) for v in range(len(costs))]
    wished, others = (_rows(table[which], domains) for which in (wanted, unwanted))
    left, cases = wished.everyone, list[Case]()
    while left:
        if len(cases) == MOST_CASES:
            raise SizeError(f"a condition of the program has more than {MOST_CASES} cases, the limit here")
        row = wished.rows[(left & -left).bit_length() - 1]
        cases.append(_widened(row, others, domains, costs))
        left &= ~wished.where(cases[-1])
    return _without_the_superfluous(cases, wished)


@dataclass(frozen=True)
class _Rows:
    """Rows of a table, and sets of them as the bits of integers: operations on those take next to no time."""

    rows: tuple[tuple[int, ...], ...]
    everyone: int
    having: tuple[dict[int, int], ...]  # of each variable the rows that have a value

    def among(self, variable: int, values: Collection[int]) -> int:
        """The rows where the variable surely has one of these values."""
        having, found = self.having[variable], 0
        for value in values:
            found |= having.get(value, 0)
        return found

    def where(self, case: Case) -> int:
        """The rows where the case surely holds."""
        found = self.everyone
        for variable, most, _ in case.allowed:
            found &= self.among(variable, most)
        return found


def _rows(table: Array, domains: list[list[int]]) -> _Rows:
    rows = tuple(sorted({*map(tuple, table.tolist())}))
    having = []
    for column, domain in zip(np.array(rows, dtype=np.int64).reshape(-1, len(domains)).T, domains, strict=True):
        values = [UNKNOWN, *domain]
        packed = np.packbits(column == np.array(values)[:, None], axis=1, bitorder="little")
        having.append({v: int.from_bytes(bits.tobytes(), "little") for v, bits in zip(values, packed, strict=True)})
    return _Rows(rows, (1 << len(rows)) - 1, tuple(having))


def _widened(row: Sequence[int], unwanted: _Rows, domains: list[list[int]], costs: Sequence[float]) -> Case:
    """The case of one wanted row alone, then widened as far as no unwanted row lets it."""
    allowed = {v: {value} for v, value in enumerate(row) if value != UNKNOWN}
    # The unwanted rows that each variable keeps out: every one has to be kept out by some.
    misses = {v: _surely_outside(unwanted, v, values) for v, values in allowed.items()}
    if _any_of(misses.values()) != unwanted.everyone:
        raise Ambiguous
    order = sorted(allowed, key=lambda v: (-costs[v], -v))
    for v in order:
        if _any_of(missed for other, missed in misses.items() if other != v) == unwanted.everyone:
            del misses[v], allowed[v]
    for v in order:
        if v not in allowed:
            continue
        kept_out = _any_of(missed for other, missed in misses.items() if other != v)
        here = domains[v].index(row[v])
        for _, value in sorted((abs(k - here), value) for k, value in enumerate(domains[v])):
            fewer = misses[v] & ~unwanted.having[v].get(value, 0)
            if kept_out | fewer == unwanted.everyone:
                misses[v] = fewer
                allowed[v].add(value)
    return Case(tuple((v, frozenset(allowed[v]), frozenset[int]()) for v in sorted(allowed)))


def _any_of(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _surely_outside(rows: _Rows, variable: int, values: Collection[int]) -> int:
    return rows.everyone & ~rows.among(variable, (*values, UNKNOWN))


def _without_the_superfluous(cases: list[Case], wanted: _Rows) -> tuple[Case, ...]:
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


def _with_the_fewest(case: Case, wanted: _Rows, met: int) -> Case:
    """The case, and of each variable the values that the rows met have."""
    return Case(
        tuple((v, most, frozenset(x for x in most if wanted.having[v].get(x, 0) & met)) for v, most, _ in case.allowed)
    )
