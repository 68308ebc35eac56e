"""The ledger: what was run, with what, and what came out. A run is in it wholly or not at all.

A run's directory is `TASK-PE-sSEED-IDENTITY`: `result.json`, and a stock GPT-2 directory's files, whose
`config.json` also holds the run's own configuration under `crasp_bench`. Results that come with the
project are lines of `results/*.jsonl`.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.config import ConfigError, TrainConfig, config_identity, identity
from train.result import Result, ResultError, result_from_json, result_to_json
from train.storage import publish_directory, set_aside

RUNS = Path("runs")
SHIPPED = Path(__file__).resolve().parent.parent / "results"
CHECKPOINTS = ".checkpoints"
RUN_NAME = re.compile(r".+-(ape|nope)-s\d+-[0-9a-f]{16}")
NEEDED = ("result.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Ledger:
    """The runs under a directory, and the results shipped in another (None: no such)."""

    directory: Path = RUNS
    shipped: Path | None = SHIPPED

    def path(self, config: TrainConfig, seed: int) -> Path:
        """The directory of that run, which exists once it is finished."""
        return self.directory / f"{config.task}-{config.model.pe}-s{seed}-{identity(config, seed)}"

    def find(self, config: TrainConfig, seed: int) -> Result | None:
        """The result of that run if it was finished here; a damaged one is named, set aside, and not found."""
        result = _read_run(self.path(config, seed))
        if result is not None and (result.config, result.seed) != (config, seed):
            set_aside(self.path(config, seed), "damaged run: it holds another run's result")
            return None
        return result

    def record(self, result: Result, write_model: Callable[[Path], None]) -> Path:
        """Adds a finished run with its model, which `write_model` writes into a directory; returns the run's.

        A run that is there already stays as it is.
        """
        path = self.path(result.config, result.seed)
        temporary = self.directory / f".{path.name}.{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            write_model(temporary)
            text = json.dumps(result_to_json(result), indent=2) + "\n"
            (temporary / "result.json").write_text(text)
            publish_directory(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return path

    def results(self) -> tuple[Result, ...]:
        """Every result, by task, encoding and seed: those run here, then shipped ones that were not."""
        found = {}
        paths = sorted(self.directory.iterdir()) if self.directory.is_dir() else []
        for path in paths:
            result = _read_run(path) if RUN_NAME.fullmatch(path.name) else None
            if result is not None:
                found[identity(result.config, result.seed)] = result
        for result in _read_shipped(self.shipped):
            found.setdefault(identity(result.config, result.seed), result)
        return tuple(sorted(found.values(), key=lambda each: (each.task, each.config.model.pe, each.seed)))

    def checkpoint_path(self, config: TrainConfig, seeds: tuple[int, ...]) -> Path:
        """Where the unfinished training of these seeds, side by side, is kept."""
        numbers = "-".join(map(str, seeds))
        name = f"{config.task}-{config.model.pe}-{config_identity(config)}-s{numbers}.safetensors"
        return self.directory / CHECKPOINTS / name


def _read_run(path: Path) -> Result | None:
    if not path.is_dir():
        return None
    try:
        missing = [name for name in NEEDED if not (path / name).is_file()]
        if missing:
            raise ResultError(f"missing {', '.join(missing)}")
        _check_weights(path / "model.safetensors")
        return result_from_json(json.loads((path / "result.json").read_text()))
    except (OSError, ValueError) as error:
        set_aside(path, f"damaged run: {error}")
        return None


def _check_weights(path: Path) -> None:
    """ValueError unless the file is as long as its own header says."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _read_shipped(directory: Path | None) -> tuple[Result, ...]:
    """The shipped results, in order; a line that cannot be read is named on standard error."""
    found = []
    for path in sorted(directory.glob("*.jsonl")) if directory is not None else []:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            try:
                found.append(result_from_json(json.loads(line), shipped=True))
            except (json.JSONDecodeError, ResultError, ConfigError, ValueError) as error:
                print(f"{path}:{number}: unreadable result: {error}", file=sys.stderr)
    return tuple(found)
