"""Adversarial pairs as the words of a task: labelled by the task, drawn again alike, and not told apart by programs."""

import json
import random

import numpy as np
import pytest

from crasp.errors import Source
from crasp.regular.families.family import Family
from crasp.text.loader import read_program
from eval.answering.answerers import ProgramAnswerer
from eval.commands.measure import main as measure
from eval.commands.words import main as words
from eval.prediction.adversarial_task import adversarial_task
from eval.prediction.regular_tasks import automaton_of_task
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tasks.samples.word_arrays import examples_of, word_of
from tasks.words import EOS
from tests.crasp.regular.random_programs import random_program


@pytest.mark.parametrize(
    ("name", "family", "lengths"),
    [
        ("tomita5", "periodic_local", (51, 150)),
        ("tomita4", "plain", (1, 50)),
        ("012_star_0_2_star", "periodic_local", (101, 200)),
        ("aa_star", "plain", (51, 100)),
    ],
)
def test_words_come_in_pairs_of_a_member_and_another_with_the_task_s_labels(
    name: str, family: Family, lengths: tuple[int, int]
) -> None:
    plain = get_task(name)
    task = adversarial_task(plain, automaton_of_task(name), family)
    batch = task.sample(generator(task.name, "test", lengths, 0), lengths, 40)
    examples = examples_of(task, batch)
    for member, other in zip(examples[::2], examples[1::2], strict=True):
        assert EOS in member.targets[-1]
        assert EOS not in other.targets[-1]
        for example in (member, other):
            assert example == plain.label(word_of(task, example))
            assert lengths[0] <= len(word_of(task, example)) <= lengths[1]
    again = task.sample(generator(task.name, "test", lengths, 0), lengths, 40)
    assert np.array_equal(again.tokens, batch.tokens)
    other_seed = task.sample(generator(task.name, "test", lengths, 1), lengths, 40)
    if name != "aa_star":  # of one letter there is one word of each length
        assert {word_of(task, e) for e in examples_of(task, other_seed)} != {word_of(task, e) for e in examples}


@pytest.mark.parametrize(
    ("name", "family"), [("tomita5", "periodic_local"), ("aa_star", "local"), ("tomita4", "plain")]
)
def test_of_each_pair_a_program_of_the_family_gets_one_right(name: str, family: Family) -> None:
    task = adversarial_task(get_task(f"{name}:recognition"), automaton_of_task(name), family)
    letters = task.alphabet[:-2]
    batch = task.sample(generator(task.name, "test", (600, 1200), 0), (600, 1200), 10)
    rng = random.Random(name)
    for _ in range(10):
        program = read_program(Source("random", random_program(rng, letters, family)))
        right = ProgramAnswerer("random", program).right(task, batch)
        assert (right[::2] != right[1::2]).all()
    # A program of a larger family, by hand, gets both right.
    if family != "periodic_local":
        assert (
            measure(["--task", name, "--recognition", "--model", f"lib:{name}", "--adversary", family, "-n", "20"]) == 0
        )


def test_measured_on_adversarial_words_a_library_program_is_right_and_another_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--task", "tomita4", "--adversary", "plain", "--lengths", "51-100", "-n", "40", "--json"]
    for model, correct in (("lib:tomita4", 40), ("lib:tomita7", 0)):
        assert measure([*arguments, "--model", model]) == 0
        record = json.loads(capsys.readouterr().out)
        assert record["task"] == "tomita4:adversary_plain"
        assert record["bins"][0]["correct"] == correct


@pytest.mark.parametrize("subject", [["parity"], ["--regex", "(aa)*"], ["--program", "lib:tomita4"]])
def test_words_are_printed_for_what_is_named_or_given(subject: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert words(["sample", *subject, "--adversary", "plain", "-n", "2", "--json"]) == 0
    member, other = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert member["targets"] != other["targets"]


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["tomita4", "--adversary", "local"], "a program of C-RASP[local] exists"),
        (["dyck1", "--adversary", "plain"], "adversarial words are made of regular languages: parity"),
        (["parity", "--adversary", "nope"], "expected one of plain, local, periodic, periodic_local, found nope"),
        (["parity", "--adversary", "plain", "--lengths", "1-5"], "no pair of words of lengths 1-5 was found"),
        (["--program", "lib:anbn", "--adversary", "plain"], "what a program accepts, if that is regular"),
    ],
)
def test_where_there_are_no_adversarial_words_it_is_said(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words(["sample", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, phrase in captured.err) == ("", True), captured.err
