"""How long words must be to come near every longer word's value, for one known attention pattern and a tolerance.

The attention of a hardmax layer is uniform over the positions of a residue class, and the value is the share of ones
among them, as in ModPTask. A word stands for another if both end in the same letter and at the same residue: then the
query is the same. The length asked for is the least N such that every word has one of length N or less that stands
for it and whose value is within eps.
"""

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-12  # of the difference of two shares


def representative_length(period: int, residue: int, *, eps: float, longest: int) -> int:
    """The least N for words to `longest`: a lower bound on that for all words.

    Positions are 1, 2, ...; the layer reads those that are `residue` modulo `period`. ValueError where eps is not
    positive, the residue is none, or some kind of word that ends in a class does not occur to `longest`.
    """
    if not (eps > 0 and 0 <= residue < period and longest >= 2 * period):
        raise ValueError(f"expected eps > 0, 0 <= residue < period, longest >= 2 period: {eps}, {residue}, {period}")
    return max(_of_kind(period, residue, end, last, eps, longest) for end in range(period) for last in (0, 1))


def _of_kind(period: int, residue: int, end: int, last: int, eps: float, longest: int) -> int:
    """The least N for the words of lengths `end` modulo `period` whose last letter is `last`."""
    lengths = [n for n in range(1, longest + 1) if n % period == end and _read(n, period, residue)]
    shares = [_shares(_read(n, period, residue), last if end == residue else None) for n in lengths]
    wanted = np.unique(np.concatenate(shares))
    near = np.zeros(len(wanted), dtype=bool)
    for length, found in zip(lengths, shares, strict=True):
        near |= _distance(wanted, found) <= eps + ROUNDING
        if near.all():
            return length
    raise AssertionError("every share is its own representative")


def _read(length: int, period: int, residue: int) -> int:
    """How many of the positions 1..length are read."""
    return sum(1 for position in range(1, length + 1) if position % period == residue)


def _shares(read: int, last: int | None) -> NDArray[np.float64]:
    """The shares of ones among `read` positions, rising; `last` is the letter at the last one, None where free."""
    least, most = (0, read) if last is None else (last, read - 1 + last)
    return np.arange(least, most + 1) / read


def _distance(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each to the nearest of those found, which rise."""
    after = np.searchsorted(found, wanted).clip(1, max(1, len(found) - 1))
    left, right = found[(after - 1).clip(0)], found[np.minimum(after, len(found) - 1)]
    nearest: NDArray[np.float64] = np.minimum(abs(wanted - left), abs(wanted - right))
    return nearest
