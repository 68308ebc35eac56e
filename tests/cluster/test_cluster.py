"""Sweeps on a real Ray cluster of two nodes on this machine: `make test-cluster`."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.registry import get_task
from tests.train.test_suite import brief
from train.board import SuiteProgress
from train.cluster import train_on_cluster
from train.engine import Options, train
from train.gpt2 import read_gpt2
from train.ledger import Ledger
from train.result import Result
from train.suite import How, SuiteError, missing
from train.sweep import Cell

pytestmark = [
    pytest.mark.skipif("CRASP_CLUSTER" not in os.environ, reason="make test-cluster"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SHAPES = (("ape", 1500), ("nope", 1500), ("nope", 400))
CELLS = tuple(Cell(brief(pe, max_steps=steps), (0, 1)) for pe, steps in SHAPES)


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
        if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"ray::trained_files"):
            found.append(int(child))
    return found


def outcome(results: tuple[Result, ...]) -> list[Result]:
    return [replace(result, seconds=0.0, cpu_seconds=0.0) for result in results]


def test_a_node_that_is_killed_half_way_changes_nothing_in_what_comes_out(cluster: Any, tmp_path: Path) -> None:
    (other,) = cluster.worker_nodes
    raylet = other.all_processes["raylet"][0].process.pid
    killed: list[int] = []
    seen: list[float] = []

    def watch(_: SuiteProgress) -> None:
        if killed:
            return
        if trainers(raylet):
            seen.append(time.monotonic())
        if seen and time.monotonic() - seen[0] > 1.0:
            killed.extend(trainers(raylet))
            assert killed  # so that there is something to be done again
            for process in (*killed, raylet):
                os.kill(process, signal.SIGKILL)

    ledger = Ledger(tmp_path / "cluster", shipped=None)
    found = train_on_cluster(CELLS, ledger, How(on_progress=watch), address=cluster.address)
    assert killed
    assert missing(CELLS, ledger) == ()
    plain = Ledger(tmp_path / "plain", shipped=None)
    expected: tuple[Result, ...] = ()
    for cell in CELLS:
        expected += train(get_task(cell.config.task), cell.config, cell.seeds, plain, Options())
    assert outcome(found.results) == outcome(expected)
    for cell in CELLS:
        models = [read_gpt2(each.path(cell.config, 1)).flat for each in (ledger, plain)]
        assert (models[0] == models[1]).all()
    again = train_on_cluster(CELLS, ledger, How(on_progress=lambda _: pytest.fail("trained again")), address="nowhere")
    assert again.results == found.results


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
        train_on_cluster(CELLS[:1], Ledger(tmp_path, shipped=None), how, address=cluster.address)
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
        train_on_cluster(CELLS, Ledger(tmp_path), How(on_progress=lambda _: None), address=address)
    assert str(raised.value).startswith(message)
