"""One head, exactly: weights are N^a with integer logits a, averages are integers over common denominators."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from limit_transformer.machine.machine import Head
from limit_transformer.machine.matrix import SMALL_SUM, Integers
from limit_transformer.machine.rationals import (
    Denominators,
    RationalColumn,
    combine,
    compact,
    over,
    power,
    product,
    running_sum,
)


class LogitError(ValueError):
    """An attention logit is not an integer, so that its weight is not a rational number."""


class _Sums(NamedTuple):
    """What a head receives before it divides: numerators (values, words, positions), totals (words or 1, positions)."""

    numerators: Integers
    totals: Integers


def attend(
    head: Head, columns: Sequence[RationalColumn], base: Integers, table: Denominators
) -> dict[int, RationalColumn]:
    """Return what the head adds to each coordinate that it writes.

    For each value it costs (positions) x (distinct logits + lags) if logits depend on the key and the lag alone, and
    (positions)^2 otherwise.

    Args:
        head: The head.
        columns: The coordinates of the stream.
        base: (1, positions) N at each position.
        table: The denominators of the run.

    Raises:
        LogitError: A logit is not an integer.
    """
    moved = combine(head.value, columns, table)
    rows = sorted(moved)
    if not rows:
        return {}
    groups: dict[int, list[int]] = {}
    for row in rows:
        column = _evenly(moved[row], table)
        moved[row] = column
        groups.setdefault(column.denominator, []).append(row)
    result: dict[int, RationalColumn] = {}
    for denominator, members in groups.items():
        values = np.stack([moved[row].numerators for row in members])
        sums = _sums(head, values, columns, base, table)
        target = table.number(compact(product(sums.totals, table[denominator])))
        result.update((row, RationalColumn(compact(sums.numerators[k]), target)) for k, row in enumerate(members))
    return result


def _evenly(column: RationalColumn, table: Denominators) -> RationalColumn:
    """Return the column over denominators that are equal at all positions of a word, so that they can be summed."""
    own = table[column.denominator]
    if (own == own[:, :1]).all():
        return column
    common = np.lcm.reduce(own.astype(object), axis=1, keepdims=True)
    target = table.number(np.broadcast_to(common, own.shape).copy())
    return RationalColumn(over(column, target, table), target)


def _sums(
    head: Head, values: Integers, columns: Sequence[RationalColumn], base: Integers, table: Denominators
) -> _Sums:
    if head.is_uniform:
        return _Sums(running_sum(values), np.arange(1, values.shape[-1] + 1)[None, :])
    queries = {q: _integers(head, q, columns, table) for q in set(head.content.columns.tolist())}
    keys = {k: _integers(head, k, columns, table) for k in set(head.content.rows.tolist())}
    if all((query == query.flat[0]).all() for query in queries.values()):
        content = np.zeros(values.shape[1:], dtype=object)
        for k, q, weight in head.content.entries:
            content = content + keys[k].astype(object) * (weight * int(queries[q].flat[0]))
        return _by_key(head, values, compact(content), base)
    return _by_pair(head, values, keys, queries, base)


def _integers(head: Head, coordinate: int, columns: Sequence[RationalColumn], table: Denominators) -> Integers:
    column = columns[coordinate]
    denominators = table[column.denominator]
    if np.any(column.numerators % denominators != 0):
        raise LogitError(f"head {head.name}: expected integers in coordinate {coordinate}, which its logits read")
    return np.asarray(column.numerators // denominators)


def _by_key(head: Head, values: Integers, content: Integers, base: Integers) -> _Sums:
    """Return the sums for logits content_j + phi(i - j): a running sum for each content, corrected for each lag.

    Every weight is multiplied by N^-lowest, so that no exponent is negative.
    """
    lags = [(lag, logit) for lag, logit in head.lags if lag < values.shape[-1]]
    contents = sorted(set(content.ravel().tolist()))
    lowest = contents[0] + min([0, *(logit for _, logit in lags)])
    numerators: Integers = np.zeros(values.shape, dtype=np.int64)
    totals: Integers = np.zeros(content.shape, dtype=np.int64)
    for found in contents:
        weights = power(base, found - lowest)
        here = content == found
        numerators = _plus(numerators, product(running_sum(values * here), weights))
        totals = _plus(totals, product(running_sum(here.astype(np.int64)), weights))
    for lag, logit in lags:
        size = values.shape[-1] - lag
        exponents = content[:, :size] - lowest
        later = np.broadcast_to(base[:, lag:], exponents.shape)
        change = _plus(power(later, exponents + logit), -power(later, exponents))
        numerators = _plus(numerators, _delayed(product(values[..., :size], change), lag))
        totals = _plus(totals, _delayed(change, lag))
    return _Sums(numerators, totals)


def _by_pair(
    head: Head, values: Integers, keys: dict[int, Integers], queries: dict[int, Integers], base: Integers
) -> _Sums:
    """Return the sums for any logits, one word at a time, with its weights (query positions, key positions)."""
    length = values.shape[-1]
    lag_of = np.arange(length)[:, None] - np.arange(length)[None, :]
    visible = lag_of >= 0
    shift = np.zeros((length, length), dtype=object)
    for lag, logit in head.lags:
        shift[lag_of == lag] = logit
    numerators, totals = [], []
    for word in range(values.shape[1]):
        logits = shift.copy()
        for k, q, weight in head.content.entries:
            logits += np.multiply.outer(queries[q][word].astype(object) * weight, keys[k][word].astype(object))
        exponents = compact(np.where(visible, logits - logits[visible].min(), 0))
        weights = product(power(np.broadcast_to(base.T, exponents.shape), exponents), visible.astype(np.int64))
        moved = values[:, word]
        if weights.dtype == object or int(weights.max()) * length * (int(np.abs(moved).max()) + 1) >= SMALL_SUM:
            weights, moved = weights.astype(object), moved.astype(object)
        totals.append(weights.sum(axis=1))
        numerators.append(moved @ weights.T)
    return _Sums(np.stack(numerators, axis=1), np.stack(totals))


def _plus(left: Integers, right: Integers) -> Integers:
    """Return the elementwise sum; int64 numbers are below 2^62 each, so that their sum fits."""
    wide = left.dtype == object or right.dtype == object
    return compact(left.astype(object) + right.astype(object)) if wide else _checked(left + right)


def _checked(array: Integers) -> Integers:
    """Return the array, as Python's integers if a further sum of two such arrays could overflow."""
    return array if np.all(np.abs(array) < SMALL_SUM) else array.astype(object)


def _delayed(array: Integers, lag: int) -> Integers:
    """Return the array moved `lag` positions later, with 0 before."""
    before = np.zeros((*array.shape[:-1], lag), dtype=array.dtype)
    return np.concatenate([before, array], axis=-1)
