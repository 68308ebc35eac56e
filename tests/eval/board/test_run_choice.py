"""Rules that pick a run: what each one sees, ties, what is not known, and what the command prints."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.board.rows import Row, build_rows
from eval.board.run_choice import BEST, RANDOM, RULES, ChoiceOutcome, outcomes
from eval.commands.run_choice import lines_of
from eval.run_choice import main
from tests.cases import few
from tests.eval.synthetic import counted
from train.ledger.result import Result
from train.model.config import TrainConfig
from train.model.recommended import Choices, recommended

RIGHT, WRONG = (1.0, 1.0, 0.9), (1.0, 0.5, 0.1)
TRAITS = ("loss", "margin", "margin_5", "flatness", "weight_norm", "position_norm", "position_norm_eq8")


def of_size(task: str, width: int, layers: int = 1, pe: str = "ape") -> TrainConfig:
    return recommended(task, pe, Choices(protocol="grid", layers=layers, heads=1, width=width))  # type: ignore[arg-type]


def run(config: TrainConfig, seed: int, shares: tuple[float, ...], **traits: float) -> Result:
    found = counted(config, seed, shares, (150, 150) if shares == RIGHT else (60, 120))
    return replace(found, traits=dict.fromkeys(TRAITS, 1.0) | traits)


def row(*runs: Result) -> Row:
    wanted: dict[TrainConfig, tuple[int, ...]] = {}
    for each in runs:
        wanted[each.config] = (*wanted.get(each.config, ()), each.seed)
    (made,) = build_rows(wanted.items(), runs)
    return made


def named(found: tuple[ChoiceOutcome, ...]) -> dict[str, ChoiceOutcome]:
    return {each.rule: each for each in found}


def test_sizes_pick_by_size_and_a_random_pick_is_the_mean_of_the_fitted_runs() -> None:
    narrow, wide = of_size("dyck1", 16), of_size("dyck1", 64)
    made = row(run(narrow, 0, WRONG), run(narrow, 1, RIGHT), run(wide, 0, RIGHT), run(wide, 1, (0.5, 0.5, 0.5)))
    found = named(outcomes([made]))
    assert found[RANDOM].shares[3] == (pytest.approx(2 / 3), 1)
    assert found["smallest model"].shares[3] == (0.5, 1)
    assert found["largest model"].shares[3] == found["widest model"].shares[3] == found[BEST].shares[3] == (1.0, 1)
    gain = found["widest model"].gain
    assert gain is not None
    assert gain.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("rule", "trait", "better"),
    few(
        [
            ("lowest loss", "loss", 0.5),
            ("largest margin", "margin", 2.0),
            ("largest margin but for 5% of the words", "margin_5", 2.0),
            ("flattest", "flatness", 0.5),
            ("smallest weights", "weight_norm", 0.5),
            ("smallest positional norm, as published code has it", "position_norm", 0.5),
            ("smallest positional norm, equation (8)", "position_norm_eq8", 0.5),
        ],
        3,
        rows=True,
    ),
)
def test_each_trait_has_a_rule_that_picks_by_it_alone(rule: str, trait: str, better: float) -> None:
    config = of_size("dyck1", 16)
    for good in (0, 1):
        runs = [
            run(config, seed, RIGHT if seed == good else WRONG, **{trait: better if seed == 0 else 1.0})
            for seed in (0, 1)
        ]
        found = named(outcomes([row(*runs)]))
        assert found[rule].shares[3] == (1.0 if good == 0 else 0.0, 1)
        others = {name for name, each in found.items() if each.shares[3][0] != 0.5} - {rule, BEST}
        assert not others


def test_a_run_without_traits_leaves_its_cell_out_of_the_rules_on_traits_alone() -> None:
    config = of_size("dyck1", 16)
    made = row(run(config, 0, RIGHT), replace(run(config, 1, WRONG), traits=None))
    found = named(outcomes([made]))
    assert found["lowest loss"].shares[3] == (0.0, 0)
    assert found["lowest loss"].gain is None
    assert found["smallest model"].shares[3] == (0.5, 1)


def test_positional_norms_say_nothing_of_models_without_positions() -> None:
    config = of_size("dyck1", 16, pe="nope")
    found = named(outcomes([row(run(config, 0, RIGHT), run(config, 1, WRONG))]))
    assert found["smallest positional norm, equation (8)"].shares[3][1] == 0
    assert found["smallest weights"].shares[3][1] == 1


def test_cells_that_are_predicted_to_fail_are_counted_apart_and_one_run_is_no_choice() -> None:
    fails = of_size("tomita3", 16)
    found = named(outcomes([row(run(fails, 0, RIGHT), run(fails, 1, WRONG)), row(run(of_size("dyck1", 16), 0, RIGHT))]))
    assert found[RANDOM].wrongly == (0.5, 1)
    assert found[RANDOM].shares[3] == (0.0, 0)


def test_words_of_version_1_are_left_out() -> None:
    config = of_size("dyck1", 16)
    assert named(outcomes([row(*(counted(config, seed, RIGHT, version=1) for seed in (0, 1)))]))[BEST].shares[3][1] == 0


def test_the_command_prints_a_line_for_every_rule_of_what_came_with_the_project(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(rule.name in text for rule in RULES)
    assert main(["--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["rule"] for each in found["rules"]] == [*(rule.name for rule in RULES), BEST]
    assert found["rules"][0]["right"]["3"]["cells"] > 10
    assert main(["--from", str(tmp_path)]) == 2
    assert "no cell with two fitted runs" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["--from", str(tmp_path / "file")]) == 2
    assert f"--from: {tmp_path / 'file'} is no directory" in capsys.readouterr().err
    columns, rows = lines_of(outcomes([]))
    assert {len(each) for each in rows} == {len(columns)}
