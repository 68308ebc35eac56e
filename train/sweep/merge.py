"""Merges ledgers: the runs and models that another ledger has, and this one lacks, are added to this one.

An export of a ledger can be merged too. It has results without models; merging shipped results avoids running them
again.
"""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tasks.ground.files import draft_of
from train.architectures.config import architecture_key
from train.architectures.result import architecture_result_from_json, architecture_result_to_json
from train.architectures.runs import LINES as ARCHITECTURE_LINES
from train.ledger.damaged_files import name_finished_directory, read_json_lines
from train.ledger.export import LINES
from train.ledger.ledger import ARCHITECTURES, RUN_NAME, key_of
from train.ledger.result import result_from_json, result_to_json
from train.ledger.store import LEDGER, Run, Store


@dataclass(frozen=True)
class Merged:
    """The result of a merge.

    Attributes:
        runs: How many runs were added.
        models: How many directories of models were added.
        known: How many of the other's runs were here already.
    """

    runs: int
    models: int
    known: int


def is_mergeable(other: Path) -> bool:
    """Return whether the directory is empty, or has a ledger, a run's directory or exported results."""
    if any((other / name).exists() for name in (LEDGER, ARCHITECTURES, LINES, ARCHITECTURE_LINES)):
        return True
    inside = [path.name for path in other.iterdir()]
    return not inside or any(map(RUN_NAME.fullmatch, inside))


def merge_ledgers(other: Path, directory: Path) -> Merged:
    """Add to the ledger under `directory` the runs and models of another ledger, or of an export, that it lacks.

    The other directory is only read. A run that both have stays as it is here. If this is killed, it can be called
    again.

    Raises:
        LedgerError: One of the ledgers is damaged, of another version, or cannot be written.
    """
    source, store = Store(other), Store(directory)
    runs = [*source.every(), *_exported(other)]
    models = 0
    others = [path for path in other.glob(f"{ARCHITECTURES}/[!.]*") if (path / "result.json").is_file()]
    for path in [*sorted(path for path in other.iterdir() if RUN_NAME.fullmatch(path.name)), *sorted(others)]:
        if path.is_dir() and not path.is_symlink():
            models += _copied(path, directory / path.relative_to(other))  # before the run's row is added
    added = sum(store.take(run) for run in runs)
    return Merged(added, models, len(runs) - added)


def _exported(directory: Path) -> Iterator[Run]:
    """Yield the runs of an export. They get the present time, because an export does not say when a run finished.

    A line that cannot be read is named on standard error.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if (directory / LINES).is_file():
        for result in read_json_lines(directory / LINES, result_from_json):
            yield Run(key_of(result), result_to_json(result), now)
    if (directory / ARCHITECTURE_LINES).is_file():
        for other in read_json_lines(directory / ARCHITECTURE_LINES, architecture_result_from_json):
            yield Run(architecture_key(other.config, other.seed), architecture_result_to_json(other), now)


def lines_of_others(directory: Path, own: Collection[str]) -> int:
    """Return how many lines of an export in the directory are of no run whose identity is in `own`.

    It is 0 if there is no export. Lines that cannot be read are counted, and named on standard error.
    """
    files = [path for path in (directory / LINES, directory / ARCHITECTURE_LINES) if path.is_file()]
    lines = sum(bool(line.strip()) for path in files for line in path.read_bytes().splitlines())
    return lines - sum(run.key.identity in own for run in _exported(directory))


def _copied(path: Path, target: Path) -> bool:
    """Copy the files of a run's directory to `target`; return False if that exists already."""
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with draft_of(target) as draft:
        unfinished = draft / target.name
        unfinished.mkdir()
        for file in sorted(path.iterdir()):
            if file.is_file() and not file.is_symlink():
                shutil.copyfile(file, unfinished / file.name)
        return name_finished_directory(unfinished, target)
