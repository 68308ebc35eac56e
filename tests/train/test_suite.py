"""A suite's training in worker processes: complete, in order, killed without loss, never done twice."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.registry import TASKS, get_task
from train.config import TrainConfig
from train.engine import Options, train
from train.ledger import Ledger
from train.result import Result
from train.suite import QUICK, Cell, SuiteError, SuiteProgress, missing, train_suite


class Brief(Cell):
    """A cell that is over in a second or two."""

    @property
    def config(self) -> TrainConfig:
        return replace(super().config, max_steps=400, fit_accuracy=1.0, lr=1e-4, test_words=50, held_out_words=50)


PAIR = (Brief("binary_majority", "ape", (0,), 2), Brief("binary_majority", "nope", (0, 1), 3))

PROGRAM = """
import sys
from pathlib import Path
from tests.train.test_suite import PAIR
from train.ledger import Ledger
from train.suite import train_suite
def say(progress):
    steps = [each.step for each in progress.workers if each is not None]
    print(min(steps, default=0) if len(steps) == 2 else 0, flush=True)
train_suite(PAIR, Ledger(Path(sys.argv[1])), on_progress=say)
"""


def outcome(results: tuple[Result, ...]) -> list[Result]:
    return [replace(result, seconds=0.0, cpu_seconds=0.0) for result in results]


def ignore(_: SuiteProgress) -> None:
    pass


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


def test_a_killed_suite_leaves_no_process_behind_and_the_next_call_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs")
    command = [sys.executable, "-c", PROGRAM, str(ledger.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 50:
                break
        workers = children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert len(workers) == 2
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    seen: list[SuiteProgress] = []
    results = train_suite(PAIR, ledger, on_progress=seen.append)
    assert [(each.config.model.pe, each.seed) for each in results] == [("ape", 0), ("nope", 0), ("nope", 1)]
    last = seen[-1]
    assert (last.finished, last.total, last.remaining) == (last.total, len({each.config for each in results}), 0)
    shown = [each for moment in seen for each in moment.workers if each is not None]
    assert {each.pe for each in shown} == {"ape", "nope"}
    expected = []
    for cell in PAIR:
        expected += train(get_task(cell.task), cell.config, cell.seeds, Ledger(tmp_path / "plain"), Options())
    assert outcome(results) == outcome(tuple(expected))
    assert missing(PAIR, ledger) == ()
    again = train_suite(PAIR, ledger, on_progress=lambda _: pytest.fail("trained again"))
    assert again == results


def test_what_takes_longest_is_trained_first(tmp_path: Path) -> None:
    assert [cell.seconds for cell in missing(PAIR, Ledger(tmp_path))] == [3, 2]


def test_a_worker_that_is_killed_is_an_error_that_names_its_training(tmp_path: Path) -> None:
    def kill(progress: SuiteProgress) -> None:
        if any(each is not None for each in progress.workers):
            for child in children(os.getpid()):
                os.kill(child, signal.SIGKILL)

    with pytest.raises(SuiteError, match=r"training binary_majority nope: its process ended with status -9"):
        train_suite(PAIR[1:], Ledger(tmp_path), on_progress=kill)


def test_a_place_that_cannot_be_written_is_an_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SuiteError, match=r"training binary_majority ape: .*Not a directory"):
        train_suite(PAIR[:1], Ledger(tmp_path / "file"), on_progress=ignore)


def test_the_quick_suite_has_both_encodings_and_two_seeds_of_each_of_its_tasks() -> None:
    cells = {(cell.task, cell.pe): cell for cell in QUICK}
    assert len(cells) == len(QUICK)
    tasks = {cell.task for cell in QUICK}
    assert {"binary_majority", "dyck1", "parity", "aa_star"} < tasks <= set(TASKS)
    both = tasks - {"copy_unique"}  # whose NoPE models take hours
    assert set(cells) == {(task, pe) for task in both for pe in ("ape", "nope")} | {("copy_unique", "ape")}
    assert {cell.seeds for cell in QUICK} == {(0, 1)}
    assert all(cell.config.bins == ((1, 50), (51, 100), (101, 150)) for cell in QUICK)


def test_two_regular_languages_of_the_quick_suite_are_predicted_to_generalize_with_ape_alone() -> None:
    theory = {cell.task: get_task(cell.task).theory for cell in QUICK}
    apart = {
        task
        for task, record in theory.items()
        if (record["ape"].verdict, record["nope"].verdict) == ("generalizes", "fails")
    }
    assert len(apart) >= 2
