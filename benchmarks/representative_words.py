"""How long words must be to come near the value of every longer word, for known attention patterns and a tolerance.

The attention of a hardmax layer is uniform over the positions with the largest logit. A word stands for another word
under two conditions. Both end in the same letter and at the same residue, so that the query is the same. And the same
classes of positions tie in both. The wanted length is the least N such that every word has one of length at most N that
stands for it and whose value is within eps.

There are three cases: one pattern, the positions of a residue class, whose value is the share of ones among them, as in
ModPTask; two patterns at once that share a class; and logits without ties.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-12  # bounds the rounding error in the difference of two shares


def representative_length(period: int, residue: int, *, eps: float, longest: int) -> int:
    """Return the least N of a residue class for words of length up to `longest`; N for all words is at least this.

    Args:
        period: The period of the positions, which are 1, 2, ...
        residue: The layer reads the positions that are `residue` modulo `period`.
        eps: The tolerance.
        longest: The longest words that are looked at.

    Raises:
        ValueError: `eps` is not positive, `residue` is not a residue, or `longest` is less than two periods.
    """
    if not (eps > 0 and 0 <= residue < period and longest >= 2 * period):
        raise ValueError(f"expected eps > 0, 0 <= residue < period, longest >= 2 period: {eps}, {residue}, {period}")
    return max(_of_kind(period, residue, end, last, eps, longest) for end in range(period) for last in (0, 1))


def _of_kind(period: int, residue: int, end: int, last: int, eps: float, longest: int) -> int:
    """Return the least N for the words of lengths `end` modulo `period` whose last letter is `last`."""
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
    """Return how many of the positions 1..length are read."""
    return sum(1 for position in range(1, length + 1) if position % period == residue)


def _shares(read: int, last: int | None) -> NDArray[np.float64]:
    """Return the possible shares of ones among `read` positions, in ascending order.

    `last` is the letter at the last of these positions; None if that letter is free.
    """
    least, most = (0, read) if last is None else (last, read - 1 + last)
    return np.arange(least, most + 1) / read


def _distance(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance from each wanted number to the nearest of the found ones, which are in ascending order."""
    after = np.searchsorted(found, wanted).clip(1, max(1, len(found) - 1))
    left, right = found[(after - 1).clip(0)], found[np.minimum(after, len(found) - 1)]
    nearest: NDArray[np.float64] = np.minimum(abs(wanted - left), abs(wanted - right))
    return nearest


# --- a pair of patterns --------------------------------------------------------------------------------------

Interval: TypeAlias = tuple[Fraction, Fraction]
NONE = 1 << 40  # more than any count; it says that no number suffices


@dataclass(frozen=True)
class PairLength:
    """The length of the shortest stand-in for the worst word of a set, and the two shares of that word."""

    length: int
    shares: tuple[Fraction, Fraction]


def pair_length(words: Iterable[tuple[Fraction, Fraction]], *, eps: Fraction) -> PairLength:
    """Return the greatest length that a word of the set needs in order to be stood for, by two patterns at once.

    There are three letters. One pattern reads the letters 1 and 2, the other 2 and 3, and each has two values that
    differ by 1. So a word is given by two shares: that of 1 among 1 and 2, and that of 3 among 2 and 3. (A constant
    that is added to the values, or an exchange of the values, changes no difference.) A word stands for another if
    neither share differs by more than `eps`; both shares are defined for both. All stand-ins are looked at, in exact
    arithmetic.

    Args:
        words: The two shares of each word.
        eps: The tolerance.

    Raises:
        ValueError: The set is empty, `eps` is not positive, or two shares belong to no word. Two shares from 0 to below
            1 always belong to some word; a share is 1 only if the other one is.
    """
    wanted = list(words)
    if not wanted or not eps > 0:
        raise ValueError(f"expected words and eps > 0: {len(wanted)} words, {eps}")
    for first, second in wanted:
        if not (first == second == 1 or (0 <= first < 1 and 0 <= second < 1)):
            raise ValueError(f"expected shares of a word: {first}, {second}")
    number = {share: k for k, share in enumerate(sorted({share for pair in wanted for share in pair}))}
    columns = np.array([[number[share] for share in pair] for pair in wanted])
    found = _shortest([(share - eps, share + eps) for share in number], columns[:, 0], columns[:, 1])
    worst = int(found.argmax())
    return PairLength(int(found[worst]), wanted[worst])


def pair_words(longest: int) -> set[tuple[Fraction, Fraction]]:
    """Return the two shares of every word of up to `longest` letters that has a 1 or 2, and a 2 or 3."""
    counts = [(a, b, n - a - b) for n in range(1, longest + 1) for a in range(n + 1) for b in range(n + 1 - a)]
    return {(Fraction(a, a + b), Fraction(c, b + c)) for a, b, c in counts if a + b and b + c}


