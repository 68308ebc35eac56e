"""What the fitted runs of one cell say together: how many are right how far, their horizons, and the verdict.

A cell is one task and setting, trained by one protocol on words of one version: its runs differ in the model's size,
the learning rate and the seed. Nothing here chooses among them by what they do on longer words.
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

FIRST_RUNS: Final = 5  # of the fitted runs, on which the verdict rests; so many it takes to say that a cell fails
FAR_TIMES: Final = 3  # times the training length, up to which the verdict is given: 101-150 for words of 50
MIXED_VERSION: Final = 2  # the version of the data from which on words are the mixture

Measured: TypeAlias = Literal[
    "generalizes", "fails", "too few fit", "did not fit", "not tested", "old words", "not run"
]
OldMeasured: TypeAlias = MeasuredVerdict | Literal["mixed", "not run"]


@dataclass(frozen=True)
class RunsRight:
    """Of how many fitted runs how many are at least 90% right, as far as is said beside it."""

    right: int
    runs: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% Wilson interval of the share; ValueError without a run."""
        return wilson(self.right, self.runs)


@dataclass(frozen=True)
class FittedRange:
    """One range of lengths over the fitted runs; `strata`: name, words right and tried of all of them together."""

    lengths: tuple[int, int]
    right: RunsRight
    mean: float
    least: float
    best: float
    strata: tuple[tuple[str, int, int], ...]

    @property
    def worst_stratum(self) -> tuple[str, float] | None:
        """The stratum of which the smallest share was right, with that share; None where words have none."""
        shares = ((name, correct / total) for name, correct, total in self.strata)
        return min(shares, key=lambda each: each[1], default=None)


@dataclass(frozen=True, order=True)
class Reach:
    """A horizon: the length, and whether the run was right as far as it was tried, so that it is one at least."""

    length: int
    at_least: bool

    def __str__(self) -> str:
        """As tables have it."""
        return f"≥{self.length}" if self.at_least else str(self.length)


def order_of(config: TrainConfig) -> tuple[object, ...]:
    """By what the configurations of a cell are ordered: the grid's order, smallest model first, then the lower rate.

    The seed comes after it. The order knows nothing of what came out.
    """
    shape = config.model
    return shape.layers, shape.width, shape.heads, config.lr, identity(config, 0)


def cell_of(config: TrainConfig) -> TrainConfig:
    """What the configurations of one cell have in common: all but the model's size and the learning rate.

    Encodings that differ in a parameter are of different cells.
    """
    heads, width = smallest_shape(config.model.scheme)
    return replace(config, lr=1.0, model=replace(config.model, layers=1, heads=heads, width=width))


def on_mixture(results: Sequence[Result]) -> bool:
    """Whether all runs were tested on words of the mixture, whose strata were counted: only then is there a verdict."""
    return all(
        int(each.data_version) >= MIXED_VERSION
        and each.config.words == "mixture"
        and all(bin_.strata for bin_ in each.bins)
        for each in results
    )


def right_to(result: Result, times: int) -> bool | None:
    """Whether a run is at least 90% right at so many times its training length; None where that was not measured.

    That is its accuracy on the lengths from one time less on (101-150 for three times 50) or, for ten times, that no
    shorter length was found at which it is not right: the search of its horizon came as far, or ended at one.
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
    """How many of the fitted runs are at least 90% right there; None where that was measured of none."""
    found = [right for each in results if each.fitted and (right := right_to(each, times)) is not None]
    return RunsRight(sum(found), len(found)) if found else None


def verdict_at(results: Sequence[Result], times: int = FAR_TIMES) -> Measured:
    """The verdict at so many times the training length, of runs in the order of `order_of`.

    It generalises if any of the first five fitted runs is at least 90% right there, and fails if five were fitted and
    none is. Fewer, of which none is right, are too few to say so.
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
    """What the runs that fit say together by the old rule, at up to twice the training length: all must agree."""
    verdicts = {result.verdict for result in results if result.fitted}
    if not results:
        return "not run"
    if not verdicts:
        return "did not fit"
    return verdicts.pop() if len(verdicts) == 1 else "mixed"


def fitted_ranges(results: Sequence[Result]) -> tuple[FittedRange, ...]:
    """For each range of lengths what the fitted runs have; empty where none is fitted."""
    fitted = [each.bins for each in results if each.fitted]
    return tuple(_range(each) for each in zip(*fitted, strict=True))


def _range(bins: Sequence[BinAccuracy]) -> FittedRange:
    shares = [each.accuracy for each in bins]
    right = RunsRight(sum(share >= GENERALIZES for share in shares), len(shares))
    return FittedRange(bins[0].lengths, right, mean(shares), min(shares), max(shares), summed_strata(bins))


def summed_strata(bins: Sequence[BinAccuracy]) -> tuple[tuple[str, int, int], ...]:
    """The strata of one range over several runs; none where a run has none."""
    if not all(each.strata for each in bins):
        return ()
    sums: dict[str, tuple[int, int]] = {}
    for name, correct, total in (counts for each in bins for counts in each.strata):
        before = sums.get(name, (0, 0))
        sums[name] = before[0] + correct, before[1] + total
    return tuple((name, correct, total) for name, (correct, total) in sums.items())


def reaches(results: Sequence[Result], criterion: str = "90") -> tuple[Reach, ...]:
    """The horizons of the fitted runs, in their order, by one of `train.ledger.horizon.CRITERIA`."""
    found = [each.horizon for each in results if each.fitted and each.horizon is not None]
    return tuple(
        Reach(each.lengths[criterion], each.lengths[criterion] >= each.tested) for each in found if each.tested
    )


def middle(found: Sequence[Reach]) -> Reach | None:
    """The median horizon, the lower one of two; None where there is none."""
    return sorted(found)[(len(found) - 1) // 2] if found else None


def first_wrong_length(result: Result) -> int | None:
    """The shortest length with a word that is not right: what an accuracy says where a language has few words.

    None where every tested word was right, or lengths were not counted one by one.
    """
    return next((length for each in result.bins if (length := each.first_wrong_length) is not None), None)


def shown_runs(results: Sequence[Result]) -> tuple[Result, ...]:
    """The runs whose accuracies are shown: those that fit or, where none does, all."""
    return tuple(each for each in results if each.fitted) or tuple(results)
