"""A sweep on a Ray cluster: trainings go to its nodes, what is finished comes back into the ledger here.

The nodes need this project installed, and share no files with it. A training whose node dies is done again on another
one, from its beginning; it comes out the same.
"""

import importlib
import json
import socket
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from train.board import Board
from train.config import run_key
from train.ledger import Ledger, key_of
from train.result import result_from_json
from train.store import ClaimedError
from train.suite import EVERY, How, Outcome, SuiteError, board_of, outcome
from train.sweep import Cell, Unit, unit_from_json

Files: TypeAlias = Mapping[str, bytes]

ANSWERS_WITHIN = 10.0  # seconds


def train_on_cluster(cells: Sequence[Cell], ledger: Ledger, how: How, *, address: str) -> Outcome:
    """As `train.suite.train_suite`, `how.workers` trainings at once on the cluster at the address.

    SuiteError if there is no Ray, no cluster, or a training fails other than by its node's death.
    """
    board = board_of(cells, ledger, how)
    if board is not None:
        ray = _ray()
        _check_answers(address)
        try:
            ray.init(address=address, logging_level="error", log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise SuiteError(f"--ray {address}: no cluster answers: {error}") from error
        try:
            _check_devices(ray, how.device, address)
            _Driver(ray, board, ledger, how).run()
        finally:
            ray.shutdown()
    return outcome(cells, ledger, board)


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise SuiteError("--ray needs Ray: install the project with its extra `cluster`") from error


def _check_answers(address: str) -> None:
    """Refuses at once a host and port where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if address != "auto" and not (colon and port.isdecimal()):
        raise SuiteError(f"--ray: expected HOST:PORT or auto, found {address!r}")
    if address != "auto":
        try:
            socket.create_connection((host, int(port)), timeout=ANSWERS_WITHIN).close()
        except (OSError, OverflowError) as error:
            raise SuiteError(f"--ray {address}: no cluster answers: {error}") from error


def _check_devices(ray: Any, device: str, address: str) -> None:
    """Refuses a device that no node has: its trainings would wait for ever."""
    if device == "cuda" and not ray.cluster_resources().get("GPU"):
        raise SuiteError(f"--device cuda: no node of the cluster {address} has a GPU")


class _Driver:
    """The trainings that are out, by their Ray reference, each with its claim on the runs."""

    def __init__(self, ray: Any, board: Board, ledger: Ledger, how: How) -> None:
        self.ray, self.board, self.ledger, self.how = ray, board, ledger, how
        gpus = 1 if how.device == "cuda" else 0
        self.remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=-1)(trained_files)
        self.out: dict[Any, tuple[int, Unit, ExitStack]] = {}

    def run(self) -> None:
        """Keeps every worker busy until nothing is left."""
        with ExitStack() as claims:
            for worker in range(self.board.size):
                self._send(worker, claims)
            while self.out:
                self.how.on_progress(self.board.snapshot())
                done, _ = self.ray.wait(list(self.out), num_returns=1, timeout=EVERY)
                for reference in done:
                    worker, unit, claim = self.out.pop(reference)
                    self._receive(reference, worker, unit)
                    claim.close()
                    self._send(worker, claims)
            self.how.on_progress(self.board.snapshot())

    def _send(self, worker: int, claims: ExitStack) -> None:
        while (unit := self.board.begin(worker)) is not None:
            claim = claims.enter_context(ExitStack())
            try:
                claim.enter_context(self.ledger.store.claim([run_key(config, seed) for config, seed in unit.runs]))
            except ClaimedError as error:
                self.board.skip(worker, str(error))
                continue
            self.out[self.remote.remote(self.how.order(unit))] = worker, unit, claim
            return

    def _receive(self, reference: Any, worker: int, unit: Unit) -> None:
        what = f"training {unit.config.task} {unit.config.model.pe}"
        try:
            found = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            raise SuiteError(f"{what}: {getattr(error, 'cause', None) or error}") from error
        results = []
        for files, run in zip(found, unit.runs, strict=True):
            result = result_from_json(json.loads(files["result.json"]))
            if key_of(result) != run_key(*run):
                raise SuiteError(f"{what}: the node has another version of this project: {dict(result.versions)}")
            self.ledger.record(result, partial(_write, files))
            results.append(result)
        self.board.end(worker, results)


def trained_files(order: Mapping[str, Any]) -> list[Files]:
    """What a node does: trains a unit, and gives the files of each run's directory."""
    import torch

    from train.engine import Options, train_runs

    torch.set_num_threads(1)
    unit = unit_from_json(order)
    with tempfile.TemporaryDirectory() as name:
        ledger = Ledger(Path(name), shipped=None)
        results = train_runs(unit.task(), unit.runs, ledger, Options(**order["options"]))
        paths = [ledger.path(result.config, result.seed) for result in results]
        return [{file.name: file.read_bytes() for file in sorted(path.iterdir())} for path in paths]


def _write(files: Files, directory: Path) -> None:
    for name, content in files.items():
        if name != "result.json":  # which the ledger writes
            (directory / name).write_bytes(content)
