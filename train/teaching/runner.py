"""Training what a list of experiments lacks, one process a core, each run kept as soon as it is finished.

A run takes less than a minute, so that what a kill costs is the runs at hand: finished ones are in the ledger. So its
workers keep no checkpoints and no stacks, as those of `train.sweep.suite_training` do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tasks.ground.automata.automaton import SizeError
from tasks.ground.limited_process import Worker, fresh_process
from tasks.ground.worker_pool import as_finished, worker_pool
from train.ledger.store import ClaimedError, Run, Store
from train.teaching.config import TeachingConfig, teaching_key

if TYPE_CHECKING:
    from train.teaching.student_results import Taught
    from train.teaching.training import TrainingMoment

REPORT_SECONDS = 0.5  # seconds between reports


class RunnerError(Exception):
    """A worker process ended without finishing its run; what was finished is in the ledger."""


@dataclass(frozen=True)
class Job:
    """One configuration and seed, and what it is called where it is shown."""

    name: str
    config: TeachingConfig
    seed: int


@dataclass(frozen=True)
class RunnerStanding:
    """A moment of the work: runs finished of those that were missing, and seconds so far and, about, to go."""

    finished: int
    total: int
    elapsed: float
    remaining: float | None
    at: tuple[str, ...]


OnStanding: TypeAlias = Callable[[RunnerStanding], None]


def find_taught(store: Store, config: TeachingConfig, seed: int) -> "Taught | None":
    """The finished run, or None."""
    from train.teaching.student_results import taught_from_json

    run: Run | None = store.find(teaching_key(config, seed))
    return None if run is None else taught_from_json(run.record)


def train_missing(jobs: Sequence[Job], store: Store, *, workers: int, on_standing: OnStanding) -> tuple[Job, ...]:
    """Trains the jobs that the ledger lacks; returns those that another process is training and that were left to it.

    One worker is this process. RunnerError where another worker dies; on Ctrl-C they end.
    """
    to_do = [job for job in jobs if store.find(teaching_key(job.config, job.seed)) is None]
    # Every experiment's first seed before any one's second; then the longest first, for the workers to end together.
    to_do.sort(key=lambda job: (job.seed, -_size(job)))
    if not to_do:
        return ()
    board = _WorkDone(to_do, on_standing)
    if workers == 1:
        return tuple(job for job in to_do if not _here(job, store, board))
    skipped = []
    with worker_pool(fresh_process, min(workers, len(to_do))) as pool:
        waiting: dict[Future[bool], Job] = {pool.submit(partial(_there, job, store)): job for job in to_do}
        for finished in as_finished(waiting, seconds=REPORT_SECONDS):
            for future in finished:
                job = waiting.pop(future)
                skipped += [] if future.result() else [job]
                board.end(job)
            board.report([job for future, job in waiting.items() if future.running()][:workers])
    return tuple(skipped)


class _WorkDone:
    """What is done of the work, by size and number."""

    def __init__(self, to_do: Sequence[Job], on_standing: OnStanding) -> None:
        self.to_do, self.on_standing, self.began = to_do, on_standing, time.monotonic()
        self.total, self.done, self.finished = sum(map(_size, to_do)), 0.0, 0

    def end(self, job: Job) -> None:
        self.done += _size(job)
        self.finished += 1

    def report(self, at: Sequence[Job]) -> None:
        elapsed = time.monotonic() - self.began
        remaining = elapsed * (self.total - self.done) / self.done if self.done else None
        names = tuple(f"{job.name} seed {job.seed}" for job in at)
        self.on_standing(RunnerStanding(self.finished, len(self.to_do), elapsed, remaining, names))


def _here(job: Job, store: Store, board: _WorkDone) -> bool:
    """Trains a job in this process; False where another is at it."""
    trained = train_one(job, store, lambda _: board.report([job]))
    board.end(job)
    board.report([])
    return trained


def _size(job: Job) -> float:
    """About how long a job takes, in no unit: tokens seen, attention's more than the others'."""
    config = job.config
    seen = config.epochs * config.batches * config.batch_size * config.longest
    attention = config.student.kind in ("softmax", "sigmoid", "linear")
    return (1.7 if attention else 1.0) * (seen + config.test_sequences * config.test_lengths[-1])


def _there(job: Job, store: Store, worker: Worker) -> bool:
    """Trains a job in a worker's process; False where another one is at it."""
    try:
        (trained,) = worker.items(_work, job, store.directory, seconds=None)
    except SizeError as error:
        raise RunnerError(f"{job.name} seed {job.seed}: {error}") from error
    if isinstance(trained, OSError):
        raise trained
    return trained


def _work(job: Job, directory: Path) -> Iterator[bool | OSError]:
    """Whether the job was trained here, or why it cannot be recorded."""
    import torch

    torch.set_num_threads(1)
    try:
        yield train_one(job, Store(directory), lambda _: None)
    except OSError as error:
        yield error


def train_one(job: Job, store: Store, on_moment: "Callable[[TrainingMoment], None]") -> bool:
    """Trains one job here and records it, unless it is there already; False where another process is at it."""
    from train.teaching.student_results import taught_to_json
    from train.teaching.training import taught

    key = teaching_key(job.config, job.seed)
    try:
        with store.claim([key]):
            if store.find(key) is None:
                (result,) = taught(job.config, [job.seed], on_moment)
                store.finish(key, taught_to_json(result))
    except ClaimedError:
        return False
    return True
