"""`python -m eval.explain`: its statuses, its data, and what it says of input that it cannot use."""

import json
from pathlib import Path

import pytest

from eval.explain.command import main

SMALL = ["-n", "10", "--train-length", "8"]


def test_a_model_is_explained_and_its_program_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.crasp"
    assert main(["--model", "lib:d_2", "--task", "d_2", "--json", "--out", str(file), *SMALL]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "explained"
    assert file.read_text(encoding="utf-8") == record["program"]


def test_without_a_task_the_words_are_those_that_the_program_allows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "lib:tomita1", *SMALL]) == 0
    assert "verdict: explained" in capsys.readouterr().out


ONLY_ACCEPTS = "alphabet a b\naccept(i) := Q_a(i)\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "dyck1"], "Missing option '--model'"),
        (["--model", "nowhere", "--task", "dyck1"], "nowhere: expected lib:NAME"),
        (["--model", "lib:sort", "--task", "sort"], "sort is a task with an answer"),
        (["--model", "lib:anbn", "--task", "dyck1"], "lib:anbn lacks tokens of dyck1: ( )"),
        (["--model", "lib:anbn", "--alphabet", "a a"], "--alphabet: expected different letters"),
        (["--model", "lib:anbn", "--task", "no_such_task"], "no_such_task"),
        (["--model", "lib:anbn", "--task", "anbn", "--lengths", "5"], "expected ranges of lengths"),
        (["--model", "lib:anbn", "--task", "anbn", "--out", "no/such/file.crasp"], "--out: no directory"),
        (["--model", "only.crasp", "--alphabet", "a b"], "only.crasp defines no next[...]"),
    ],
)
def test_what_cannot_be_used_is_named(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("only.crasp").write_text(ONLY_ACCEPTS, encoding="utf-8")
    assert main(arguments) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert found.out == ""
