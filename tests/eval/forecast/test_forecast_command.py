"""`python -m eval forecast` refits the model from a directory of results."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.forecast.command import BEGIN, END, between_markers
from eval.forecast.fitted_reach import read_measured_runs
from eval.forecast.forecast_model import read_forecast
from eval.forecast.forecast_quality import fit_model, quality_lines
from eval.forecast.forecasting import MODEL
from tasks.ground.console import RefusedError
from train.ledger import SHIPPED

KEPT = ("d_2", "tomita1", "shuffle2", "abab_star")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A few tasks of the shipped results."""
    grid = tmp_path / "results" / "grid"
    grid.mkdir(parents=True)
    lines = (SHIPPED / "grid" / "task.jsonl").read_text().splitlines()
    (grid / "task.jsonl").write_text("".join(f"{line}\n" for line in lines if json.loads(line)["task"] in KEPT))
    return tmp_path / "results"


def test_the_model_is_written_and_says_what_it_rests_on(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.forecast.forecast_quality.fit_model", partial(fit_model, draws=10))
    out = tmp_path / "forecast.json"
    assert main(["forecast", "--results", str(results), "--out", str(out)]) == 0
    assert "fitted runs of 4 languages" in capsys.readouterr().out
    assert read_forecast(out).training["languages"] == 4
    # Results of the corpus count as those of the grid do.
    shutil.move(results / "grid", results / "corpus")
    assert main(["forecast", "--results", str(results), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["sources"] == ["corpus"]
    assert read_forecast(out).training["languages"] == 4


def test_a_run_that_two_folders_have_counts_once(results: Path) -> None:
    once, _ = read_measured_runs(results)
    shutil.copytree(results / "grid", results / "corpus")
    twice, places = read_measured_runs(results)
    assert places == ["grid", "corpus"]
    assert twice == once


def test_without_results_the_old_model_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "forecast.json"
    out.write_text("old")
    assert main(["forecast", "--results", str(tmp_path), "--out", str(out)]) == 2
    assert main(["forecast", "--results", str(tmp_path / "none"), "--out", str(out)]) == 2
    assert "no such directory" in capsys.readouterr().err
    assert out.read_text() == "old"


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "[]"])
def test_a_damaged_model_is_refused_with_its_place(text: str, tmp_path: Path) -> None:
    path = tmp_path / "forecast.json"
    path.write_text(text)
    with pytest.raises(RefusedError, match=r"forecast\.json: no model of the forecast"):
        read_forecast(path)
    with pytest.raises(RefusedError, match="make forecast"):
        read_forecast(tmp_path / "missing.json")


def test_the_page_says_what_the_shipped_forecast_is_worth() -> None:
    page = SHIPPED.parent / "docs" / "forecast.md"
    text = page.read_text(encoding="utf-8")
    assert between_markers(text, "\n".join(quality_lines(read_forecast(MODEL)))) == text
    for wrong in ("no markers", f"{END} {BEGIN}"):
        with pytest.raises(ValueError, match="once, in this order"):
            between_markers(wrong, "")
