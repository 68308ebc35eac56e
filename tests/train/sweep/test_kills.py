"""A sweep that is killed again and again at random moments, with its workers or without: `make test-kills`."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processes import started
from tests.train.sweep.test_suite import children
from train.ledger.ledger import Ledger
from train.ledger.result import Result

SWEEP = """
[[grid]]
tasks = ["binary_majority", "dyck1", "tomita1"]
seeds = "0-2"
models = [{ layers = 1, heads = 1, width = 8 }]
max_steps = 400
lr = 1e-4
train_length = 10
max_length = 20
"""

FIRST, GROWTH = 3.0, 1.1  # at most so many seconds until the first kill, and so much more until each later one
MOST_KILLS = 60


def command(path: Path, runs: Path) -> list[str]:
    return [sys.executable, "-m", "train", "sweep", str(path), "--out", str(runs)]


def outcome(results: tuple[Result, ...]) -> list[Result]:
    return [replace(result, seconds=0.0, cpu_seconds=0.0) for result in results]


@pytest.mark.skipif("CRASP_KILLS" not in os.environ, reason="make test-kills")
@pytest.mark.parametrize("workers_too", [True, False], ids=["with its workers", "alone"])
def test_a_sweep_that_is_killed_at_random_moments_loses_nothing_and_trains_nothing_twice(
    tmp_path: Path, workers_too: bool
) -> None:
    rng = random.Random(0)
    path, runs = tmp_path / "sweep.toml", tmp_path / "runs"
    path.write_text(SWEEP)
    kills, before = 0, set[str]()
    while kills < MOST_KILLS:
        with started(command(path, runs), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=rng.uniform(0.1, FIRST * GROWTH**kills))
            over = process.poll() is not None
            if not over:
                workers = children(process.pid) if workers_too else []
                for each in (process.pid, *workers):
                    with suppress(ProcessLookupError):
                        os.kill(each, signal.SIGKILL)
        if over and process.returncode == 0:
            break
        kills += not over
        time.sleep(1.0 if not workers_too else 0.0)  # a worker notices within a second that its parent is gone
        finished = {path.name for path in runs.glob("*-s*-*")} if runs.exists() else set()
        assert before <= finished
        before = finished
    assert 3 <= kills < MOST_KILLS
    ledger = Ledger(runs, shipped=None)
    with sqlite3.connect(ledger.store.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert subprocess.run(command(path, tmp_path / "whole"), capture_output=True, check=False).returncode == 0
    assert outcome(ledger.results()) == outcome(Ledger(tmp_path / "whole", shipped=None).results())
    assert len(ledger.results()) == 18
    assert ledger.checkpoints(ledger.results()[0].config) == ()
    assert not list(runs.glob("*.damaged*"))
    assert {each.name for each in runs.glob(".*")} <= {".checkpoints", ".claims"}
    assert not list((runs / ".checkpoints").iterdir())
