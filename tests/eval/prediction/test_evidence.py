"""Evidence about a task: first halves that are told apart, letters that change the answer; and that it is no proof."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from eval.commands.predict import main
from eval.prediction.evidence import gather
from eval.prediction.first_half_classes import Halves, describe_halves, halves_of, read_growth
from eval.prediction.sensitivity import Changes, read_exponent, sensitivity_of
from tasks.registry import get_task
from tasks.task import TheoryRecord
from tasks.theory import both
from tests.cases import few

UNKNOWN = TheoryRecord("unknown", "Nothing is known of it.", "none", "conjecture")


@pytest.mark.parametrize(
    ("name", "growth"),
    few(
        [
            ("copy_repeat", "exponential"),
            ("addition", "exponential"),
            ("parity", "bounded"),
            ("tomita4", "bounded"),
            ("aa_star", "bounded"),
            ("dyck1", "polynomial"),
            ("binary_majority", "polynomial"),
            ("binary_majority_interleave", "polynomial"),
            ("copy_unique", "unclear"),
        ],
        also=[
            ("copy_repeat", "exponential"),
            ("parity", "bounded"),
            ("aa_star", "bounded"),
            ("binary_majority", "polynomial"),
        ],
        rows=True,
    ),
)
def test_what_is_known_of_a_task_is_what_its_halves_show(name: str, growth: str) -> None:
    evidence = gather(get_task(name))
    assert evidence.growth == growth
    assert evidence == gather(get_task(name))


@pytest.mark.parametrize(("name", "half"), [("tomita4", 1), ("tomita4", 5), ("dyck1", 4), ("tomita3", 3), ("d_3", 5)])
def test_where_all_halves_are_tried_the_count_is_that_of_different_continuations(name: str, half: int) -> None:
    task = get_task(name)
    words = list(product(task.alphabet, repeat=half))
    rows = {tuple(task.label(first + second).targets[half:] for second in words) for first in words}
    found = halves_of(task, task.alphabet, half, np.random.default_rng(0))
    assert found == Halves(half, 2 * half, len(words), len(rows), True, len(rows))


def test_a_task_s_partial_answers_tell_halves_apart_only_where_both_have_one() -> None:
    # Majority has no answer for a tie: 0 and 1 have no second half of one letter on which both have one.
    found = halves_of(get_task("binary_majority"), ("0", "1"), 1, np.random.default_rng(0))
    assert found is not None
    assert (found.tried, found.told_apart) == (2, 1)


def points(counts: list[int], tried: int = 50, classes: int = 0) -> list[Halves]:
    return [Halves(n, 2 * n, tried, c, False, max(c, classes)) for n, c in enumerate(counts, 1)]


@pytest.mark.parametrize(
    ("halves", "letters", "growth"),
    [
        (points([1, 2, 4, 4, 4, 4]), 2, "bounded"),
        (points([1, 2, 3, 4, 5, 6]), 2, "polynomial"),
        (points([1, 2, 3, 4, 5, 50]), 2, "unclear"),
        (points([1, 2, 50, 50, 50, 50], classes=2000), 2, "exponential"),
        (points([1, 2, 50, 50, 50, 50], classes=2000), 26, "unclear"),
        (points([1, 2, 2]), 2, "unclear"),
    ],
)
def test_growth_is_read_from_the_last_lengths(halves: list[Halves], letters: int, growth: str) -> None:
    assert read_growth(halves, letters) == growth


def test_every_letter_changes_parity_and_one_letter_changes_what_came_last() -> None:
    for name, low, high, least, most in (("parity", 0.9, 1.1, 8.0, 66.0), ("012_star_0_2_star", -0.5, 0.5, 0.2, 3.0)):
        task = get_task(name)
        letters = ("0", "1") if name == "parity" else task.alphabet
        changes, even = sensitivity_of(task, letters, np.random.default_rng(0))
        exponent = read_exponent(changes)
        assert even
        assert exponent is not None
        assert low < exponent < high
        assert all(least <= c.mean <= most for c in changes)
    assert read_exponent([Changes(8, 0.0, 9), Changes(16, 1.0, 9), Changes(32, 2.0, 9)]) is None


def test_evidence_is_given_when_asked_for_and_calls_itself_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "copy_repeat", "--pe", "ape", "--evidence", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["standing"] == "theorem"
    evidence = record["evidence"]
    assert evidence["standing"] == "evidence, not a proof"
    assert evidence["continuations"]["growth"] == "exponential"
    assert [p["first"] for p in evidence["continuations"]["points"]] == [1, 2, 3, 4, 5, 6, 8, 11, 16]
    assert evidence["sensitivity"]["words"] == "drawn evenly"
    assert main(["--task", "copy_repeat", "--pe", "ape", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evidence"] is None


@pytest.mark.parametrize("subject", few([["--regex", "(ab)*"], ["--program", "lib:tomita4"]], 2))
def test_languages_and_programs_have_evidence_too(subject: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*subject, "--pe", "ape", "--evidence"]) == 0
    text = capsys.readouterr().out
    assert "evidence, not a proof" in text
    assert "first halves of 1, 2, 3" in text
    assert "letters whose replacement changes the answer" in text


def test_a_task_without_a_record_has_evidence_unasked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = replace(get_task("parity"), theory=both(UNKNOWN, UNKNOWN), program=None)
    monkeypatch.setattr("tasks.registry.get_task", {"parity": task}.__getitem__)
    monkeypatch.setattr("eval.subjects.asked_task.chosen_task", lambda *_, **__: task)
    assert main(["--task", "parity", "--json"]) == 0
    for record in json.loads(capsys.readouterr().out):
        assert (record["verdict"], record["witness"]) == ("unknown", None)
        assert record["evidence"]["sensitivity"]["exponent"] == pytest.approx(1, abs=0.1)


def test_many_letters_are_said() -> None:
    halves = points([1, 2, 3, 4])
    assert "there are 150 letters" in describe_halves(halves, "unclear", 150)
    assert "letters, more" not in describe_halves(halves, "unclear", 2)


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--all", "--evidence"], "--evidence is gathered of one"),
        (["--program", "lib:majority", "--evidence"], "up to 200 lines"),
    ],
)
def test_what_would_take_too_long_is_refused(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert phrase in capsys.readouterr().err
