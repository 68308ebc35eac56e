"""What the leaderboard says of a ledger that is missing, empty, damaged or another version's: the rest is shown."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.board.legend import legend
from eval.board.row_record import row_record
from eval.board.shown_results import results_of_directory, results_of_ledger
from eval.commands.leaderboard import Suite, leaderboard, main
from tests.eval.synthetic import made_up
from train.ledger.ledger import Ledger
from train.ledger.result import Result, result_to_json
from train.ledger.store import LEDGER
from train.model.recommended import recommended

CONFIG = recommended("dyck1", "ape")
RESULT = made_up(CONFIG, 0, 400)
SHIPPED = made_up(CONFIG, 1, 400)
OLDER = replace(RESULT, seed=2, versions=RESULT.versions | {"training": "0"})


def export(directory: Path, *results: Result) -> Path:
    directory.mkdir(exist_ok=True)
    lines = "".join(json.dumps(result_to_json(result)) + "\n" for result in results)
    (directory / "task.jsonl").write_text(lines)
    return directory


def no_weights(directory: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (directory / name).write_text("{}")
    (directory / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "runs", export(tmp_path / "results", SHIPPED))
    made.record(RESULT, no_weights)
    return made


def of_another_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")


def damaged(path: Path) -> None:
    path.write_bytes(b"no database" * 100)


def test_runs_here_and_shipped_ones_are_shown_and_nothing_is_remarked(ledger: Ledger) -> None:
    found = results_of_ledger(ledger)
    assert [(result.seed, result.shipped) for result in found.results] == [(0, False), (1, True)]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("harm", "phrase"),
    [(of_another_version, "the ledger has version 99"), (damaged, "damaged ledger")],
    ids=["another version", "damaged"],
)
def test_a_ledger_that_cannot_be_read_is_said_and_shipped_results_are_shown(
    ledger: Ledger, harm: Callable[[Path], None], phrase: str
) -> None:
    harm(ledger.directory / LEDGER)
    found = results_of_ledger(ledger)
    assert [result.seed for result in found.results] == [1]
    assert phrase in found.remarks[0]
    assert found.remarks[0].endswith("the runs made here are left out")


def test_a_run_whose_model_is_gone_is_said_and_its_result_stays(ledger: Ledger) -> None:
    shutil.rmtree(ledger.path(CONFIG, 0))
    found = results_of_ledger(ledger)
    assert [result.seed for result in found.results] == [0, 1]
    assert found.remarks == (f"1 run in {ledger.directory} whose model is gone: the results are still shown",)


def test_runs_of_other_versions_are_counted_and_left_out(ledger: Ledger, tmp_path: Path) -> None:
    found = results_of_directory(export(tmp_path / "other", RESULT, OLDER))
    assert [result.seed for result in found.results] == [0]
    assert found.remarks == (f"1 run in {tmp_path / 'other'} left out, made with other versions of data or training",)
    older = ledger.path(CONFIG, 0).with_name("dyck1-ape-s2-0123456789abcdef")
    shutil.copytree(ledger.path(CONFIG, 0), older)
    (older / "result.json").write_text(json.dumps(result_to_json(OLDER)))
    assert results_of_ledger(ledger).remarks == (
        f"1 run in {ledger.directory} left out, made with other versions of data or training",
    )


@pytest.mark.parametrize("there", [True, False])
def test_no_ledger_and_an_empty_one_are_said(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "runs").mkdir()
    (remark,) = results_of_ledger(Ledger(tmp_path / "runs", None)).remarks
    assert remark == (
        f"the ledger in {tmp_path / 'runs'} is empty"
        if there
        else f"there is no ledger in {tmp_path / 'runs'}: nothing was run here"
    )


def test_runs_of_tasks_outside_the_benchmark_are_named_and_left_out(tmp_path: Path) -> None:
    other = replace(RESULT, config=replace(CONFIG, task="regex_ab"))
    found = results_of_directory(export(tmp_path / "results", RESULT, other))
    assert found.results == (replace(RESULT, place=str(tmp_path / "results")),)
    (remark,) = found.remarks
    assert remark.startswith("1 run left out, because the results lack the text of their tasks")


def test_a_damaged_line_is_named_and_the_others_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = export(tmp_path / "results", RESULT, SHIPPED)
    lines = (directory / "task.jsonl").read_text().splitlines()
    (directory / "task.jsonl").write_text(f"{lines[0]}\n{{\n{lines[1]}\n")
    assert main(["--from", str(directory), "--format", "json"]) == 0
    captured = capsys.readouterr()
    (row,) = json.loads(captured.out)["rows"]
    assert [run["seed"] for run in row["each_run"]] == [0, 1]
    assert "task.jsonl:2: unreadable result" in captured.err


def test_a_page_of_what_was_found_holds_the_row_and_its_remarks(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.commands.leaderboard.SHIPPED", ledger.shipped)  # without experiments
    shutil.rmtree(ledger.path(CONFIG, 0))
    out = tmp_path / "board.html"
    arguments = ["--suite", "found", "--runs", str(ledger.directory), "--format", "html", "--out", str(out)]
    assert main(arguments) == 0
    page = out.read_text(encoding="utf-8")
    assert 'data-setting="APE" data-predicted="generalizes" data-measured="generalizes"' in page
    assert "whose model is gone" in page
    assert "whose model is gone" in capsys.readouterr().err


def test_one_task_is_shown_alone_as_a_table_and_as_a_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = export(tmp_path / "results", RESULT, made_up(recommended("tomita4", "nope"), 0, 70))
    arguments = ["--from", str(directory), "--task", "tomita4"]
    assert main([*arguments, "--format", "json"]) == 0
    assert [row["task"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["tomita4"]
    assert main([*arguments, "--format", "svg"]) == 0
    figure = "".join(ElementTree.fromstring(capsys.readouterr().out).itertext())
    assert "Tomita-4: accuracy by length" in figure
    assert "NoPE, published" in figure
    assert "Dyck" not in figure


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--from", "nowhere"], "nowhere is no directory"),
        (["--suite", "found", "--run"], "not with --from, nor with found"),
        (["--from", ".", "--run"], "not with --from, nor with found"),
        (["--format", "svg"], "expected --task TASK"),
        (["--suite", "quick", "--task", "addition"], "addition is none of the tasks that are shown"),
        (["--suite", "found", "--task", "dick1"], "dick1 is none of the tasks that are shown; did you mean dyck1?"),
    ],
    ids=[
        "no directory",
        "found is not trained",
        "exports are not trained",
        "no task to draw",
        "task not shown",
        "misspelt",
    ],
)
def test_bad_arguments_end_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err


def test_results_on_older_words_are_shown_and_said_to_be(tmp_path: Path) -> None:
    older = replace(SHIPPED, versions=SHIPPED.versions | {"data": "1"})
    found = results_of_directory(export(tmp_path, older))
    assert [result.data_version for result in found.results] == ["1"]
    assert found.remarks == ()
    (row,) = leaderboard(Suite.found, found.results)
    assert row.data_version == row_record(row)["data_version"] == "1"
    assert any("on words of version 1 of the data" in line for line in legend((row,)))


def test_words_of_different_versions_are_never_in_one_row(tmp_path: Path) -> None:
    older = [replace(made_up(CONFIG, seed, 400), versions=RESULT.versions | {"data": "1"}) for seed in (0, 1)]
    other = replace(made_up(recommended("dyck1", "nope"), 0, 400), versions=RESULT.versions | {"data": "1"})
    found = results_of_directory(export(tmp_path, *older, RESULT, other))
    assert [(each.config.model.pe, each.data_version) for each in found.results] == [
        ("ape", RESULT.data_version),
        ("nope", "1"),
    ]
    assert found.remarks == ("2 runs left out, because their words are of an older version of the data",)
    assert [row.data_version for row in leaderboard(Suite.found, found.results)] == [RESULT.data_version, "1"]


def test_a_run_on_older_words_is_trained_again(tmp_path: Path) -> None:
    older = replace(SHIPPED, versions=SHIPPED.versions | {"data": "1"})
    ledger = Ledger(tmp_path / "runs", export(tmp_path / "results", older))
    assert ledger.find(CONFIG, older.seed) is None
    assert [result.data_version for result in ledger.results()] == ["1"]


def test_results_of_the_grid_are_read_with_those_of_the_directory_above(tmp_path: Path) -> None:
    export(tmp_path / "results", RESULT)
    export(tmp_path / "results" / "grid", SHIPPED)
    assert [result.seed for result in results_of_directory(tmp_path / "results").results] == [0, 1]
    assert [result.seed for result in results_of_directory(tmp_path / "results" / "grid").results] == [1]
