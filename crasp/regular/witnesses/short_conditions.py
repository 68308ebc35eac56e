"""Short conditions: a disjunction of cases that holds on some rows of a table and not on others.

A row gives each variable a value, or UNKNOWN: then a condition that asks for the variable may come out either way,
and must not be relied on. What the condition says on rows of neither kind does not matter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.regular.automata.automaton import SizeError

Array = NDArray[np.int64]
UNKNOWN = -(1 << 40)
MOST_CASES = 400  # of a condition: nobody reads more
FEW = 20  # values that are compared one by one


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
    return _cases(np.unique(table[wanted], axis=0), np.unique(table[unwanted], axis=0), domains, costs)


def _cases(wanted: Array, unwanted: Array, domains: list[list[int]], costs: Sequence[float]) -> tuple[Case, ...]:
    left = np.ones(len(wanted), dtype=bool)
    cases: list[Case] = []
    while left.any():
        if len(cases) == MOST_CASES:
            raise SizeError(f"a condition of the program has more than {MOST_CASES} cases, the limit here")
        row = wanted[int(left.argmax())]
        case = _widened(row, unwanted, domains, costs)
        cases.append(case)
        left &= ~holds(case, wanted)
    return _without_the_superfluous(cases, wanted)


def holds(case: Case, rows: Array) -> NDArray[np.bool_]:
    """The rows where the case surely holds."""
    result = np.ones(len(rows), dtype=bool)
    for variable, most, _ in case.allowed:
        result &= _among(rows[:, variable], most)
    return result


def _widened(row: Array, unwanted: Array, domains: list[list[int]], costs: Sequence[float]) -> Case:
    """The case of one wanted row alone, then widened as far as no unwanted row lets it."""
    allowed = {v: {int(value)} for v, value in enumerate(row.tolist()) if value != UNKNOWN}
    misses = {v: _surely_outside(unwanted[:, v], values) for v, values in allowed.items()}
    reasons = np.sum(list(misses.values()), axis=0) if misses else np.zeros(len(unwanted), dtype=np.int64)
    if len(unwanted) and not reasons.all():
        raise Ambiguous
    order = sorted(allowed, key=lambda v: (-costs[v], -v))
    for v in order:
        if (reasons > misses[v]).all():
            reasons = reasons - misses.pop(v)
            del allowed[v]
    for v in order:
        if v not in allowed:
            continue
        here = domains[v].index(next(iter(allowed[v])))
        for value in sorted(domains[v], key=lambda x: abs(domains[v].index(x) - here)):
            fewer = misses[v] & (unwanted[:, v] != value)
            if (reasons - misses[v] + fewer > 0).all():
                reasons = reasons - misses[v] + fewer
                misses[v] = fewer
                allowed[v].add(value)
    return Case(tuple((v, frozenset(allowed[v]), frozenset[int]()) for v in sorted(allowed)))


def _among(column: Array, values: Collection[int]) -> NDArray[np.bool_]:
    if len(values) > FEW:
        return np.isin(column, list(values))
    result = np.zeros(len(column), dtype=bool)
    for value in values:  # so much faster than `isin` that it decides the time of a whole program
        result |= column == value
    return result


def _surely_outside(column: Array, values: set[int]) -> NDArray[np.int64]:
    outside: Array = (~_among(column, values) & (column != UNKNOWN)).astype(np.int64)
    return outside


def _without_the_superfluous(cases: list[Case], wanted: Array) -> tuple[Case, ...]:
    met = [holds(case, wanted) for case in cases]
    times = np.sum(met, axis=0) if met else np.zeros(len(wanted), dtype=np.int64)
    kept = []
    for case, rows in zip(cases, met, strict=True):
        if (times[rows] > 1).all():
            times = times - rows
        else:
            kept.append(_with_the_fewest(case, wanted[rows]))
    return tuple(kept)


def _with_the_fewest(case: Case, met: Array) -> Case:
    return Case(tuple((v, most, frozenset(met[:, v].tolist())) for v, most, _ in case.allowed))
