"""Measurements of programs: counts by length, the verdict's rule, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import encode
from crasp.meaning.interpreter import run as run_program
from crasp.text.loader import load_program, read_program
from crasp.text.sources import load_source
from eval.answering.answerers import ProgramAnswerer
from eval.commands.measure import main
from eval.console import read_ranges
from eval.measuring.accuracy_by_length import measure_answerer as measure
from eval.measuring.confidence_intervals import wilson
from eval.measuring.longest_length import longest_right
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tasks.samples.word_arrays import batch_of, examples_of
from tasks.words import Example


def test_a_program_that_computes_the_task_has_every_word_right(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--task", "parity", "--model", "lib:dyck1"]
    assert main(["--task", "dyck1", "--model", "lib:dyck1", "-n", "50", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    bins = [(each["lengths"], each["correct"], each["total"]) for each in record["bins"]]
    assert bins == [([1, 50], 50, 50), ([51, 100], 50, 50), ([101, 150], 50, 50)]
    assert (record["task"], record["model"], record["verdict"]) == ("dyck1", "lib:dyck1", "generalizes")
    assert record["interval"] == "Wilson score interval, 95%"
    assert record["bins"][0]["interval"] == pytest.approx([0.928652, 1.0], abs=1e-6)
    assert sum(each["total"] for each in record["bins"][0]["by_length"]) == 50
    assert all(each["length"] % 2 == 0 for each in record["bins"][0]["by_length"])
    assert main(arguments) == 2


@pytest.mark.parametrize("name", ["dyck1", "binary_majority", "tomita4"])
def test_judgement_of_a_wrong_program_equals_a_plain_comparison_word_by_word(name: str) -> None:
    task = get_task(name)
    source = load_source(f"lib:{name}")
    text = source.text.replace("next[eos](i) :=", "next[eos](i) := #[j <= i] true < 30 and ")
    program = read_program(Source("wrong", text))
    batch = task.sample(generator(name, "test", (1, 60), 1), (1, 60), 200)
    found = ProgramAnswerer("wrong", program).right(task, batch)
    expected = [_plainly_right(program, example) for example in examples_of(task, batch)]
    assert found.tolist() == expected
    assert 0 < sum(expected) < 200


def _plainly_right(program, example: Example) -> bool:
    word = [token for token in example.tokens if token not in ("<bos>", "<eos>")]
    allowed = run_program(program, encode(program.alphabet, [word])).next[0]
    names = ["<eos>" if name == "eos" else name for name, _ in program.next]
    for position, targets in zip(example.judged, example.targets, strict=True):
        if {n for n, yes in zip(names, allowed[position], strict=True) if yes} != set(targets):
            return False
    return True


def test_the_verdict_of_a_program_that_stops_working_beyond_the_training_lengths() -> None:
    text = load_source("lib:aa_star").text.replace("i % 2 = 0", "i % 2 = 0 and #[j <= i] Q_a(j) <= 60")
    program = ProgramAnswerer("short", read_program(Source("short", text)))
    found = measure(program, get_task("aa_star"), read_ranges("1-50,51-100"), words=200)
    assert found.verdict == "fails"
    assert found.bins[0].correct == 200
    assert 0 < found.bins[1].correct < 80


def test_other_seeds_draw_other_words() -> None:
    program = ProgramAnswerer("p", load_program("lib:tomita4"))
    task = get_task("tomita4")
    batches = [task.sample(generator("tomita4", "test", (10, 20), seed), (10, 20), 20).tokens for seed in (0, 0, 1)]
    assert np.array_equal(batches[0], batches[1])
    assert not np.array_equal(batches[0], batches[2])
    assert measure(program, task, ((10, 20),), words=20, seed=1).verdict is None


def test_an_empty_prefix_is_judged_too() -> None:
    task = get_task("tomita1")
    batch = batch_of(task, [task.label(())])
    text = load_source("lib:tomita1").text.replace("next[eos](i) :=", "next[eos](i) := #[j <= i] true > 0 and ")
    assert not ProgramAnswerer("p", read_program(Source("p", text))).right(task, batch).any()
    assert ProgramAnswerer("p", load_program("lib:tomita1")).right(task, batch).all()


SHORT = load_source("lib:aa_star").text.replace("i % 2 = 0", "i % 2 = 0 and #[j <= i] Q_a(j) <= 60")


@pytest.mark.parametrize(
    ("ranges", "verdict"),
    [
        ("1-50,51-100", "fails"),
        ("1-50,51-100,101-150", "fails"),
        ("100-120,121-140", None),
        ("1-40,41-80", None),
        ("1-50,61-100", None),
        ("1-50", None),
    ],
)
def test_a_verdict_is_given_on_the_training_lengths_and_the_next_alone(
    ranges: str, verdict: str | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "short.crasp").write_text(SHORT)
    arguments = ["--task", "aa_star", "--model", str(tmp_path / "short.crasp"), "--lengths", ranges, "-n", "40"]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict
    assert main(arguments) == 0
    (last,) = (line for line in capsys.readouterr().out.splitlines() if "verdict:" in line)
    expected = "no verdict: a verdict needs the training lengths and the range after them, --lengths 1-50,51-100"
    assert last.strip() == (expected if verdict is None else "verdict: fails")


def test_the_longest_length_is_where_a_program_is_known_to_stop() -> None:
    program = ProgramAnswerer("short", read_program(Source("short", SHORT)))
    found = longest_right(program, get_task("aa_star"), words=20, limit=500)
    assert (found.length, found.stopped_by) == (60, "accuracy")
    assert [each.lengths[0] for each in found.tried if each.accuracy == 1] == [16, 32, 48, 56, 60]
    assert min(each.lengths[0] for each in found.tried if each.accuracy < 1) == 62


@pytest.mark.parametrize(
    ("name", "model", "limit", "length", "stopped_by"),
    [
        ("aa_star", "lib:aa_star", 101, 100, "limit"),
        ("aa_star", "lib:aa_star", 2, 2, "limit"),
        ("tomita1", "lib:tomita2", 9, None, "accuracy"),
    ],
)
def test_the_search_for_the_longest_ends_at_its_limit_or_where_nothing_is_right(
    name: str, model: str, limit: int, length: int | None, stopped_by: str
) -> None:
    found = longest_right(ProgramAnswerer(model, load_program(model)), get_task(name), words=20, limit=limit)
    assert (found.length, found.stopped_by) == (length, stopped_by)


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    # the formula, worked out with 40 digits
    [
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (50, 100, 0.4038315, 0.5961685),
        (1990, 2000, 0.9908203, 0.9972818),
    ],
)
def test_the_interval_is_wilsons(correct: int, total: int, low: float, high: float) -> None:
    assert wilson(correct, total) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("counts", [(0, 0), (3, 2), (-1, 2)])
def test_an_interval_of_impossible_counts_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at most all of them right"):
        wilson(*counts)


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--task", "dyck1", "--model", "lib:aa_star"], "lacks tokens of dyck1: ( )"),
        (["--task", "aa_star", "--model", "nowhere"], "expected lib:NAME, FILE.crasp or a model's directory"),
        (["--task", "aa_star", "--model", "lib:aa_star", "--lengths", "5-1"], "expected ranges of lengths"),
        (["--task", "aa_star", "--model", "lib:aa_star", "--lengths", "1-50,50-60"], "do not overlap"),
        (["--task", "aa_star", "--model", "lib:aa_star", "--lengths", "3-3"], "no words of lengths 3-3"),
        (["--task", "aa_sta", "--model", "lib:aa_star"], "aa_star"),
        (["--task", "dyck1"], "Missing option"),
        (["--task", "dyck1", "--model", "."], "holds no model"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_ends_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err


@pytest.mark.parametrize(
    ("text", "up_to", "line"),
    [
        (SHORT, 200, "longest: at least 99% of 20 words of length 60 are right; at length 62 fewer are right"),
        (SHORT, 50, "longest: at least 99% of 20 words of length 50 are right; longer words were not tried"),
        (
            SHORT.replace("<= 60", "< 0"),
            50,
            "longest: none; under 99% of 20 words of length 2 are right",
        ),
    ],
    ids=["stops being right", "end of the search", "never right"],
)
def test_the_longest_length_is_said_with_what_ended_the_search(
    text: str, up_to: int, line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "short.crasp").write_text(text)
    arguments = ["--task", "aa_star", "--model", str(tmp_path / "short.crasp"), "-n", "20", "--longest"]
    assert main([*arguments, "--up-to", str(up_to)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].strip() == line


LOOKS_BACK = """alphabet a b e
ago_1[s](i) := #[j <= i, j = i - 1] Q[s](j) = 1  for s in alphabet
ago_2[s](i) := #[j <= i, j = i - 2] Q[s](j) = 1  for s in alphabet
accept(i) := Q_b(i) or Q_e(i) and (ago_1["b"](i) or ago_1["e"](i) and ago_2["b"](i))
"""


def test_a_program_that_looks_back_a_few_letters_fails_and_its_worst_stratum_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "looks_back.crasp"
    file.write_text(LOOKS_BACK)
    arguments = ["--regex", "(a|b|e)*be*", "--recognition", "--model", str(file), "-n", "800"]
    assert main([*arguments, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "fails"
    strata = record["bins"][1]["strata"]
    assert list(strata) == ["uniform", "sticky", "pairs"]
    assert sum(each["total"] for each in strata.values()) == 800
    shares = {name: each["correct"] / each["total"] for name, each in strata.items()}
    assert shares["pairs"] == pytest.approx(0.5, abs=0.18)
    assert shares["pairs"] < shares["uniform"] - 0.2
    assert main(arguments) == 0
    assert "worst stratum: pairs at 1-50" in capsys.readouterr().out


def test_few_words_are_counted_and_the_first_wrong_length_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "aa_star", "--model", "lib:aaaa_star", "-n", "500"]) == 0
    assert "25 different words, the first wrong has 52" in capsys.readouterr().out
    assert main(["--task", "aa_star", "--model", "lib:aa_star", "-n", "500"]) == 0
    assert "25 different words, all right" in capsys.readouterr().out
