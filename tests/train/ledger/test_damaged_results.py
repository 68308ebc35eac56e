"""A slice of `make fuzz-results`, and what it found."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eval.board.rows import cells_of_results
from eval.board.shown_results import results_of_directory
from eval.commands.leaderboard import Suite, leaderboard
from tasks.data_version import DATA_VERSION
from tests.damaged_files import asked
from tests.train.ledger.damaged_results import check_case, good
from tests.train.ledger.test_ledger import RESULT
from train.ledger.horizon import CRITERIA
from train.ledger.ledger import Ledger
from train.ledger.result import ResultError, result_from_json, result_to_json
from train.ledger.store import _digest as digest_of


@pytest.mark.parametrize("first", range(0, 6, 3))
def test_damaged_results_are_named_and_the_sound_ones_kept(first: int) -> None:
    for number in range(first, first + 3):
        check_case(number)


RECORDS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a whole number that is none": lambda r: r.update(seed={}),
    "no number": lambda r: r.update(loss="two"),
    "a number that is none": lambda r: r.update(training_accuracy=float("nan")),
    "an infinite horizon": lambda r: r.update(horizon=dict.fromkeys((*CRITERIA, "tested"), 1e999)),
    "a version of words that is no number": lambda r: r["versions"].update(data="two"),
    "bins that are a number": lambda r: r.update(bins=3),
    "a number that is a text": lambda r: r.update(cpu_seconds="12"),
    "a number that is true": lambda r: r.update(loss=True),
    "a negative seed": lambda r: r.update(seed=-1),
    "a negative time": lambda r: r.update(seconds=-1.0),
    "more than all words": lambda r: r.update(training_accuracy=2),
    "a fit after the last step": lambda r: r.update(fit_step=10**9),
    "a count that no test has": lambda r: r["bins"][0].update(correct=10**400, total=10**400, by_length=[], strata={}),
    "a stratum without words": lambda r: r["bins"][0].update(strata=_strata(r["bins"][0], 0, 0)),
    "a stratum with fewer than no words right": lambda r: r["bins"][0].update(strata=_strata(r["bins"][0], -1, 1)),
    "a length outside its range": lambda r: r["bins"][0].update(by_length=[[1000, *_counts(r["bins"][0])]]),
    "a length that is given twice": lambda r: r["bins"][0].update(by_length=[[1, 0, 0], [1, *_counts(r["bins"][0])]]),
    "more different words than words": lambda r: r["bins"][0].update(distinct=10**6),
    "a horizon below zero": lambda r: r.update(horizon=dict.fromkeys((*CRITERIA, "tested"), 10) | {"90": -4}),
    "a horizon that is no whole number": lambda r: r.update(horizon=dict.fromkeys((*CRITERIA, "tested"), 12.9)),
    "a horizon that was not tested": lambda r: r.update(horizon=dict.fromkeys(CRITERIA, 20) | {"tested": 10}),
    "two tasks": lambda r: r.update(task="parity"),
    "a fit that the counts contradict": lambda r: r.update(fitted=not r["fitted"]),
    "a verdict that the counts contradict": lambda r: r.update(verdict="mixed"),
}


def _counts(tested: dict[str, Any]) -> tuple[int, int]:
    return tested["correct"], tested["total"]


def _strata(tested: dict[str, Any], correct: int, total: int) -> dict[str, dict[str, int]]:
    """Two strata of a range that add up to its counts; the first has these."""
    all_correct, all_total = _counts(tested)
    return {
        "uniform": {"correct": correct, "total": total},
        "sticky": {"correct": all_correct - correct, "total": all_total - total},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(good(), tmp_path / "given"))


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_that_is_none_is_refused(kind: str, folder: Path) -> None:
    record = result_to_json(Ledger(folder / "runs", shipped=None).results()[0])
    RECORDS[kind](record)
    with pytest.raises(ResultError, match="result: "):
        result_from_json(record)


@pytest.mark.parametrize("name", ["seed", "steps", "fit_step"])
def test_a_number_that_is_none_is_named(name: str, folder: Path) -> None:
    record = result_to_json(Ledger(folder / "runs", shipped=None).results()[0]) | {name: -1}
    with pytest.raises(ResultError, match=f"result: {name}: expected a whole number from 0 to .*, found -1"):
        result_from_json(record)


def test_a_row_whose_record_is_none_is_set_aside_and_the_others_are_shown_and_exported(folder: Path) -> None:
    runs = folder / "runs"
    before = Ledger(runs, shipped=None).results()
    record = json.dumps({"seed": 3})
    with closing(sqlite3.connect(runs / "ledger.sqlite")) as connection, connection:
        connection.execute(
            "UPDATE run SET record = ?, digest = ? WHERE task = 'dyck1' AND seed = 0", (record, digest_of(record))
        )
    for path in runs.glob("dyck1-*-s0-*"):
        shutil.rmtree(path)
    exported = asked("train.__main__", "export", "--runs", str(runs), "--out", str(folder / "exported"))
    assert exported.status == 0
    assert exported.err.count("damaged run: ") == 1
    assert len((folder / "exported" / "task.jsonl").read_text().splitlines()) == len(before) - 1
    assert Ledger(runs, shipped=None).find(before[0].config, before[0].seed) is None


@pytest.mark.parametrize("format_", ["text", "markdown", "csv", "json", "html"])
def test_a_directory_without_results_is_a_leaderboard_without_rows(format_: str, tmp_path: Path) -> None:
    ended = asked("eval.commands.leaderboard", "--from", str(tmp_path), "--format", format_)
    assert ended.status == 0
    assert "holds no results" in ended.err


def test_a_run_that_is_given_twice_counts_once_and_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "results" / "task.jsonl"
    lines = path.read_text().splitlines()
    other = json.loads(lines[0])
    other["bins"][1] = {"lengths": other["bins"][1]["lengths"], "correct": 0, "total": 10}
    other.pop("verdict", None)
    path.write_text("\n".join([*lines, lines[0], json.dumps(other), ""]))
    for order in ("as written", "the other first"):
        found = results_of_directory(folder / "results")
        said = capsys.readouterr().err.splitlines()
        assert [(each.task, each.seed) for each in found.results] == _runs_of(lines)
        assert len(said) == 2, order
        assert said[0].startswith(f"{path}:{len(lines) + 1}: ")
        assert f"the run of {path}:1" in said[0]
        rows = leaderboard(Suite.found, found.results)
        assert [len(row.results) for row in rows] == [2] * len(rows)
        path.write_text("\n".join([json.dumps(other), *lines[1:], lines[0], lines[0], ""]))


def _runs_of(lines: list[str]) -> list[tuple[str, int]]:
    return [(run["task"], run["seed"]) for run in map(json.loads, lines)]


def test_a_configuration_that_has_a_seed_twice_wants_it_once() -> None:
    ((_, seeds),) = cells_of_results([RESULT, RESULT])
    assert seeds == (RESULT.seed,)


def test_words_of_a_version_to_come_are_left_out_and_hide_no_others(folder: Path) -> None:
    path = folder / "results" / "task.jsonl"
    lines = path.read_text().splitlines()
    newer = json.loads(lines[0])
    newer["versions"]["data"] = str(DATA_VERSION + 1)
    path.write_text("\n".join([json.dumps(newer), *lines[1:], ""]))
    found = results_of_directory(folder / "results")
    assert [(each.task, each.seed) for each in found.results] == _runs_of(lines)[1:]
    assert found.remarks == (f"1 run in {folder / 'results'} left out, made with other versions of data or training",)


def test_results_of_a_task_of_ones_own_are_no_hindrance_to_comparing_protocols(folder: Path) -> None:
    assert asked("eval.commands.protocols", "--from", str(folder / "results")).status in (0, 2)
