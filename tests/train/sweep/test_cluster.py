"""Sweeps on a real Ray cluster of two nodes on this machine: `make test-cluster`."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks.registry import get_task
from tests.processes import started
from tests.train.model.written_models import read_gpt2
from tests.train.sweep.test_suite import brief
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.model.model import model_size
from train.running.checkpoint import read_checkpoint
from train.running.engine import Options, train
from train.sweep.cluster import on_cluster
from train.sweep.grid import Cell
from train.sweep.suite_training import How, SuiteError, missing, train_suite
from train.sweep.sweep_progress import SuiteProgress

pytestmark = [
    pytest.mark.skipif("CRASP_CLUSTER" not in os.environ, reason="make test-cluster"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CELLS = tuple(Cell(brief(pe, max_steps=steps), (0, 1)) for pe, steps in (("ape", 2500), ("nope", 2500), ("nope", 400)))
LONG = CELLS[:2]
LATE = 600  # steps after which a node or the driver is killed: one that began again would be seen below

DRIVER = """
import sys
from pathlib import Path
from tests.train.sweep.test_cluster import LONG, how
from train.sweep.cluster import on_cluster
from train.sweep.suite_training import train_suite
from train.ledger.ledger import Ledger
train_suite(LONG, Ledger(Path(sys.argv[1]), shipped=None), how(lambda _: None), on_cluster(sys.argv[2]))
"""


def how(watch: Callable[[SuiteProgress], None]) -> How:
    return How(on_progress=watch, checkpoint_seconds=0.2)


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    node = {"num_cpus": 1, "object_store_memory": 100_000_000}
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    made.add_node(**node)
    yield made
    made.shutdown()


def trainers(raylet: int) -> list[int]:
    """The processes of a node that train."""
    found = []
    for child in Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split():
        if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"ray::train_unit"):
            found.append(int(child))
    return found


def outcome(results: tuple[Result, ...]) -> list[Result]:
    return [replace(result, seconds=0.0, cpu_seconds=0.0) for result in results]


def kept_step(ledger: Ledger, cell: Cell) -> int:
    """The step of the checkpoint that the driver has of the cell's training; 0 where it has none."""
    found = [read_checkpoint(path, model_size(cell.config.model)) for path in ledger.checkpoints(cell.config)]
    return max((course.step for kept in found if kept is not None for course in kept.courses), default=0)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All cells, trained here without a cluster, with one thread as the nodes do."""
    torch.set_num_threads(1)
    ledger = Ledger(tmp_path_factory.mktemp("plain"), shipped=None)
    for cell in CELLS:
        train(get_task(cell.config.task), cell.config, cell.seeds, ledger, Options())
    return ledger


def assert_same(ledger: Ledger, undisturbed: Ledger, cells: tuple[Cell, ...]) -> None:
    assert missing(cells, ledger) == ()
    for cell in cells:
        for seed in cell.seeds:
            results = [each.find(cell.config, seed) for each in (ledger, undisturbed)]
            assert outcome((results[0],)) == outcome((results[1],))  # type: ignore[arg-type]
            models = [read_gpt2(each.path(cell.config, seed)).flat for each in (ledger, undisturbed)]
            assert (models[0] == models[1]).all()
    assert not list((ledger.directory / ".checkpoints").iterdir())


def test_a_training_whose_node_is_killed_half_way_goes_on_elsewhere_and_comes_out_the_same(
    cluster: Any, tmp_path: Path, undisturbed: Ledger
) -> None:
    (other,) = cluster.worker_nodes
    raylet = other.all_processes["raylet"][0].process.pid
    ledger = Ledger(tmp_path / "cluster", shipped=None)
    kept: dict[str, int] = {}
    after: dict[str, list[int]] = {"ape": [], "nope": []}

    def watch(moment: SuiteProgress) -> None:
        if not kept and trainers(raylet) and all(kept_step(ledger, cell) >= LATE for cell in LONG):
            kept.update({cell.config.model.pe: kept_step(ledger, cell) for cell in LONG})
            for process in (*trainers(raylet), raylet):
                os.kill(process, signal.SIGKILL)
        elif kept:
            for each in moment.workers:
                if each is not None and each.max_steps > 400:
                    after[each.pe].append(each.step)

    found = train_suite(CELLS, ledger, how(watch), on_cluster(cluster.address))
    assert kept
    for pe, steps in after.items():
        assert steps
        assert min(steps) >= kept[pe] >= LATE
    assert_same(ledger, undisturbed, CELLS)
    again = train_suite(CELLS, ledger, How(on_progress=lambda _: pytest.fail("trained again")), on_cluster("nowhere"))
    assert again.results == found.results


def test_a_sweep_whose_driver_is_killed_goes_on_and_comes_out_the_same(
    cluster: Any, tmp_path: Path, undisturbed: Ledger
) -> None:
    ledger = Ledger(tmp_path / "cluster", shipped=None)
    command = [sys.executable, "-c", DRIVER, str(ledger.directory), cluster.address]
    with started(command) as process:
        while process.poll() is None and not all(kept_step(ledger, cell) >= LATE for cell in LONG):
            time.sleep(0.05)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    kept = min(kept_step(ledger, cell) for cell in LONG)
    assert kept >= LATE
    steps: list[int] = []

    def watch(moment: SuiteProgress) -> None:
        steps.extend(each.step for each in moment.workers if each is not None)

    train_suite(LONG, ledger, how(watch), on_cluster(cluster.address))
    assert min(steps) >= kept
    assert_same(ledger, undisturbed, LONG)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"device": "cuda"}, "--device cuda: no node of the cluster {} has a GPU"),
        ({"compiled": True}, "training binary_majority ape: --compile needs a C++ compiler: /nowhere/g++"),
    ],
)
def test_a_device_that_no_node_has_and_a_compiler_that_a_node_lacks_are_errors_with_their_reason(
    asked: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/g++")
    cluster = request.getfixturevalue("cluster")  # now, so that its nodes have that environment
    how = How(on_progress=lambda _: None, **asked)
    with pytest.raises(SuiteError) as raised:
        train_suite(CELLS[:1], Ledger(tmp_path, shipped=None), how, on_cluster(cluster.address))
    assert str(raised.value).startswith(message.format(cluster.address))
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "--ray 127.0.0.1:1: no cluster answers: "),
        ("127.0.0.1:99999999", "--ray 127.0.0.1:99999999: no cluster answers: "),
        ("somewhere", "--ray: expected HOST:PORT or auto, found 'somewhere'"),
        ("auto", "--ray auto: no cluster answers: "),
    ],
)
def test_an_address_where_no_cluster_answers_is_an_error_with_its_reason(
    tmp_path: Path, address: str, message: str
) -> None:
    with pytest.raises(SuiteError) as raised:
        train_suite(CELLS, Ledger(tmp_path), How(on_progress=lambda _: None), on_cluster(address))
    assert str(raised.value).startswith(message)
