"""A slice of `make fuzz-results`, and what it found."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.damaged_files import asked
from tests.train.ledger.damaged_results import check_case, good
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


def test_results_of_a_task_of_ones_own_are_no_hindrance_to_comparing_protocols(folder: Path) -> None:
    assert asked("eval.commands.protocols", "--from", str(folder / "results")).status in (0, 2)
