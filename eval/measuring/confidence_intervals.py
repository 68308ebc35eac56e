"""Confidence intervals of shares, and how shares are written."""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
NAME = "Wilson score interval, 95%"


def wilson(correct: int, total: int) -> tuple[float, float]:
    """Return the Wilson score interval for a share (E. B. Wilson 1927, without continuity correction).

    Unlike the normal interval, it has a width even if every word is right.

    Raises:
        ValueError: There are no words, or more right ones than words.
    """
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"expected some words, at most all of them right, found {correct} of {total}")
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / total + weight / (4 * total))
    return (0.0 if correct == 0 else middle - half, 1.0 if correct == total else middle + half)


def percent(share: float) -> str:
    """Return a percentage with one decimal; it is "100" only if every word is right."""
    return "100" if share == 1 else f"{min(100 * share, 99.9):.1f}"
