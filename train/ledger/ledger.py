"""The ledger of the project's own trainings: the configuration and the result of every run, and its model.

A run is in the ledger wholly or not at all. The file `ledger.sqlite` (`train.ledger.store`) has the finished runs. Each
run also has a directory `TASK-PE-sSEED-IDENTITY` with `result.json` and the files of a stock GPT-2 directory, whose
`config.json` holds the run's configuration under `crasp_bench`.

The directory is written before the row. If a process is killed in between, the directory has no row; the row is added
when the run is next looked up. If somebody deletes a directory, its model is gone but its result stays. The results
that come with the project are lines of `results/*.jsonl`.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from glob import escape
from pathlib import Path

from safetensors import SafetensorError, safe_open

from tasks.data_version import DATA_VERSION
from tasks.ground.files import replace_text
from tasks.ground.json_text import read_json_text
from tasks.languages.task_origin import Origin
from train.ledger import RUNS, SHIPPED
from train.ledger.damaged_files import new_directory, numbered_json_lines, set_aside
from train.ledger.identity import config_identity, run_key
from train.ledger.result import Result, ResultError, result_from_json, result_to_json
from train.ledger.store import Run, RunKey, Store
from train.ledger.trained_card import write_card
from train.model.config import TRAINING_VERSION, TrainConfig

GRID = "grid"  # the folder, in a directory of results, of the leaderboard's grid
ENCODING_SUITE = "encodings"  # the folder, in a directory of results, of the suite of encodings
CHECKPOINTS = ".checkpoints"
ARCHITECTURES = "architectures"  # the folder of models of other architectures (`train.architectures.runs`)
RUN_NAME = re.compile(r".+-[a-z0-9]+-s\d+-[0-9a-f]{16}")
NEEDED = ("result.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Ledger:
    """The runs under a directory, and the results that are shipped in another one.

    Every method raises LedgerError (`train.ledger.store`) where the ledger is damaged, of another version, or cannot be
    written.

    Attributes:
        directory: Where the ledger is.
        shipped: The directory of shipped results; None to leave them out.
    """

    directory: Path = RUNS
    shipped: Path | None = SHIPPED

    @property
    def store(self) -> Store:
        """The runs of all kinds in the same directory."""
        return Store(self.directory)

    def path(self, config: TrainConfig, seed: int) -> Path:
        """Return the directory of that run's model. It exists once the run is finished, until somebody deletes it."""
        tail = f"-{config.model.pe}-s{seed}-{run_key(config, seed).identity}"
        older = self.directory / (config.task + tail)  # older versions kept the colon in a directory's name
        return older if ":" in config.task and older.is_dir() else self.directory / (in_a_path(config.task) + tail)

    def find(self, config: TrainConfig, seed: int) -> Result | None:
        """Return the result of that run, or None if it was not finished here.

        If the run's directory is damaged, it is named on standard error and set aside, and the run counts as not
        finished.
        """
        key, path = run_key(config, seed), self.path(config, seed)
        run, held = self.store.find(key), None
        if path.is_dir():
            held = _read_directory(path, key)
            if held is None:
                self.store.forget(key)
                return None
        found = None if run is None else self.store.read(run, result_from_json)
        if found is None and held is not None:
            self.store.finish(key, result_to_json(held))
        return found or held

    def record(self, result: Result, write_model: Callable[[Path], None]) -> Path:
        """Add a finished run with its card and its model, and return its directory.

        A run that is there already stays as it is. The caller must hold the claim on the run.

        Args:
            result: The run's result.
            write_model: Writes the model's files into a directory.

        Raises:
            OSError: The run could not be written.
        """
        path = self.path(result.config, result.seed)
        try:
            with new_directory(path) as unfinished:
                write_model(unfinished)
                text = json.dumps(result_to_json(result), indent=2) + "\n"
                (unfinished / "result.json").write_text(text)
                write_card(unfinished, result)
        except (OSError, SafetensorError) as error:
            raise OSError(f"{path}: the run could not be written: {error}") from error
        self.store.finish(run_key(result.config, result.seed), result_to_json(result))
        return path

    def rename(self, results: Sequence[Result], origin: Origin) -> tuple[Result, ...]:
        """Give the task of these runs the name and origin `origin`, in the ledger and beside the models.

        Return the new results.
        """
        renamed = tuple(replace(result, origin=origin) for result in results)
        for result in renamed:
            record, path = result_to_json(result), self.path(result.config, result.seed) / "result.json"
            self.store.replace(run_key(result.config, result.seed), record)
            if path.is_file():
                replace_text(path, json.dumps(record, indent=2) + "\n")
                write_card(path.parent, result)
        return renamed

    @contextmanager
    def claim(self, config: TrainConfig, seeds: Sequence[int]) -> Iterator[None]:
        """Keep other processes from training these runs until the block ends.

        Raises:
            ClaimedError: Another process is training one of them.
        """
        with self.store.claim([run_key(config, seed) for seed in seeds]):
            yield

    def results(self) -> tuple[Result, ...]:
        """Return every result of the present version of training, by task, encoding and seed.

        Runs of this directory count if their words have the present version of the data. Shipped results are added for
        runs that are not here; their words may have any version, which `Result.data_version` tells.
        """
        found = {identity: result for identity, result in self._own().items() if result is not None}
        for result in read_results(self.shipped, shipped=True) if self.shipped is not None else ():
            if of_this_training(result):
                found.setdefault(key_of(result).identity, result)
        return tuple(sorted(found.values(), key=lambda each: (each.task, each.config.model.pe, each.seed)))

    def outdated(self) -> int:
        """Return how many runs here have another version of the data or of training; `results` leaves these out."""
        return sum(result is None for result in self._own().values())

    def checkpoint_path(self, runs: Sequence[tuple[TrainConfig, int]]) -> Path:
        """Return the file that keeps the unfinished training of these runs, which are trained side by side.

        Each such group of runs has a file of its own.
        """
        numbers = "-".join(str(seed) for _, seed in runs)
        rates = hashlib.sha256(json.dumps([float(config.lr) for config, _ in runs]).encode()).hexdigest()[:8]
        return self.directory / CHECKPOINTS / f"{_shape(runs[0][0])}-s{numbers}-{rates}.safetensors"

    def checkpoints(self, config: TrainConfig) -> tuple[Path, ...]:
        """Return the checkpoints of unfinished trainings of that configuration, with any seeds and learning rates."""
        names = dict.fromkeys((_shape(config), _shape(config).replace(in_a_path(config.task), config.task, 1)))
        directory = self.directory / CHECKPOINTS
        return tuple(sorted(path for name in names for path in directory.glob(f"{escape(name)}-s*.safetensors")))

    def _own(self) -> dict[str, Result | None]:
        """Return the results of this directory by identity, from the rows and from whole directories without a row.

        The value is None for a run of another version.
        """
        found: dict[str, Result | None] = {}
        for run in self.store.runs("task"):
            try:
                found[run.key.identity] = _of_this_version(run)
            except ValueError:
                self.store.set_aside(run.key)
        for path in sorted(self.directory.iterdir()) if self.directory.is_dir() else []:
            identity = path.name[-16:]
            if RUN_NAME.fullmatch(path.name) and path.is_dir() and identity not in found:
                result = _read_directory(path, None)
                if result is not None:
                    found[identity] = result if run_key(result.config, result.seed).identity == identity else None
        return found


