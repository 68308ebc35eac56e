"""The forecast on the page: each task's curves over what its runs did, its ladder, and the calibration."""

import pytest

from eval.board.rows import Row, build_rows
from eval.forecast.fitted_reach import TIMES
from eval.forecast.forecasting import shipped_model
from eval.page.forecast_part import forecast_chart, forecast_section, ladder_of_rows, ladder_table, reaches_of
from eval.page.task_section import task_part
from tasks.registry import get_task
from tests.eval.synthetic import counted
from train.ledger.result import Result
from train.model.config import TrainConfig
from train.model.recommended import Choices, recommended


def rows_of(task: str) -> tuple[Row, ...]:
    """A task with both encodings, two fitted runs each: one right to 75, one as far as it is tried."""
    cells: list[tuple[TrainConfig, tuple[int, ...]]] = []
    results: list[Result] = []
    for pe in ("ape", "nope"):
        config = recommended(task, pe, Choices(layers=1, heads=1, width=16))
        cells.append((config, (0, 1)))
        limit = 150 if pe == "ape" else 500
        results += [counted(config, 0, (1.0, 0.5, 0.1), (75, 100)), counted(config, 1, (1.0, 1.0, 1.0), (limit, limit))]
    return build_rows(cells, results, check=True)


@pytest.fixture(scope="module")
def plain() -> tuple[Row, ...]:
    return rows_of("d_2")


def test_each_encoding_has_its_curve_with_its_band_and_the_share_of_its_runs(plain: tuple[Row, ...]) -> None:
    chart = forecast_chart("d-2", plain, ladder_of_rows(plain))
    assert chart is not None
    curves, shares = [each for each in chart.series if each.line], [each for each in chart.series if not each.line]
    assert [each.look for each in curves] == [each.look for each in shares] == [0, 1]
    for curve, pe in zip(curves, ("ape", "nope"), strict=True):
        cell = shipped_model().cell("plain", pe)
        assert cell is not None
        assert curve.y == tuple(cell.probability(x / 50) for x in curve.x)
        assert curve.low is not None
        assert curve.high is not None
        assert all(low <= y <= high for low, y, high in zip(curve.low, curve.y, curve.high, strict=True))
    without = shares[1]
    assert dict(zip(without.x, without.y, strict=True)) == {50 * each: 1.0 if each <= 1.5 else 0.5 for each in TIMES}
    assert max(curves[0].x) == max(shares[0].x) == 150  # no further than its positions reach
    assert [run.right for run in reaches_of(plain[1])] == [1.5, 10]


def test_a_task_whose_ladder_is_not_known_has_no_curve(plain: tuple[Row, ...]) -> None:
    assert forecast_chart("d-2", plain, None) is None


def test_the_ladder_says_which_families_have_a_program_and_which_encodings_allow_it() -> None:
    rows = rows_of("abab_star")
    ladder = ladder_of_rows(rows)
    assert ladder is not None
    html = ladder_table(ladder)
    for expected in ("positions modulo 4", "APE, NoPE", "C-RASP[periodic, local]", "<td>no</td>"):
        assert expected in html
    page = task_part("abab_star", rows)
    assert "The ladder" in page
    assert "how likely a run is right" in page
    assert get_task("abab_star").title in page


def test_the_section_has_the_calibration_and_each_bar_with_its_figure() -> None:
    section, quality = forecast_section(), shipped_model().quality
    assert section.anchor == "forecast"
    for bar in quality["bars"]:
        assert bar["name"] in section.html
    assert 'id="calibration-t"' in section.html
    assert section.html.count("missed") == sum(not bar["met"] for bar in quality["bars"])
