"""Work in another process: ended in time, bounded in memory, its exceptions told here."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest

from tasks.ground.automata.automaton import SizeError
from tasks.ground.console import DefectError
from tasks.ground.limited_process import OutOfTimeError, Worker
from tests.processes import started


def numbers(most: int) -> Iterator[int]:
    yield from range(most)


def endless(_: int) -> Iterator[int]:
    yield 1
    while True:
        pass


def asleep(seconds: float) -> Iterator[int]:
    sleep(seconds)
    yield 1


def hungry(gibibytes: int) -> Iterator[int]:
    yield len(bytearray(gibibytes << 30))


def wrong(_: int) -> Iterator[int]:
    yield 1
    raise KeyError("wrong")


def gone(_: int) -> Iterator[int]:
    yield 1
    os._exit(1)


def itself(_: int) -> Iterator[int]:
    yield os.getpid()


def test_one_process_does_one_thing_after_another() -> None:
    with Worker() as worker:
        assert list(worker.items(numbers, 3, seconds=10)) == [0, 1, 2]
        first = list(worker.items(itself, 0, seconds=None))
        assert first == list(worker.items(itself, 0, seconds=10)) != [os.getpid()]


@pytest.mark.parametrize(("make", "argument", "before"), [(endless, 0, [1]), (asleep, 60.0, [])], ids=["loop", "call"])
def test_what_takes_too_long_is_ended_and_the_next_thing_done(
    make: Callable[..., Iterator[int]], argument: float, before: list[int]
) -> None:
    got: list[int] = []
    waited: list[float] = []
    with Worker() as worker:
        begun = monotonic()
        with pytest.raises(OutOfTimeError):
            got.extend(worker.items(make, argument, seconds=0.5, on_wait=waited.append))
        assert 0.4 < monotonic() - begun < 5
        assert got == before
        assert waited == sorted(waited) != []
        assert list(worker.items(numbers, 3, seconds=10)) == [0, 1, 2]


def test_what_needs_too_much_memory_is_refused_and_the_next_thing_done() -> None:
    with Worker() as worker:
        with pytest.raises(SizeError, match="more than 2 GiB of memory"):
            list(worker.items(hungry, 3, seconds=10))
        assert list(worker.items(numbers, 1, seconds=10)) == [0]


def test_an_exception_is_told_with_its_place_and_the_next_thing_done() -> None:
    with Worker() as worker:
        with pytest.raises(DefectError, match=r"KeyError: 'wrong'\n(.*\n)*  at .*test_limited_process.py:\d+ wrong"):
            list(worker.items(wrong, 0, seconds=10))
        assert list(worker.items(numbers, 1, seconds=10)) == [0]


def test_a_process_that_is_gone_is_told_and_another_one_started() -> None:
    with Worker() as worker:
        with pytest.raises(SizeError, match="was ended from outside"):
            list(worker.items(gone, 0, seconds=10))
        assert list(worker.items(numbers, 1, seconds=10)) == [0]


def test_what_is_not_read_to_its_end_does_not_disturb_the_next_thing() -> None:
    with Worker() as worker:
        assert next(iter(worker.items(numbers, 5, seconds=10))) == 0
        assert list(worker.items(numbers, 2, seconds=10)) == [0, 1]


BESIDE_A_READER = """
import os, sys, threading
from tasks.ground.limited_process import Worker

def work():
    try:
        with Worker() as worker:
            print(list(worker.items(range, 3, seconds=10)), flush=True)
    finally:
        os._exit(0)

threading.Timer(0.3, work).start()
sys.stdin.buffer.read()
"""


def test_a_worker_starts_while_another_thread_waits_for_input() -> None:
    """The reader holds the lock of sys.stdin, which a forked process would close, and so wait for ever."""
    command = [sys.executable, "-c", BESIDE_A_READER]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.read() == "[0, 1, 2]\n"
