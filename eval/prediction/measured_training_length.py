"""The smallest training length that sufficed in the shipped runs, for the tasks for which it was searched.

The search is a bisection on a grid of training lengths (`eval.lengths.smallest_training_length`). So the result is the
smallest of the lengths on the grid, provided that a longer training length never harms. A seed generalises if it fits
its training lengths and is right on at least 90% of the words of every tested range up to length 150.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tasks.task import Encoding
from train.ledger import SHIPPED
from train.ledger.damaged_files import read_json_lines
from train.ledger.result import Result, result_from_json
from train.model.config import TrainConfig

GRID_LENGTHS = (5, 8, 12, 20, 30, 50)
SEEDS = (0, 1, 2)
LONGEST_LENGTH = 150
WORDS = 6000  # about so many words are tested in all ranges together
ENOUGH_SHARE = 0.9
SUBJECTS: tuple[tuple[str, Encoding], ...] = (
    ("binary_majority", "nope"),
    ("tomita1", "nope"),
    ("tomita2", "nope"),
    ("tomita7", "nope"),
    ("dyck1", "nope"),
    ("anbn", "nope"),
    ("aa_star", "ape"),
)
SHIPPED_NAME = "smallest.jsonl"


@dataclass(frozen=True)
class Probe:
    """All seeds at one training length, and how many of them generalise."""

    train_length: int
    generalize: int
    seeds: int

    @property
    def all_do(self) -> bool:
        """Whether every seed generalises."""
        return self.generalize == self.seeds


def probe_config(task: str, pe: Encoding, train_length: int) -> TrainConfig:
    """The task's recommended configuration with this training length, tested on all lengths up to 150."""
    from train.model.recommended import Choices, recommended

    config = recommended(task, pe, Choices(train_length=train_length, max_length=LONGEST_LENGTH))
    return replace(config, test_words=max(100, WORDS * train_length // LONGEST_LENGTH))


def generalizes(result: Result) -> bool:
    """Whether a run fits its training lengths and is right on enough words of every tested range."""
    return result.fitted and all(each.accuracy >= ENOUGH_SHARE for each in result.bins)


def smallest_of(probes: Sequence[Probe]) -> int | None:
    """The least training length at which every seed generalised; None if there is none."""
    return min((probe.train_length for probe in probes if probe.all_do), default=None)


def found_probes(task: str, pe: Encoding, results: Sequence[Result]) -> tuple[Probe, ...]:
    """The probes of one task, by training length, for the lengths at which the results have all seeds."""
    probes = []
    for length in GRID_LENGTHS:
        config = probe_config(task, pe, length)
        own = [each for each in results if each.config == config and each.seed in SEEDS]
        if len(own) == len(SEEDS):
            probes.append(Probe(length, sum(map(generalizes, own)), len(own)))
    return tuple(probes)


def measured_smallest(task: str, pe: Encoding) -> dict[str, Any] | None:
    """The smallest training length that sufficed in the shipped runs, as JSON data; None if there are no such runs."""
    if (task, pe) not in SUBJECTS:
        return None
    probes = found_probes(task, pe, read_smallest(SHIPPED))
    if not probes:
        return None
    least, tried = smallest_of(probes), ", ".join(f"{p.train_length}: {p.generalize} of {p.seeds}" for p in probes)
    found = "at none of those tried" if least is None else f"from training length {least} on"
    because = f"measured: all seeds generalise to {LONGEST_LENGTH} {found} (seeds that do, by length: {tried})"
    return {"value": least, "probes": [asdict(probe) for probe in probes], "because": because}


def read_smallest(results: Path | None) -> tuple[Result, ...]:
    """The shipped results; a line that cannot be read is reported on standard error."""
    path = None if results is None else results / "training_length" / SHIPPED_NAME
    if path is None or not path.exists():
        return ()
    return tuple(read_json_lines(path, partial(result_from_json, shipped=True)))
