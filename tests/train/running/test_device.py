"""Sweeps on a device and compiled: what this machine lacks is said, and what is asked for reaches the workers."""

import io
import json
import platform
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cases import few
from tests.train.sweep.test_suite import brief, ignore
from train.__main__ import main
from train.ledger.ledger import Ledger
from train.running.engine import Options
from train.sweep import worker
from train.sweep.grid import Cell, TrainingUnit
from train.sweep.suite_training import How, SuiteError, train_suite

WITHOUT_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
CELLS = (Cell(brief("nope", max_steps=2), (0,)),)
NO_CUDA = "--device cuda: torch finds no CUDA device here"
NO_COMPILER = "--compile needs a C++ compiler: /nowhere/g++ is not there"


@WITHOUT_CUDA
@pytest.mark.parametrize(("arguments", "message"), [(["--device", "cuda"], NO_CUDA), (["--compile"], NO_COMPILER)])
def test_what_this_machine_lacks_is_refused_before_anything_is_trained(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/g++")
    path, runs = tmp_path / "sweep.toml", str(tmp_path / "runs")
    path.write_text('[[grid]]\ntasks = "binary_majority"\nmax_steps = 2')
    for command in (["sweep", str(path)], ["--task", "binary_majority"]):
        assert main([*command, *arguments, "--out", runs]) == 2
        shown = capsys.readouterr()
        assert message in shown.err
        assert "Traceback" not in shown.err
        assert shown.out == ""
        assert not (tmp_path / "runs").exists()


@WITHOUT_CUDA
@pytest.mark.parametrize(
    ("asked", "message"),
    few(
        [({"device": "cuda"}, NO_CUDA), ({"compiled": True}, NO_COMPILER)],
        also=[({"compiled": True}, NO_COMPILER)],
        rows=True,
    ),
)
def test_what_is_asked_of_a_sweep_reaches_its_worker_processes(
    asked: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXX", "/nowhere/g++")
    ledger = Ledger(tmp_path / "runs", shipped=None)
    with pytest.raises(SuiteError, match=f"training binary_majority nope: {message}".replace("+", r"\+")):
        train_suite(CELLS, ledger, How(on_progress=ignore, **asked))
    assert ledger.results() == ()


def test_a_worker_trains_each_order_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Options] = []

    def train_runs(_task: object, _runs: object, _ledger: object, options: Options) -> tuple[()]:
        seen.append(options)
        return ()

    monkeypatch.setattr(worker, "train_runs", train_runs)
    unit = TrainingUnit(((CELLS[0].config, 0),))
    hows = [How(on_progress=ignore), How(on_progress=ignore, device="cuda"), How(on_progress=ignore, compiled=True)]
    orders = "".join(json.dumps(how.order(unit)) + "\n" for how in hows)
    monkeypatch.setattr("sys.stdin", io.StringIO(orders))
    assert worker.main([str(tmp_path)]) == 0
    assert [(each.device, each.compiled) for each in seen] == [("cpu", False), ("cuda", False), ("cpu", True)]


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [([], 2), (["--device", "cuda"], 1), (["--device", "cuda", "--workers", "3"], 3), (["--workers", "5"], 5)],
)
def test_without_a_number_of_workers_one_trains_on_a_cuda_device_and_two_on_the_cores(
    arguments: list[str], workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[How] = []

    def train(_cells: object, _ledger: object, how: How) -> object:
        seen.append(how)
        raise SuiteError("enough")

    monkeypatch.setattr("train.sweep.suite_training.train_suite", train)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    path = tmp_path / "sweep.toml"
    path.write_text('[[grid]]\ntasks = "binary_majority"\nmax_steps = 2')
    assert main(["sweep", str(path), "--out", str(tmp_path / "runs"), *arguments]) == 2
    device = "cuda" if "cuda" in arguments else "cpu"
    assert [(how.workers, how.device) for how in seen] == [(workers, device)]


def test_a_device_without_enough_memory_is_status_2_and_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nmore")

    monkeypatch.setattr("train.running.step.Slopes.at", fail)
    arguments = ["--task", "binary_majority", "--max-steps", "2", "--out", str(tmp_path)]
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert "--device cpu: CUDA out of memory. Tried to allocate 9 GiB.\n" in shown.err
    assert "more" not in shown.err
    assert "Traceback" not in shown.err


FAULTS = """
import resource, torch
from train.running.device import keep_memory
{}
def used():
    arrays = [torch.ones(2**20) for _ in range(10)]
    return sum(len(each) for each in arrays)
used(), used(), used(), used()  # until the heap has found its shape
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
used()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_a_worker_keeps_the_memory_of_a_step_for_the_next_one() -> None:
    code = FAULTS.format("assert keep_memory()")
    faults = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    pages = 10 * 2**22 // resource.getpagesize()  # what most processes lose and fetch again without it
    assert faults < pages / 4  # where the heap begins decides whether an array or two find no gap
