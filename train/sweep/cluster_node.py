"""The work of a Ray cluster's nodes: they train, and send what is to be kept to the driver's machine."""

import importlib
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from train.ledger.ledger import Ledger
from train.running.progress import Progress, progress_to_json
from train.sweep.grid import unit_from_json

Files: TypeAlias = Mapping[str, bytes]  # the content of files by their path in a ledger's directory

SENDING_SHARE = 0.05  # the largest share of a training's time that is spent on sending checkpoints


class Keeper:
    """An actor on the driver's node that keeps the files of unfinished units, by the units' numbers.

    The files of a unit are its latest checkpoints and the directories of its finished runs. They are all that a ledger
    needs to go on with the unit.
    """

    def __init__(self) -> None:
        self._files: dict[int, dict[str, bytes]] = {}
        self._news: dict[int, tuple[dict[str, bytes], dict[str, Any] | None]] = {}

    def begin(self, unit: int, files: Files) -> None:
        """Keep the files that the driver has of a new unit."""
        self._files[unit] = dict(files)

    def files(self, unit: int) -> Files:
        """Return the files from which the unit's training goes on."""
        return self._files[unit]

    def keep(self, unit: int, files: Files) -> None:
        """Keep files of the unit that are new or have changed."""
        self._files[unit].update(files)
        news, progress = self._news.get(unit, ({}, None))
        self._news[unit] = {**news, **files}, progress

    def say(self, unit: int, progress: dict[str, Any]) -> None:
        """Keep the latest progress of the unit's training."""
        self._news[unit] = self._news.get(unit, ({}, None))[0], progress

    def news(self) -> Mapping[int, tuple[Files, dict[str, Any] | None]]:
        """Return the files and the progress that each unit has sent since this was last called."""
        news, self._news = self._news, {}
        return news

    def end(self, unit: int) -> None:
        """Forget the files of a finished unit."""
        del self._files[unit]


def train_unit(order: Mapping[str, Any], number: int, keeper: Any) -> None:
    """Train a unit from the files that the keeper has of it, and send the keeper what comes out.

    The unit is trained in a temporary ledger, which is deleted at the end.

    Args:
        order: The unit and its options, as `train.sweep.suite_training.How.order` gives them.
        number: The unit's number.
        keeper: The `Keeper` actor.
    """
    import torch

    from train.running.engine import Options, train_runs

    torch.set_num_threads(1)
    get = importlib.import_module("ray").get
    unit = unit_from_json(order)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, content in get(keeper.files.remote(number)).items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_bytes(content)

        def say(progress: Progress) -> None:
            keeper.say.remote(number, progress_to_json(progress))

        def send(files: Files) -> None:
            get(keeper.keep.remote(number, files))

        ledger = Ledger(root, shipped=None)
        options = Options(**order["options"], on_progress=say, on_kept=sender(root, send))
        train_runs(unit.task(), unit.runs, ledger, options)


def sender(root: Path, send: Callable[[Files], None]) -> Callable[[Path], None]:
    """Return a function that sends a path under `root`: a finished run's directory at once, a checkpoint if it is time.

    Checkpoints are skipped while sending them would take more than `SENDING_SHARE` of the time.
    """
    rested = 0.0

    def keep(path: Path) -> None:
        nonlocal rested
        if path.is_dir():
            send({f"{path.name}/{file.name}": file.read_bytes() for file in sorted(path.iterdir())})
        elif time.monotonic() >= rested:
            began = time.monotonic()
            send({str(path.relative_to(root)): path.read_bytes()})
            rested = time.monotonic() + (time.monotonic() - began) / SENDING_SHARE

    return keep
