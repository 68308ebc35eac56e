"""What the nodes of a Ray cluster do: train, and send what is kept on the way to the driver's machine."""

import importlib
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from train.ledger.ledger import Ledger
from train.running.progress import Progress, progress_to_json
from train.sweep.grid import unit_from_json

Files: TypeAlias = Mapping[str, bytes]  # by their path in a ledger's directory

SENDING_SHARE = 0.05  # at most this share of a training's time goes into sending checkpoints


class Keeper:
    """What the driver and the nodes know of the unfinished units, by their numbers: an actor beside the driver.

    A unit's files are its latest checkpoints and the directories of those of its runs that are finished: all that a
    ledger needs to go on with it.
    """

    def __init__(self) -> None:
        self._files: dict[int, dict[str, bytes]] = {}
        self._news: dict[int, tuple[dict[str, bytes], dict[str, Any] | None]] = {}

    def begin(self, unit: int, files: Files) -> None:
        """What the driver has of the unit."""
        self._files[unit] = dict(files)

    def files(self, unit: int) -> Files:
        """What whoever trains the unit now goes on from."""
        return self._files[unit]

    def keep(self, unit: int, files: Files) -> None:
        """Files that are new or other than before."""
        self._files[unit].update(files)
        news, progress = self._news.get(unit, ({}, None))
        self._news[unit] = {**news, **files}, progress

    def say(self, unit: int, progress: dict[str, Any]) -> None:
        """Where the unit's training is."""
        self._news[unit] = self._news.get(unit, ({}, None))[0], progress

    def news(self) -> Mapping[int, tuple[Files, dict[str, Any] | None]]:
        """Each unit's files and progress since this was last asked."""
        news, self._news = self._news, {}
        return news

    def end(self, unit: int) -> None:
        """The unit is finished."""
        del self._files[unit]


def train_unit(order: Mapping[str, Any], number: int, keeper: Any) -> None:
    """Trains a unit from where the keeper has it, in a ledger that ends with it: what comes out is in the keeper."""
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
    """What sends each finished run's directory under the root, and the checkpoints as often as it costs little."""
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
