"""A model read and measured: the command, and what is kept of the fitted runs of a ledger."""

import json
from functools import partial
from pathlib import Path

import pytest

from crasp.api import compile as compile_to
from eval.__main__ import main
from eval.page.page_frame import Sources
from eval.reading.read_command import _ranges
from eval.reading.read_runs import READ_RUNS, kept_lines
from eval.reading.section import _key, _key_of, reading_section
from tasks.registry import get_task
from tests.eval.synthetic import counted
from train.ledger import SHIPPED
from train.ledger.ledger import Ledger, read_results
from train.model.directory import Model, write_model
from train.model.recommended import Choices, recommended
from train.running.step import initial_weights


@pytest.fixture(scope="module")
def tomita4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("compiled") / "tomita4"
    compile_to("lib:tomita4", directory, target="gpt2", max_length=60)
    return directory


def test_the_model_its_nearest_machines_and_its_roundings_are_measured(
    tomita4: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["read", "--model", str(tomita4), "--task", "tomita4", "-n", "20", "--lengths", "1-50,150-200"]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    shares = {each["model"]: [(b["correct"], b["total"]) for b in each["bins"]] for each in found["measured"]}
    assert shares[str(tomita4)][0] == (20, 20)
    assert shares["the nearest machine"] == [(20, 20)] * 2  # the model has no positions for 150 letters
    assert shares["the sharpened nearest machine"] == [(20, 20)] * 2
    assert shares["16 bits"][0] == (20, 20)
    assert shares["2 bits"][0][0] < 20  # a quarter of the attention is the least there is
    assert main([*asked[:5], "-n", "5", "--lengths", "1-20"]) == 0
    text = capsys.readouterr().out
    assert "head 2: LOCAL: it looks at lag 1 alone" in text
    assert "the nearest machine: 1-20 100.0%" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nowhere", "--task", "tomita4"], "nowhere"),
        (["--model", "{}", "--task", "majority"], "lacks tokens"),
        (["--model", "{}", "--task", "tomita4", "--lengths", "5-1"], "5-1"),
    ],
)
def test_what_cannot_be_read_is_refused(
    arguments: list[str], message: str, tomita4: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", *(each.format(tomita4) for each in arguments)]) == 2
    assert message in capsys.readouterr().err


def test_the_fitted_runs_of_a_ledger_are_read_once_and_shown_by_encoding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, task = Ledger(tmp_path / "runs"), get_task("tomita1")
    for pe, right in (("ape", (1.0, 1.0, 1.0)), ("nope", (1.0, 0.5, 0.0)), ("nope", (0.1, 0.1, 0.1))):
        seed = int(right[0] < 1)
        rate = 3e-3 if pe == "ape" else None  # rates differ, and a line has to find its own run
        config = recommended("tomita1", pe, Choices(protocol="grid", layers=1, heads=1, width=16, lr=rate))
        model = Model(config.model, initial_weights(task, config, seed), task.vocabulary)
        ledger.record(counted(config, seed, right), partial(write_model, model=model, extra={}))
    out = tmp_path / "reading.jsonl"
    asked = ["read_runs", "--out", str(out), "-n", "3"]
    assert main(asked) == 2  # neither a file nor runs
    capsys.readouterr()
    assert main([*asked, "--runs", str(tmp_path / "runs")]) == 0
    shown = capsys.readouterr().out
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["pe"], line["seed"]) for line in lines] == [("ape", 0), ("nope", 0)]  # the third did not fit
    assert all(len(line["accuracy"]["101-150"]) == 7 for line in lines)
    assert [line["lr"] for line in lines] == [3e-3, 1e-3]
    assert {_key(line) for line in lines} <= {_key_of(result) for result in ledger.results() if result.fitted}
    before = out.read_bytes()
    assert main([*asked, "--runs", str(tmp_path / "runs")]) == 0
    assert out.read_bytes() == before
    assert capsys.readouterr().out == shown
    out.write_text("{}\n", encoding="utf-8")
    assert main(asked) == 2
    assert "line 1: this is no line that `read_runs` wrote" in capsys.readouterr().err


def test_a_run_that_cannot_be_read_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger, task = Ledger(tmp_path / "runs"), get_task("tomita1")
    for seed in (0, 1):
        config = recommended("tomita1", "ape", Choices(protocol="grid", layers=1, heads=1, width=16))
        model = Model(config.model, initial_weights(task, config, seed), task.vocabulary)
        path = ledger.record(counted(config, seed, (1.0, 1.0, 1.0)), partial(write_model, model=model, extra={}))
        if seed == 0:
            stated = json.loads((path / "config.json").read_text(encoding="utf-8")) | {"n_head": 7}
            (path / "config.json").write_text(json.dumps(stated), encoding="utf-8")
    out = tmp_path / "reading.jsonl"
    assert main(["read_runs", "--runs", str(tmp_path / "runs"), "--out", str(out), "-n", "2"]) == 0
    assert "-s0-" in capsys.readouterr().err
    assert [json.loads(line)["seed"] for line in out.read_text(encoding="utf-8").splitlines()] == [1]
    for runs in (tmp_path / "none", out):
        assert main(["read_runs", "--runs", str(runs), "--out", str(out)]) == 2
        assert "is no directory" in capsys.readouterr().err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ledger.sqlite").write_text("no ledger", encoding="utf-8")
    assert main(["read_runs", "--runs", str(tmp_path / "other"), "--out", str(out)]) == 2
    assert main(["read_runs", "--runs", str(tmp_path / "runs"), "--out", str(tmp_path)]) == 2


def test_ranges_in_which_a_task_has_no_words_are_left_out() -> None:
    assert _ranges(get_task("unique_reverse"), 50)[-1] == (101, 150)
    assert _ranges(get_task("dyck1"), 50)[-1] == (151, 300)


def test_the_page_shows_each_reading_beside_the_run_s_horizon(tmp_path: Path) -> None:
    section = reading_section(Sources(tmp_path, None))
    assert section is not None
    html = str(section.html)
    lines = list(kept_lines(READ_RUNS))
    assert html.count("<tr>") == len(lines) + 1
    known = [result for result in read_results(SHIPPED) if result.horizon is not None]
    assert len(known) > 100
    cells = [row.split("</td>") for row in html.split("<tr>")[2:]]
    assert sum(cell[-2].endswith(">") for cell in cells) < len(lines) // 10  # nearly all have their horizon
    assert reading_section(Sources(tmp_path, tmp_path)) is None
