"""`python -m train teacher-student`: the ledger, lists of experiments, refusals, kills; and what it prints."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from tasks.ground.limited_process import Worker
from tests.cases import few
from tests.processes import started
from train.__main__ import main
from train.ledger.store import Store
from train.teaching.config import teaching_key
from train.teaching.experiments import ExperimentsError, read_experiments, suite_path
from train.teaching.runner import Job, RunnerError, RunnerStanding, find_taught, train_missing, train_one
from train.teaching.summary import summary

pytestmark = pytest.mark.begun_first

torch.set_num_threads(1)
LIST = """
[defaults]
group = "length"
seeds = "0-1"
epochs = 1
batches = 2
batch_size = 32
validation_batches = 1
test_sequences = 100
test_lengths = [10, 12]

[[experiment]]
name = "one"
architecture = { kind = "rnn" }

[[experiment]]
name = "other"
architecture = { kind = "ssm" }
student = { output_layers = 3 }
seeds = "4"
"""


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.toml"
    path.write_text(LIST)
    return path


def jobs_of(path: Path) -> list[Job]:
    return [Job(each.name, each.config, seed) for each in read_experiments(path) for seed in each.seeds]


def test_a_list_is_read_with_its_defaults(listed: Path) -> None:
    one, other = read_experiments(listed)
    assert (one.name, one.seeds, one.config.epochs) == ("one", (0, 1), 1)
    assert (other.seeds, other.config.student.output_layers, other.config.teacher.output_layers) == ((4,), 3, 2)


@pytest.mark.parametrize("name", ["paper", "small"])
def test_the_lists_that_come_with_the_project_can_be_carried_out(name: str) -> None:
    experiments = read_experiments(suite_path(name))
    keys = [teaching_key(each.config, seed).identity for each in experiments for seed in each.seeds]
    assert len(set(keys)) == len(keys)
    if name == "paper":
        four = ("deep set", "softmax attention", "SSM", "RNN")
        by_name = {each.name: each for each in experiments}
        for each in (by_name[name] for name in four):
            assert (each.seeds, each.config.epochs, each.config.batches) == ((0, 1, 2, 3, 4), 100, 100)
            assert (each.config.batch_size, each.config.longest) == (256, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "no TOML"),
        ("", r"expected \[\[experiment\]\] tables"),
        ("[[experiment]]\ngroup = 'a'", r"experiment 1 \(without a name\): name: expected a text"),
        ("[[experiment]]\nname = 'a'\ngroup = 'a'", r"experiment 1 \(a\): expected architecture, or teacher"),
        ("[other]\n" + LIST, "unknown 'other'"),
        (LIST.replace('"other"', '"one"'), "two experiments are called 'one'"),
        (LIST.replace("0-1", "1-0"), "expected A-B with A <= B"),
        (LIST.replace("output_layers", "layers"), "layers is none of kind"),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_the_place(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(ExperimentsError, match=message) as caught:
        read_experiments(path)
    assert str(path) in str(caught.value)


def test_what_is_missing_is_trained_once_and_shown(listed: Path, tmp_path: Path) -> None:
    store, jobs = Store(tmp_path / "runs"), jobs_of(listed)
    assert train_one(jobs[0], store, lambda _: None)
    before = store.find(teaching_key(jobs[0].config, jobs[0].seed))
    moments: list[RunnerStanding] = []
    assert train_missing(jobs, store, workers=1, on_standing=moments.append) == ()
    assert (moments[-1].finished, moments[-1].total) == (2, 2)
    assert store.find(teaching_key(jobs[0].config, jobs[0].seed)) == before
    assert all(find_taught(store, job.config, job.seed) is not None for job in jobs)
    assert train_missing(jobs, store, workers=1, on_standing=moments.append) == ()
    text = summary(read_experiments(listed), store)
    assert [line.split()[0] for line in text.splitlines()[:5]] == ["experiment", "one", "one", "other", "other"]
    assert "nMSE" in text.splitlines()[0]
    assert "constant" in text.splitlines()[0]


def test_a_run_that_was_finished_in_the_meantime_is_not_trained_again(listed: Path, tmp_path: Path) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("it is trained again")

    store, job = Store(tmp_path / "runs"), jobs_of(listed)[0]
    assert train_one(job, store, lambda _: None)
    assert train_one(job, store, refuse)


@pytest.mark.long
def test_worker_processes_train_the_same(listed: Path, tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("here", "there")]
    jobs = jobs_of(listed)[:2]
    for store, workers in zip(stores, (1, 2), strict=True):
        train_missing(jobs, store, workers=workers, on_standing=lambda _: None)
    for job in jobs:
        here, there = (find_taught(store, job.config, job.seed) for store in stores)
        assert here is not None
        assert there is not None
        assert np.array_equal(here.weights, there.weights)
        assert here.tests == there.tests


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that have torch from the start: its import takes seconds."""
    monkeypatch.setattr("train.teaching.runner.fresh_process", lambda: Worker(start="fork", most_bytes=None))


