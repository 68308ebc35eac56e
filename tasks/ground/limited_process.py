"""Work in a separate process, which can be ended at any moment and can have a limit of memory, whatever it calls."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, Literal, TypeVar

from tasks.ground.automata.automaton import SizeError
from tasks.ground.console import DefectError, defect_lines

Yielded = TypeVar("Yielded")
TICK_SECONDS = 0.1  # seconds between two looks at the clock
MOST_BYTES = 2 << 30  # bytes beyond what the process has when it starts


class OutOfTimeError(Exception):
    """The time was over before the work was done."""


def check_time(until: float) -> None:
    """Raise OutOfTimeError if the monotonic clock has reached `until`, in seconds."""
    if monotonic() >= until:
        raise OutOfTimeError("the time is up")


class WorkerStoppedError(Exception):
    """Work was asked of a worker that has been stopped."""


# Held while a process is started. Otherwise a process that another thread starts could inherit the far end of the
# connection. As long as that end is open anywhere, the end of the first process goes unnoticed.
_STARTING = threading.Lock()


class Worker:
    """A process that does one piece of work after another.

    It is started when it is first needed, and again after it has ended. It is used in a `with` block, or by a pool
    (`tasks.ground.worker_pool`); when these end, also by Ctrl-C, the process is ended.

    Args:
        start: "fork": fork if the system can. "spawn": start a fresh Python, as libraries with threads need.
        most_bytes: The memory in bytes that the work may take beyond what the process starts with; None: no limit.
    """

    def __init__(self, *, start: Literal["fork", "spawn"] = "fork", most_bytes: int | None = MOST_BYTES) -> None:
        self._start, self._most_bytes = start, most_bytes
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._stopped = False

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def items(
        self,
        make: Callable[..., Iterator[Yielded]],
        *arguments: Any,
        seconds: float | None,
        on_wait: Callable[[float], None] = lambda _: None,
    ) -> Iterator[Yielded]:
        """Yield what `make(*arguments)` yields, which is run in the process, as soon as it comes.

        Args:
            make: A function of a module. It, its arguments and what it yields are sent between processes.
            arguments: The arguments of `make`.
            seconds: The time for the whole work; None: no limit.
            on_wait: Called again and again, with the seconds since the work began, while there is nothing to yield.

        Raises:
            OutOfTimeError: The time is over. The process has been ended.
            SizeError: The work needs more memory than there is, or than it may take.
            DefectError: `make` raised any other exception.
            WorkerStoppedError: The worker has been stopped.
        """
        begun = monotonic()
        connection = self._started()
        connection.send((make, arguments))
        kind = "item"
        try:
            while True:
                _wait(connection, begun, seconds, on_wait)
                kind, value = connection.recv()
                if kind != "item":
                    break
                yield value
        except (EOFError, ConnectionError):
            raise SizeError("the process that computed it was ended from outside, perhaps for lack of memory") from None
        finally:
            if kind == "item":  # the process is still at work, or gone
                self.end()
        if kind == "size":
            raise SizeError(value)
        if kind == "defect":
            raise DefectError(value)

    def end(self) -> None:
        """End the process at once, if there is one."""
        if self._process is not None and self._connection is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._connection.close()
        self._process = self._connection = None

    def stop(self) -> None:
        """End the work for ever, from any thread; another thread that waits for it soon gets an exception."""
        self._stopped = True
        process = self._process
        if process is not None:
            with suppress(ValueError):  # the other thread has just closed it
                process.kill()

    def _started(self) -> Connection:
        if self._connection is None:
            start = self._start if self._start in multiprocessing.get_all_start_methods() else "spawn"
            context: Any = multiprocessing.get_context(start)
            with _STARTING:
                self._connection, its_end = context.Pipe()
                process = context.Process(target=_serve, args=(its_end, os.getpid(), self._most_bytes), daemon=True)
                # A thread that waits for input holds the lock of sys.stdin. The new process closes sys.stdin, and would
                # wait for that lock for ever.
                stdin, sys.stdin = sys.stdin, None
                try:
                    process.start()
                finally:
                    sys.stdin = stdin
                its_end.close()
            self._process = process
        if self._stopped:
            self.end()
            raise WorkerStoppedError
        assert self._connection is not None
        return self._connection


def fresh_process() -> Worker:
    """Return a worker in a fresh Python, in which torch starts its own threads, without a limit of memory."""
    return Worker(start="spawn", most_bytes=None)


def _wait(connection: Connection, begun: float, seconds: float | None, on_wait: Callable[[float], None]) -> None:
    """Return when there is something to receive.

    Raises:
        OutOfTimeError: The time is over.
    """
    while True:
        left = TICK_SECONDS if seconds is None else begun + seconds - monotonic()
        if connection.poll(max(0.0, min(TICK_SECONDS, left))):
            return
        if left <= 0:
            raise OutOfTimeError
        on_wait(monotonic() - begun)


# --- in the process ------------------------------------------------------------------------------------------


def _serve(connection: Connection, parent: int, most_bytes: int | None) -> None:
    """Do what is asked for, in the new process, until the other end of the connection is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    _end_with(parent)
    if most_bytes is not None:
        _limit_memory(most_bytes)
    with suppress(EOFError, ConnectionError):
        while True:
            make, arguments = connection.recv()
            try:
                for item in make(*arguments):
                    connection.send(("item", item))
                answer = "end", ""
            except SizeError as error:
                answer = ("size", str(error))
            except MemoryError:
                answer = ("size", _too_much(most_bytes))
            except ConnectionError:
                raise
            except Exception as error:
                answer = ("defect", defect_lines(error))
            connection.send(answer)


def _too_much(most_bytes: int | None) -> str:
    if most_bytes is None:
        return "it needs more memory than there is"
    return f"it needs more than {most_bytes >> 30} GiB of memory, the limit here"


def _end_with(parent: int) -> None:
    """Make this process end within about a second after its parent, even if the parent was killed."""
    if not hasattr(signal, "setitimer"):
        return

    def look(_: int, __: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)


def _limit_memory(most_bytes: int) -> None:
    """Limit this process to `most_bytes` more than it has now, if the system supports it."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return
    import resource

    most = int(pages.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + most_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
