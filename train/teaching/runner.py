"""Training what a list of experiments lacks, one process a core, each run kept as soon as it is finished.

A run takes less than a minute, so that what a kill costs is the runs at hand: finished ones are in the ledger. So the
executor is the standard library's pool, not one of `train.sweep.suite_training`, whose workers keep checkpoints and
stacks.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from train.ledger.store import ClaimedError, Run, Store
from train.teaching.config import TeachingConfig, run_key

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

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

    run: Run | None = store.find(run_key(config, seed))
    return None if run is None else taught_from_json(run.record)


def train_missing(jobs: Sequence[Job], store: Store, *, workers: int, on_standing: OnStanding) -> tuple[Job, ...]:
    """Trains the jobs that the ledger lacks; returns those that another process is training and that were left to it.

    One worker is this process. RunnerError where another worker dies; on Ctrl-C they stop after an epoch.
    """
    to_do = [job for job in jobs if store.find(run_key(job.config, job.seed)) is None]
    # Every experiment's first seed before any one's second; then the longest first, for the workers to end together.
    to_do.sort(key=lambda job: (job.seed, -_size(job)))
    if not to_do:
        return ()
    board = _WorkDone(to_do, on_standing)
    if workers == 1:
        return tuple(job for job in to_do if not _here(job, store, board))
    skipped = []
    with _pool(min(workers, len(to_do)), store.directory) as pool:
        waiting: dict[Future[bool], Job] = {pool.submit(_work, job): job for job in to_do}
        while waiting:
            done, _ = wait(waiting, timeout=REPORT_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                job = waiting.pop(future)
                skipped += [] if _result(future, job) else [job]
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


def _result(future: Future[bool], job: Job) -> bool:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise RunnerError(f"{job.name} seed {job.seed}: a worker process ended before it was finished") from error


@contextmanager
def _pool(workers: int, directory: Path) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block, and with this process however that ends."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(directory, stop))
    try:
        yield pool
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


_surroundings: "tuple[Store, Event]"


def _begin(directory: Path, stop: "Event") -> None:
    """Prepares a worker: one thread, deaf to the terminal's Ctrl-C, which is the parent's, and gone when that is."""
    import signal

    import torch

    global _surroundings
    _surroundings = Store(directory), stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def _work(job: Job) -> bool:
    """Trains one job in a worker and records it; False where another process is at it."""
    store, stop = _surroundings
    from train.teaching.training import StoppedError

    def look_up(_: "TrainingMoment") -> None:
        if stop.is_set():
            raise StoppedError

    with suppress(StoppedError):
        return train_one(job, store, look_up)
    return True


def train_one(job: Job, store: Store, on_moment: "Callable[[TrainingMoment], None]") -> bool:
    """Trains one job here and records it, unless it is there already; False where another process is at it."""
    from train.teaching.student_results import taught_to_json
    from train.teaching.training import taught

    key = run_key(job.config, job.seed)
    try:
        with store.claim([key]):
            if store.find(key) is None:
                (result,) = taught(job.config, [job.seed], on_moment)
                store.finish(key, taught_to_json(result))
    except ClaimedError:
        return False
    return True
