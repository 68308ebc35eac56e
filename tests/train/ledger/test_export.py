"""The export: lines that are read back, and a table with the medians over the seeds."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.languages.task_origin import Origin
from tests.train.ledger.test_ledger import RESULT, write_model
from train.__main__ import main
from train.ledger.accuracy import BinAccuracy
from train.ledger.export import export_results, table
from train.ledger.ledger import Ledger, read_results

SECOND = replace(
    RESULT,
    seed=4,
    steps=20,
    fit_step=None,
    stopped="budget",
    bins=(BinAccuracy((1, 6), 30, 60), BinAccuracy((7, 12), 0, 60)),
    cpu_seconds=4.75,
)
PENALISED = replace(RESULT, config=replace(RESULT.config, regularizer=1e-4), cpu_seconds=30.0)
LONGER = replace(RESULT, config=replace(RESULT.config, max_length=6), bins=RESULT.bins[:1])


def test_the_table_has_a_row_a_configuration_with_medians_and_means_over_the_seeds() -> None:
    assert table([PENALISED, SECOND, RESULT, LONGER]).splitlines() == [
        "| task | PE | model | lr | init | batch | seeds | fit | fit at | CPU s to it | steps | CPU s | 1-6 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| first | APE | 1 x 8, 2 heads | 0.01 | 0.3 | 7 | 3 | 1/1 | 40 | 1 | 60 | 1 | 100.0 |",
        "",
        "| task | PE | model | lr | init | batch | seeds | fit | fit at | CPU s to it | steps | CPU s | 1-6 | 7-12 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| first | APE | 1 x 8, 2 heads | 0.01 | 0.3 | 7 | 3, 4 | 1/2 | 40 | 1 | 40 | 3 | 75.0 | 45.0 |",
        "| first | APE + 0.0001 R | 1 x 8, 2 heads | 0.01 | 0.3 | 7 | 3 | 1/1 | 40 | 20 | 60 | 30 | 100.0 | 90.0 |",
    ]


def test_rows_that_would_look_alike_say_in_what_they_differ() -> None:
    other = replace(RESULT, config=replace(RESULT.config, words="uniform", optimizer="sgd", weight_decay=0.0))
    header, _, *rows = table([RESULT, other]).splitlines()
    assert header.endswith("| 7-12 | otherwise |")
    assert sorted(row.split(" | ")[-1] for row in rows) == [" |", "words uniform, optimizer sgd, weight_decay 0.0 |"]
    assert "otherwise" not in table([other]), "what all rows have needs no column"


def test_a_bar_in_a_name_ends_no_cell_of_the_table() -> None:
    named = replace(RESULT, origin=Origin(kind="regex", name="(a|b)*", text="(a|b)*"))
    row = table([named]).splitlines()[2]
    assert row.startswith(r"| (a\|b)* | APE | 1 x 8, 2 heads |")


@pytest.mark.parametrize("kind", ["an empty folder", "an export"])
def test_where_there_are_no_runs_nothing_is_exported_and_the_last_export_stays(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "given").mkdir()
    if kind == "an export":
        export_results([RESULT], tmp_path / "given")
    (tmp_path / "out").mkdir()
    path = export_results([RESULT, SECOND], tmp_path / "out")
    before = path.read_bytes()
    assert main(["export", "--runs", str(tmp_path / "given"), "--out", str(tmp_path / "out")]) == 2
    assert f"--runs: {tmp_path / 'given'} has no runs to export" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_an_export_that_would_lose_what_the_folder_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, out = tmp_path / "runs", tmp_path / "out"
    Ledger(runs, shipped=None).record(RESULT, write_model)
    arguments = ["export", "--runs", str(runs), "--out", str(out)]
    assert main(arguments) == 0
    assert main(arguments) == 0  # a new export of the same runs takes the place of the last one
    exported = out / "task.jsonl"
    exported.write_text(exported.read_text() + "\n \n")
    assert main(arguments) == 0  # blank lines are no runs
    assert "unreadable" not in capsys.readouterr().err
    for text, number in [
        (export_results([RESULT, SECOND], out).read_text(), "1 line"),
        (export_results([RESULT], out).read_text() + "mine\nmine too\n", "2 lines"),
    ]:
        (out / "task.jsonl").write_text(text)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        capsys.readouterr()
        assert main(arguments) == 2
        assert f"--out: {out} has {number} that the runs of {runs} do not have" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    export_results([RESULT, SECOND], out)
    assert main(["merge", str(out), "--runs", str(runs)]) == 0
    assert main(arguments) == 0
    assert len((out / "task.jsonl").read_text().splitlines()) == 2


def test_what_is_exported_is_read_back_as_shipped(tmp_path: Path) -> None:
    path = export_results([RESULT, SECOND], tmp_path)
    assert read_results(tmp_path) == tuple(replace(each, place=str(tmp_path)) for each in (RESULT, SECOND))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["task.jsonl", "task.md"]
    assert table([RESULT, SECOND]) in (tmp_path / "task.md").read_text()
    export_results([RESULT], tmp_path)
    assert len(path.read_text().splitlines()) == 1


def test_an_export_that_cannot_be_written_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export_results([RESULT], tmp_path)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space left"):
            export_results([RESULT, SECOND], tmp_path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
