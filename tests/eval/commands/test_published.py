"""Our figures beside the published ones: which cells, which verdicts, and where they differ."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.board.published_comparison import comparisons, in_a_sentence, published_experiment, published_verdict
from eval.board.rows import build_rows
from eval.commands.published import main
from tasks.registry import get_task
from tests.eval.synthetic import made_up
from train.ledger.result import Result, result_to_json
from train.model.recommended import Choices, recommended

CONFIGS = [recommended(*cell) for cell in (("tomita4", "ape"), ("aa_star", "nope"), ("parity", "nope"))]  # type: ignore[arg-type]


def results(*reaches: float) -> list[Result]:
    return [made_up(config, 0, reach) for config, reach in zip(CONFIGS, reaches, strict=True)]


def test_a_cell_has_our_shares_the_published_ones_and_a_verdict_on_each() -> None:
    rows = build_rows([(config, (0,)) for config in CONFIGS], results(400, 75, 400))
    tomita, star, parity = comparisons(rows)
    assert (tomita.task, tomita.setting, tomita.runs) == ("tomita4", "APE", 1)
    assert tomita.measured == (1.0, 1.0, 1.0)
    assert tomita.published == tuple(round(x / 100, 6) for x in get_task("tomita4").published["APE"])
    assert (tomita.measured_verdict, tomita.published_verdict, tomita.differ) == ("generalizes", "fails", False)
    assert (star.measured_verdict, star.published_verdict, star.differ) == ("fails", "fails", False)
    assert (parity.measured_verdict, parity.published_verdict, parity.differ) == ("generalizes", "did not fit", False)
    assert in_a_sentence([tomita, star, parity]) == (
        "Cells that are measured here and published: 3. 0 of them have the same ranges and words; 0 of these did not "
        "fit, here or there. Among the other 0 the verdicts differ in 0. In the remaining 3 cells the experiments "
        "differ from the published ones, and no agreement is counted."
    )


def test_agreement_is_counted_only_where_ranges_and_words_are_the_same() -> None:
    cells = [("majority", "ape"), ("sort", "ape"), ("parity", "nope"), ("tomita4", "ape")]
    configs = [recommended(*each) for each in cells]  # type: ignore[arg-type]
    old = [made_up(config, 0, reach, version=1) for config, reach in zip(configs, (400, 70, 400, 400), strict=True)]
    found = comparisons(build_rows([(config, (0,)) for config in configs], old))
    assert [(c.alike, c.both_fitted, c.differ) for c in found] == [
        (True, True, False),
        (True, True, True),
        (True, False, False),
        (False, True, False),
    ]
    assert "3 of them have the same ranges and words; 1 of these did not fit, here or there." in in_a_sentence(found)
    assert "Among the other 2 the verdicts differ in 1 (sort APE). In the remaining 1 cells" in in_a_sentence(found)
    short = replace(configs[0], train_length=20, max_length=60)
    (other,) = comparisons(build_rows([(short, (0,))], [made_up(short, 0, 400, version=1)]))
    assert not other.alike


def test_a_language_on_uniform_words_of_the_published_lengths_is_counted_apart() -> None:
    made = []
    for task, train, longest, words in (
        ("tomita4", 100, 150, "uniform"),
        ("aa_star", 98, 196, "uniform"),
        ("d_2", 100, 300, "uniform"),
        ("d_3", 50, 150, "uniform"),
        ("dyck1", 50, 150, "mixture"),
    ):
        config = replace(recommended(task, "nope", Choices(train_length=train, max_length=longest)), words=words)
        made.append(made_up(config, 0, 1000 if task != "d_2" else 120))
    found = comparisons(build_rows([(each.config, (0,)) for each in made], made))
    assert {c.task: c.same_lengths for c in found} == {
        "aa_star": True,
        "tomita4": True,
        "d_2": True,
        "d_3": False,
        "dyck1": False,
    }
    assert not any(c.alike for c in found)
    (tomita,) = [c for c in found if c.task == "tomita4"]
    assert (tomita.measured, tomita.experiment.split(",")[0]) == (
        (1.0, 1.0, 1.0),
        "its ranges and words differ from ours: trained on words to 100",
    )
    said = in_a_sentence(found)
    assert "3 more have the published lengths and uniform words; 0 of these did not fit, here or there." in said
    assert "the verdicts differ in 3 (tomita4 NoPE, aa_star NoPE, d_2 NoPE). In the remaining 2 cells" in said


def test_each_published_figure_says_what_it_was_measured_on() -> None:
    assert "1-50, 51-100, 101-150" in published_experiment(get_task("majority"))
    assert "4-496" in published_experiment(get_task("aaaa_star"))
    assert "a file of its own" in published_experiment(get_task("bool3"))


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
        ("tomita4", False),
        ("aa_star", False),
    ]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    (line,) = (line for line in text.splitlines() if line.startswith("tomita4"))
    assert line.split()[2:5] == ["1", "100/100/100", "100/85.4/84.4"]
    assert line.endswith("another experiment")
    assert "had every word of 101-150 right" in text  # how later results were selected
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
