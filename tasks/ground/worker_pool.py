"""Work that several workers do at a time: for `crasp decide --input`, sweeps, and teacher-student experiments.

A worker is anything that does a piece of work and can be stopped in the middle of it; here it is a process on this
machine. The owner of a pool says what a worker is (`tasks.ground.limited_process`, or the processes of
`train.sweep.suite_training`) and what it does. The pool says which worker is idle and in which order answers come, and
makes sure that no worker outlives the pool.

A Ray cluster (`train.sweep.cluster`) is not a pool of workers: work on a node that dies moves to another node.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Generic, Protocol, TypeVar

ITEMS_AHEAD = 64  # items per worker that may be begun while the answer to an earlier one is awaited


class Stoppable(Protocol):
    """What a pool needs of a worker."""

    def stop(self) -> None:
        """End the work for ever, from any thread; another thread that waits for it soon gets an exception."""

    def end(self) -> None:
        """Free what the worker holds, once nobody waits for it."""


WorkItem = TypeVar("WorkItem")
Answered = TypeVar("Answered")
AnyWorker = TypeVar("AnyWorker", bound=Stoppable)


class WorkerPool(Generic[AnyWorker]):
    """Workers, with a thread for each that waits for its work; `worker_pool` makes it."""

    def __init__(self, workers: Sequence[AnyWorker], threads: ThreadPoolExecutor) -> None:
        self._threads, self._number = threads, len(workers)
        self._idle: SimpleQueue[AnyWorker] = SimpleQueue()
        for worker in workers:
            self._idle.put(worker)

    def submit(self, work: Callable[[AnyWorker], Answered]) -> "Future[Answered]":
        """Have a piece of work done by the first worker that is idle, and return its future."""

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
        """Yield the answers to the items, in their order; at most ITEMS_AHEAD items for each worker are begun ahead.

        Args:
            items: The items. An exception of the iterator is raised once all earlier items have been answered.
            work: What a worker does with an item.
            would_wait: Whether the next item may be long in coming; if so, all answers are given before it is waited
                for.
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
    """Give a pool of `number` workers, which all end with the block.

    They also end after Ctrl-C, or if nobody reads the answers any more.

    Args:
        make: Makes a worker.
        number: The number of workers.
    """
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
    """Yield the futures that have finished since the last time, at least every `seconds`, until all have."""
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, timeout=seconds, return_when=FIRST_COMPLETED)
        yield finished
