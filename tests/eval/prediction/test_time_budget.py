"""`eval.predict --witness-seconds`: the verdict does not wait for what shows it."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from eval.commands.predict import main
from tasks.ground.limited_process import Worker

SLOW = "(a{37}|b{41})*"  # a verdict in a second; what shows it takes longer


def test_what_is_not_written_in_time_is_said_with_the_command_that_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", SLOW, "--pe", "ape", "--witness-seconds", "0.01", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["verdict"], record["witness"]) == ("generalizes", None)
    late = "There is a program, but it was not written in 0.01 seconds. This command goes on: `"
    assert f"{late}python -m eval.predict --regex" in record["because"]
    assert "--pe ape --witness-seconds none --json`." in record["because"]


@pytest.mark.parametrize(("seconds", "shown"), [("0", False), ("none", True), ("60", True)])
@pytest.mark.parametrize(("regex", "verdict"), [("(ab|aabb)*", "generalizes"), ("b*(ab*ab*)*", "fails")])
def test_what_shows_a_verdict_comes_where_there_is_time(
    regex: str, verdict: str, seconds: str, shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--regex", regex, "--pe", "ape", "--witness-seconds", seconds, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == verdict
    assert (record["witness" if verdict == "generalizes" else "certificate"] is not None) == shown


@pytest.mark.parametrize("given", ["-1", "abc", "nan"])
def test_seconds_that_are_none_are_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "parity", f"--witness-seconds={given}"]) == 2
    assert "--witness-seconds: expected a number of seconds" in capsys.readouterr().err


@pytest.mark.parametrize("encodings", [("--pe", "ape"), ()])
def test_the_verdicts_are_printed_before_anything_that_shows_them_is_begun(
    encodings: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[str] = []
    items = Worker.items

    def noting(*args: Any, **kwargs: Any) -> Iterator[Any]:
        before.append(capsys.readouterr().out)
        yield from items(*args, **kwargs)
        before.append(capsys.readouterr().out)

    monkeypatch.setattr(Worker, "items", noting)
    assert main(["--regex", "(ab|aabb)*", *encodings]) == 0
    assert "(ab|aabb)*, APE: generalizes (theorem)\n" in before[0]
    assert ("(ab|aabb)*, NoPE: fails (excluded)\n" in before[0]) == (not encodings)
    assert before[1] == ("  with       look-back 1\n" if encodings else "APE: with       look-back 1\n")
    rest = capsys.readouterr().out
    assert ("(ab|aabb)*, APE: generalizes (theorem)" in rest) == (not encodings)
    assert "  witness    synthesised program, equal to the task's labels" in rest


def test_what_shows_a_verdict_is_kept_where_only_the_other_rungs_come_too_late(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.prediction.decided_prediction._parameters_of", lambda *_: sleep(600))
    assert main(["--regex", "(ab(a|b))*", "--pe", "ape", "--witness-seconds", "3", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["witness"] is not None
    assert "not written" not in record["because"]
    assert [rung["modulus"] for rung in record["ladder"]] == [None, 1, None, 1]


def test_a_program_that_is_no_witness_itself_has_the_same_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "last.crasp"
    file.write_text("alphabet a b\naccept(i) := #[j <= i, j = i - 1] Q_a(j) = #[j <= i, j = i - 1] Q_b(j)\n")
    records = []
    for seconds in ("0", "60"):
        assert main(["--program", str(file), "--pe", "nope", "--witness-seconds", seconds, "--json"]) == 0
        records.append(json.loads(capsys.readouterr().out))
    assert [record["verdict"] for record in records] == ["generalizes"] * 2
    assert [record["witness"] is not None for record in records] == [False, True]
    assert records[1]["parameters"] == {"family": "plain", "modulus": 1, "lookback": 0}
    assert all("A minimal automaton of 3 states is" in record["because"] for record in records)
