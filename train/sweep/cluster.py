"""Trains a sweep on a Ray cluster: its nodes train, and finished runs are recorded in the ledger of this machine.

The nodes need this project installed, and share no files with this machine. As they train they send checkpoints and
finished runs (`train.sweep.cluster_node`), which are kept in the ledger here. If a node dies, another one goes on with
its training from the last checkpoint. If the driver is killed, the sweep goes on when it is started again, on a cluster
or not. The results are the same as without a cluster.
"""

import importlib
import itertools
import json
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from train.ledger.identity import run_key
from train.ledger.ledger import CHECKPOINTS, Ledger, key_of
from train.ledger.result import result_from_json
from train.ledger.store import ClaimedError
from train.model.model import model_size
from train.running.checkpoint import clear_checkpoints, write_checkpoint_file
from train.running.progress import progress_from_json
from train.sweep.cluster_node import Files, Keeper, train_unit
from train.sweep.grid import TrainingUnit
from train.sweep.suite_training import REPORT_SECONDS, Executor, How, SuiteError
from train.sweep.sweep_progress import Board

ANSWERS_WITHIN_SECONDS = 10.0  # how long the cluster's port may take to accept a connection


def on_cluster(address: str) -> Executor:
    """Return an executor that trains `how.workers` units at once on the cluster at the address.

    The executor raises SuiteError if there is no Ray, no cluster, or if a training fails for another reason than its
    node's death.
    """

    def execute(board: Board, ledger: Ledger, how: How) -> None:
        check_cluster(address)
        ray = _ray()
        try:
            ray.init(address=address, logging_level="error", log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise SuiteError(f"--ray {address}: no cluster answers: {error}") from error
        try:
            _check_devices(ray, how.device, address)
            _Driver(ray, board, ledger, how).run()
        finally:
            ray.shutdown()

    return execute


def check_cluster(address: str) -> None:
    """Raise SuiteError if Ray is not installed, or if nothing answers at the address."""
    _ray()
    _check_answers(address)


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise SuiteError("--ray needs Ray: install the project with its extra `cluster`") from error


def _check_answers(address: str) -> None:
    """Raise SuiteError at once for a host and port where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if address != "auto" and not (colon and port.isdecimal()):
        raise SuiteError(f"--ray: expected HOST:PORT or auto, found {address!r}")
    if address != "auto":
        try:
            socket.create_connection((host, int(port)), timeout=ANSWERS_WITHIN_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise SuiteError(f"--ray {address}: no cluster answers: {error}") from error


def _check_devices(ray: Any, device: str, address: str) -> None:
    """Raise SuiteError for a device that no node has: its trainings would wait for ever."""
    if device == "cuda" and not ray.cluster_resources().get("GPU"):
        raise SuiteError(f"--device cuda: no node of the cluster {address} has a GPU")


@dataclass(frozen=True)
class _Out:
    """A unit that a node is training.

    Attributes:
        number: The number by which the keeper knows it.
        worker: The row of the board that it belongs to.
        unit: The unit.
        claim: The claim on its runs.
    """

    number: int
    worker: int
    unit: TrainingUnit
    claim: ExitStack


class _Driver:
    """Sends units to the nodes, and keeps in the ledger what they send back; `out` has the units in training."""

    def __init__(self, ray: Any, board: Board, ledger: Ledger, how: How) -> None:
        self.ray, self.board, self.ledger, self.how = ray, board, ledger, how
        gpus = 1 if how.device == "cuda" else 0
        self.remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=-1)(train_unit)
        self.keeper = ray.remote(num_cpus=0, scheduling_strategy=_here(ray))(Keeper).remote()
        self.numbers = itertools.count()
        self.out: dict[Any, _Out] = {}

    def run(self) -> None:
        """Keep every worker busy until no unit is left."""
        with ExitStack() as claims:
            for worker in range(self.board.size):
                self._send(worker, claims)
            while self.out:
                self.how.on_progress(self.board.snapshot())
                done, _ = self.ray.wait(list(self.out), num_returns=1, timeout=REPORT_SECONDS)
                self._take_in()  # this comes first, so that all that finished units have sent is in the ledger
                for reference in done:
                    out = self.out.pop(reference)
                    self._end(reference, out)
                    out.claim.close()
                    self._send(out.worker, claims)
            self.how.on_progress(self.board.snapshot())

    def _send(self, worker: int, claims: ExitStack) -> None:
        while (unit := self.board.begin(worker)) is not None:
            claim = claims.enter_context(ExitStack())
            try:
                claim.enter_context(self.ledger.store.claim([run_key(config, seed) for config, seed in unit.runs]))
            except ClaimedError as error:
                self.board.skip(worker, str(error))
                continue
            number, kept = next(self.numbers), self.ledger.checkpoints(unit.config)
            files = {str(path.relative_to(self.ledger.directory)): path.read_bytes() for path in kept}
            self._get(self.keeper.begin.remote(number, files), unit)
            reference = self.remote.remote(self.how.order(unit), number, self.keeper)
            self.out[reference] = _Out(number, worker, unit, claim)
            return

    def _take_in(self) -> None:
        """Keep what the nodes have sent: finished runs first, because later checkpoints no longer have them."""
        units = {out.number: out for out in self.out.values()}
        for number, (files, progress) in self._get(self.keeper.news.remote(), None).items():
            out = units.get(number)
            if out is None:  # news of a unit that is no longer in training
                continue
            if progress is not None:
                self.board.report(out.worker, progress_from_json(progress))
            directories = _directories(files)
            checkpoints = directories.pop(CHECKPOINTS, {})
            for run in directories.values():
                self._record(out.unit, run)
            for name, content in checkpoints.items():
                write_checkpoint_file(self.ledger.directory / CHECKPOINTS / name, content)

    def _record(self, unit: TrainingUnit, files: Files) -> None:
        result = result_from_json(json.loads(files["result.json"]))
        if key_of(result) not in [run_key(config, seed) for config, seed in unit.runs]:
            raise SuiteError(f"{_what(unit)}: the node has another version of this project: {dict(result.versions)}")
        self.ledger.record(result, partial(_write, files))

    def _end(self, reference: Any, out: _Out) -> None:
        """Take note that the unit is finished; all that it sent is in the ledger."""
        self._get(reference, out.unit)
        self._get(self.keeper.end.remote(out.number), out.unit)
        results = [self.ledger.find(config, seed) for config, seed in out.unit.runs]
        clear_checkpoints(self.ledger, out.unit.config, model_size(out.unit.config.model))
        self.board.end(out.worker, [result for result in results if result is not None])

    def _get(self, reference: Any, unit: TrainingUnit | None) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            what = "" if unit is None else f"{_what(unit)}: "
            raise SuiteError(f"{what}{getattr(error, 'cause', None) or error}") from error


def _here(ray: Any) -> Any:
    """Return the strategy that places an actor on the driver's own node, so that it does not end with another node."""
    strategies = importlib.import_module("ray.util.scheduling_strategies")
    return strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


def _what(unit: TrainingUnit) -> str:
    return f"training {unit.config.task} {unit.config.model.pe_text}"


def _directories(files: Files) -> dict[str, dict[str, bytes]]:
    """Return the files by their directory, and there by their name."""
    found: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        directory, _, name = path.partition("/")
        found.setdefault(directory, {})[name] = content
    return found


def _write(files: Files, directory: Path) -> None:
    for name, content in files.items():
        if name != "result.json":  # the ledger writes this file itself
            (directory / name).write_bytes(content)