@pytest.mark.usefixtures("forked")
def test_a_worker_that_is_killed_is_an_error_that_names_its_run(listed: Path, tmp_path: Path) -> None:
    listed.write_text(LIST.replace("epochs = 1", "epochs = 100000"))
    store, jobs = Store(tmp_path / "runs"), jobs_of(listed)[:2]

    def kill(_: RunnerStanding) -> None:
        worker = _claimed(tmp_path / "runs")
        if worker is not None:
            os.kill(worker, signal.SIGKILL)

    with pytest.raises(RunnerError, match=r"^one seed [01]: the process that computed it was ended"):
        train_missing(jobs, store, workers=2, on_standing=kill)


@pytest.mark.usefixtures("forked")
def test_a_ledger_that_cannot_be_written_is_bad_input_also_of_a_worker(listed: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / ".claims").write_text("")  # where the directory of claims would be
    with pytest.raises(OSError, match=r"\.claims"):
        train_missing(jobs_of(listed)[:2], Store(runs), workers=2, on_standing=lambda _: None)


def test_a_run_that_another_process_is_at_is_left_to_it(listed: Path, tmp_path: Path) -> None:
    store, job = Store(tmp_path / "runs"), jobs_of(listed)[0]
    with store.claim([teaching_key(job.config, job.seed)]):
        assert not train_one(job, store, lambda _: None)
    assert find_taught(store, job.config, job.seed) is None


@pytest.mark.parametrize(
    ("sent", "workers"),
    few([(signal.SIGINT, "1"), (signal.SIGINT, "2"), (signal.SIGKILL, "2")], also=[(signal.SIGINT, "2")], rows=True),
    ids=["interrupted", "interrupted, two workers", "killed"],
)
def test_a_stopped_command_leaves_no_process_and_goes_on_with_what_is_missing(
    sent: signal.Signals, workers: str, listed: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    text = LIST.replace('"0-1"', '"0-2"').replace("epochs = 1", "epochs = 100000")
    listed.write_text(text.replace('name = "one"', 'name = "one"\nepochs = 0'))
    command = [sys.executable, "-m", "train", "teacher-student", "--suite", str(listed), "--out", str(runs)]
    with started([*command, "--workers", workers], stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        store, (first, *_, last) = Store(runs), jobs_of(listed)
        _wait(lambda: find_taught(store, first.config, first.seed) is not None)
        _wait(lambda: _claimed(runs) is not None and len(store.runs("teacher-student")) == 3)
        _wait(lambda: _claimed(runs) is not None)
        worker = _claimed(runs)
        assert worker is not None
        process.send_signal(sent)
        assert process.wait(30) == (130 if sent is signal.SIGINT else -signal.SIGKILL)
    _wait(lambda: not _alive(worker))
    assert find_taught(store, last.config, last.seed) is None
    assert len(store.runs("teacher-student")) == 3


def _wait(done: "object", seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def _claimed(runs: Path) -> int | None:
    """The process that holds a claim."""
    for path in (runs / ".claims").glob("*") if (runs / ".claims").is_dir() else ():
        with suppress(FileNotFoundError):  # it was let go of in the meantime
            words = path.read_text().split()
            if len(words) == 2:
                return int(words[1])
    return None


def _alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_command_prints_errors_by_length_and_where_a_constant_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["teacher-student", "--architecture", "sigmoid", "--normalise", "earlier", "--epochs", "0"]
    arguments += ["--test-lengths", "10,14", "--out", str(tmp_path), "--workers", "1"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[3] for line in lines[1:3]] == ["10", "14"]
    assert main(arguments) == 0  # from the ledger


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected --architecture deepset|softmax"),
        (["--architecture", "ssm", "--heads", "2"], "ssm has no heads"),
        (["--architecture", "softmax", "--heads", "3"], "heads=3 does not divide hidden=20"),
        (["--architecture", "ssm", "--normalise", "mean"], "normalise: expected sum for ssm"),
        (["--architecture", "ssm", "--longest", "1"], "shortest=2 is above longest=1"),
        (["--architecture", "ssm", "--tokens", "band"], "tokens in a band need one training length"),
        (["--architecture", "ssm", "--test-lengths", "a"], "--test-lengths: expected whole numbers"),
        (["--architecture", "ssm", "--seeds", "x"], "--seeds: expected 3, 0-4"),
        (["--architecture", "ssm", "--suite", "paper"], "--suite sets the whole protocol"),
        (["--suite", "paper", "--epochs", "3"], "--suite sets the whole protocol"),
        (["--architecture", "ssm", "--band", "2.5"], "--band: expected --tokens band beside it"),
        (["--architecture", "ssm", "--tokens", "band", "--band", "0.01"], "band: expected at least 0.05, found 0.01"),
        (["--architecture", "ssm", "--labels", "sums", "--thought", "1"], "labels that are sums have no states"),
        (["--suite", "nowhere.toml"], "--suite: nowhere.toml: cannot be read: no such file"),
        (["--architecture", "ssm", "--thought", "-1"], "thought: expected a finite number"),
        (["--architecture", "gru"], "gru"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["teacher-student", *arguments, "--out", str(tmp_path / "runs")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_sizes_that_lose_a_guarantee_run(tmp_path: Path) -> None:
    arguments = ["teacher-student", "--architecture", "ssm", "--hidden", "7", "--shortest", "1", "--longest", "1"]
    assert main([*arguments, "--epochs", "0", "--out", str(tmp_path), "--workers", "1"]) == 0
