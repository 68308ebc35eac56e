"""The command `python -m eval.training_length_smallest`: bisections for the smallest training length that suffices."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.prediction.measured_training_length import (
    GRID_LENGTHS,
    LONGEST_LENGTH,
    SEEDS,
    SHIPPED_NAME,
    SUBJECTS,
    Probe,
    generalizes,
    probe_config,
    smallest_of,
)
from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import replace_text
from tasks.registry import get_task
from tasks.task import Encoding
from train.ledger import RUNS, SHIPPED
from train.ledger.ledger import Ledger
from train.ledger.result import Result, result_to_json

if TYPE_CHECKING:
    from collections.abc import Callable


def search(measure: "Callable[[int], Probe]", grid: Sequence[int] = GRID_LENGTHS) -> Iterator[Probe]:
    """Yield the probes of a bisection for the smallest length of the grid at which all seeds generalise.

    Args:
        measure: Trains and tests all seeds at a training length.
        grid: The training lengths, ascending.
    """
    low, high = 0, len(grid)
    while low < high:
        middle = (low + high) // 2
        probe = measure(grid[middle])
        yield probe
        low, high = (low, middle) if probe.all_do else (middle + 1, high)


def measure_probe(task: str, pe: Encoding, train_length: int, ledger: Ledger) -> Probe:
    """Train the runs that the ledger lacks, and return how many of the seeds generalise."""
    from train.running.engine import Options, train

    results = train(get_task(task), probe_config(task, pe, train_length), SEEDS, ledger, Options())
    return Probe(train_length, sum(map(generalizes, results)), len(results))


def smallest_command(
    tasks: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task of the seven; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = RUNS,
    export: Annotated[bool, typer.Option("--export", help="Also write results/training_length.")] = False,
) -> None:
    """Search by bisection for the training length from which models generalise, and train the missing runs.

    If the command is killed, the same command continues from the last checkpoint.
    """
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


main = main_of(smallest_command, "python -m eval.training_length_smallest", "--task dyck1")
