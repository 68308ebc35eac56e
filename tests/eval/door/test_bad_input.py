"""Bad input to every command: one message that names its place, status 2, no traceback, and nothing is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from eval.door.command_line import door_command, main
from eval.door.commands import COMMANDS
from tasks.ground.console import NAMING_OPTIONS

NOT_TEXT = b"\xff\xfe\x00no text\n"


def options() -> Iterator[tuple[str, Any]]:
    """Every option of every command, with the command's name."""
    for name in COMMANDS:
        for option in door_command(name).params:
            if any(each.startswith("-") for each in option.opts):
                yield name, option


def test_every_option_that_takes_a_path_refuses_the_empty_text() -> None:
    takes_path = [(name, option) for name, option in options() if "path" in type(option.type).__name__.lower()]
    assert len(takes_path) > 30
    assert [(name, option.opts) for name, option in takes_path if not NAMING_OPTIONS.issuperset(option.opts)] == []


def test_every_option_that_takes_a_number_in_a_range_refuses_nan() -> None:
    numbers = [(name, option) for name, option in options() if "FloatRange" in type(option.type).__name__]
    assert len(numbers) >= 2
    for name, option in numbers:
        with pytest.raises(Exception, match="nan"):
            option.process_value(typer.Context(door_command(name)), "nan")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", ""], "expected the name of a file, found the empty text"),
        (["decide", "--dfa", ""], "--dfa: expected a name, found the empty text"),
        (
            ["decide", "a*", "--family", ""],
            "--family: expected one of plain|local|periodic|periodic_local, found nothing",
        ),
        (["explain", "dyck1", "--model", "lib:dyck1", "--vocab", "none"], "lib:dyck1 is a program"),
        (["export-runs", "--runs", "folder", "--out", "new"], "--runs: folder holds no ledger"),
        (["functions", "mod_p_task:5:0", "-n", "9" * 20], "-n: expected at most 1,000,000 words"),
        (["leaderboard", "--from="], "--from: expected a name, found the empty text"),
        (["measure", "dyck1", "--model", "binary"], "binary/config.json: expected JSON: it is not UTF-8 text"),
        (["measure", "dyck1", "--model", "lib:dyck1", "--vocab", "none"], "lib:dyck1 is a program"),
        (["measure", "dyck1", "--model", "outer"], "a directory inside it, such as outer/inner, does"),
        (["merge", "folder", "--runs", ""], "--runs: expected a name, found the empty text"),
        (["predict", "a*", "--accept", ""], "--accept: expected last or end, found ''"),
        (["predict", "a*", "--target", ""], "--target: expected membership, state or next, found ''"),
        (["predict", "a*", "--pe", ""], "randomized, found nothing"),
        (["predict", "a*", "--test-length", "9" * 20], "--test-length: expected lengths from 1 to 1,000,000,000"),
        (["report", "lib:dyck1", "--task", ""], "--task: no task is called ''"),
        (["sweep", "good.toml", "--ray", "nowhere"], "--ray"),
        (["sweep", "binary.toml"], "binary.toml: no TOML: it is not UTF-8 text"),
        (["teacher", "--export", "none/out.jsonl"], "none/out.jsonl: cannot be written"),
        (
            ["teacher-student", "--architecture", "rnn", "--output-layers", "9" * 20],
            "output_layers: expected at most 64",
        ),
        (
            ["teacher-student", "--architecture", "rnn", "--student-layers", "9" * 20],
            "output_layers: expected at most 64",
        ),
        (["terms", "binary.toml"], "binary.toml: expected a directory, found a file"),
        (["train", "tomita1", "--batch-size", "9" * 20], "batch_size: expected at most 1,000,000"),
        (["verify", "binary.toml"], "binary.toml: expected a directory, found a file"),
    ],
    ids=lambda each: " ".join(each[:3]) if isinstance(each, list) else None,
)
def test_bad_input_is_refused_in_one_message_and_nothing_is_written(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("folder", "binary"):
        Path(folder).mkdir()
    Path("folder", "file.txt").write_text("text", encoding="utf-8")
    Path("binary", "config.json").write_bytes(NOT_TEXT)
    Path("binary.toml").write_bytes(NOT_TEXT)
    Path("outer", "inner").mkdir(parents=True)
    Path("outer", "inner", "config.json").write_text("{}", encoding="utf-8")
    Path("good.toml").write_text('[[grid]]\ntasks = ["tomita1"]\npe = "nope"\nseeds = "0"\n', encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    assert main(arguments) == 2
    printed = capsys.readouterr()
    messages = [line for line in printed.err.splitlines() if not line.startswith("note: ")]
    assert len(messages) == 1
    assert said in messages[0]
    assert printed.out == ""
    assert sorted(tmp_path.rglob("*")) == before
