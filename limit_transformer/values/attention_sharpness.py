"""How much of a head's attention is on one token, for weights N^logit with any N that is at least the tokens read."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

LARGEST_GAP = 64  # larger gaps between logits count as this


@dataclass(frozen=True)
class Sharpness:
    """At every position one token, the same for every word, has all of the attention except at most `leak`.

    At position 0 this token is the begin marker. If `to_letter` is false it is the begin marker at every position;
    otherwise it may be a letter at some lag. A logit is phi(lag) plus `begin` if the key is the begin marker, else plus
    `letter`.
    """

    leak: Fraction
    to_letter: bool
    begin: int
    letter: int


def sharpness(lags: Mapping[int, int], begin: int, letter: int) -> Sharpness | None:
    """Return how sharp a head is; None if it is not sharp.

    Position i sees the begin marker at lag i, and letters at the lags 0..i-1. Between two successive lags of phi,
    positions differ only in how many letters they see whose lag is not in phi. So each such stretch of positions is one
    case.

    Args:
        lags: phi, from lag to logit.
        begin: What is added to phi if the key is the begin marker.
        letter: What is added to phi if the key is a letter.
    """
    ordered = sorted(lags)
    found = []
    for k, lag in enumerate(ordered):
        found.append(_case(lags, ordered[:k], begin + lags[lag], letter, lag, lag))
    starts = [0, *(lag + 1 for lag in ordered)]
    ends = [*(lag - 1 for lag in ordered), None]
    for k, (first, last) in enumerate(zip(starts, ends, strict=True)):
        if last is None or first <= last:
            found.append(_case(lags, ordered[:k], begin, letter, first, last))
    cases = [case for case in found if case is not None]
    if len(cases) < len(found):
        return None
    return Sharpness(max(leak for leak, _ in cases), any(to_letter for _, to_letter in cases), begin, letter)


def _case(
    lags: Mapping[int, int], near: list[int], begin: int, letter: int, first: int, last: int | None
) -> tuple[Fraction, bool] | None:
    """Return the leak, and whether a letter has the attention, at the positions `first` to `last`; None if not sharp.

    These positions see letters at the lags `near` of phi.
    """
    if first == 0 and last == 0:
        return Fraction(0), False
    if first == 0:
        # Position 0 sees only itself, and is sharp.
        first = 1
    special = [letter + lags[lag] for lag in near]
    crowd = last is None or last > len(near)  # whether letters can be visible whose lag is not in phi
    singles = [begin, *special]
    top = max(singles)
    if singles.count(top) > 1 or (crowd and letter >= top):
        return None
    gaps = sorted(top - logit for logit in singles)[1:]
    mass = _mass(gaps, top - letter if crowd else None, 1 + len(near), first + 1)
    return mass / (1 + mass), top != begin


def _mass(gaps: list[int], crowd: int | None, seen: int, least: int) -> Fraction:
    """Return the largest sum of N^-gap over N >= least, with N - seen more tokens at the gap `crowd`.

    It suffices to look at N up to 2 c, with c = seen. For g >= 2, (N - c) / N^g falls from N = g c / (g - 1) <= 2 c on;
    for g = 1 it stays below 1.
    """
    if crowd == 1:
        return sum((Fraction(1, least ** min(gap, LARGEST_GAP)) for gap in gaps), Fraction(1))
    largest = Fraction(0)
    for n in range(least, max(least, 2 * seen) + 1):
        mass = sum((Fraction(1, n ** min(gap, LARGEST_GAP)) for gap in gaps), Fraction(0))
        if crowd is not None:
            mass += Fraction(max(0, n - seen), n ** min(crowd, LARGEST_GAP))
        largest = max(largest, mass)
    return largest
