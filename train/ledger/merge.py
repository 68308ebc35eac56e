"""One ledger of two: what another machine's ledger has is added to this one's, runs of every kind and models."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tasks.ground.files import draft_of
from train.ledger.damaged_files import publish_directory
from train.ledger.ledger import ARCHITECTURES, RUN_NAME
from train.ledger.store import Store


@dataclass(frozen=True)
class Merged:
    """How many runs and directories of models were added, and how many runs were here already."""

    runs: int
    models: int
    known: int


def merge_ledgers(other: Path, directory: Path) -> Merged:
    """Adds to the ledger under a directory what another one has and it has not. The other one is only read.

    A run that both have stays as it is here. Killed, it goes on when called again. LedgerError where one of the ledgers
    is damaged, of another version, or cannot be written.
    """
    source, store = Store(other), Store(directory)
    runs = source.every()
    models = 0
    others = [path for path in other.glob(f"{ARCHITECTURES}/[!.]*") if (path / "result.json").is_file()]
    for path in [*sorted(path for path in other.iterdir() if RUN_NAME.fullmatch(path.name)), *sorted(others)]:
        if path.is_dir() and not path.is_symlink():
            models += _copied(path, directory / path.relative_to(other))  # before its row: else it is taken in
    added = sum(store.take(run) for run in runs)
    return Merged(added, models, len(runs) - added)


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
        return publish_directory(unfinished, target)
