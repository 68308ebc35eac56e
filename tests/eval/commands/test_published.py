"""Our figures beside the published ones: which cells, which verdicts, and where they differ."""

import json
from pathlib import Path

import pytest

from eval.board.comparison import comparisons, in_a_sentence, published_verdict
from eval.board.rows import build_rows
from eval.commands.published import main
from tasks.registry import get_task
from tests.eval.synthetic import made_up
from train.ledger.result import Result, result_to_json
from train.model.recommended import recommended

CONFIGS = [recommended(*cell) for cell in (("tomita4", "ape"), ("aa_star", "nope"), ("parity", "nope"))]  # type: ignore[arg-type]


def results(*reaches: float) -> list[Result]:
    return [made_up(config, 0, reach) for config, reach in zip(CONFIGS, reaches, strict=True)]


def test_a_cell_has_our_shares_the_published_ones_and_a_verdict_on_each() -> None:
    rows = build_rows([(config, (0,)) for config in CONFIGS], results(400, 75, 400))
    tomita, star, parity = comparisons(rows)
    assert (tomita.task, tomita.setting, tomita.runs) == ("tomita4", "APE", 1)
    assert tomita.measured == (1.0, 1.0, 1.0)
    assert tomita.published == tuple(round(x / 100, 6) for x in get_task("tomita4").published["APE"])
    assert (tomita.measured_verdict, tomita.published_verdict, tomita.differ) == ("generalizes", "fails", True)
    assert (star.measured_verdict, star.published_verdict, star.differ) == ("fails", "fails", False)
    assert (parity.measured_verdict, parity.published_verdict, parity.differ) == ("generalizes", "did not fit", False)
    sentence = in_a_sentence([tomita, star, parity])
    assert sentence == (
        "Cells that are measured here and published: 3. Not fitted here or there: 1. "
        "Verdicts that differ among the other 2: 1 (tomita4 APE)."
    )


def test_cells_that_were_not_run_are_left_out() -> None:
    assert comparisons(build_rows([(config, (0,)) for config in CONFIGS], results(400, 75, 400)[:1]))[1:] == ()


@pytest.mark.parametrize(
    ("percents", "verdict"),
    [((99, 90, 0), "generalizes"), ((98.9, 100, 100), "did not fit"), ((100, 89.9, 100), "fails")],
)
def test_the_published_figures_are_judged_by_our_rule(percents: tuple[float, float, float], verdict: str) -> None:
    assert published_verdict(percents) == verdict


def test_the_command_compares_exported_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.dumps(result_to_json(result)) for result in results(400, 75, 400)]
    (tmp_path / "task.jsonl").write_text("\n".join(lines) + "\n")
    arguments = ["--from", str(tmp_path)]
    assert main([*arguments, "--format", "json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [(cell["task"], cell["differ"]) for cell in cells] == [
        ("parity", False),
        ("tomita4", True),
        ("aa_star", False),
    ]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    (line,) = (line for line in text.splitlines() if line.startswith("tomita4"))
    assert line.split()[2:5] == ["1", "100/100/100", "100/85.4/84.4"]
    assert line.endswith("✗ differ")
    assert main([*arguments, "--format", "markdown", "--out", str(tmp_path / "p.md")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "p.md").read_text(encoding="utf-8").count("\n| ") == 4


def test_without_results_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert f"{tmp_path} holds no results" in captured.err
    assert "measured here and published: 0." in captured.out
    assert main(["--from", str(tmp_path / "none")]) == 2
    assert "is no directory" in capsys.readouterr().err
