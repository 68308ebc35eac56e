"""How the trainings of a suite or sweep are done: what is missing, by an executor, from both ends of the order.

An executor trains all that is on a board into a ledger: `in_processes`, a pool of processes of this machine, or
`train.sweep.cluster.on_cluster`, a Ray cluster.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from tasks.ground.worker_pool import as_finished, worker_pool
from train.ledger.ledger import Ledger, read_results
from train.ledger.result import Result, result_from_json
from train.model.config import STACKED_WIDTH
from train.running.progress import progress_from_json
from train.sweep.grid import Cell, TrainingUnit, units
from train.sweep.sweep_progress import Board, OnFinished, OnSuiteProgress, expectation

REPORT_SECONDS = 0.25  # seconds between reports of progress


class SuiteError(Exception):
    """A worker could not go on; what was finished is in the ledger."""


def _say_nothing(_: Result) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class How:
    """How a sweep is done: how many processes, and who is told of its progress and of each finished run.

    device, compiled, checkpoint_seconds   as in `train.running.engine.Options`; workers on one CUDA device share its
    time and
                                           memory
    """

    on_progress: OnSuiteProgress
    on_finished: OnFinished = _say_nothing
    workers: int = 2
    device: str = "cpu"
    compiled: bool = False
    checkpoint_seconds: float = 5.0

    def order(self, unit: TrainingUnit) -> dict[str, Any]:
        """What a worker or a node is told: the unit, and how to train it, as a JSON object."""
        options = {name: getattr(self, name) for name in ("device", "compiled", "checkpoint_seconds")}
        return unit.to_json() | {"options": options}


@dataclass(frozen=True)
class SweepOutcome:
    """What the ledger has of a sweep when it is over, in order, and which runs other processes were training."""

    results: tuple[Result, ...]
    skipped: tuple[str, ...] = field(default=())


Executor: TypeAlias = "Callable[[Board, Ledger, How], None]"


def missing(cells: Sequence[Cell], ledger: Ledger) -> tuple[TrainingUnit, ...]:
    """What is not in the ledger, as it is to be trained."""
    found = []
    for unit in units(cells, STACKED_WIDTH):  # the same units whatever is there already: a stack decides the last bits
        runs = tuple((config, seed) for config, seed in unit.runs if ledger.find(config, seed) is None)
        if runs:
            found.append(replace(unit, runs=runs))
    return tuple(found)


def in_processes(board: Board, ledger: Ledger, how: How) -> None:
    """Trains what is on the board in worker processes, all of which end with it; SuiteError if one fails."""
    with worker_pool(partial(TrainingProcess, ledger), board.size) as pool:
        how.on_progress(board.snapshot())
        futures = [pool.submit(partial(_serve, board, number, how)) for number in range(board.size)]
        for finished in as_finished(futures, seconds=REPORT_SECONDS):
            for future in finished:
                future.result()
            how.on_progress(board.snapshot())


def train_suite(cells: Sequence[Cell], ledger: Ledger, how: How, execute: Executor = in_processes) -> SweepOutcome:
    """Trains what the ledger does not have of the cells, each by its seeds, and tells what it has then, in order.

    Killed at any moment, it goes on from the checkpoints when called again. SuiteError if the executor fails.
    """
    to_do = missing(cells, ledger)
    board = None
    if to_do:
        shipped = read_results(ledger.shipped, shipped=True) if ledger.shipped is not None else ()
        known = expectation((*shipped, *ledger.results()))
        board = Board(to_do, min(how.workers, len(to_do)), known, how.on_finished)
        execute(board, ledger, how)
    found = [ledger.find(cell.config, seed) for cell in cells for seed in cell.seeds]
    skipped = () if board is None else tuple(board.skipped)
    return SweepOutcome(tuple(result for result in found if result is not None), skipped)


class TrainingProcess:
    """A process that trains what it is told to into a ledger; out of reach of the terminal's Ctrl-C, the parent's."""

    def __init__(self, ledger: Ledger) -> None:
        command = [sys.executable, "-m", "train.sweep.worker", str(ledger.directory.resolve())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, text=True, start_new_session=True, stdin=pipe, stdout=pipe)

    def messages(self, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What the process says of an order, as `train.sweep.worker` says it; it ends only where the process does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # a process that is gone has nothing to read, and says nothing
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        yield from map(json.loads, self._process.stdout)

    def status(self) -> int:
        """The exit status of the process, which is waited for."""
        return self._process.wait()

    def stop(self) -> None:
        """Ends the process at once, from any thread."""
        self._process.kill()

    def end(self) -> None:
        """Closes what the ended process leaves behind."""
        with suppress(BrokenPipeError), self._process:
            pass


def _serve(board: Board, worker: int, how: How, process: TrainingProcess) -> None:
    """Gives the process unit after unit until none is left, and keeps the board."""
    while (unit := board.begin(worker)) is not None:
        what = f"training {unit.config.task} {unit.config.model.pe_text}"
        for message in process.messages(how.order(unit)):
            if "progress" in message:
                board.report(worker, progress_from_json(message["progress"]))
            elif "error" in message:
                raise SuiteError(f"{what}: {message['error']}")
            elif "claimed" in message:
                board.skip(worker, message["claimed"])
                break
            else:
                board.end(worker, [result_from_json(each) for each in message["done"]])
                break
        else:
            raise SuiteError(f"{what}: its process ended with status {process.status()}")
