"""How sure a share of counted words is, and how it is written."""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
NAME = "Wilson score interval, 95%"


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The Wilson score interval for the share of all words (E. B. Wilson 1927, no continuity correction).

    Unlike the normal interval it has a width where every word was right.
    """
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"expected some words, at most all of them right, found {correct} of {total}")
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / total + weight / (4 * total))
    return (0.0 if correct == 0 else middle - half, 1.0 if correct == total else middle + half)


def percent(share: float) -> str:
    """A percentage with one decimal that is 100 only where every word was right."""
    return "100" if share == 1 else f"{min(100 * share, 99.9):.1f}"
