"""The ledger: what was recorded is found, and what is damaged is named, set aside and not found."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.data_version import DATA_VERSION
from tests.train.small import FIRST, small
from train.ledger.accuracy import BinAccuracy
from train.ledger.identity import identity
from train.ledger.ledger import Ledger, key_of
from train.ledger.result import Result, ResultError, measured_verdict, result_from_json, result_to_json
from train.model.config import TRAINING_VERSION, config_to_json
from train.running.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from train.running.engine import Options, train
from train.running.schedule import start

RESULT = Result(
    config=small(),
    seed=3,
    steps=60,
    fit_step=40,
    stopped="fitted",
    loss=0.25,
    training_accuracy=1.0,
    bins=(BinAccuracy((1, 6), 60, 60), BinAccuracy((7, 12), 54, 60)),
    seconds=1.5,
    cpu_seconds=1.25,
    versions={"torch": "2", "training": str(TRAINING_VERSION), "data": str(DATA_VERSION)},
    device="cpu",
)


def write_model(directory: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(3)}, directory / "model.safetensors")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (directory / name).write_text("{}")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "runs", tmp_path / "shipped")
    ledger.record(RESULT, write_model)
    return ledger


def others(ledger: Ledger) -> list[str]:
    """What lies beside the SQLite file."""
    return sorted(path.name for path in ledger.directory.iterdir() if path.name != "ledger.sqlite")


def test_what_was_recorded_is_found_again_by_configuration_and_seed(ledger: Ledger) -> None:
    assert ledger.find(RESULT.config, 3) == RESULT
    assert ledger.find(RESULT.config, 4) is None
    assert ledger.find(replace(RESULT.config, lr=0.5), 3) is None
    assert ledger.results() == (RESULT,)


def test_a_result_has_the_fields_of_the_commands_page() -> None:
    value = json.loads(json.dumps(result_to_json(RESULT)))
    assert {"task", "config", "seed", "steps", "fitted", "bins", "seconds", "versions", "device"} <= set(value)
    assert value["task"] == "first"
    assert value["fitted"] is True
    counts = [(each["lengths"], each["correct"], each["total"]) for each in value["bins"]]
    assert counts == [([1, 6], 60, 60), ([7, 12], 54, 60)]
    assert result_from_json(value) == RESULT


def test_recording_a_run_again_leaves_the_first_as_it_is(ledger: Ledger) -> None:
    ledger.record(replace(RESULT, steps=1), write_model)
    assert ledger.results() == (RESULT,)
    assert others(ledger) == [ledger.path(RESULT.config, 3).name]


def test_a_run_whose_model_cannot_be_written_leaves_nothing(ledger: Ledger) -> None:
    def fail(directory: Path) -> None:
        (directory / "config.json").write_text("{")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        ledger.record(replace(RESULT, seed=4), fail)
    assert others(ledger) == [ledger.path(RESULT.config, 3).name]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def other_seed(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 9}))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("result.json", Path.unlink),
        ("result.json", cut),
        ("result.json", other_seed),
        ("result.json", lambda path: path.write_text("[]")),
        ("result.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("model.safetensors", cut),
        ("model.safetensors", Path.unlink),
        ("config.json", Path.unlink),
    ],
    ids=["no result", "cut result", "another seed", "no object", "no text", "cut weights", "no weights", "no config"],
)
def test_a_damaged_run_is_named_set_aside_and_not_found(
    ledger: Ledger, name: str, damage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ledger.path(RESULT.config, 3)
    damage(path / name)
    assert ledger.find(RESULT.config, 3) is None
    message = capsys.readouterr().err
    assert str(path) in message
    assert "damaged" in message
    assert not path.exists()
    assert others(ledger) == [f"{path.name}.damaged-1"]
    assert ledger.results() == ()
    assert capsys.readouterr().err == ""
    ledger.record(RESULT, write_model)
    assert ledger.find(RESULT.config, 3) == RESULT


def test_a_half_written_run_is_no_run(ledger: Ledger) -> None:
    path = ledger.path(RESULT.config, 4)
    hidden = path.with_name(f".{path.name}.new")
    hidden.mkdir()
    (hidden / "result.json").write_text(json.dumps(result_to_json(replace(RESULT, seed=4))))
    (hidden / "rest").write_text("")
    assert ledger.find(RESULT.config, 4) is None
    assert ledger.results() == (RESULT,)
    ledger.record(replace(RESULT, seed=4), write_model)
    assert not hidden.exists()
    assert not (path / "rest").exists()


def test_a_directory_without_a_row_as_a_kill_leaves_it_is_taken_in(ledger: Ledger) -> None:
    ledger.store.path.unlink()
    assert ledger.results() == (RESULT,)
    assert not ledger.store.path.exists()  # reading makes nothing
    assert ledger.find(RESULT.config, 3) == RESULT
    shutil.rmtree(ledger.path(RESULT.config, 3))
    assert ledger.find(RESULT.config, 3) == RESULT
    assert ledger.results() == (RESULT,)


def test_a_run_of_another_version_stays_and_is_counted_but_is_not_shown(ledger: Ledger) -> None:
    other = replace(RESULT, seed=5, versions=dict(RESULT.versions) | {"training": "0"})
    ledger.store.finish(key_of(other), result_to_json(other))
    assert ledger.find(RESULT.config, 5) is None
    assert ledger.results() == (RESULT,)
    assert ledger.outdated() == 1


def test_a_row_whose_configuration_had_fewer_fields_is_of_another_version(ledger: Ledger) -> None:
    other = replace(RESULT, seed=5)
    config = {name: value for name, value in config_to_json(other.config).items() if name != "clip"}
    ledger.store.finish(replace(key_of(other), config=config), result_to_json(other) | {"config": config})
    assert ledger.results() == (RESULT,)
    assert ledger.outdated() == 1


def test_other_directories_beside_the_runs_are_left_alone(ledger: Ledger) -> None:
    (ledger.directory / "notes").mkdir()
    assert ledger.results() == (RESULT,)
    assert (ledger.directory / "notes").exists()


def test_shipped_results_are_marked_and_give_way_to_runs_of_ones_own(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    lines = [replace(RESULT, steps=5), replace(RESULT, seed=7)]
    (shipped / "a.jsonl").write_text("".join(json.dumps(result_to_json(each)) + "\n" for each in lines) + "{}\n")
    found = ledger.results()
    assert [(each.seed, each.steps, each.shipped) for each in found] == [(3, 60, False), (7, 60, True)]
    assert "a.jsonl:3: unreadable result" in capsys.readouterr().err
    assert ledger.find(RESULT.config, 7) is None


def test_results_come_by_task_encoding_and_seed(ledger: Ledger) -> None:
    for each in (replace(RESULT, seed=1), replace(RESULT, config=replace(RESULT.config, task="a"))):
        ledger.record(each, write_model)
    assert [(each.task, each.seed) for each in ledger.results()] == [("a", 3), ("first", 1), ("first", 3)]


CHECKPOINT = Checkpoint((start(small(), 0), start(small(), 1)), *(np.full((2, 4), k, np.float32) for k in range(3)))


def test_a_checkpoint_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "c" / "x.safetensors"
    assert read_checkpoint(path, 4) is None
    path.parent.mkdir()
    path.with_name(".x.safetensors.draft-killed").mkdir()  # as a killed process leaves it
    write_checkpoint(path, CHECKPOINT)
    found = read_checkpoint(path, 4)
    assert found is not None
    assert found.courses == CHECKPOINT.courses
    assert [array.tolist() for array in (found.flat, found.first, found.second)] == [
        [[float(k)] * 4] * 2 for k in range(3)
    ]
    assert [each.name for each in path.parent.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize(
    "damage",
    [cut, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\x00" * 100)],
    ids=["cut", "empty", "zeros"],
)
def test_a_damaged_checkpoint_is_named_set_aside_and_the_training_starts_again(
    tmp_path: Path, damage: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, config = Ledger(tmp_path), small()
    path = ledger.checkpoint_path([(config, 0)])
    write_checkpoint(path, replace(CHECKPOINT, courses=(start(config, 0), start(config, 1))))
    damage(path)
    (result,) = train(FIRST, config, [0], ledger, Options())
    assert result.steps > 0
    assert str(path) in capsys.readouterr().err
    assert [each.name for each in path.parent.iterdir()] == [f"{path.name}.damaged-1"]


def test_a_checkpoint_of_another_shape_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_checkpoint(tmp_path / "x", CHECKPOINT)
    assert read_checkpoint(tmp_path / "x", 5) is None
    assert "expected finite arrays of shape (2, 5), found (2, 4)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((1980, 1800, 0), "generalizes"),
        ((1980, 1799, 2000), "fails"),
        ((1979, 2000, 2000), "did not fit"),
    ],
)
def test_the_verdict_is_99_percent_of_the_first_bin_then_90_of_the_second(
    counts: tuple[int, ...], verdict: str
) -> None:
    bins = tuple(BinAccuracy((50 * k + 1, 50 * k + 50), count, 2000) for k, count in enumerate(counts))
    assert measured_verdict(bins) == verdict


def test_a_verdict_needs_two_bins() -> None:
    with pytest.raises(ValueError, match="needs two bins"):
        measured_verdict(RESULT.bins[:1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bins": []}, "bins are"),
        (
            {"bins": [{"lengths": [1, 6], "correct": 61, "total": 60}] * 2},
            "expected at most all words right, found 61 of 60",
        ),
        ({"stopped": "tired"}, "stopped: expected"),
        ({"steps": "many"}, "expected a whole number"),
    ],
)
def test_a_result_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ResultError, match=message):
        result_from_json(result_to_json(RESULT) | change)


def test_two_seeds_are_two_runs() -> None:
    assert identity(RESULT.config, 0) != identity(RESULT.config, 1)


FILLS = """
import os, resource, sys
from pathlib import Path
from tests.train.small import FIRST, small
from train.running.engine import Options, train
from train.ledger.ledger import Ledger
record = Ledger.record
def fill_up(ledger, when, limit):
    def fill(*arguments):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return record(*arguments) if when == "recording" else None
    if when == "recording":
        Ledger.record = fill
    say = (lambda progress: progress.step == 5 and fill()) if when == "training" else (lambda progress: None)
    try:
        train(FIRST, small(), [0], ledger, Options(checkpoint_seconds=0.0, report_seconds=0.0, on_progress=say))
    except OSError as error:
        print(error)
