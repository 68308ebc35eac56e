"""The command `python -m eval.training_length_runs`: it does the runs on training length that the ledger lacks."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import replace_text
from train.ledger import RUNS, SHIPPED
from train.ledger.damaged_files import read_json_lines
from train.ledger.store import Run, RunKey, Store
from train.lengths.config import KIND, LARGEST_KIND, largest_key
from train.lengths.experiments import (
    LARGEST_SEEDS,
    MANY_GRAM_SEEDS,
    MANY_SEEDS,
    gram_grid,
    largest_grid,
    letters_grid,
    noted_grid,
    plateau_grid,
    run_grams,
    run_largest,
    run_plateaus,
)

SHIPPED_NAME, SHIPPED_LARGEST = "plateaus.jsonl", "largest.jsonl"

LengthsPart: TypeAlias = Literal["plateaus", "largest"]


@dataclass(frozen=True)
class MeasuredRun:
    """One finished run, from the ledger or shipped: its task, seed and configuration, and its record of results."""

    task: str
    seed: int
    config: Mapping[str, Any]
    record: Mapping[str, Any]


def measured_runs(runs: Path, results: Path | None, keys: Iterable[RunKey]) -> tuple[MeasuredRun, ...]:
    """Return those of the runs that are in the ledger or shipped, in the order of the keys.

    Args:
        runs: The ledger's directory.
        results: The directory of shipped results, which has them in `training_length`; or None.
        keys: The runs that are wanted.
    """
    store = Store(runs)
    own = {run.key.identity: run for run in store.runs(KIND)}
    shipped = dict(_read_shipped(results)) if results is not None else {}
    return _of_keys(keys, own, shipped)


def largest_runs(runs: Path, results: Path | None) -> tuple[MeasuredRun, ...]:
    """Return the searches for largest errors that are in the ledger or shipped, in the order of `largest_grid`."""
    own = {run.key.identity: run for run in Store(runs).runs(LARGEST_KIND)}
    shipped = dict(_read_shipped(results, SHIPPED_LARGEST)) if results is not None else {}
    return _of_keys([largest_key(each, seed) for each in largest_grid() for seed in LARGEST_SEEDS], own, shipped)


def _of_keys(
    keys: Iterable[RunKey], own: Mapping[str, Run], shipped: Mapping[str, Mapping[str, Any]]
) -> tuple[MeasuredRun, ...]:
    found = []
    for key in keys:
        record = own[key.identity].record if key.identity in own else shipped.get(key.identity)
        if record is not None:
            found.append(MeasuredRun(key.task, key.seed, key.config, record))
    return tuple(found)


def _read_shipped(results: Path, name: str = SHIPPED_NAME) -> Iterator[tuple[str, Mapping[str, Any]]]:
    path = results / "training_length" / name
    if path.is_file():
        yield from read_json_lines(path, lambda value: (value["run"], value["record"]))


def export_runs(runs: Sequence[Run], path: Path) -> None:
    """Replace the file by the runs as JSON lines, with their identities."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, "".join(json.dumps(_exported(run)) + "\n" for run in runs))


def _exported(run: Run) -> dict[str, Any]:
    return {"run": run.key.identity, "task": run.key.task, "seed": run.key.seed, "config": dict(run.key.config)} | {
        "record": dict(run.record)
    }


def runs_command(
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = RUNS,
    export: Annotated[bool, typer.Option("--export", help="Also write results/training_length.")] = False,
    part: Annotated[LengthsPart | None, typer.Option(help="Only the plateaus, or only the largest errors.")] = None,
) -> None:
    """Train the missing runs of the experiments on training length.

    If the command is killed, the same command continues with the unfinished configuration.
    """
    if out.exists() and not out.is_dir():
        raise RefusedError(f"--runs {out}: expected a directory, found a file")
    store = Store(out)
    plateaus = (
        run_plateaus(store, noted_grid(), MANY_SEEDS),
        run_plateaus(store, plateau_grid()),
        run_grams(store, gram_grid()),
        run_grams(store, letters_grid(), MANY_GRAM_SEEDS),
    )
    parts: dict[str, tuple[tuple[Iterator[str], ...], str, str]] = {
        "plateaus": (plateaus, KIND, SHIPPED_NAME),
        "largest": ((run_largest(store, largest_grid()),), LARGEST_KIND, SHIPPED_LARGEST),
    }
    for name, (runs, kind, file) in parts.items():
        if part is None or part == name:
            for line in chain.from_iterable(runs):
                print(line, file=sys.stderr, flush=True)
            if export:
                export_runs(store.runs(kind), SHIPPED / "training_length" / file)


main = main_of(runs_command, "python -m eval.training_length_runs", "--runs /tmp/runs")
