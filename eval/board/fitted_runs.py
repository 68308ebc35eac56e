"""What the fitted runs of one cell show together: how many are right up to which length, their horizons, the verdict.

A cell is one task and setting, trained by one protocol on words of one version. Its runs differ in the size of the
model, the learning rate and the seed. Nothing here chooses among them by their results on longer words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Final, Literal, TypeAlias

from eval.measuring.confidence_intervals import wilson
from train.ledger.accuracy import BinAccuracy
from train.ledger.horizon import TIMES, horizon_limit
from train.ledger.identity import identity
from train.ledger.result import GENERALIZES, MeasuredVerdict, Result
from train.model.config import TrainConfig
from train.model.encodings import smallest_shape

FIRST_RUNS: Final = 5  # the verdict rests on the first so many fitted runs; a cell with fewer is never said to fail
FAR_TIMES: Final = 3  # the verdict is about lengths from two to three times the training length: 101-150 for 50
MIXED_VERSION: Final = 2  # the first version of the data whose words are the mixture

Measured: TypeAlias = Literal[
    "generalizes", "fails", "too few fit", "did not fit", "not tested", "old words", "not run"
]
OldMeasured: TypeAlias = MeasuredVerdict | Literal["mixed", "not run"]


@dataclass(frozen=True)
class RunsRight:
    """How many of the fitted runs are at least 90% right (`right`), and how many there are (`runs`)."""

    right: int
    runs: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% Wilson interval of the share.

        Raises:
            ValueError: There is no run.
        """
        return wilson(self.right, self.runs)


@dataclass(frozen=True)
class FittedRange:
    """The results of the fitted runs on one range of lengths.

    `mean`, `least` and `best` are of their accuracies. `strata` has for each stratum its name and the numbers of words
    that were right and that were tried, summed over the runs.
    """

    lengths: tuple[int, int]
    right: RunsRight
    mean: float
    least: float
    best: float
    strata: tuple[tuple[str, int, int], ...]

    @property
    def worst_stratum(self) -> tuple[str, float] | None:
        """The stratum of which the smallest share was right, with that share; None if there are no strata."""
        shares = ((name, correct / total) for name, correct, total in self.strata)
        return min(shares, key=lambda each: each[1], default=None)


@dataclass(frozen=True, order=True)
class Reach:
    """A horizon: its length, and whether the run was right as far as it was tried, so that it may be longer."""

    length: int
    at_least: bool

    def __str__(self) -> str:
        """The horizon as tables show it."""
        return f"≥{self.length}" if self.at_least else str(self.length)


def order_of(config: TrainConfig) -> tuple[object, ...]:
    """The key by which the configurations of a cell are ordered: smallest model first, then the lower learning rate.

    The seed comes after it. The order does not depend on any result.
    """
    shape = config.model
    return shape.layers, shape.width, shape.heads, config.lr, identity(config, 0)


def cell_of(config: TrainConfig) -> TrainConfig:
    """What the configurations of one cell have in common: everything but the model's size and the learning rate.

    Encodings that differ in a parameter belong to different cells.
    """
    heads, width = smallest_shape(config.model.scheme)
    return replace(config, lr=1.0, model=replace(config.model, layers=1, heads=heads, width=width))


def on_mixture(results: Sequence[Result]) -> bool:
    """Whether all runs were tested on words of the mixture, with counts of its strata; only then is there a verdict."""
    return all(
        int(each.data_version) >= MIXED_VERSION
        and each.config.words == "mixture"
        and all(bin_.strata for bin_ in each.bins)
        for each in results
    )


def right_to(result: Result, times: int) -> bool | None:
    """Whether a run is at least 90% right at `times` its training length; None if that was not measured.

    For fewer than ten times, this is about the accuracy on lengths from `times` - 1 to `times` times the training
    length (101-150 for three times 50). For ten times, it is about the horizon: the search has to reach that length
    without finding a shorter one at which the run is not right.
    """
    trained = result.config.train_length
    if times < TIMES:
        wanted = ((times - 1) * trained + 1, times * trained)
        return next((each.accuracy >= GENERALIZES for each in result.bins if each.lengths == wanted), None)
    found = result.horizon
    if found is None or horizon_limit(result.config) < times * trained:
        return None
    length = found.lengths["90"]
    if length >= times * trained:
        return True
    return False if length < found.tested else None


