"""The card of an architecture: what it learnt, up to which length, what theory says, and which defects were seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from eval.measuring.confidence_intervals import wilson
from eval.probe.capabilities import CAPABILITIES, Capability
from eval.probe.protocol import REACH_TIMES, TRAIN_LENGTH
from eval.probe.theory import SHOWN, ArchitectureFamily, CapabilityTheory, theory_of
from train.architectures.result import ArchitectureResult

if TYPE_CHECKING:
    from eval.probe.defects import Defect

CRITERION = "90"  # the criterion of the horizons: 90 per cent of the words are right
RIGHT_TIMES = 1.5  # a horizon of fewer training lengths counts as ending where training ended


@dataclass(frozen=True)
class CardRow:
    """The results of one capability.

    Attributes:
        capability: The capability.
        runs: How many runs there are.
        learnt: How many of them fitted their training lengths.
        interval: The Wilson interval of that share.
        horizons: The fitted runs' horizons in letters, ascending.
        limit: The length up to which horizons were searched.
        lengths: The ranges that were tested.
        accuracies: The fitted runs' mean share of right words in each range.
        theory: What theory says.
        cpu_seconds: CPU seconds of all runs.
    """

    capability: Capability
    runs: int
    learnt: int
    interval: tuple[float, float]
    horizons: tuple[int, ...]
    limit: int
    lengths: tuple[tuple[int, int], ...]
    accuracies: tuple[float, ...]
    theory: CapabilityTheory
    cpu_seconds: float

    @property
    def horizon(self) -> float | None:
        """The median horizon in training lengths; None if no run fitted."""
        return median(self.horizons) / TRAIN_LENGTH if self.horizons else None

    @property
    def at_least(self) -> bool:
        """Whether the median reaches the length up to which horizons were searched, and so is a lower bound."""
        return bool(self.horizons) and median(self.horizons) >= self.limit

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON data."""
        times = [each / TRAIN_LENGTH for each in self.horizons]
        return {
            "capability": self.capability.name,
            "what": self.capability.what,
            "task": self.capability.shown,
            "runs": self.runs,
            "learnt": self.learnt,
            "learnt_interval": list(self.interval),
            "horizon": self.horizon,
            "horizon_range": [min(times), max(times)] if times else None,
            "horizon_at_least": self.at_least,
            "horizons": list(self.horizons),
            "searched_to": self.limit,
            "accuracy": [
                {"lengths": list(lengths), "mean": mean}
                for lengths, mean in zip(self.lengths, self.accuracies, strict=True)
            ],
            "theory": {"says": self.theory.says, "reference": self.theory.reference, "remark": self.theory.remark},
            "cpu_seconds": self.cpu_seconds,
        }


@dataclass(frozen=True)
class Card:
    """All that is known of one architecture."""

    name: str
    class_name: str
    parameters: int
    family: ArchitectureFamily
    defects: "tuple[Defect, ...]"
    rows: tuple[CardRow, ...]
    versions: Mapping[str, str]
    device: str = "cpu"

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds of all runs, tests included."""
        return sum(row.cpu_seconds for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the card as JSON data."""
        return {
            "architecture": self.name,
            "class": self.class_name,
            "parameters": self.parameters,
            "family": self.family,
            "family_shown": SHOWN[self.family],
            "train_length": TRAIN_LENGTH,
            "searched_times": REACH_TIMES,
            "defects": [{"name": each.name, "seen": each.seen, "length": each.length} for each in self.defects],
            "capabilities": [row.to_json() for row in self.rows],
            "suspicions": list(suspicions(self.rows)),
            "cpu_seconds": self.cpu_seconds,
            "device": self.device,
            "versions": dict(self.versions),
        }


def card_row(name: str, results: Sequence[ArchitectureResult], family: ArchitectureFamily) -> CardRow:
    """Return the row for the runs of a capability.

    Args:
        name: The capability's name.
        results: The results of its runs.
        family: The kind of architecture, of which theory is asked.
    """
    fitted = [result for result in results if result.fitted]
    horizons = sorted(result.horizon.lengths[CRITERION] for result in fitted if result.horizon is not None)
    bins = results[0].config.bins
    means = [
        sum(result.bins[place].accuracy for result in fitted) / len(fitted) for place in range(len(bins)) if fitted
    ]
    return CardRow(
        capability=CAPABILITIES[name],
        runs=len(results),
        learnt=len(fitted),
        interval=wilson(len(fitted), len(results)),
        horizons=tuple(horizons),
        limit=_limit(results),
        lengths=bins if fitted else (),
        accuracies=tuple(means),
        theory=theory_of(family, name),
        cpu_seconds=sum(result.cpu_seconds for result in results),
    )


def _limit(results: Sequence[ArchitectureResult]) -> int:
    """Return the length up to which horizons were searched.

    For some languages it is a little shorter than the configured one, which no word has.
    """
    tried = [result.horizon.tested for result in results if result.horizon is not None]
    return min([results[0].config.reach, *(each for each in tried if each * 1.05 >= results[0].config.reach)])


def suspicions(rows: Sequence[CardRow]) -> tuple[str, ...]:
    """Return sentences on what the horizons together suggest; empty if they suggest nothing."""
    reached = {row.capability.name: row.horizon for row in rows if row.learnt}
    counts = [reached[name] for name in ("count", "exact_count", "nested_count") if reached.get(name) is not None]
    looks = [reached[name] for name in ("previous", "window") if reached.get(name) is not None]
    memory = reached.get("first")
    found = []
    if counts and max(each or 0 for each in counts) < RIGHT_TIMES and (memory or 0) >= 2:
        found.append(
            "Counting ends where training did, but the first letter is remembered further: its counts may saturate."
        )
    if looks and counts and max(each or 0 for each in looks) < RIGHT_TIMES and max(each or 0 for each in counts) >= 2:
        found.append(
            "Looking back ends where training did, but counting goes on: its positions may end there, may be "
            "untrained, or may be missing."
        )
    return tuple(found)
