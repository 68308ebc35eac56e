"""Work done by several workers at a time: the one executor of `crasp decide --input`, sweeps and teacher-student.

A worker is whatever does a piece of work and can be stopped in the middle of it, here a process of this machine. Who
has a pool says what a worker is (`tasks.ground.limited_process`, or the processes of `train.sweep.suite_training`) and
what it does; the pool says who is idle, in which order answers come, and that no worker outlives it. A Ray cluster
(`train.sweep.cluster`) is no pool of workers: its work moves from a node that died to another one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Generic, Protocol, TypeVar

ITEMS_AHEAD = 64  # for each worker: done while the others wait for one that takes long


class Stoppable(Protocol):
    """A worker, as far as the pool is concerned."""

    def stop(self) -> None:
        """Ends the work for ever, from any thread: what waits for it in another one gets an exception soon."""

    def end(self) -> None:
        """Frees what the worker holds, once nobody waits for it."""


WorkItem = TypeVar("WorkItem")
Answered = TypeVar("Answered")
AnyWorker = TypeVar("AnyWorker", bound=Stoppable)


class WorkerPool(Generic[AnyWorker]):
    """Workers and a thread for each of them, which waits for what it does; made by `worker_pool`."""

    def __init__(self, workers: Sequence[AnyWorker], threads: ThreadPoolExecutor) -> None:
        self._threads, self._number = threads, len(workers)
        self._idle: SimpleQueue[AnyWorker] = SimpleQueue()
        for worker in workers:
            self._idle.put(worker)

    def submit(self, work: Callable[[AnyWorker], Answered]) -> "Future[Answered]":
        """Has a piece of work done by the first worker that is idle."""

        def done() -> Answered:
            worker = self._idle.get()
            try:
                return work(worker)
            finally:
                self._idle.put(worker)

        return self._threads.submit(done)

    def in_order(
        self, items: Iterator[WorkItem], work: Callable[[WorkItem, AnyWorker], Answered], would_wait: Callable[[], bool]
    ) -> Iterator[Answered]:
        """The answers to the items, in their order; at most ITEMS_AHEAD for each worker are begun ahead.

        Args:
            items: What is worked on. An exception of it is raised when what came before has been answered.
            work: What a worker does with an item.
            would_wait: Whether the next item may be long in coming: all answers are given before it is waited for.
        """
        waiting: deque[Future[Answered]] = deque()
        failed: Exception | None = None
        while failed is None:
            while waiting and (len(waiting) > ITEMS_AHEAD * self._number or waiting[0].done() or would_wait()):
                yield waiting.popleft().result()
            try:
                item = next(items)
            except StopIteration:
                break
            except Exception as error:
                failed = error
            else:
                waiting.append(self.submit(lambda worker, item=item: work(item, worker)))  # type: ignore[misc]
        while waiting:
            yield waiting.popleft().result()
        if failed is not None:
            raise failed


@contextmanager
def worker_pool(make: Callable[[], AnyWorker], number: int) -> Iterator[WorkerPool[AnyWorker]]:
    """A pool of so many workers, all of which end with the block, also by Ctrl-C or where nobody reads the answers."""
    threads = ThreadPoolExecutor(number)
    workers: list[AnyWorker] = []
    try:
        for _ in range(number):
            workers.append(make())
        yield WorkerPool(workers, threads)
    finally:
        for worker in workers:
            worker.stop()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end()


def as_finished(futures: Iterable["Future[Answered]"], *, seconds: float) -> Iterator["set[Future[Answered]]"]:
    """Those that have finished since the last look, at least every so many seconds, until none is left."""
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, timeout=seconds, return_when=FIRST_COMPLETED)
        yield finished
