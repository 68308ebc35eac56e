"""What a function of positions depends on: on the lag alone, or on the residue alone.

Both are found by least squares. Softmax does not change if a number is added to the logits of all keys of a query. So
logits are first centred: the mean over a query's keys is subtracted, and what is explained is the rest.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]
LONGEST_PERIOD_POSITIONS = 64  # positions
LEAST_SHARE = 0.1  # a period that explains a smaller share of the variance is taken for chance
SATURATED_LOGITS = 40.0  # a key whose logit is further below another's has no weight that a float64 answer shows
MATTERS_SHARE = 1e-3  # a lag matters if it changes its weight by more than this share of all weight
ENOUGH_SHARE = 0.02  # a longer period has to explain a share of the variance that is larger by more than this
ROUNDS = 60  # the most rounds of alternating means; they end sooner when nothing moves any more


@dataclass(frozen=True)
class LagTable:
    """What the lag alone gives to a head's logits.

    logits         logits[d] is what lag d adds; far lags add 0
    begin          what the begin token gets
    begin_follows  whether the begin token gets the logit of its lag in addition
    reach          the last lag that matters; None if none does
    share          the share of the variance between the keys of a query that this explains; 1 if there is no variance
    variance       that variance
    """

    logits: Doubles  # (lags,)
    begin: float
    begin_follows: bool
    reach: int | None
    share: float
    variance: float  # in logits squared

    def matrix(self, tokens: int) -> Doubles:
        """Return what is added to logits (queries, keys); lags beyond `reach` and later keys get 0."""
        lags = np.arange(tokens)[:, None] - np.arange(tokens)[None]
        kept = self.logits[: 0 if self.reach is None else self.reach + 1]
        padded = np.concatenate([kept, np.zeros(1)])
        found = padded[np.where((lags >= 0) & (lags < len(kept)), lags, len(kept))]
        found[:, 0] = self.begin + (found[:, 0] if self.begin_follows else 0.0)
        return np.asarray(found)


@dataclass(frozen=True)
class PeriodFit:
    """The smallest period that explains a table of positions as well as any, and the share of variance it explains.

    The share is adjusted for the number of means that the period estimates.
    """

    period: int
    share: float
    variance: float


def lag_table(scores: Doubles) -> LagTable:
    """Return what the lag gives to logits (queries, keys), of which those with key <= query count.

    The first key is the begin token, which is treated separately. Its logit is a constant, with the logit of its lag or
    without; the better of the two fits is returned.
    """
    both = [_fitted(scores, follows=follows) for follows in (True, False)]
    return min(both, key=lambda each: -each.share)


def _fitted(scores: Doubles, *, follows: bool) -> LagTable:
    """Return the least-squares fit of a number for each query, each lag and the begin token, by alternating means."""
    count = len(scores)
    queries, keys = np.tril_indices(count)
    target, lags, first = scores[queries, keys], queries - keys, keys == 0
    rowwise, by_lag, begin = np.zeros(count), np.zeros(count), 0.0
    for _ in range(ROUNDS):
        told = np.where(first, begin + (by_lag[lags] if follows else 0.0), by_lag[lags])
        rowwise = _means(target - told, queries, count)
        rest = target - rowwise[queries]
        counted = np.ones_like(first) if follows else ~first
        moved = _means((rest - begin * first)[counted], lags[counted], count)
        begin = float((rest - (moved[lags] if follows else 0.0))[first][1:].mean())
        moved_by = float(np.abs(moved - by_lag).max())
        by_lag = moved
        if moved_by <= 1e-9 * max(1.0, float(np.abs(moved).max())):
            break
    told = np.where(first, begin + (by_lag[lags] if follows else 0.0), by_lag[lags])
    centred = target - _means(target, queries, count)[queries]
    left = target - told - _means(target - told, queries, count)[queries]
    variance = float((centred**2).mean())
    share = 1.0 if variance < 1e-12 else max(0.0, 1 - float((left**2).mean()) / variance)
    return _normal(by_lag[: count - 1], begin, follows, share, variance)


def _normal(by_lag: Doubles, begin: float, follows: bool, share: float, variance: float) -> LagTable:
    """Return the table shifted so that far lags have logit 0, with no gap between logits wider than SATURATED_LOGITS.

    A key without visible weight may have any logit that is low enough, so wider gaps mean nothing.
    """
    base = float(np.median(by_lag[len(by_lag) // 2 :]))
    values = np.concatenate([by_lag - base, [begin if follows else begin - base, 0.0]])
    order = np.argsort(values)
    gaps = np.minimum(np.diff(values[order]), SATURATED_LOGITS)
    values[order] = np.concatenate([[0.0], np.cumsum(gaps)])
    values -= values[-1]
    logits, begin = values[:-2], float(values[-2])
    # A lag matters if giving it the weight of the far lags would change its weight by more than MATTERS_SHARE of all.
    weights = np.exp(logits - max(0.0, float(logits.max())))
    changed = np.abs(weights - np.exp(-max(0.0, float(logits.max())))) / weights.sum()
    near = np.flatnonzero(changed > MATTERS_SHARE)
    return LagTable(logits, begin, follows, int(near[-1]) if len(near) else None, share, variance)


def _means(values: Doubles, groups: NDArray[np.intp], count: int) -> Doubles:
    sums = np.bincount(groups, weights=values, minlength=count)
    sizes = np.bincount(groups, minlength=count)
    return np.asarray(sums / np.maximum(sizes, 1))


def period_fit(table: Doubles) -> PeriodFit:
    """Return the smallest period that explains the rows of a table (positions, numbers) as well as any.

    Periods go up to LONGEST_PERIOD_POSITIONS. The share of the variance is adjusted for the means that a period
    estimates. The smallest period within ENOUGH_SHARE of the best share is taken. Period 1 explains nothing; it is
    taken if no period explains LEAST_SHARE.
    """
    rows = len(table)
    total = float(((table - table.mean(axis=0)) ** 2).sum())
    if rows < 3 or total <= 1e-18 * max(1.0, float((table**2).sum())):
        return PeriodFit(1, 1.0, 0.0)
    shares = {
        period: share_of_period(table, period) for period in range(1, min(LONGEST_PERIOD_POSITIONS, rows // 3) + 1)
    }
    best = max(shares.values())
    period = 1 if best < LEAST_SHARE else next(each for each, share in shares.items() if share >= best - ENOUGH_SHARE)
    return PeriodFit(period, shares[period], total / rows)


def share_of_period(table: Doubles, period: int) -> float:
    """Return the share of the variance of a table's rows that residues explain, adjusted for the means estimated."""
    rows = len(table)
    total = float(((table - table.mean(axis=0)) ** 2).sum())
    if period == 1 or total == 0:
        return 0.0 if total else 1.0
    left = float(((table - residue_means(table, period)[np.arange(rows) % period]) ** 2).sum())
    return max(0.0, 1 - left / total * (rows - 1) / (rows - period))


def residue_means(table: Doubles, period: int) -> Doubles:
    """Return the mean row of each residue.  (period, numbers)"""
    return np.stack([table[residue::period].mean(axis=0) for residue in range(period)])
