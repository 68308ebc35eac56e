"""`eval.predict --witness-seconds`: the verdict does not wait for what shows it."""

import json

import pytest

from eval.commands.predict import main

SLOW = "(a{37}|b{41})*"  # a verdict in a second; what shows it takes longer


def test_what_is_not_written_in_time_is_said_with_the_command_that_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", SLOW, "--pe", "ape", "--witness-seconds", "0.01", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["verdict"], record["witness"]) == ("generalizes", None)
    late = "There is a program, not written in 0.01 seconds; to go on: `python -m eval.predict --regex"
    assert late in record["because"]
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
