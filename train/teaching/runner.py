"""Trains the runs of a list of experiments that the ledger lacks, in one process for each core.

Each run is recorded as soon as it is finished. A run takes less than a minute, so a kill costs only the runs in
training. The workers therefore need neither checkpoints nor stacks, unlike those of `train.sweep.suite_training`.
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

REPORT_SECONDS = 0.5  # seconds between reports of progress


class RunnerError(Exception):
    """A worker process ended without finishing its run; finished runs are in the ledger."""


@dataclass(frozen=True)
class Job:
    """One configuration and seed, and the name that it is shown by."""

    name: str
    config: TeachingConfig
    seed: int


@dataclass(frozen=True)
class RunnerStanding:
    """A moment of the work.

    Attributes:
        finished: How many of the missing runs are finished.
        total: How many runs were missing.
        elapsed: Seconds so far.
        remaining: About how many seconds the rest takes; None before the first run is finished.
        at: The names of the runs in training.
    """

    finished: int
    total: int
    elapsed: float
    remaining: float | None
    at: tuple[str, ...]


OnStanding: TypeAlias = Callable[[RunnerStanding], None]


def find_taught(store: Store, config: TeachingConfig, seed: int) -> "Taught | None":
    """Return the finished run, or None if the ledger has none.

    Raises:
        ResultError: The ledger's record of it cannot be read.
    """
    from train.teaching.student_results import taught_from_json

    run: Run | None = store.find(teaching_key(config, seed))
    return None if run is None else taught_from_json(run.record)


def train_missing(jobs: Sequence[Job], store: Store, *, workers: int, on_standing: OnStanding) -> tuple[Job, ...]:
    """Train the jobs that the ledger lacks, and return those that were left to another process that is training them.

    Args:
        jobs: Configurations and seeds.
        store: The ledger.
        workers: How many processes train; with 1 this process does it itself.
        on_standing: Called with the state of the work.

    Raises:
        RunnerError: A worker process died.
    """
    to_do = [job for job in jobs if store.find(teaching_key(job.config, job.seed)) is None]
    # Every experiment's first seed comes before any second one. Then longer jobs come first: the workers end together.
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
    """How much of the work is done, by number of jobs and by their sizes."""

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
    """Train a job in this process; return False if another process is training it."""
    trained = train_one(job, store, lambda _: board.report([job]))
    board.end(job)
    board.report([])
    return trained


def _size(job: Job) -> float:
    """Return about how long a job takes, in no unit: the tokens it reads, with a factor for attention."""
    config = job.config
    seen = config.epochs * config.batches * config.batch_size * config.longest
    attention = config.student.kind in ("softmax", "sigmoid", "linear")
    return (1.7 if attention else 1.0) * (seen + config.test_sequences * config.test_lengths[-1])


def _there(job: Job, store: Store, worker: Worker) -> bool:
    """Train a job in a worker process; return False if another process is training it."""
    try:
        (trained,) = worker.items(_work, job, store.directory, seconds=None)
    except SizeError as error:
        raise RunnerError(f"{job.name} seed {job.seed}: {error}") from error
    if isinstance(trained, OSError):
        raise trained
    return trained


def _work(job: Job, directory: Path) -> Iterator[bool | OSError]:
    """Yield whether the job was trained here, or the error if it cannot be recorded."""
    import torch

    torch.set_num_threads(1)
    try:
        yield train_one(job, Store(directory), lambda _: None)
    except OSError as error:
        yield error


def train_one(job: Job, store: Store, on_moment: "Callable[[TrainingMoment], None]") -> bool:
    """Train one job here and record it, unless it is there already; return False if another process is training it."""
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
