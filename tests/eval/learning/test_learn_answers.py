"""`crasp learn` of tasks with an answer, of words that have answers, and of a model that gives them."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from crasp.__main__ import main
from crasp.api import load, run
from crasp.learning.labelled_prefixes import read_labelled_words
from eval.learning.given_answers import mark_of


def said(program: str, word: list[str]) -> list[str]:
    """The only token that may follow each prefix from the mark on."""
    found = run(load(program), word)[0].allowed
    return [next(iter(each), "") if len(each) == 1 else "?" for each in found[word.index("<sep>") + 1 :]]


def test_a_task_with_an_answer_is_learnt_from_its_labels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--task", "binary_majority", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["excluded_below"], record["complete"], record["equivalent"]) == (1, False, None)
    assert record["agrees"]["longest"] > 100
    assert said(record["program"], [*"0010", "<sep>", "0"]) == ["0", "eos"]
    assert "not proved minimal" in record["program"]


def test_a_task_that_no_program_computes_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--task", "copy_repeat", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["program"] is None


def test_a_model_s_answers_are_learnt(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "found.crasp"
    assert main(["learn", "--model", "lib:repeat_letter", "--task", "repeat_letter", "-o", str(file)]) == 0
    assert said(file.read_text(encoding="utf-8"), ["a", "a", "<sep>", "a", "a"]) == ["a", "a", "eos"]
    assert capsys.readouterr().out == ""


def answered_words(answer: Callable[[str], str | None], file: Path, mark: str = "<sep>") -> Path:
    """Words over three letters with their answers, as a file of next tokens."""
    rng = np.random.default_rng(0)
    words = ["".join(word) for n in range(1, 5) for word in product("abc", repeat=n)]
    words += ["".join(rng.choice(list("abc"), size=n)) for n in rng.integers(5, 20, size=100)]
    lines = []
    for word in dict.fromkeys(words):
        right = answer(word)
        if right is not None:
            follows = [[] for _ in word] + [[]] + [[letter] for letter in right] + [["eos"]]
            lines.append({"word": [*word, mark, *right], "next": follows[: len(word) + 1] + follows[len(word) + 1 :]})
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def most_frequent(word: str) -> str | None:
    counts = sorted((word.count(letter), letter) for letter in "abc")
    return None if counts[-1][0] == counts[-2][0] else counts[-1][1]


@pytest.mark.parametrize(
    ("answer", "mark"),
    [(most_frequent, "<sep>"), (lambda word: word[-1], "="), (lambda word: "".join(sorted(word)), "=")],
)
def test_given_answers_are_learnt_with_one_line_for_all_letters(
    answer: Callable[[str], str | None], mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = answered_words(answer, tmp_path / "words.jsonl", mark)
    assert main(["learn", "--words", str(file), "--json"]) == 0
    program = json.loads(capsys.readouterr().out)["program"]
    for word in ("cab", "bbbbbaaaa", "ccccccccccccccccccccccccccccccabccc"):
        right = answer(word)
        if right is not None:
            text = [*word, mark, *right]
            found = run(load(program), text)[0].allowed[len(word) + 1 :]
            assert [tuple(each) for each in found] == [(letter,) for letter in (*right, "eos")]


def test_answers_at_random_have_no_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    file = answered_words(lambda _: str(rng.choice(list("abc"))), tmp_path / "words.jsonl")
    assert main(["learn", "--words", str(file), "--seconds", "30"]) == 1
    assert "none found" in capsys.readouterr().out


def test_words_whose_letters_follow_everywhere_are_no_answers_and_numbers_are_in_order(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    lines = [{"word": ["10", "2"] * n, "next": [["2", "10"]] * (2 * n + 1)} for n in range(60)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    given = read_labelled_words(str(file))
    assert given.alphabet == ("2", "10")
    assert mark_of(given) is None


def test_what_excludes_nothing_has_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--task", "sort", "--certificate", str(tmp_path / "c.json")]) == 2
    assert "no size is excluded" in capsys.readouterr().err