def runs_right(results: Sequence[Result], times: int) -> RunsRight | None:
    """How many of the fitted runs are at least 90% right at `times` their training length; None if none was tested."""
    found = [right for each in results if each.fitted and (right := right_to(each, times)) is not None]
    return RunsRight(sum(found), len(found)) if found else None


def verdict_at(results: Sequence[Result], times: int = FAR_TIMES) -> Measured:
    """The verdict at `times` the training length.

    It is `generalizes` if any of the first five fitted runs is at least 90% right there, and `fails` if there are five
    and none is. If there are fewer and none is right, it is `too few fit`.

    Args:
        results: The runs of one cell, in the order of `order_of`.
        times: The multiple of the training length.
    """
    if not results:
        return "not run"
    if not on_mixture(results):
        return "old words"
    first = [each for each in results if each.fitted][:FIRST_RUNS]
    if not first:
        return "did not fit"
    found = [right_to(each, times) for each in first]
    if any(found):
        return "generalizes"
    if None in found:
        return "not tested"
    return "fails" if len(found) == FIRST_RUNS else "too few fit"


def old_verdict(results: Sequence[Result]) -> OldMeasured:
    """The verdict by the old rule, at up to twice the training length, which all runs that fit have to agree on."""
    verdicts = {result.verdict for result in results if result.fitted}
    if not results:
        return "not run"
    if not verdicts:
        return "did not fit"
    return verdicts.pop() if len(verdicts) == 1 else "mixed"


def fitted_ranges(results: Sequence[Result]) -> tuple[FittedRange, ...]:
    """The results of the fitted runs for each range of lengths; empty if no run fits."""
    fitted = [each.bins for each in results if each.fitted]
    return tuple(_range(each) for each in zip(*fitted, strict=True))


def _range(bins: Sequence[BinAccuracy]) -> FittedRange:
    shares = [each.accuracy for each in bins]
    right = RunsRight(sum(share >= GENERALIZES for share in shares), len(shares))
    return FittedRange(bins[0].lengths, right, mean(shares), min(shares), max(shares), summed_strata(bins))


def summed_strata(bins: Sequence[BinAccuracy]) -> tuple[tuple[str, int, int], ...]:
    """For each stratum of one range its name and the words right and tried in all runs; empty if a run has none."""
    if not all(each.strata for each in bins):
        return ()
    sums: dict[str, tuple[int, int]] = {}
    for name, correct, total in (counts for each in bins for counts in each.strata):
        before = sums.get(name, (0, 0))
        sums[name] = before[0] + correct, before[1] + total
    return tuple((name, correct, total) for name, (correct, total) in sums.items())


def reaches(results: Sequence[Result], criterion: str = "90") -> tuple[Reach, ...]:
    """The horizons of the fitted runs, in the order of the runs, by one of `train.ledger.horizon.CRITERIA`."""
    found = [each.horizon for each in results if each.fitted and each.horizon is not None]
    return tuple(
        Reach(each.lengths[criterion], each.lengths[criterion] >= each.tested) for each in found if each.tested
    )


def middle(found: Sequence[Reach]) -> Reach | None:
    """The median horizon, and of two the lower one; None if there is no horizon."""
    return sorted(found)[(len(found) - 1) // 2] if found else None


def first_wrong_length(result: Result) -> int | None:
    """The shortest length with a word that is not right, which says more than an accuracy if a language has few words.

    None if every tested word was right, or if lengths were not counted one by one.
    """
    return next((length for each in result.bins if (length := each.first_wrong_length) is not None), None)


def shown_runs(results: Sequence[Result]) -> tuple[Result, ...]:
    """The runs whose accuracies are shown: those that fit, or all runs if none fits."""
    return tuple(each for each in results if each.fitted) or tuple(results)
