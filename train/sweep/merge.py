"""One ledger of two: what another machine's ledger has is added to this one's, runs of every kind and models.

What was exported from a ledger is added in the same way, its results without models: so shipped runs are not run again.
"""

import shutil
from collections.abc import Iterator
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
    """How many runs and directories of models were added, and how many runs were here already."""

    runs: int
    models: int
    known: int


def is_mergeable(other: Path) -> bool:
    """Whether a directory has what a merge could add: a ledger, a run's directory, exported results; or nothing yet."""
    if any((other / name).exists() for name in (LEDGER, ARCHITECTURES, LINES, ARCHITECTURE_LINES)):
        return True
    inside = [path.name for path in other.iterdir()]
    return not inside or any(map(RUN_NAME.fullmatch, inside))


def merge_ledgers(other: Path, directory: Path) -> Merged:
    """Adds to the ledger under a directory what another one, or an export, has and it has not. The other is only read.

    A run that both have stays as it is here. Killed, it goes on when called again. LedgerError where one of the ledgers
    is damaged, of another version, or cannot be written.
    """
    source, store = Store(other), Store(directory)
    runs = [*source.every(), *_exported(other)]
    models = 0
    others = [path for path in other.glob(f"{ARCHITECTURES}/[!.]*") if (path / "result.json").is_file()]
    for path in [*sorted(path for path in other.iterdir() if RUN_NAME.fullmatch(path.name)), *sorted(others)]:
        if path.is_dir() and not path.is_symlink():
            models += _copied(path, directory / path.relative_to(other))  # before its row: else it is taken in
    added = sum(store.take(run) for run in runs)
    return Merged(added, models, len(runs) - added)


def _exported(directory: Path) -> Iterator[Run]:
    """The runs of an export, as of now, for it does not say when they finished; a line that is none is named."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if (directory / LINES).is_file():
        for result in read_json_lines(directory / LINES, result_from_json):
            yield Run(key_of(result), result_to_json(result), now)
    if (directory / ARCHITECTURE_LINES).is_file():
        for other in read_json_lines(directory / ARCHITECTURE_LINES, architecture_result_from_json):
            yield Run(architecture_key(other.config, other.seed), architecture_result_to_json(other), now)


def _copied(path: Path, target: Path) -> bool:
    """Copies the files of a run's directory; False where there is one of that name."""
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
