"""The leaderboard: rows from results, every format, and the command."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from eval.board import formats
from eval.board.rows import Row, build_rows
from eval.commands.leaderboard import main
from tasks.data_version import DATA_VERSION
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import Result
from train.model.config import TRAINING_VERSION, TrainConfig
from train.model.recommended import recommended

BINS = ((1, 50), (51, 100), (101, 150))


def result(config: TrainConfig, seed: int, correct: tuple[int, int, int], *, shipped: bool = False) -> Result:
    return Result(
        config=config,
        seed=seed,
        steps=100,
        fit_step=90,
        stopped="fitted",
        loss=0.1,
        training_accuracy=1.0,
        bins=tuple(
            BinAccuracy(lengths, right, 1000, strata=(("uniform", right, 1000),))
            for lengths, right in zip(BINS, correct, strict=True)
        ),
        seconds=1.0,
        cpu_seconds=1.0,
        versions={"torch": "2.13.0", "training": str(TRAINING_VERSION), "data": str(DATA_VERSION)},
        device="cpu",
        shipped=shipped,
    )


def row(task: str, pe: str, *correct: tuple[int, int, int], shipped: bool = False) -> Row:
    config = recommended(task, pe)  # type: ignore[arg-type]
    results = [result(config, seed, counts, shipped=shipped) for seed, counts in enumerate(correct)]
    (made,) = build_rows([(config, tuple(range(max(2, len(correct)))))], results)
    return made


@pytest.mark.parametrize(
    ("task", "pe", "correct", "measured", "agreement"),
    [
        ("dyck1", "ape", [(1000, 950, 500), (990, 900, 0)], "generalizes", "yes"),
        ("dyck1", "ape", [(1000, 899, 0), (1000, 0, 0)], "fails", "no"),
        ("dyck1", "ape", [(1000, 950, 0), (1000, 100, 0)], "mixed", "mixed"),
        ("dyck1", "ape", [(989, 1000, 1000), (500, 0, 0)], "did not fit", "no evidence"),
        ("dyck1", "ape", [(989, 0, 0), (1000, 1000, 0)], "generalizes", "yes"),
        ("aa_star", "nope", [(1000, 0, 0)], "fails", "yes"),
        ("aa_star", "nope", [(1000, 1000, 0)], "generalizes", "no"),
        ("parity", "ape", [], "not run", "no evidence"),
    ],
)
def test_the_old_rule_judges_the_runs_that_fit_by_the_next_range(task, pe, correct, measured, agreement) -> None:
    made = row(task, pe, *correct)
    assert (made.old_measured, made.old_agreement) == (measured, agreement)


@pytest.mark.parametrize(
    ("task", "pe", "correct", "measured", "agreement"),
    [
        ("dyck1", "ape", [(1000, 0, 900)], "generalizes", "yes"),
        ("dyck1", "ape", [(1000, 1000, 899)] * 5, "fails", "no"),
        ("dyck1", "ape", [(1000, 1000, 899)] * 4, "too few fit", "no evidence"),
        ("dyck1", "ape", [(989, 1000, 1000)] * 5, "did not fit", "no evidence"),
        ("aa_star", "nope", [(1000, 0, 0)] * 5, "fails", "yes"),
        ("aa_star", "nope", [(1000, 1000, 1000)], "generalizes", "no"),
        ("parity", "ape", [], "not run", "no evidence"),
    ],
)
def test_a_row_agrees_where_its_verdict_is_the_predicted_one(task, pe, correct, measured, agreement) -> None:
    made = row(task, pe, *correct)
    assert (made.measured, made.agreement) == (measured, agreement)


def test_bins_are_summed_over_the_seeds() -> None:
    first, second, _ = row("dyck1", "ape", (1000, 900, 0), (1000, 700, 0)).bins
    assert (first.correct, first.total, first.mean) == (2000, 2000, 1.0)
    assert (second.correct, second.total, second.mean, second.least, second.greatest) == (1600, 2000, 0.8, 0.7, 0.9)


def test_results_of_another_configuration_are_not_shown() -> None:
    config = recommended("dyck1", "ape")
    other = replace(config, lr=config.lr * 2)
    (made,) = build_rows([(config, (0,))], [result(other, 0, (1000, 1000, 1000)), result(config, 5, (1000, 0, 0))])
    assert made.results == ()


ROWS = (
    row("dyck1", "ape", (1000, 950, 500), (1000, 1000, 1000)),
    row("aa_star", "nope", (1000, 999, 999), shipped=True),
    row("parity", "ape", (500, 500, 500), (510, 500, 500)),
    row("parity", "nope"),
)


def test_text_shows_every_row_with_what_was_predicted_and_measured() -> None:
    text = formats.as_text(ROWS, width=300, colour=False)
    lines = {line.split()[0] + line.split()[1]: line for line in text.splitlines() if "APE" in line or "NoPE" in line}
    assert "97.5 (95.0–100)" in lines["dyck1APE"]
    assert "✓ yes" in lines["dyck1APE"]
    assert "fails" in lines["aa_starNoPE"]
    assert "99.9" in lines["aa_starNoPE"]  # never rounded up to 100
    assert "✗ no" in lines["aa_starNoPE"]
    assert lines["aa_starNoPE"].rstrip().endswith("the project")
    assert lines["dyck1APE"].rstrip().endswith("here")
    assert "came with the project" not in text
    assert "did not fit" in lines["parityAPE"]
    assert "– did not fit" in lines["parityAPE"]
    assert "1/2" in lines["dyck1APE"]  # of the two fitted runs, at 101-150
    assert "uniform 75.0" in lines["dyck1APE"]
    assert "not run" in lines["parityNoPE"]
    assert "\x1b" not in text
    assert "3 runs of the suite were not run" in text


def test_markdown_has_a_line_a_row() -> None:
    lines = formats.as_markdown(ROWS).splitlines()
    table = [line for line in lines if line.startswith("| ")]
    assert len(table) == 2 + len(ROWS)
    assert len({line.count("|") for line in table}) == 1


def test_csv_has_the_counts_as_numbers() -> None:
    frame = pd.read_csv(StringIO(formats.as_csv(ROWS)))
    assert len(frame) == 4 * 3
    dyck = frame[(frame.task == "dyck1") & (frame.shortest == 51)].iloc[0]
    assert (dyck.correct, dyck.total, dyck["mean"]) == (1950, 2000, 0.975)
    assert dyck.published == 1.0
    parity = frame[(frame.task == "parity") & (frame.pe == "nope")]
    assert parity.published.tolist() == [0.975, 0.745, 0.633]
    assert parity.correct.isna().all()


def test_json_has_configurations_seeds_versions_and_devices_beside_every_share() -> None:
    rows = json.loads(formats.as_json(ROWS))["rows"]
    assert [(r["runs"], r["fitted"], r["generalizing"]) for r in rows] == [(2, 2, 1), (1, 1, 1), (2, 0, 0), (0, 0, 0)]
    assert [r["measured"] for r in rows] == ["generalizes", "generalizes", "did not fit", "not run"]
    assert [run["seed"] for run in rows[0]["each_run"]] == [0, 1]
    assert rows[0]["config"]["task"] == "dyck1"
    assert rows[0]["each_run"][0]["versions"]["torch"] == "2.13.0"
    assert rows[0]["each_run"][0]["device"] == "cpu"
    assert rows[0]["bins"][1]["range"] == [0.95, 1.0]


def test_published_figures_are_shown_as_they_were_published() -> None:
    assert "97.5/74.5/63.3" in formats.as_markdown(ROWS)
    assert "97.5/74.5/63.3" in formats.as_text(ROWS, width=200, colour=False)


def test_without_a_ledger_the_table_says_that_nothing_was_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--runs", str(tmp_path / "none"), "--format", "json"]) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)["rows"]
    assert all(r["measured"] == "not run" or r["shipped"] for r in rows)
    assert not (tmp_path / "none").exists()


def test_out_writes_a_file_and_nothing_to_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "board.md"
    assert main(["--runs", str(tmp_path), "--format", "markdown", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert out.read_text(encoding="utf-8").startswith("| task | PE |")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--suite", "slow"], "slow"),
        (["--format", "pdf"], "pdf"),
        (["--out", "/nowhere/board.md"], "no such directory"),
        (["--out", "/"], "a directory"),
        (["--workers", "0"], "workers"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_end_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err


def test_a_ledger_given_for_exported_results_is_told_for_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"")
    assert main(["--from", str(tmp_path)]) == 2
    assert f"say --runs {tmp_path}" in capsys.readouterr().err
