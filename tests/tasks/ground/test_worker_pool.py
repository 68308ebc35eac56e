"""The one pool of workers: answers in order, a bounded look-ahead, and no worker that outlives it."""

from collections.abc import Iterator
from threading import Event, Lock, Timer

import pytest

from tasks.ground.worker_pool import ITEMS_AHEAD, WorkerPool, as_finished, worker_pool


class StoppedError(Exception):
    """What a clerk's work gets when the clerk is stopped."""


class Clerk:
    """A worker in this process that tells what the pool told it."""

    def __init__(self) -> None:
        self.busy, self.stopped, self.told = Lock(), Event(), list[str]()

    def wait_for(self, event: Event) -> None:
        while not event.wait(0.002):
            if self.stopped.is_set():
                raise StoppedError

    def stop(self) -> None:
        self.told.append("stop")
        self.stopped.set()

    def end(self) -> None:
        assert not self.busy.locked(), "somebody still waits for it"
        self.told.append("end")


class Office:
    """Makes clerks and remembers them."""

    def __init__(self) -> None:
        self.clerks: list[Clerk] = []

    def __call__(self) -> Clerk:
        self.clerks.append(Clerk())
        return self.clerks[-1]


def test_answers_come_in_the_order_of_the_items_and_a_worker_does_one_thing_at_a_time() -> None:
    office, last = Office(), Event()

    def work(number: int, clerk: Clerk) -> int:
        assert clerk.busy.acquire(blocking=False)
        try:
            if number == 0:
                clerk.wait_for(last)
            if number == 99:
                last.set()
            return number * number
        finally:
            clerk.busy.release()

    with worker_pool(office, 3) as pool:
        assert list(pool.in_order(iter(range(100)), work, lambda: False)) == [number**2 for number in range(100)]
    assert [clerk.told for clerk in office.clerks] == [["stop", "end"]] * 3


def test_the_look_ahead_is_bounded() -> None:
    taken, free = list[int](), Event()

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            if number == 2 * ITEMS_AHEAD:  # the last one that may be taken before there is an answer
                Timer(0.2, free.set).start()
            yield number

    def work(number: int, clerk: Clerk) -> int:
        clerk.wait_for(free)
        return number

    with worker_pool(Office(), 2) as pool:
        answers = pool.in_order(items(), work, lambda: False)
        assert next(answers) == 0
        assert len(taken) == 2 * ITEMS_AHEAD + 1
        assert list(answers) == list(range(1, 1000))


def test_before_an_item_is_waited_for_all_answers_are_given() -> None:
    given = list[int]()

    def items() -> Iterator[int]:
        for number in range(5):
            assert given == list(range(number))
            yield number

    with worker_pool(Office(), 2) as pool:
        for answer in pool.in_order(items(), lambda number, _: number, lambda: True):
            given.append(answer)
    assert given == list(range(5))


def test_items_that_fail_are_told_after_the_answers_to_those_before() -> None:
    def items() -> Iterator[int]:
        yield from range(20)
        raise OSError("the disk is gone")

    with worker_pool(Office(), 2) as pool:
        answers = pool.in_order(items(), lambda number, _: number, lambda: False)
        assert [next(answers) for _ in range(20)] == list(range(20))
        with pytest.raises(OSError, match="the disk is gone"):
            next(answers)


def stuck_with(pool: WorkerPool[Clerk]) -> None:
    """Work that only an end of the pool ends, with more behind it."""
    begun = Event()

    def work(clerk: Clerk) -> None:
        with clerk.busy:
            begun.set()
            clerk.wait_for(Event())

    futures = [pool.submit(work) for _ in range(10)]
    assert begun.wait(10)
    assert not any(future.done() for future in futures)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_work_is_ended_in_its_middle_where_the_block_is_left(error: type[BaseException]) -> None:
    office = Office()

    def leave() -> None:
        with worker_pool(office, 2) as pool:
            stuck_with(pool)
            raise error

    with pytest.raises(error):
        leave()
    assert [clerk.told for clerk in office.clerks] == [["stop", "end"]] * 2


def test_where_a_worker_cannot_be_made_those_before_it_end() -> None:
    office = Office()

    def make() -> Clerk:
        if len(office.clerks) == 2:
            raise OSError("no more processes")
        return office()

    with pytest.raises(OSError, match="no more processes"), worker_pool(make, 3):
        pass
    assert [clerk.told for clerk in office.clerks] == [["stop", "end"]] * 2


def test_what_has_finished_is_told_once_with_looks_in_between() -> None:
    free = Event()

    def work(number: int, clerk: Clerk) -> int:
        if number:
            clerk.wait_for(free)
        return number

    with worker_pool(Office(), 2) as pool:
        futures = [pool.submit(lambda clerk, number=number: work(number, clerk)) for number in (0, 1)]
        looks = []
        for finished in as_finished(futures, seconds=0.01):
            looks.append(sorted(future.result() for future in finished))
            if len(looks) == 5:
                free.set()
    assert [look for look in looks if look] == [[0], [1]]
    assert len(looks) >= 6
