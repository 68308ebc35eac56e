"""Rows of encodings that have parameters: what is predicted of each, beside what was measured."""

import json

import pytest

from eval.board import formats
from eval.board.row_record import row_record
from eval.board.rows import Row, build_rows, cells_of_results
from eval.page.task_section import task_chart
from tests.eval.synthetic import counted
from train.ledger.result import Result
from train.model.recommended import Choices, recommended

# What docs/encodings.md's table says of aa_star, a periodic language of modulus 2, and of tomita1, which counts.
PREDICTED = {
    ("aa_star", "ape"): "generalizes",
    ("aa_star", "rope"): "fails",
    ("aa_star", "rope:modulus=12"): "generalizes",
    ("aa_star", "alibi:slopes=0,1"): "fails",
    ("aa_star", "randomized"): "fails",
    ("tomita1", "rope"): "generalizes",
    ("tomita1", "alibi"): "unknown",
    ("tomita1", "alibi:slopes=0,1"): "generalizes",
    ("tomita1", "sinusoidal"): "generalizes",
}


def results() -> tuple[Result, ...]:
    def made(task: str, pe: str, layers: int, seed: int) -> Result:
        config = recommended(task, pe, Choices(protocol="grid", layers=layers, heads=2, width=32))
        return counted(config, seed, (1.0, 1.0, 1.0), (500, 500))

    return tuple(made(task, pe, layers, seed) for (task, pe) in PREDICTED for layers in (1, 2) for seed in range(3))


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    found = results()
    return build_rows(cells_of_results(found), found)


def test_each_encoding_is_a_row_of_all_its_sizes_with_its_own_prediction(rows: tuple[Row, ...]) -> None:
    found = {(row.task, row.config.model.scheme): row for row in rows}
    assert len(rows) == len(found) == len(PREDICTED)
    for (task, pe), verdict in PREDICTED.items():
        config = recommended(task, pe, Choices(protocol="grid", layers=1, heads=2, width=32))
        row = found[task, config.model.scheme]
        assert (row.prediction.verdict, row.setting) == (verdict, config.model.encoding)
        assert len(row.results) == 6
        record = row_record(row)
        assert (record["pe"], record["predicted"], record["measured"]) == (config.model.pe, verdict, "generalizes")


def test_a_row_with_its_encoding_is_shown_as_text_json_and_a_chart(rows: tuple[Row, ...]) -> None:
    text = formats.as_text(rows, width=10_000, colour=False)
    assert "RoPE (modulus 12)" in text
    assert "ALiBi (slopes 0 1)" in text
    assert json.dumps([row_record(row) for row in rows])
    chart = task_chart([row for row in rows if row.task == "aa_star"])
    assert chart is not None
    assert any("RoPE (modulus 12)" in series.label for series in chart.series)


def test_the_lines_of_two_rows_are_never_told_apart_by_their_labels_alone(rows: tuple[Row, ...]) -> None:
    """RoPE with two sets of parameters is two rows: each has a colour and dash of its own, on its horizons too."""
    chosen = [row for row in rows if row.task == "aa_star"]
    chart = task_chart(chosen)
    assert chart is not None
    lines = [series for series in chart.series if series.line]
    assert len({series.look for series in lines}) == len(lines) == len(chosen)
    ticks = {series.label.split(",")[0]: series.look for series in chart.series if series.tick}
    assert ticks == {series.label.split(",")[0]: series.look for series in lines}
