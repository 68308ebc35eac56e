"""python -m train: what it refuses, what it prints, and how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch

from tests.processes import started
from train.__main__ import main
from train.choice_options import TrainOptions
from train.ledger.ledger import Ledger
from train.model.recommended import Choices, recommended

QUICK = ["--layers", "1", "--heads", "1", "--width", "8", "--train-length", "5", "--max-length", "10", "--max-steps"]
WITHOUT_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected --task TASK"),
        (["--task", "paritty"], "unknown task 'paritty': did you mean parity"),
        (
            ["--task", "parity", "--pe", "rotary"],
            "rope, alibi, sinusoidal, randomized, found rotary",
        ),
        (["--task", "parity", "--pe", "rope:base=1"], "pe rope:base=1: base: expected a number over 1"),
        (["--task", "parity", "--pe", "rope:width=7"], "width: expected an even number from 2 to 512, found 7"),
        (
            ["--task", "parity", "--pe", "rope:width=64", "--width", "16", "--heads", "1"],
            "expected at most 16, the coordinates",
        ),
        (["--task", "parity", "--pe", "rope:modulus=1"], "modulus: expected a number from 2"),
        (["--task", "parity", "--pe", "rope:modulus=2.5"], "modulus: expected a whole number, found 2.5"),
        (
            ["--task", "parity", "--pe", "rope", "--width", "3", "--heads", "3"],
            "RoPE turns pairs of coordinates, and each head here has only one",
        ),
        (
            ["--task", "parity", "--pe", "sinusoidal", "--width", "1", "--heads", "1"],
            "a sine and a cosine are two coordinates, and the model has only one",
        ),
        (["--task", "parity", "--pe", "sinusoidal:width=4096"], "width: expected at most"),
        (["--task", "parity", "--pe", "alibi:slopes=0,1,2", "--heads", "2"], "one for each of 2 heads, found 3"),
        (
            ["--task", "parity", "--pe", "alibi:slopes=0,-1", "--heads", "2"],
            "expected numbers from 0 to 10,000, found 0 -1",
        ),
        (["--task", "parity", "--pe", "alibi:slopes=0,inf", "--heads", "2"], "slopes: expected numbers from 0"),
        (
            ["--task", "parity", "--pe", "alibi", "--width", "24", "--heads", "3"],
            "for a power of two, and the model has 3 heads",
        ),
        (["--task", "parity", "--pe", "alibi:scaling=mpt"], "scaling: expected published or falcon, found mpt"),
        (["--task", "parity", "--pe", "alibi:scaling=falcon,slopes=1"], "scaling does not go together with slopes"),
        (
            ["--task", "parity", "--pe", "alibi:scaling=falcon", "--width", "14", "--heads", "2"],
            "heads of even width alone",
        ),
        (["--task", "parity", "--pe", "randomized:largest=100"], "largest: expected at least 1"),
        (["--task", "parity", "--pe", "randomized:largest=0"], "largest: expected a number from 2 to"),
        (["--task", "parity", "--pe", "rope", "--regularizer", "1e-4"], "pe=rope has none"),
        (["--task", "parity", "--heads", "3", "--width", "16"], "heads=3 does not divide width=16"),
        (["--task", "parity", "--pe", "nope", "--regularizer", "1e-4"], "regularizer: it acts on position embeddings"),
        (["--task", "parity", "--distinct-words", "0"], "--distinct-words"),
        (["--task", "parity", "--leave-out", ""], "--leave-out"),
        (["--task", "parity", "--layers", "0"], "layers: expected a whole number >= 1"),
        (["--task", "parity", "--lr", "nan"], "lr: expected a number > 0"),
        (["--task", "parity", "--lr", "fast"], "--lr"),
        (["--task", "parity", "--initial-scale", "0"], "initial_scale: expected a number > 0"),
        (["--task", "parity", "--curriculum-steps", "-1"], "curriculum_steps: expected a whole number >= 0"),
        (["--task", "parity", "--dropout", "1"], "dropout: expected less than 1, found 1.0"),
        (["--task", "parity", "--grow-from", "5", "--curriculum-steps", "9"], "grow_from does not go together with"),
        (["--task", "parity", "--position-scale", "-1"], "position_scale: expected a number >= 0"),
        (["--task", "parity", "--seeds", "3-1"], "--seeds: expected A-B with A <= B"),
        (["--task", "parity", "--seeds", "0-1000000"], "at most 1000 seeds"),
        (["--task", "parity", "--seeds", "x"], "--seeds: expected 3, 0-4 or 0,2,5"),
        (["--task", "parity", "--max-length", "40"], "max_length: expected a whole number >= 50"),
        (["--task", "parity", "--max-length", "-3"], "max_length: expected a whole number in 1..10000, found -3"),
        (["--task", "parity", "--max-length", "1000000000"], "max_length: expected a whole number in 1..10000"),
        (["--task", "parity", "--width", "1000000"], "parameters: expected at most 1,000,000,000"),
        (["--task", "aa_star", "--train-length", "1", "--max-length", "2"], "no words of lengths 1-1"),
        (["--regex", "ab|abab"], "has no words of lengths 51-100"),
        (["--task", "parity", "--out", "/proc/nowhere"], "cannot write into /proc/nowhere"),
        (["--task", "parity", "--colour"], "--colour"),
        pytest.param(["--task", "parity", "--device", "cuda"], "--device cuda", marks=WITHOUT_CUDA),
    ],
)
def test_bad_input_is_status_2_and_a_message(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert not list(tmp_path.iterdir())


def test_precision_and_the_form_of_the_regularizer_reach_the_run(tmp_path: Path) -> None:
    asked = ["--precision", "bf16", "--regularizer", "0.01", "--regularizer-form", "eq8"]
    assert main(["--task", "binary_majority", *QUICK, "3", *asked, "--out", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("binary_majority-ape-s0-*/result.json")
    result = json.loads(path.read_text())
    assert [result["config"][name] for name in ("precision", "regularizer", "regularizer_form")] == [
        "bf16",
        0.01,
        "eq8",
    ]
    assert 0 < result["penalty"] < result["loss"]


def test_it_trains_prints_a_table_and_the_second_time_only_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "binary_majority", *QUICK, "20", "--seeds", "0,2", "--out", str(tmp_path)]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    *paths, head, zero, two = first.splitlines()
    assert head.split() == ["seed", "steps", "fitted", "at", "1-5", "6-10", "verdict", "seconds"]
    assert [zero.split()[0], two.split()[0]] == ["0", "2"]
    for path, row in zip(paths, (zero, two), strict=True):
        result = json.loads((Path(path) / "result.json").read_text())
        assert (result["task"], result["seed"]) == ("binary_majority", int(row.split()[0]))
        assert f"{100 * result['bins'][0]['correct'] / result['bins'][0]['total']:.1f}%" in row
        assert result["verdict"] in row
    assert main(arguments) == 0
    assert capsys.readouterr().out == first


def test_help_and_refusals_import_no_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from train.__main__ import main; status = main(sys.argv[1:]); "
        "assert 'torch' not in sys.modules; sys.exit(status)"
    )
    for arguments, status in ((["--help"], 0), (["--task", "parity", "--heads", "3"], 2)):
        command = [sys.executable, "-c", program, *arguments, "--out", str(tmp_path)]
        if status == 0:
            command = command[:-2]
        assert subprocess.run(command, capture_output=True, check=False).returncode == status


def test_ctrl_c_is_status_130_and_resume_goes_on(tmp_path: Path) -> None:
    arguments = ["--task", "binary_majority", *QUICK, "4000", "--lr", "1e-7", "--out", str(tmp_path), "--resume"]
    command = [sys.executable, "-m", "train", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with started(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        while line == "preparing: nothing is trained yet\n":  # on a busy machine
            line = process.stderr.readline()
        assert "binary_majority ape seed 0: step" in line
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_a_second_process_on_the_same_run_is_status_2_and_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "binary_majority", *QUICK, "3", "--out", str(tmp_path)]
    choices = Choices(layers=1, heads=1, width=8, train_length=5, max_length=10, max_steps=3)
    with Ledger(tmp_path).claim(recommended("binary_majority", "ape", choices), [0]):
        assert main(arguments) == 2
        shown = capsys.readouterr()
        assert f"binary_majority with seed 0 is being trained by process {os.getpid()}" in shown.err
        assert shown.out == ""
    assert main(arguments) == 0


def test_a_ledger_that_cannot_be_read_is_status_2_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 100)
    assert main(["--task", "binary_majority", *QUICK, "3", "--out", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert f"{tmp_path}/ledger.sqlite: damaged ledger" in shown.err
    assert "Traceback" not in shown.err
    assert (tmp_path / "ledger.sqlite").read_bytes() == b"no database" * 100


def test_a_model_that_was_deleted_is_said_and_its_result_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "binary_majority", *QUICK, "3", "--out", str(tmp_path)]
    assert main(arguments) == 0
    path, *table = capsys.readouterr().out.splitlines()
    shutil.rmtree(path)
    assert main(arguments) == 0
    again = capsys.readouterr().out.splitlines()
    assert again[0] == f"{path}: the model is gone; its result is in {tmp_path / 'ledger.sqlite'}"
    assert again[1:] == table


def test_every_choice_but_the_protocol_is_an_option() -> None:
    assert {"protocol", *(each.name for each in fields(TrainOptions))} == {each.name for each in fields(Choices)}
