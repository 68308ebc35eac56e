"""`crasp learn --model`: the labels are the model's own answers."""

import json

import pytest

from crasp.__main__ import main
from crasp.api import load, run

BALANCED = """alphabet a b
opened(i) := #[j <= i] Q_a(j)
closed(i) := #[j <= i] Q_b(j)
next[a](i) := true
next[b](i) := opened(i) > closed(i)
next[eos](i) := opened(i) = closed(i)
"""


@pytest.fixture
def few_words(monkeypatch) -> None:
    monkeypatch.setattr("eval.learning.labelled_by_model.SHORT_WORDS", 200)
    monkeypatch.setattr("eval.learning.labelled_by_model.WALKED_WORDS", 20)


@pytest.fixture
def program(tmp_path) -> str:
    file = tmp_path / "balanced.crasp"
    file.write_text(BALANCED)
    return str(file)


@pytest.mark.usefixtures("few_words")
def test_what_a_program_allows_is_learnt_of_it(program, capsys) -> None:
    assert main(["learn", "--model", program, "--seconds", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["output"]: (one["size"], one["complete"]) for one in found["outputs"]} == {
        "next[a]": (1, True),
        "next[b]": (5, True),
        "next[eos]": (5, True),
    }
    learnt = load(found["program"])
    for word in ("", "a", "aab", "ab", "abaabb"):
        assert run(learnt, word)[0].allowed == run(program, word)[0].allowed


@pytest.mark.usefixtures("few_words")
def test_a_compiled_model_is_asked_as_its_program_is(program, tmp_path, capsys) -> None:
    assert main(["compile", program, "-o", str(tmp_path / "machine")]) == 0
    capsys.readouterr()
    assert main(["learn", "--model", str(tmp_path / "machine"), "--seconds", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert run(load(found["program"]), "aab")[0].allowed == (("a", "eos"), ("a", "b"), ("a", "b"), ("a", "b"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "/nowhere"], "/nowhere: expected lib:NAME, FILE.crasp or a model's directory"),
        (["--model", "lib:dyck1", "--task", "dyck"], "dyck1"),
        (["--model", "lib:dyck1", "--task", "sort"], "lib:dyck1 lacks tokens of sort: 0 1"),
        (["--model", "lib:dyck1", "--alphabet", "a b"], "lacks tokens of the words: a b"),
        (["--model", "lib:dyck1", "--regex", "a"], "expected one of"),
        (["--task", "dyck1", "--vocab", "names.txt"], "--vocab goes with --model"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(capsys, arguments, said) -> None:
    assert main(["learn", *arguments]) == 2
    assert said in capsys.readouterr().err
