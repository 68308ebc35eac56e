"""The runs of a card: those that the ledger lacks are trained in one process for each core, and kept when finished."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from eval.probe.capabilities import task_of_capability
from eval.probe.protocol import probe_config
from tasks.ground.automata.automaton import SizeError
from tasks.ground.limited_process import Worker, fresh_process
from tasks.ground.worker_pool import as_finished, worker_pool
from train.architectures.result import ArchitectureResult
from train.architectures.runs import ArchitectureRuns, train_missing_runs
from train.architectures.specification import ArchitectureError, ArchitectureSpec

WORKERS: Final = 2  # how many processes train
LOOK_SECONDS: Final = 1.0  # how often it is checked which runs have finished


@dataclass(frozen=True)
class ProbeRun:
    """One run: a capability and a seed."""

    capability: str
    seed: int


OnTrial = Callable[[int, int, ProbeRun, ArchitectureResult], None]


def run_trials(
    architecture: ArchitectureSpec,
    trials: Sequence[ProbeRun],
    directory: Path,
    on_trial: OnTrial,
    *,
    workers: int = WORKERS,
) -> dict[ProbeRun, ArchitectureResult]:
    """Return the result of each run; those that the ledger does not have are trained.

    If it is interrupted, finished runs are kept, and the same call goes on.

    Args:
        architecture: The architecture.
        trials: The runs.
        directory: The ledger's directory.
        on_trial: Called with each run that is trained, as it is finished.
        workers: How many processes train; with 1 this process does it itself.

    Raises:
        ArchitectureError: The model cannot be trained.
    """
    runs = ArchitectureRuns(directory)
    found: dict[ProbeRun, ArchitectureResult] = {}
    for trial in trials:
        known = runs.find(probe_config(trial.capability, architecture), trial.seed)
        if known is not None:
            found[trial] = known
    missing = [trial for trial in trials if trial not in found]
    for trial, result in _trained(architecture, missing, directory, workers):
        found[trial] = result
        on_trial(len(found), len(trials), trial, result)
    return found


def _trained(
    architecture: ArchitectureSpec, missing: Sequence[ProbeRun], directory: Path, workers: int
) -> Iterator[tuple[ProbeRun, ArchitectureResult]]:
    """Yield the missing runs' results as they are finished."""
    if workers == 1 or not missing:
        for trial in missing:
            yield trial, _train(architecture, trial, directory)
        return
    with worker_pool(fresh_process, min(workers, len(missing))) as pool:
        waiting: dict[Future[ArchitectureResult], ProbeRun] = {
            pool.submit(partial(_there, architecture, trial, directory)): trial for trial in missing
        }
        for finished in as_finished(waiting, seconds=LOOK_SECONDS):
            for future in finished:
                yield waiting[future], future.result()


def _there(architecture: ArchitectureSpec, trial: ProbeRun, directory: Path, worker: Worker) -> ArchitectureResult:
    """Train a run in a worker process.

    ArchitectureError is raised if it cannot be trained, or if the process has died.
    """
    try:
        (result,) = worker.items(_work, architecture, trial, directory, seconds=None)
    except SizeError as error:
        raise ArchitectureError(f"{trial.capability}, seed {trial.seed}: {error}; the same command goes on") from error
    if isinstance(result, ArchitectureResult):
        return result
    raise result


def _work(
    architecture: ArchitectureSpec, trial: ProbeRun, directory: Path
) -> Iterator[ArchitectureResult | ArchitectureError | OSError]:
    """Yield the run's result, or the error that kept it from being trained or recorded."""
    import torch

    torch.set_num_threads(1)
    try:
        yield _train(architecture, trial, directory)
    except (ArchitectureError, OSError) as error:
        yield error


def _train(architecture: ArchitectureSpec, trial: ProbeRun, directory: Path) -> ArchitectureResult:
    """Train the run in this process, and record it without its model."""
    config = probe_config(trial.capability, architecture)
    task = task_of_capability(trial.capability)
    [result] = train_missing_runs(task, config, [trial.seed], ArchitectureRuns(directory), keep_models=False)
    return result
