"""The commands `sweep`, `merge` and `export` of `python -m train`."""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.ground.automata.automaton import counted
from tasks.ground.console import RefusedError
from train.console import refuse_unwritable
from train.running.device import Device, DeviceError, check_device

if TYPE_CHECKING:
    from train.ledger.ledger import Ledger
    from train.sweep.grid import Cell
    from train.sweep.suite_training import SweepOutcome

SWEEP_EXAMPLE = "Try: python -m train sweep train/sweep/suites/quick.toml --workers 2"
MERGE_EXAMPLE = "Try: python -m train merge /media/other/runs --runs runs"
EXPORT_EXAMPLE = "Try: python -m train export --runs runs --out results"


def sweep(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="A file with grids of trainings; docs/training.md describes it.")
    ],
    *,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1024,
            show_default=False,
            help="Number of trainings at once, with one thread each; by default 2, or 1 on this machine's CUDA device.",
        ),
    ] = None,
    device: Annotated[
        Device, typer.Option(help="Device to train on; several workers share one CUDA device.")
    ] = Device.CPU,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Compile each training's step first, unless it has dropout.")
    ] = False,
    ray: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Train on this Ray cluster: HOST:PORT, or auto.")
    ] = None,
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = Path("runs"),
) -> None:
    """Train every combination of tasks, encodings, models and seeds that a file names and the ledger does not have.

    If it is killed or interrupted, the same command continues. Status 1 if another process was training some of the
    runs.
    """
    from train.ledger.ledger import Ledger

    cells = _cells(file)
    if ray is None:
        _check_device(device, compiled=compiled)
    else:
        _check_cluster(ray)
    refuse_unwritable(out)
    if workers is None:
        workers = 1 if device is Device.CUDA and ray is None else 2
    outcome = _train(cells, Ledger(out), _SweepOptions(workers, device, compiled, ray))
    _summarize(outcome)
    if outcome.skipped:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _SweepOptions:
    """The options that say how a sweep is done."""

    workers: int
    device: Device
    compiled: bool
    ray: str | None


def _check_device(device: Device, *, compiled: bool) -> None:
    try:
        check_device(device, compiled=compiled)
    except DeviceError as error:
        raise RefusedError(str(error)) from None


def _check_cluster(address: str) -> None:
    from train.sweep.cluster import check_cluster
    from train.sweep.suite_training import SuiteError

    try:
        check_cluster(address)
    except SuiteError as error:
        raise RefusedError(str(error)) from None


def _cells(file: Path) -> "tuple[Cell, ...]":
    from train.model.config import ConfigError
    from train.running.batches import check_words
    from train.sweep.grid import SweepError, read_sweep

    try:
        cells = read_sweep(file)
    except SweepError as error:
        raise RefusedError(str(error)) from None
    problems = []
    for cell in cells:
        try:
            check_words(cell.task(), cell.config)
        except ConfigError as error:
            problems.append(f"{file}: {error}")
    if problems:
        raise RefusedError("\n".join(dict.fromkeys(problems)))
    return cells


def _train(cells: "tuple[Cell, ...]", ledger: "Ledger", asked: _SweepOptions) -> "SweepOutcome":
    from train.sweep.display import sweep_display
    from train.sweep.suite_training import SuiteError, train_suite

    try:
        with sweep_display(workers=asked.workers) as shown:
            how = replace(shown, device=asked.device.value, compiled=asked.compiled)
            if asked.ray is None:
                return train_suite(cells, ledger, how)
            from train.sweep.cluster import on_cluster

            return train_suite(cells, ledger, how, on_cluster(asked.ray))
    except SuiteError as error:
        raise RefusedError(f"training stopped: {error}") from None


def _summarize(outcome: "SweepOutcome") -> None:
    from train.sweep.display import finished

    for result in outcome.results:
        print(finished(result))
    for why in outcome.skipped:
        print(f"left out: {why}", file=sys.stderr)


def merge(
    other: Annotated[
        Path, typer.Argument(metavar="DIR", help="The other ledger's directory, or an export. It is only read.")
    ],
    *,
    out: Annotated[
        Path, typer.Option("--runs", "--out", metavar="DIR", help="This machine's ledger, to which the runs are added.")
    ] = Path("runs"),
) -> None:
    """Add another machine's runs, of every kind, and their models to this machine's ledger."""
    from train.sweep.merge import is_mergeable, merge_ledgers

    if not other.is_dir():
        raise RefusedError(f"{other} is no directory")
    if not is_mergeable(other):
        raise RefusedError(f"{other} holds neither a ledger nor an export: expected ledger.sqlite or task.jsonl in it")
    if other.resolve() == out.resolve():
        raise RefusedError(f"{other}: expected another ledger than --runs")
    refuse_unwritable(out)
    found = merge_ledgers(other, out)
    added = f"{counted(found.runs, 'run')} and {counted(found.models, 'model')} of {other} added"
    print(f"{out}: {added}, {counted(found.known, 'run')} {'was' if found.known == 1 else 'were'} here already")


def export(
    *,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = Path("runs"),
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The directory that gets task.jsonl with a line for each run, task.md with "
            "a table, and architecture.jsonl.",
        ),
    ] = Path("results"),
) -> None:
    """Write the ledger's results of this version of data and training as JSON lines, small enough to be shipped.

    Nothing is written if the folder has results of runs that the ledger lacks.
    """
    from train.architectures.config import architecture_key
    from train.architectures.runs import ArchitectureRuns, export_architectures
    from train.ledger.export import export_results
    from train.ledger.ledger import Ledger, key_of
    from train.sweep.merge import is_mergeable, lines_of_others

    if not runs.is_dir():
        raise RefusedError(f"--runs: {runs} is no directory")
    if not is_mergeable(runs):
        raise RefusedError(f"--runs: {runs} holds no ledger: expected ledger.sqlite in it")
    ledger = Ledger(runs, shipped=None)
    results, others = ledger.results(), ArchitectureRuns(runs).results()
    outdated = ledger.outdated()
    which = f"{counted(outdated, 'run')} of other versions of data or training"
    if not results and not others:
        raise RefusedError(f"--runs: {runs} has no runs to export" + (f", only {which}" if outdated else ""))
    refuse_unwritable(out, "--out")
    keys = [*map(key_of, results), *(architecture_key(each.config, each.seed) for each in others)]
    if lost := lines_of_others(out, {key.identity for key in keys}):
        raise RefusedError(
            f"--out: {out} has {counted(lost, 'line')} that the runs of {runs} do not have, and that this export would "
            f"delete: add its runs first (`python -m train merge {out} --runs {runs}`), or choose another folder"
        )
    path = export_results(results, out)
    tasks = Counter(result.task for result in results)
    print(f"{path}: {counted(len(results), 'run')} of {counted(len(tasks), 'task')}")
    if others:
        print(f"{export_architectures(others, out)}: {counted(len(others), 'run')} of other architectures")
    if outdated:
        print(f"left out: {which}", file=sys.stderr)