for name in sys.argv[2:]:
    when, limit = name.split("-")
    if not os.fork():
        fill_up(Ledger(Path(sys.argv[1]) / name, shipped=None), when, int(limit))
        sys.stdout.flush()
        os._exit(0)
    os.wait()
    print("and then", flush=True)
"""
WITHOUT_SPACE = {
    "training-1000": "the checkpoint could not be written, and the last one is kept",
    "recording-1000": "the run could not be written",
    "recording-8192": "ledger.sqlite: ",  # room for the directory, none for the row
}


@pytest.fixture(scope="module")
def without_space(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of the ledgers that had no space, and what was said of each; one process has loaded torch for all."""
    folder = tmp_path_factory.mktemp("full")
    command = [sys.executable, "-c", FILLS, str(folder), *WITHOUT_SPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return folder, dict(zip(WITHOUT_SPACE, done.stdout.split("and then\n"), strict=False))


@pytest.mark.parametrize("name", WITHOUT_SPACE)
def test_a_training_without_space_ends_with_a_message_and_goes_on_when_there_is_some(
    tmp_path: Path, name: str, without_space: tuple[Path, dict[str, str]]
) -> None:
    folder, said = without_space
    when, ledger = name.split("-")[0], Ledger(folder / name, shipped=None)
    assert WITHOUT_SPACE[name] in said[name]
    assert [path.name for path in (ledger.directory / ".checkpoints").iterdir()] == [
        ledger.checkpoint_path([(small(), 0)]).name
    ]
    steps: list[int] = []
    options = Options(on_progress=lambda progress: steps.append(progress.step), report_seconds=0.0)
    (result,) = train(FIRST, small(), [0], ledger, options)
    assert steps[:1] == ([6] if when == "training" else [])
    (whole,) = train(FIRST, small(), [0], Ledger(tmp_path / "whole", shipped=None), Options())
    assert (result.bins, result.loss, result.steps) == (whole.bins, whole.loss, whole.steps)
