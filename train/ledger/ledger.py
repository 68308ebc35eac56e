"""The ledger of trainings: what was run, with what, and what came out. A run is in it wholly or not at all.

`ledger.sqlite` (`train.ledger.store`) has the finished runs. Each also has a directory `TASK-PE-sSEED-IDENTITY` with
`result.json` and a stock GPT-2 directory's files, whose `config.json` holds the run's own configuration under
`crasp_bench`. The directory comes first: one without a row in the ledger, as a kill in between leaves it, is taken
in when it is next asked for. A directory that was deleted is a model that is gone; its result stays. Results that
come with the project are lines of `results/*.jsonl`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from glob import escape
from pathlib import Path

from safetensors import SafetensorError, safe_open

from tasks.data_version import DATA_VERSION
from tasks.ground.files import replace_text
from tasks.languages.task_origin import Origin
from train.ledger import RUNS, SHIPPED
from train.ledger.damaged_files import new_directory, read_json_lines, set_aside
from train.ledger.identity import config_identity, run_key
from train.ledger.result import Result, ResultError, result_from_json, result_to_json
from train.ledger.store import Run, RunKey, Store
from train.ledger.trained_card import write_card
from train.model.config import TRAINING_VERSION, TrainConfig

GRID = "grid"  # where in a directory of results those of the leaderboard's grid are
CHECKPOINTS = ".checkpoints"
ARCHITECTURES = "architectures"  # the folder of models that are none of ours (`train.architectures.runs`)
RUN_NAME = re.compile(r".+-[a-z0-9]+-s\d+-[0-9a-f]{16}")
NEEDED = ("result.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Ledger:
    """The runs under a directory, and the results shipped in another (None: no such).

    LedgerError (`train.ledger.store`) where the ledger is damaged, of another version, or cannot be written.
    """

    directory: Path = RUNS
    shipped: Path | None = SHIPPED

    @property
    def store(self) -> Store:
        """The runs of all kinds in the same directory."""
        return Store(self.directory)

    def path(self, config: TrainConfig, seed: int) -> Path:
        """The directory of that run's model, which exists once it is finished and until somebody deletes it."""
        tail = f"-{config.model.pe}-s{seed}-{run_key(config, seed).identity}"
        older = self.directory / (config.task + tail)  # with a colon, as directories were once called
        return older if ":" in config.task and older.is_dir() else self.directory / (in_a_path(config.task) + tail)

    def find(self, config: TrainConfig, seed: int) -> Result | None:
        """The result of that run if it was finished here.

        A run whose directory is damaged is named on standard error, set aside, and not found.
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
        """Adds a finished run, its card and its model, which `write_model` writes into a directory; returns the run's.

        A run that is there already stays as it is. Whoever records holds the claim on the run.
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
        """The results of runs that are here, their task called as the origin says, in the ledger and beside models."""
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
        """No other process can train these runs until the block ends; ClaimedError where one does."""
        with self.store.claim([run_key(config, seed) for seed in seeds]):
            yield

    def results(self) -> tuple[Result, ...]:
        """Every result of this version of training, by task, encoding and seed.

        Those run here, on words of this version of the data, then shipped ones that were not, on words of whatever
        version: `Result.data_version` says which.
        """
        found = {identity: result for identity, result in self._own().items() if result is not None}
        for result in read_results(self.shipped, shipped=True) if self.shipped is not None else ():
            if of_this_training(result):
                found.setdefault(key_of(result).identity, result)
        return tuple(sorted(found.values(), key=lambda each: (each.task, each.config.model.pe, each.seed)))

    def outdated(self) -> int:
        """How many runs of other versions of data or training are here; they stay, and `results` leaves them out."""
        return sum(result is None for result in self._own().values())

    def checkpoint_path(self, runs: Sequence[tuple[TrainConfig, int]]) -> Path:
        """Where the unfinished training of these runs, side by side, is kept: a file of its own for each such stack."""
        numbers = "-".join(str(seed) for _, seed in runs)
        rates = hashlib.sha256(json.dumps([float(config.lr) for config, _ in runs]).encode()).hexdigest()[:8]
        return self.directory / CHECKPOINTS / f"{_shape(runs[0][0])}-s{numbers}-{rates}.safetensors"

    def checkpoints(self, config: TrainConfig) -> tuple[Path, ...]:
        """What is kept of the unfinished trainings of that configuration, with whatever seeds and learning rates."""
        names = dict.fromkeys((_shape(config), _shape(config).replace(in_a_path(config.task), config.task, 1)))
        directory = self.directory / CHECKPOINTS
        return tuple(sorted(path for name in names for path in directory.glob(f"{escape(name)}-s*.safetensors")))

    def _own(self) -> dict[str, Result | None]:
        """What was run here, by identity: rows, then whole directories that are in no row; None: another version's."""
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
    """The key of the run that the result is of, with the versions that it was made with."""
    key = run_key(result.config, result.seed)
    return replace(key, data=result.data_version, code=result.versions.get("training", "0"))


def _shape(config: TrainConfig) -> str:
    """What the trainings that may share a checkpoint have in common: all but the seed and the learning rate."""
    return f"{in_a_path(config.task)}-{config.model.pe}-{config_identity(replace(config, lr=1.0))}"


def in_a_path(task: str) -> str:
    """The task's name as a part of a file's name, on every system: without a colon."""
    return task.replace(":", "-")


def of_this_training(result: Result) -> bool:
    """Whether the result is of this version of training, on words of whatever version of the data."""
    return result.versions.get("training", "0") == str(TRAINING_VERSION)


def _current(result: Result) -> bool:
    return result.data_version == str(DATA_VERSION) and of_this_training(result)


def _of_this_version(run: Run) -> Result | None:
    if (run.key.data, run.key.code) != (str(DATA_VERSION), str(TRAINING_VERSION)):
        return None  # its configuration may have fields that are unknown here
    result = result_from_json(run.record)
    return result if _current(result) and key_of(result) == run.key else None


def _read_directory(path: Path, key: RunKey | None) -> Result | None:
    """The result in a run's directory; a directory that is damaged, or another run's, is named and set aside."""
    try:
        missing = [name for name in NEEDED if not (path / name).is_file()]
        if missing:
            raise ResultError(f"missing {', '.join(missing)}")
        _check_weights(path / "model.safetensors")
        result = result_from_json(json.loads((path / "result.json").read_text()))
        if key is not None and key_of(result) != key:
            raise ResultError("it holds another run's result")
    except (OSError, ValueError, RecursionError) as error:
        set_aside(path, f"damaged run: {error}")
        return None
    return result


def _check_weights(path: Path) -> None:
    """ValueError unless the file is as long as its own header says."""
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def read_results(directory: Path, *, shipped: bool = False) -> tuple[Result, ...]:
    """The results that were exported into a directory's `*.jsonl` and those of its grid, of whatever version, in order.

    They are marked as shipped where they are said to be, or the directory is the project's own, else with its name. A
    line that cannot be read is named on standard error.
    """
    shipped = shipped or directory.resolve() in (SHIPPED, SHIPPED / GRID)
    read = partial(result_from_json, shipped=shipped, place=None if shipped else str(directory))
    files = [*sorted(directory.glob("*.jsonl")), *sorted(directory.glob(f"{GRID}/*.jsonl"))]
    return tuple(each for path in files for each in read_json_lines(path, read))
