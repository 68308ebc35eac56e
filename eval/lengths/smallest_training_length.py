"""The smallest training length from which all seeds generalise to 150: `python -m eval.training_length_smallest`.

Bisection on a grid of training lengths, so it is the smallest of those that were tried, if more training length never
harms. A seed generalises if it fits its training lengths and at least 90% of the words of every tested range up to
150 are right.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.ground.console import RefusedError, new_app, run_command
from tasks.ground.files import replace_text
from tasks.registry import get_task
from tasks.task import Encoding
from train.ledger.damaged_files import read_json_lines
from train.ledger.ledger import RUNS, SHIPPED, Ledger
from train.ledger.result import Result, result_from_json, result_to_json
from train.model.config import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Callable

GRID_LENGTHS = (5, 8, 12, 20, 30, 50)
SEEDS = (0, 1, 2)
LONGEST_LENGTH = 150
WORDS = 6000  # tested in all ranges together, about
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

app = new_app("The smallest training length that generalises to 150.", "python -m eval.training_length_smallest")


@dataclass(frozen=True)
class Probe:
    """All seeds at one training length: how many of them generalise."""

    train_length: int
    generalize: int
    seeds: int

    @property
    def all_do(self) -> bool:
        """Whether every seed generalises."""
        return self.generalize == self.seeds


def probe_config(task: str, pe: Encoding, train_length: int) -> TrainConfig:
    """The task's recommended configuration for shorter training words, tested on all lengths to 150."""
    from train.model.recommended import Choices, recommended

    config = recommended(task, pe, Choices(train_length=train_length, max_length=LONGEST_LENGTH))
    return replace(config, test_words=max(100, WORDS * train_length // LONGEST_LENGTH))


def generalizes(result: Result) -> bool:
    """Whether a run fits its training lengths and keeps right to the longest tested ones."""
    return result.fitted and all(each.accuracy >= ENOUGH_SHARE for each in result.bins)


def search(measure: "Callable[[int], Probe]", grid: Sequence[int] = GRID_LENGTHS) -> Iterator[Probe]:
    """The probes of a bisection for the least length of the grid at which all seeds generalise."""
    low, high = 0, len(grid)
    while low < high:
        middle = (low + high) // 2
        probe = measure(grid[middle])
        yield probe
        low, high = (low, middle) if probe.all_do else (middle + 1, high)


def smallest_of(probes: Sequence[Probe]) -> int | None:
    """The least training length that was seen to suffice; None where none did."""
    return min((probe.train_length for probe in probes if probe.all_do), default=None)


def measure_probe(task: str, pe: Encoding, train_length: int, ledger: Ledger) -> Probe:
    """Trains what the ledger lacks."""
    from train.running.engine import Options, train

    results = train(get_task(task), probe_config(task, pe, train_length), SEEDS, ledger, Options())
    return Probe(train_length, sum(map(generalizes, results)), len(results))


def found_probes(task: str, pe: Encoding, results: Sequence[Result]) -> tuple[Probe, ...]:
    """The probes of one task whose seeds are all among the results, by training length."""
    probes = []
    for length in GRID_LENGTHS:
        config = probe_config(task, pe, length)
        own = [each for each in results if each.config == config and each.seed in SEEDS]
        if len(own) == len(SEEDS):
            probes.append(Probe(length, sum(map(generalizes, own)), len(own)))
    return tuple(probes)


def measured_smallest(task: str, pe: Encoding, results: Path = SHIPPED) -> dict[str, Any] | None:
    """The smallest training length that sufficed in the shipped runs, as JSON data; None where the task has none."""
    if (task, pe) not in SUBJECTS:
        return None
    probes = found_probes(task, pe, read_smallest(results))
    if not probes:
        return None
    least, tried = smallest_of(probes), ", ".join(f"{p.train_length}: {p.generalize} of {p.seeds}" for p in probes)
    found = "at none of those tried" if least is None else f"from training length {least} on"
    because = f"measured: all seeds generalise to {LONGEST_LENGTH} {found} (seeds that do, by length: {tried})"
    return {"value": least, "probes": [asdict(probe) for probe in probes], "because": because}


def read_smallest(results: Path | None) -> tuple[Result, ...]:
    """The shipped results; a line that cannot be read is named on standard error."""
    path = None if results is None else results / "training_length" / SHIPPED_NAME
    if path is None or not path.exists():
        return ()
    return tuple(read_json_lines(path, partial(result_from_json, shipped=True)))


@app.command("training_length_smallest", epilog="Try: python -m eval.training_length_smallest --task dyck1")
def smallest_command(
    tasks: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task of the seven; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = RUNS,
    export: Annotated[bool, typer.Option("--export", help="Also write results/training_length.")] = False,
) -> None:
    """Train what is missing of the bisections; killed, it goes on from the last checkpoint."""
    known = [task for task, _ in SUBJECTS]
    unknown = [task for task in tasks or () if task not in known]
    if unknown:
        raise RefusedError(f"--task {unknown[0]}: expected one of {', '.join(known)}")
    ledger = Ledger(out, None)
    for task, pe in SUBJECTS:
        if tasks and task not in tasks:
            continue
        probes = []
        for probe in search(lambda length, task=task, pe=pe: measure_probe(task, pe, length, ledger)):  # type: ignore[misc]
            probes.append(probe)
            print(f"{task} {pe} {probe.train_length}: {probe.generalize} of {probe.seeds}", file=sys.stderr, flush=True)
        print(f"{task} {pe}: {smallest_of(probes)}", flush=True)
    if export:
        _export(ledger.results(), SHIPPED / "training_length" / SHIPPED_NAME)


def _export(results: Sequence[Result], path: Path) -> None:
    wanted = [
        each
        for each in results
        if each.config.max_length == LONGEST_LENGTH and each.config.train_length in GRID_LENGTHS
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, "".join(json.dumps(result_to_json(each)) + "\n" for each in wanted))


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.training_length_smallest")