def key_of(result: Result) -> RunKey:
    """Return the key of the result's run, with the versions of data and code that made it."""
    key = run_key(result.config, result.seed)
    return replace(key, data=result.data_version, code=result.versions.get("training", "0"))


def _shape(config: TrainConfig) -> str:
    """Return what the trainings that may share a checkpoint have in common: all but the seed and the learning rate."""
    return f"{in_a_path(config.task)}-{config.model.pe}-{config_identity(replace(config, lr=1.0))}"


def in_a_path(task: str) -> str:
    """Return the task's name as a part of a file's name that is valid on every system: without a colon."""
    return task.replace(":", "-")


def of_this_training(result: Result) -> bool:
    """Return whether the result is of the present version of training, on words of this version or an older one."""
    known = int(result.data_version) <= DATA_VERSION
    return known and result.versions.get("training", "0") == str(TRAINING_VERSION)


def _current(result: Result) -> bool:
    return result.data_version == str(DATA_VERSION) and of_this_training(result)


def _of_this_version(run: Run) -> Result | None:
    if (run.key.data, run.key.code) != (str(DATA_VERSION), str(TRAINING_VERSION)):
        return None  # the configuration of another version may have fields that this version does not know
    result = result_from_json(run.record)
    return result if _current(result) and key_of(result) == run.key else None


def _read_directory(path: Path, key: RunKey | None) -> Result | None:
    """Return the result in a run's directory; name and set aside a directory that is damaged or holds another run."""
    try:
        missing = [name for name in NEEDED if not (path / name).is_file()]
        if missing:
            raise ResultError(f"missing {', '.join(missing)}")
        _check_weights(path / "model.safetensors")
        result = result_from_json(read_json_text((path / "result.json").read_text()))
        if key is not None and key_of(result) != key:
            raise ResultError("it holds another run's result")
    except (OSError, ValueError, RecursionError) as error:
        set_aside(path, f"damaged run: {error}")
        return None
    return result


def _check_weights(path: Path) -> None:
    """Raise ValueError unless the file has the length that its own header says."""
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def read_results(directory: Path, *, shipped: bool = False) -> tuple[Result, ...]:
    """Return the results that were exported into the `*.jsonl` files of a directory and of its folder `grid`.

    The results may have any version. A line that cannot be read is named on standard error. So is a line that has the
    run of an earlier line: each run counts once, with its first result.

    Args:
        directory: The directory of exported results.
        shipped: Whether the results are marked as shipped with the project. Those in the project's own directory always
            are. Other results get the directory as their `place`.
    """
    shipped = shipped or directory.resolve() in (SHIPPED, SHIPPED / GRID)
    read = partial(result_from_json, shipped=shipped, place=None if shipped else str(directory))
    files = [*sorted(directory.glob("*.jsonl")), *sorted(directory.glob(f"{GRID}/*.jsonl"))]
    found: dict[str, tuple[Result, str]] = {}  # by identity: the result, and where it stands
    for path in files:
        for number, result in numbered_json_lines(path, read):
            first, place = found.setdefault(key_of(result).identity, (result, f"{path}:{number}"))
            if first is not result:
                counts = "the same counts" if first.bins == result.bins else "other counts"
                print(f"{path}:{number}: left out, because it has the run of {place}, with {counts}", file=sys.stderr)
    return tuple(result for result, _ in found.values())