def pair_upper_bound(*, eps: Fraction, parts: int, scarcest: Fraction = Fraction(0)) -> int:
    """Return a length that suffices for every word, because each box of shares has one stand-in for all its words.

    The square of shares is cut into boxes of side `eps` / `parts`. A stand-in for a box has shares within `eps` of both
    ends of the box.

    Args:
        eps: The tolerance.
        parts: How many sides of a box make `eps`.
        scarcest: If given, only words are meant in which the letter 2 is at least this share of the letters of either
            pattern. It is a multiple of the side.

    Raises:
        ValueError: The side does not divide 1, or an argument is out of range.
    """
    side = eps / parts
    number = (1 - scarcest) / side
    if not (eps > 0 and parts >= 1 and side.numerator == 1 and number.denominator == 1 and 0 <= scarcest < 1):
        raise ValueError(f"expected eps / parts to divide 1 and scarcest below 1: {eps} / {parts}, {scarcest}")
    boxes = [(k * side + side - eps, k * side + eps) for k in range(int(number))]
    first, second = np.indices((len(boxes), len(boxes))).reshape(2, -1)
    return int(_shortest(boxes, first, second).max())


def _shortest(shares: Sequence[Interval], first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, elementwise, the least length of a word whose two shares lie in shares[first] and shares[second].

    Given the number of the letter 2, the numbers of 1 and of 3 are chosen separately, each as small as possible.
    """
    best = np.full(len(first), NONE, dtype=np.int64)
    shared = 0
    while shared < best.max():  # a word with more of the letter 2 is longer
        least = np.array([_least_other(low, high, shared) for low, high in shares])
        best = np.minimum(best, least[first] + shared + least[second])
        shared += 1
    return best


def _least_other(low: Fraction, high: Fraction, shared: int) -> int:
    """Return the least n with low <= n / (n + shared) <= high and n + shared > 0; NONE if there is none."""
    if shared == 0:
        return 1 if low <= 1 <= high else NONE
    if low >= 1:
        return NONE
    least = max(0, -(-low.numerator * shared // (low.denominator - low.numerator)))
    return least if least * high.denominator <= high.numerator * (least + shared) else NONE


# --- logits without ties -------------------------------------------------------------------------------------


def untied_length(logits: NDArray[np.float64], values: NDArray[np.float64], *, eps: float, longest: int) -> int:
    """Return the least N for words up to `longest` if no two logits of a query tie: one class has all attention.

    Words stand for each other as in the module's text.

    Args:
        logits: (period, letters, period, letters) The class of the query, then that of the key; a class is a position
            modulo period and a letter.
        values: (period, letters) The value of the key's class.
        eps: The tolerance.
        longest: The longest words that are looked at.

    Raises:
        ValueError: A query has a tie, or `eps` or `longest` is not positive.
    """
    period, letters = values.shape
    if not (eps > 0 and longest >= 1):
        raise ValueError(f"expected eps > 0, longest >= 1: {eps}, {longest}")
    needed = 0
    for end in range(period):
        for last in range(letters):
            order = np.unique(logits[end, last])
            if len(order) < period * letters:
                raise ValueError(
                    f"expected logits without ties, of residue {end} and letter {last}: {logits[end, last]}"
                )
            ranks = np.searchsorted(order, logits[end, last])
            by_rank = np.empty(period * letters)
            by_rank[ranks] = values
            needed = max(needed, _untied_of_kind(ranks, by_rank, end, last, eps, longest))
    return needed


def _untied_of_kind(
    ranks: NDArray[np.int64], values: NDArray[np.float64], end: int, last: int, eps: float, longest: int
) -> int:
    """Return the least N for the words that end in `last` at residue `end`; 0 if there is none up to `longest`."""
    firsts: dict[int, int] = {}  # greatest rank in a word -> the least length at which it occurs
    tops = {-1}  # the greatest ranks in all words that are one letter shorter
    for length in range(1, longest + 1):
        row = ranks[length % len(ranks)]
        if length % len(ranks) == end:
            for top in tops:
                firsts.setdefault(max(top, int(row[last])), length)
        tops = {max(top, int(rank)) for top in tops for rank in row}
    found = np.array(list(firsts), dtype=np.int64)
    lengths = np.array(list(firsts.values()), dtype=np.int64)
    near = abs(values[found][:, None] - values[found]) <= eps + ROUNDING  # (wanted, standing in)
    return int(np.where(near, lengths, longest).min(axis=1, initial=longest).max(initial=0))
