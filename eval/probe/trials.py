"""The runs of a card: those that the ledger lacks are trained, one process a core, each kept when it is finished."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from eval.probe.capabilities import task_of_capability
from eval.probe.protocol import probe_config
from train.architectures.result import ArchitectureResult
from train.architectures.runs import ArchitectureRuns, train_missing_runs
from train.architectures.specification import ArchitectureError, ArchitectureSpec

WORKERS = 2
WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class Trial:
    """One run: a capability and a seed."""

    capability: str
    seed: int


OnTrial = Callable[[int, int, Trial, ArchitectureResult], None]


def run_trials(
    architecture: ArchitectureSpec,
    trials: Sequence[Trial],
    directory: Path,
    on_trial: OnTrial,
    *,
    workers: int = WORKERS,
) -> dict[Trial, ArchitectureResult]:
    """The result of each trial, trained where the ledger under the directory does not have it.

    ArchitectureError where the model cannot be trained. Interrupted, finished runs are kept, and the same call goes on.
    """
    runs = ArchitectureRuns(directory)
    found: dict[Trial, ArchitectureResult] = {}
    for trial in trials:
        known = runs.find(probe_config(trial.capability, architecture), trial.seed)
        if known is not None:
            found[trial] = known
    missing = [trial for trial in trials if trial not in found]
    if workers == 1:
        for trial in missing:
            found[trial] = trained(architecture, trial, directory)
            on_trial(len(found), len(trials), trial, found[trial])
        return found
    if missing:
        _in_processes(architecture, missing, directory, workers, found, lambda *each: on_trial(*each), len(trials))
    return found


def _in_processes(
    architecture: ArchitectureSpec,
    missing: Sequence[Trial],
    directory: Path,
    workers: int,
    found: dict[Trial, ArchitectureResult],
    on_trial: OnTrial,
    total: int,
) -> None:
    pool = ProcessPoolExecutor(
        min(workers, len(missing)), mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        waiting: dict[Future[ArchitectureResult], Trial] = {
            pool.submit(trained, architecture, trial, directory): trial for trial in missing
        }
        while waiting:
            done, _ = wait(waiting, timeout=WAIT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                trial = waiting.pop(future)
                found[trial] = future.result()
                on_trial(len(found), total, trial, found[trial])
    except BrokenProcessPool as error:
        raise ArchitectureError(
            "a process that trained ended before its run was finished; the same command goes on"
        ) from error
    except KeyboardInterrupt:
        for process in list(pool._processes.values()):  # a run takes half a minute: it is not waited for
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Prepares a worker: one thread, deaf to the terminal's Ctrl-C, which is the parent's, and gone when that is."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def trained(architecture: ArchitectureSpec, trial: Trial, directory: Path) -> ArchitectureResult:
    """The run, trained in this process and recorded without its model."""
    config = probe_config(trial.capability, architecture)
    task = task_of_capability(trial.capability)
    [result] = train_missing_runs(task, config, [trial.seed], ArchitectureRuns(directory), keep_models=False)
    return result
