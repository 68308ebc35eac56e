"""Finds formulas that are too large to enumerate: conjunctions of least size.

Their parts are conditions, which hold at the current position, and events, which have held at no position so far.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product, takewhile
from math import gcd, lcm
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import Points, TruthFlags, unpack
from crasp.learning.enumeration import Enumeration
from crasp.learning.formula import (
    Always,
    Both,
    CountTerm,
    Earlier,
    Either,
    LetterIs,
    SmallFormula,
    SumComparison,
    comparison,
    count_of,
    negation,
    size_of,
    value_of,
)
from crasp.meaning.ir import Relation

POOL_COLUMNS = 2_500  # the most conjuncts that the solver chooses from
SMALL_COUNTS, TRIPLE_COUNTS = 24, 10  # how many counts are summed in pairs, and how many in threes
ROWS_AT_ONCE, FORMS_AT_ONCE = 2_048, 512  # values, and sums of counts, that are looked at together
LEAST_SECONDS = 0.1  # the solver is not asked if less time than this is left
REACHING: tuple[Relation, ...] = (">=", "<=", "=")
MOST_GUARDS = 7  # each letter is tried as a guard only up to this many letters
MOST_COEFFICIENTS = {2: 5, 3: 3}  # the largest coefficient in a sum of the counts of two letters, and of three
MOST_WEIGHED = {2: 7, 3: 4}  # such sums are compared only up to this many letters
FURTHER_COST = 4  # nodes that a sum beyond those of G counts for: there are many, and some fit the words by chance
MOST_PAIRED = 4  # how often one letter follows another is counted only up to this many letters


@dataclass(frozen=True)
class _Conjunct:
    """A part of the conjunction: a condition that holds now, or an event that never was.

    `cost` is its size plus one for joining it, and more if it is beyond the grammar.
    """

    formula: SmallFormula | int  # a formula, or the reference of a value
    event: bool
    cost: int


@dataclass(frozen=True)
class _Pool:
    columns: tuple[_Conjunct, ...]
    covers: TruthFlags  # (columns, negatives): whether the column's conjunct is false there


def cover(
    enumeration: Enumeration, wanted: TruthFlags, known: TruthFlags, *, seconds: float, until: float
) -> SmallFormula | None:
    """A formula that agrees with the labels wherever they are known; None if none was found.

    Args:
        enumeration: The values that conjuncts are made of.
        wanted: (columns,) the label of each column.
        known: (columns,) whether the column has a label.
        seconds: How long the solver may take, in seconds.
        until: The time of `time.monotonic()`, in seconds, after which the search ends.
    """
    found = []
    for complement in (False, True):
        if monotonic() >= until:
            break
        one = _conjunction(enumeration, wanted ^ complement, known, seconds / 2, until)
        if one is not None:
            found.append(negation(one) if complement else one)
    return min(found, key=size_of, default=None)


def _conjunction(
    enumeration: Enumeration, wanted: TruthFlags, known: TruthFlags, seconds: float, until: float
) -> SmallFormula | None:
    points = enumeration.points
    positives, negatives = np.flatnonzero(wanted & known), np.flatnonzero(~wanted & known)
    if not len(positives) or not len(negatives):
        return None
    before = _with_prefixes(points, positives)
    pool = _smallest(takewhile(lambda _: monotonic() < until, _columns(enumeration, positives, negatives, before)))
    if pool is None or not pool.covers.any(axis=0).all():
        return None
    chosen = _solve(pool, _greedy(pool), min(monotonic() + seconds, until))
    made = [(pool.columns[k].formula, pool.columns[k].event) for k in sorted(chosen)]
    formulas = [(enumeration.formula(one) if isinstance(one, int) else one, event) for one, event in made]
    now, events = ([one for one, event in formulas if event is kind] for kind in (False, True))
    if events:
        event = events[0]
        for other in events[1:]:
            event = Either(event, other)
        now.append(SumComparison(((1, CountTerm(event)),), "=", 0))
    formula = now[0]
    for other in now[1:]:
        formula = Both(formula, other)
    return formula


def _with_prefixes(points: Points, columns: NDArray[np.int64]) -> TruthFlags:
    """(columns,): whether each column is one of the given ones or a nonempty prefix of one.

    An event that never was must not have happened there.
    """
    marked = np.zeros(points.width, dtype=bool)
    marked[columns] = True
    for column in range(points.number - 1, 0, -1):  # longer prefixes first
        if marked[column]:
            marked[points.parents[column]] = True
    marked[0] = False
    return marked


_ConjunctRows = tuple[Sequence[_Conjunct], TruthFlags]


def _columns(
    enumeration: Enumeration, positives: NDArray[np.int64], negatives: NDArray[np.int64], before: TruthFlags
) -> Iterator[_ConjunctRows]:
    points, values = enumeration.points, enumeration.values
    for size in sorted(set(values.sizes)):
        numbers, bits = values.numbers_of_size(size), values.bits_of_size(size)
        for start in range(0, len(numbers), ROWS_AT_ONCE):
            flags = unpack(bits[start : start + ROWS_AT_ONCE])
            for complement in (False, True):
                rows = flags ^ complement
                refs = 2 * numbers[start : start + ROWS_AT_ONCE] + complement
                holds = np.flatnonzero(rows[:, positives].all(axis=1))
                covers = ~rows[holds][:, negatives]
                yield [_Conjunct(int(refs[k]), False, size + 1) for k in holds], covers
                quiet = np.flatnonzero(~rows[:, before].any(axis=1))
                happened = points.sums(rows[quiet])[:, negatives] > 0
                some = np.flatnonzero(happened.any(axis=1))
                yield [_Conjunct(int(refs[quiet[k]]), True, size + 1) for k in some], happened[some]
    yield from _tight(enumeration, positives, negatives, before)


# --- thresholds at extreme values --------------------------------------------------------------------------------

_CountSum = tuple[tuple[int, CountTerm], ...]


def _tight(
    enumeration: Enumeration, positives: NDArray[np.int64], negatives: NDArray[np.int64], before: TruthFlags
) -> Iterator[_ConjunctRows]:
    """Yields conjuncts that compare sums of counts with extreme values, which positives or their prefixes show."""
    points = enumeration.points
    letters = range(len(points.alphabet) if len(points.alphabet) <= MOST_GUARDS else 0)
    guards: list[SmallFormula] = [Always(), *(LetterIs(number) for number in letters)]
    now = np.zeros(points.width, dtype=bool)
    now[positives] = True
    for extra, sums in ((0, list(_sums(enumeration, positives))), (FURTHER_COST, list(_further_sums(enumeration)))):
        for start in range(0, len(sums), FORMS_AT_ONCE):
            terms = [one for one, _ in sums[start : start + FORMS_AT_ONCE]]
            totals = np.array([total for _, total in sums[start : start + FORMS_AT_ONCE]])
            for guard in guards:
                where = value_of(guard, points)
                for event, there in ((False, now & where), (True, before & where)):
                    if there.any():
                        yield from _guarded(
                            points, terms, totals, guard, where, there, negatives, event=event, extra=extra
                        )


def _guarded(
    points: Points,
    terms: Sequence[_CountSum],
    totals: NDArray[np.int64],
    guard: SmallFormula,
    where: TruthFlags,
    there: TruthFlags,
    negatives: NDArray[np.int64],
    *,
    event: bool,
    extra: int,
) -> Iterator[_ConjunctRows]:
    """Yields conjuncts that exclude values which no positive shows where the guard holds.

    These are values below the least one, above the greatest one, or other than the only one. `extra` is added to the
    cost of each.
    """
    least, greatest = totals[:, there].min(axis=1), totals[:, there].max(axis=1)
    kinds: list[tuple[Relation, NDArray[np.int64], TruthFlags]] = [
        ("<", least, totals < least[:, None]),
        (">", greatest, totals > greatest[:, None]),
    ]
    if not event:
        kinds.append(("!=", least, (totals != least[:, None]) & (least == greatest)[:, None]))
    for relation, bounds, rows in kinds:
        bad = rows & where
        if event:
            bad = points.sums(bad) > 0
        covers = bad[:, negatives]
        some = np.flatnonzero(covers.any(axis=1))
        columns = []
        for k in some.tolist():
            wrong: SmallFormula = comparison(terms[k], relation, int(bounds[k]))
            wrong = wrong if isinstance(guard, Always) else Both(guard, wrong)
            columns.append(_Conjunct(wrong if event else negation(wrong), event, size_of(wrong) + 1 + extra))
        yield columns, covers[some]


def _sums(enumeration: Enumeration, positives: NDArray[np.int64]) -> Iterator[tuple[_CountSum, NDArray[np.int64]]]:
    """Yields counts, sums of a few counts, and sums that are the same at all positives; each with its values."""
    terms: list[CountTerm] = []
    totals: list[NDArray[np.int64]] = []
    for size in sorted({1 + size for size in enumeration.values.sizes}):
        if len(terms) >= SMALL_COUNTS:
            break
        counts = enumeration.counts_of(size)
        for row in range(min(len(counts), SMALL_COUNTS - len(terms))):
            window = int(counts.windows[row])
            terms.append(CountTerm(enumeration.formula(int(counts.refs[row])), None if window < 0 else window))
            totals.append(counts.values[row].astype(np.int64))
    for term, total in zip(terms, totals, strict=True):
        yield ((1, term),), total
    for i, j in combinations(range(len(terms)), 2):
        for a, b in ((1, 1), (1, -1), (1, -2), (2, -1)):
            yield ((a, terms[i]), (b, terms[j])), a * totals[i] + b * totals[j]
    for i, j, k in combinations(range(min(TRIPLE_COUNTS, len(terms))), 3):
        for b, c in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            yield ((1, terms[i]), (b, terms[j]), (c, terms[k])), totals[i] + b * totals[j] + c * totals[k]
    for factors in potentials(enumeration.points, positives):
        used = tuple((f, CountTerm(LetterIs(number))) for number, f in enumerate(factors) if f)
        if len(used) > 1:
            total = sum((f * count_of(term, enumeration.points) for f, term in used), np.zeros((), np.int64))
            yield used, total
            yield from _reached(enumeration.points, used, int(total[positives[0]]))


def _further_sums(enumeration: Enumeration) -> Iterator[tuple[_CountSum, NDArray[np.int64]]]:
    """Yields sums with coefficients beyond those of G, and sums that count how often one letter follows another."""
    points, grammar = enumeration.points, enumeration.grammar
    letters = range(len(points.alphabet) if len(points.alphabet) <= MOST_GUARDS else 0)
    terms = [CountTerm(LetterIs(number)) for number in letters]
    totals = [count_of(term, points) for term in terms]
    for number, most in MOST_COEFFICIENTS.items():
        for chosen in combinations(letters, number) if len(letters) <= MOST_WEIGHED[number] else ():
            for factors in weights(number, most):
                if max(map(abs, factors)) > 1 and (number > 2 or max(map(abs, factors)) > grammar.coefficients):
                    total = sum((f * totals[k] for f, k in zip(factors, chosen, strict=True)), np.zeros((), np.int64))
                    yield tuple((f, terms[k]) for f, k in zip(factors, chosen, strict=True)), total
    if 1 not in grammar.lags or len(letters) > MOST_PAIRED:
        return
    pairs = [CountTerm(Both(LetterIs(b), Earlier(LetterIs(a), 1))) for a, b in product(letters, repeat=2)]
    counts = [count_of(term, points) for term in pairs]
    for term, count in zip(pairs, counts, strict=True):
        yield ((1, term),), count
    for (term, count), (other, less) in combinations(zip([*terms, *pairs], [*totals, *counts], strict=True), 2):
        for factor in (1, -1) if isinstance(other.body, Both) else ():
            yield ((1, term), (factor, other)), count + factor * less


def weights(number: int, most: int) -> list[tuple[int, ...]]:
    """Coefficients of a sum, none of them 0 and the first positive, that have no common divisor."""
    either = [k for k in range(-most, most + 1) if k]
    return [one for one in product(either, repeat=number) if one[0] > 0 and gcd(*one) == 1]


def _reached(points: Points, terms: _CountSum, value: int) -> Iterator[tuple[_CountSum, NDArray[np.int64]]]:
    """Yields how often a sum has had the value so far, or at least or at most the value, and since when.

    The first position at which it did is where a prefix expression is complete.
    """
    for relation in REACHING:
        often = CountTerm(comparison(terms, relation, value))
        since = CountTerm(comparison(((1, often),), ">", 0))
        for term in (often, since):
            yield ((1, term),), count_of(term, points).astype(np.int64)


def potentials(points: Points, positives: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """A basis of the integer combinations of letter counts that are the same at all positives, computed exactly."""
    return equal_sums(
        np.array([count_of(CountTerm(LetterIs(k)), points)[positives] for k in range(len(points.alphabet))])
    )


def equal_sums(counts: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """A basis of the integer combinations of the rows that are the same in all columns, computed exactly."""
    rows = [[Fraction(int(x)) for x in (*row, 1)] for row in np.unique(counts.T, axis=0)]
    pivots: list[tuple[int, list[Fraction]]] = []
    for given in rows:
        row = given
        for column, pivot in pivots:
            row = [x - row[column] * y for x, y in zip(row, pivot, strict=True)] if row[column] else row
        column = next((k for k, x in enumerate(row) if x), -1)
        if column >= 0:
            row = [x / row[column] for x in row]
            pivots = [(c, [x - p[column] * y for x, y in zip(p, row, strict=True)]) for c, p in pivots]
            pivots.append((column, row))
    found = []
    bound = {column for column, _ in pivots}
    for free in sorted(set(range(len(counts) + 1)) - bound):
        vector = [Fraction(0)] * (len(counts) + 1)
        vector[free] = Fraction(1)
        for column, pivot in pivots:
            vector[column] = -pivot[free]
        scale = lcm(*(x.denominator for x in vector))
        whole = [int(x * scale) for x in vector[:-1]]
        divisor = gcd(*whole)
        if divisor:
            sign = 1 if next(x for x in whole if x) > 0 else -1
            found.append(tuple(sign * x // divisor for x in whole))
    return found


def _hardest(covers: TruthFlags) -> TruthFlags:
    """(negatives, columns): which conjuncts exclude each negative, only for the negatives that are hardest to exclude.

    A negative is left out if all conjuncts that exclude some other negative exclude it too.
    """
    rows = np.unique(covers, axis=1).T
    shared = rows.astype(np.float32) @ rows.T.astype(np.float32)
    easier = shared == shared.diagonal()[:, None]  # [i, j]: whatever covers i covers j
    np.fill_diagonal(easier, val=False)
    return np.asarray(rows[~easier.any(axis=0)])


# --- the solver --------------------------------------------------------------------------------------------------


def _smallest(parts: Iterator[_ConjunctRows]) -> _Pool | None:
    """The cheapest conjunct for each set of negatives that is excluded.

    If there are too many, those are kept that exclude most for their cost.
    """
    cheapest: dict[bytes, _Conjunct] = {}
    width = 0
    for columns, rows in parts:
        width = rows.shape[1] if len(columns) else width
        for column, row in zip(columns, np.packbits(rows, axis=1) if len(columns) else rows, strict=True):
            key = row.tobytes()
            if key not in cheapest or column.cost < cheapest[key].cost:
                cheapest[key] = column
    cheapest = {key: column for key, column in cheapest.items() if any(key)}
    if not cheapest:
        return None
    packed = np.frombuffer(b"".join(cheapest), dtype=np.uint8).reshape(len(cheapest), -1)
    covers = np.unpackbits(packed, axis=1)[:, :width].astype(bool)
    columns = tuple(cheapest.values())
    costs = np.array([column.cost for column in columns])
    if len(columns) > POOL_COLUMNS:
        rarity = 1.0 / np.maximum(covers.sum(axis=0), 1)
        rare = [covers[k : k + ROWS_AT_ONCE] @ rarity for k in range(0, len(covers), ROWS_AT_ONCE)]
        worth = np.concatenate(rare) / costs + covers.sum(axis=1) / covers.shape[1] / costs
        kept = np.argsort(-worth, kind="stable")[:POOL_COLUMNS]
        lacking = np.flatnonzero(~covers[kept].any(axis=0))
        kept = np.unique(np.concatenate([kept, covers[:, lacking].argmax(axis=0)]))
        columns, covers = tuple(columns[k] for k in kept), covers[kept]
    return _Pool(columns, covers)


def _greedy(pool: _Pool) -> list[int]:
    """A cover of the negatives that always adds the conjunct that excludes most for its cost."""
    costs = np.array([column.cost for column in pool.columns], dtype=float)
    left, chosen = np.ones(pool.covers.shape[1], dtype=bool), []
    while left.any():
        gains = pool.covers[:, left].sum(axis=1) / costs
        best = int(gains.argmax())
        chosen.append(best)
        left &= ~pool.covers[best]
    for column in sorted(chosen, key=lambda k: -costs[k]):  # leave out what the others cover too
        others = [k for k in chosen if k != column]
        if others and pool.covers[others].any(axis=0).all():
            chosen = others
    return chosen


def _solve(pool: _Pool, hint: list[int], until: float) -> list[int]:
    """A cover of least cost, or the best that was found in the time. It costs no more than the hint."""
    from ortools.sat.python import cp_model  # imported here, as it is slow and no other command needs it

    model = cp_model.CpModel()
    taken = [model.NewBoolVar("") for _ in pool.columns]
    some_event = model.NewBoolVar("")
    for row in _hardest(pool.covers):
        if monotonic() + LEAST_SECONDS >= until:
            return hint
        model.AddBoolOr([taken[k] for k in np.flatnonzero(row)])
    for variable, column in zip(taken, pool.columns, strict=True):
        if column.event:
            model.AddImplication(variable, some_event)
    model.Minimize(sum(c.cost * v for c, v in zip(pool.columns, taken, strict=True)) + 2 * some_event)
    for k, variable in enumerate(taken):
        model.AddHint(variable, int(k in hint))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = max(LEAST_SECONDS, until - monotonic())
    solver.parameters.catch_sigint_signal = False  # Python handles Ctrl-C, so that what is known so far is reported
    status = _answered(solver, model)
    if solver.StatusName(status) not in ("OPTIMAL", "FEASIBLE"):
        return hint
    return [k for k, variable in enumerate(taken) if solver.Value(variable)]


def _answered(solver: Any, model: Any) -> Any:
    """The status that the solver returns.

    It runs in another thread, and Ctrl-C, which reaches this thread, stops it.
    """
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(solver.Solve, model)
        try:
            return running.result()
        except KeyboardInterrupt:
            solver.StopSearch()
            raise
