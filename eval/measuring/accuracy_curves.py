"""Accuracy by length of several runs: the mean over the seeds and the range between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from train.ledger.accuracy import BinAccuracy
from train.ledger.result import Result

POINT_LENGTHS = 10  # lengths that are one point of a curve


@dataclass(frozen=True)
class Curve:
    """Points by ascending length: the middle of the lengths that each is of, and shares of words wholly right."""

    lengths: tuple[float, ...]
    means: tuple[float, ...]
    least: tuple[float, ...]
    greatest: tuple[float, ...]


def curve_of(results: Sequence[Result]) -> Curve:
    """The curve of runs of one configuration, tested on the same words.

    A point for `POINT_LENGTHS` lengths where every run counted each length, else one for each tested range.
    """
    return curve_of_bins([result.bins for result in results])


def curve_of_bins(runs: Sequence[Sequence[BinAccuracy]]) -> Curve:
    """The same of the ranges that each run was tested on."""
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
    """The share right of each `POINT_LENGTHS` lengths, (first, last); empty where a range was not counted by length."""
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
