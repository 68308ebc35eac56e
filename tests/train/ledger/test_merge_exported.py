"""An export is merged as a ledger is: a newcomer goes on with the shipped grid, and trains none of it again."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.ledger.test_ledger import RESULT
from train.__main__ import main
from train.ledger import SHIPPED
from train.ledger.export import export_results
from train.ledger.ledger import GRID, Ledger, read_results


def test_what_was_exported_is_found_in_the_ledger_that_it_is_merged_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = replace(RESULT, versions=RESULT.versions | {"data": "1"})
    (tmp_path / "exported").mkdir()
    path = export_results([RESULT, replace(RESULT, seed=4), replace(older, seed=5)], tmp_path / "exported")
    path.write_text(path.read_text() + "{}\n")
    for added, known in ((3, 0), (0, 3)):
        assert main(["merge", str(tmp_path / "exported"), "--runs", str(tmp_path / "runs")]) == 0
        said = capsys.readouterr()
        assert f"{added} runs and 0 models" in said.out
        assert f"{known} runs were here" in said.out
        assert "task.jsonl:4: unreadable result" in said.err
    ledger = Ledger(tmp_path / "runs", shipped=None)
    assert ledger.find(RESULT.config, RESULT.seed) == RESULT
    assert ledger.find(RESULT.config, 5) is None  # on words of another version
    assert (len(ledger.results()), ledger.outdated()) == (2, 1)


def test_a_directory_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "page.html").touch()
    assert main(["merge", str(tmp_path / "other"), "--runs", str(tmp_path / "runs")]) == 2
    assert "other holds neither a ledger nor an export" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_the_shipped_grid_is_whole_in_a_ledger(tmp_path: Path) -> None:
    assert main(["merge", str(SHIPPED / GRID), "--runs", str(tmp_path)]) == 0
    found = Ledger(tmp_path, shipped=None).results()
    assert {(each.config, each.seed) for each in found} == {
        (each.config, each.seed) for each in read_results(SHIPPED / GRID)
    }
