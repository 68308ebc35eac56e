"""Lists of trainings, and how a list is trained: what is missing, in worker processes, the longest first."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from train.config import Encoding, TrainConfig, config_to_json
from train.ledger import Ledger
from train.progress import Progress, progress_from_json
from train.recommended import recommended
from train.result import Result

EVERY = 0.25  # seconds between reports of progress


class SuiteError(Exception):
    """A worker could not go on; what was finished is in the ledger."""


@dataclass(frozen=True)
class Cell:
    """One task and positional encoding, its seeds, and how many seconds their training takes, as measured."""

    task: str
    pe: Encoding
    seeds: tuple[int, ...]
    seconds: float

    @property
    def config(self) -> TrainConfig:
        """The task's recommended configuration."""
        return recommended(self.task, self.pe)


# Seconds of one thread on two virtual cores of an AMD EPYC; they only order the work and foretell its end.
QUICK: tuple[Cell, ...] = (
    Cell("binary_majority", "ape", (0, 1), 8),
    Cell("binary_majority", "nope", (0, 1), 8),
    Cell("dyck1", "ape", (0, 1), 47),
    Cell("dyck1", "nope", (0, 1), 21),
    Cell("tomita4", "ape", (0, 1), 37),
    Cell("tomita4", "nope", (0, 1), 57),
    Cell("aa_star", "ape", (0, 1), 43),
    Cell("aa_star", "nope", (0, 1), 73),
    Cell("copy_unique", "ape", (0, 1), 200),
    Cell("parity", "ape", (0, 1), 31),
    Cell("parity", "nope", (0, 1), 33),
)


@dataclass(frozen=True)
class SuiteProgress:
    """A moment of a suite's training: what each worker is at (None: idle or starting), and seconds to go."""

    finished: int
    total: int
    workers: tuple[Progress | None, ...]
    elapsed: float
    remaining: float


OnSuiteProgress: TypeAlias = Callable[[SuiteProgress], None]


def missing(suite: Sequence[Cell], ledger: Ledger) -> tuple[Cell, ...]:
    """The cells of which a seed is not in the ledger, the longest first."""
    found = [cell for cell in suite if any(ledger.find(cell.config, seed) is None for seed in cell.seeds)]
    return tuple(sorted(found, key=lambda cell: -cell.seconds))


def train_suite(
    suite: Sequence[Cell], ledger: Ledger, *, workers: int = 2, on_progress: OnSuiteProgress
) -> tuple[Result, ...]:
    """The results of every cell and seed, in order, trained where the ledger does not have them.

    Killed at any moment, it goes on from the checkpoints when called again. SuiteError if a worker fails.
    """
    to_do = missing(suite, ledger)
    if to_do:
        _train_all(_Board(to_do, min(workers, len(to_do))), ledger, on_progress)
    found = [ledger.find(cell.config, seed) for cell in suite for seed in cell.seeds]
    return tuple(result for result in found if result is not None)


def _train_all(board: "_Board", ledger: Ledger, on_progress: OnSuiteProgress) -> None:
    with ExitStack() as stack:
        # Last in, first out: the processes end before the threads that listen to them are waited for.
        pool = stack.enter_context(ThreadPoolExecutor(board.size))
        processes = [stack.enter_context(_process(ledger)) for _ in range(board.size)]
        futures = [pool.submit(_serve, process, board, index) for index, process in enumerate(processes)]
        going = True
        while going:
            done, waiting = wait(futures, timeout=EVERY, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            going = bool(waiting)
            on_progress(board.snapshot())


@contextmanager
def _process(ledger: Ledger) -> Iterator["subprocess.Popen[str]"]:
    """A worker process, ended with the block; out of reach of the terminal's Ctrl-C, which is the parent's."""
    command = [sys.executable, "-m", "train.worker", str(ledger.directory.resolve())]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, start_new_session=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def _serve(process: "subprocess.Popen[str]", board: "_Board", worker: int) -> None:
    """Gives the process cell after cell until none is left, and keeps the board."""
    assert process.stdin is not None
    assert process.stdout is not None
    while (cell := board.begin(worker)) is not None:
        order = {"config": config_to_json(cell.config), "seeds": cell.seeds}
        with suppress(BrokenPipeError):  # a process that is gone has nothing to read, which is seen below
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            message = json.loads(line)
            if "progress" in message:
                board.report(worker, progress_from_json(message["progress"]))
            elif "error" in message:
                raise SuiteError(f"training {cell.task} {cell.pe}: {message['error']}")
            else:
                break
        else:
            raise SuiteError(f"training {cell.task} {cell.pe}: its process ended with status {process.wait()}")
        board.end(worker)


@dataclass
class _Running:
    """A cell in training."""

    cell: Cell
    begun: float
    progress: Progress | None = None


class _Board:
    """What is to be done, done, and being done; shared by the threads that listen to the processes."""

    def __init__(self, to_do: Sequence[Cell], size: int) -> None:
        self.size = size
        self.to_do = list(to_do)
        self.total = len(to_do)
        self.began = time.monotonic()
        self.expected = self.took = 0.0  # of the finished cells
        self.running: list[_Running | None] = [None] * size
        self.lock = Lock()

    def begin(self, worker: int) -> Cell | None:
        with self.lock:
            cell = self.to_do.pop(0) if self.to_do else None
            self.running[worker] = None if cell is None else _Running(cell, time.monotonic())
            return cell

    def report(self, worker: int, progress: Progress) -> None:
        with self.lock:
            running = self.running[worker]
            if running is not None:
                running.progress = progress

    def end(self, worker: int) -> None:
        with self.lock:
            running = self.running[worker]
            if running is not None:
                self.expected += running.cell.seconds
                self.took += time.monotonic() - running.begun
                self.running[worker] = None

    def snapshot(self) -> SuiteProgress:
        with self.lock:
            now = time.monotonic()
            going = [running for running in self.running if running is not None]
            slower = self.took / self.expected if self.expected else 1.0
            left = [max(1.0, running.cell.seconds * slower - (now - running.begun)) for running in going]
            waiting = slower * sum(cell.seconds for cell in self.to_do)
            return SuiteProgress(
                finished=self.total - len(self.to_do) - len(going),
                total=self.total,
                workers=tuple(None if running is None else running.progress for running in self.running),
                elapsed=now - self.began,
                remaining=max([0.0, *left, (sum(left) + waiting) / self.size]),
            )
