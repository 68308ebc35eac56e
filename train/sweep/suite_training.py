"""Trains the missing runs of a suite or a sweep by an executor.

An executor trains all units on a board and records them in a ledger. `in_processes` uses a pool of processes of this
machine, and `train.sweep.cluster.on_cluster` a Ray cluster.
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
    """A worker could not go on; finished runs are in the ledger."""


def _say_nothing(_: Result) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class How:
    """How a sweep is done.

    Attributes:
        on_progress: Called with the progress.
        on_finished: Called with the result of each finished run.
        workers: How many units are trained at once. Workers on one CUDA device share its time and memory.
        device: As in `train.running.engine.Options`.
        compiled: As in `train.running.engine.Options`.
        checkpoint_seconds: As in `train.running.engine.Options`.
    """

    on_progress: OnSuiteProgress
    on_finished: OnFinished = _say_nothing
    workers: int = 2
    device: str = "cpu"
    compiled: bool = False
    checkpoint_seconds: float = 5.0

    def order(self, unit: TrainingUnit) -> dict[str, Any]:
        """Return what a worker or a node is told, as a JSON object: the unit, and how to train it."""
        options = {name: getattr(self, name) for name in ("device", "compiled", "checkpoint_seconds")}
        return unit.to_json() | {"options": options}


@dataclass(frozen=True)
class SweepOutcome:
    """The result of a sweep.

    Attributes:
        results: The results that the ledger has, in the order of the sweep.
        skipped: A message for each unit that another process was training.
    """

    results: tuple[Result, ...]
    skipped: tuple[str, ...] = field(default=())


Executor: TypeAlias = "Callable[[Board, Ledger, How], None]"


def missing(cells: Sequence[Cell], ledger: Ledger) -> tuple[TrainingUnit, ...]:
    """Return the runs that are not in the ledger, in the groups in which they are to be trained."""
    found = []
    # The groups do not depend on what is in the ledger, because a run's last bits depend on its group.
    for unit in units(cells, STACKED_WIDTH):
        runs = tuple((config, seed) for config, seed in unit.runs if ledger.find(config, seed) is None)
        if runs:
            found.append(replace(unit, runs=runs))
    return tuple(found)


def in_processes(board: Board, ledger: Ledger, how: How) -> None:
    """Train the units on the board in worker processes, which all end with this call.

    Raises:
        SuiteError: A worker failed.
    """
    with worker_pool(partial(TrainingProcess, ledger), board.size) as pool:
        how.on_progress(board.snapshot())
        futures = [pool.submit(partial(_serve, board, number, how)) for number in range(board.size)]
        for finished in as_finished(futures, seconds=REPORT_SECONDS):
            for future in finished:
                future.result()
            how.on_progress(board.snapshot())


def train_suite(cells: Sequence[Cell], ledger: Ledger, how: How, execute: Executor = in_processes) -> SweepOutcome:
    """Train the runs of the cells that the ledger lacks, and return the results of all cells.

    If this is killed, it goes on from the checkpoints when it is called again.

    Args:
        cells: Configurations and their seeds.
        ledger: Where runs are recorded.
        how: How they are trained, and who is told.
        execute: The executor.

    Raises:
        SuiteError: The executor failed.
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
    """A worker process that trains what it is told to, and records it in a ledger.

    It is in a session of its own, so that the terminal's Ctrl-C reaches the parent alone.
    """

    def __init__(self, ledger: Ledger) -> None:
        command = [sys.executable, "-m", "train.sweep.worker", str(ledger.directory.resolve())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, text=True, start_new_session=True, stdin=pipe, stdout=pipe)

    def messages(self, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the messages with which the process answers an order (`train.sweep.worker`).

        The caller stops at the last message of the order; the iterator itself ends only if the process does.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # a process that has ended reads nothing, and yields no messages
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        yield from map(json.loads, self._process.stdout)

    def status(self) -> int:
        """Wait for the process to end, and return its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """End the process at once; this may be called from any thread."""
        self._process.kill()

    def end(self) -> None:
        """Close the pipes of the ended process."""
        with suppress(BrokenPipeError), self._process:
            pass


def _serve(board: Board, worker: int, how: How, process: TrainingProcess) -> None:
    """Give the process one unit after the other until none is left, and keep the board up to date."""
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
