"""The ledger's runs of architectures: those that are missing are trained, and each is kept when it is finished.

The results are rows of the ledger's file, of the kind `architecture`. Each model has a directory under
`architectures/`, beside that file. A run is in the ledger wholly or not at all. A run that was killed begins anew.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tasks.data_version import DATA_VERSION
from tasks.ground.files import replace_text
from tasks.task import Task
from train.architectures.config import ARCHITECTURE_VERSION, KIND, ArchitectureConfig, architecture_key
from train.architectures.result import (
    ArchitectureResult,
    architecture_result_from_json,
    architecture_result_to_json,
)
from train.ledger.damaged_files import new_directory
from train.ledger.ledger import ARCHITECTURES, in_a_path
from train.ledger.result import FITS
from train.ledger.store import Store
from train.running.schedule import Course

LINES: Final = "architecture.jsonl"
OnStep = Callable[[ArchitectureConfig, int, Course], None]


def ignore_step(_config: ArchitectureConfig, _seed: int, _course: Course) -> None:
    """Do nothing; the default of `train_missing_runs`."""


@dataclass(frozen=True)
class ArchitectureRuns:
    """The runs of architectures under a ledger's directory.

    Every method raises LedgerError where the ledger is damaged or cannot be written.
    """

    directory: Path

    @property
    def store(self) -> Store:
        """The runs of all kinds in the same directory."""
        return Store(self.directory)

    def path(self, config: ArchitectureConfig, seed: int) -> Path:
        """Return the directory of that run's model. It exists once the run is finished, until somebody deletes it."""
        identity = architecture_key(config, seed).identity
        return (
            self.directory / ARCHITECTURES / f"{in_a_path(config.task)}-{config.architecture.name}-s{seed}-{identity}"
        )

    def find(self, config: ArchitectureConfig, seed: int) -> ArchitectureResult | None:
        """Return the result of that run if it was finished here. A result that cannot be read is set aside."""
        run = self.store.find(architecture_key(config, seed))
        return None if run is None else self.store.read(run, architecture_result_from_json)

    def results(self) -> tuple[ArchitectureResult, ...]:
        """Return every result of the present versions of data and code, by task, architecture and seed."""
        current = str(DATA_VERSION), str(ARCHITECTURE_VERSION)
        runs = [run for run in self.store.runs(KIND) if (run.key.data, run.key.code) == current]
        found = [self.store.read(run, architecture_result_from_json) for run in runs]
        return tuple(sorted(filter(None, found), key=lambda r: (r.config.task, r.config.architecture.name, r.seed)))

    def record(self, result: ArchitectureResult, write_model: Callable[[Path], None] | None) -> None:
        """Add a finished run to the ledger. The caller must hold the claim on the run.

        Args:
            result: The run's result.
            write_model: Writes the model into a directory; None if the model is not to be kept.
        """
        if write_model is not None:
            with new_directory(self.path(result.config, result.seed)) as unfinished:
                write_model(unfinished)
                text = json.dumps(architecture_result_to_json(result), indent=2) + "\n"
                (unfinished / "result.json").write_text(text, encoding="utf-8")
        self.store.finish(architecture_key(result.config, result.seed), architecture_result_to_json(result))


def export_architectures(results: Sequence[ArchitectureResult], directory: Path) -> Path:
    """Replace `architecture.jsonl` in the directory by one line for each run, and return the file's path."""
    keys = [architecture_key(result.config, result.seed).identity for result in results]
    lines = [
        json.dumps({"run": key} | architecture_result_to_json(result)) + "\n"
        for key, result in zip(keys, results, strict=True)
    ]
    replace_text(directory / LINES, "".join(lines))
    return directory / LINES


def train_missing_runs(
    task: Task,
    config: ArchitectureConfig,
    seeds: Sequence[int],
    runs: ArchitectureRuns,
    *,
    on_step: OnStep = ignore_step,
    keep_models: bool = True,
) -> tuple[ArchitectureResult, ...]:
    """Return the result of each seed, and train the runs that the ledger does not have.

    Args:
        task: The task.
        config: The configuration.
        seeds: One run for each seed.
        runs: The ledger's runs.
        on_step: Called after each step with the configuration, the seed and the record of the training.
        keep_models: Whether the trained models are written beside the ledger.

    Raises:
        ArchitectureError: The model cannot be trained.
        ConfigError: The task and the configuration do not fit.
        ClaimedError: Another process trains one of the runs.
    """
    found = []
    for seed in seeds:
        result = runs.find(config, seed)
        if result is None:
            with runs.store.claim([architecture_key(config, seed)]):
                result = runs.find(config, seed) or _trained(task, config, seed, runs, on_step, keep_models)
        found.append(result)
    return tuple(found)


def _trained(
    task: Task, config: ArchitectureConfig, seed: int, runs: ArchitectureRuns, on_step: OnStep, keep_model: bool
) -> ArchitectureResult:
    import time

    from train.architectures.checking import build
    from train.architectures.directory import write_architecture
    from train.architectures.loop import bin_accuracies, model_horizon, trained
    from train.running.training_words import task_of_words

    task = task_of_words(task, config.protocol)
    model = build(config.architecture, task.vocabulary, config.positions, seed)
    course = trained(task, config, model, seed, lambda course: on_step(config, seed, course))
    clock, cpu = time.monotonic(), time.process_time()
    bins = bin_accuracies(task, config, model)
    horizon = model_horizon(task, config, model) if bins[0].accuracy >= FITS else None
    assert course.stopped is not None
    result = ArchitectureResult(
        config=config,
        seed=seed,
        class_name=type(model.module).__name__,
        parameters=model.parameters,
        steps=course.step,
        fit_step=course.fit_step,
        stopped=course.stopped,
        loss=course.loss,
        training_accuracy=course.training_accuracy,
        bins=bins,
        horizon=horizon,
        seconds=course.seconds + time.monotonic() - clock,
        cpu_seconds=course.cpu_seconds + time.process_time() - cpu,
        versions=versions_here(),
        origin=task.origin,
    )
    runs.record(result, (lambda path: write_architecture(path, model, task, config)) if keep_model else None)
    return result


def versions_here() -> dict[str, str]:
    """Return the versions of the packages, of this folder's code and of the data, by name."""
    packages = {name: version(name) for name in ("torch", "transformers", "numpy", "crasp-bench")}
    return packages | {"architecture": str(ARCHITECTURE_VERSION), "data": str(DATA_VERSION)}
