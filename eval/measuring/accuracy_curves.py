"""Accuracy by length of several runs as a curve: the mean over the runs, and the range between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from train.ledger.accuracy import BinAccuracy
from train.ledger.result import Result

POINT_LENGTHS = 10  # how many lengths one point of a curve covers


@dataclass(frozen=True)
class Curve:
    """Points by ascending length.

    Attributes:
        lengths: The middle of the lengths that each point covers.
        means: The mean share of words that are wholly right, over the runs.
        least: The least share.
        greatest: The greatest share.
    """

    lengths: tuple[float, ...]
    means: tuple[float, ...]
    least: tuple[float, ...]
    greatest: tuple[float, ...]


def curve_of(results: Sequence[Result]) -> Curve:
    """Return the curve of runs of one configuration, which are tested on the same words.

    A point covers `POINT_LENGTHS` lengths if every run counted each length, and otherwise one tested range.
    """
    return curve_of_bins([result.bins for result in results])


def curve_of_bins(runs: Sequence[Sequence[BinAccuracy]]) -> Curve:
    """Return the curve of the accuracies of several runs, each a sequence of ranges."""
    counted = [_counted(bins) for bins in runs]
    if not all(counted):
        counted = [{each.lengths: each.accuracy for each in bins} for bins in runs]
    spans = sorted(set.intersection(*(set(each) for each in counted))) if counted else []
    shares = [[each[span] for each in counted] for span in spans]
    return Curve(
        tuple((a + b) / 2 for a, b in spans),
        tuple(map(mean, shares)),
        tuple(map(min, shares)),
        tuple(map(max, shares)),
    )


def _counted(bins: Sequence[BinAccuracy]) -> dict[tuple[int, int], float]:
    """Return the share of right words of each `POINT_LENGTHS` lengths, by (first, last).

    It is empty if some range was not counted by length.
    """
    if not all(each.by_length for each in bins):
        return {}
    correct: dict[tuple[int, int], int] = {}
    total: dict[tuple[int, int], int] = {}
    for length, right, tried in (counts for each in bins for counts in each.by_length):
        first = (length - 1) // POINT_LENGTHS * POINT_LENGTHS + 1
        span = (first, first + POINT_LENGTHS - 1)
        correct[span] = correct.get(span, 0) + right
        total[span] = total.get(span, 0) + tried
    return {span: correct[span] / tried for span, tried in total.items()}
