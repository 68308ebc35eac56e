"""Every sampler against a straightforward generator of the same task: the same labels, lengths and shares."""

import random
from collections import Counter
from math import sqrt

import numpy as np
import pytest

from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import batch_of, examples_of, word_of
from tasks.task import Task
from tasks.words import Example
from tests.cases import few
from tests.tasks.benchmark.plain_answers import ANSWERS
from tests.tasks.benchmark.plain_generators import plain_batch, plain_example
from tests.tasks.benchmark.plain_languages import READERS, Reader
from tests.tasks.benchmark.plain_recognition import SUFFIX, non_member
from tests.tasks.drawing.strata import of_stratum

SIZE = 2000
LENGTHS = (4, 15)
RECOGNISED = [name + SUFFIX for name in READERS]


def test_every_task_has_a_plain_generator() -> None:
    assert {*ANSWERS, *READERS} == set(TASKS)


@pytest.mark.parametrize("name", few([*TASKS, *RECOGNISED], 2))
def test_plain_words_are_labelled_as_the_task_does(name: str) -> None:
    task, rng = get_task(name), random.Random(name)
    for lengths in ((1, 12), (40, 60)):
        for _ in range(40):
            example = plain_example(rng, name, lengths)
            assert example == task.label(word_of(task, example))


@pytest.mark.parametrize("name", [*TASKS, *RECOGNISED])
def test_plain_batches_hold_what_batches_do(name: str) -> None:
    task = get_task(name)
    plain = plain_batch(random.Random(5), name, task.vocabulary, (4, 30), 20)
    rng = random.Random(5)
    batch = batch_of(task, [plain_example(rng, name, (4, 30)) for _ in range(20)])
    for field in ("tokens", "judged", "targets", "lengths"):
        np.testing.assert_array_equal(getattr(plain, field), getattr(batch, field))


def test_a_non_member_is_found_where_nearly_every_word_is_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words with two a's or more: of 60 letters, one in some 10^16 is none."""
    monkeypatch.setitem(READERS, "two_as", Reader("ab", 0, lambda n, x: min(2, n + (x == "a")), lambda n: n == 2))
    found = [non_member(random.Random(seed), "two_as", 60) for seed in range(20)]
    assert all(len(word) == 60 and word.count("a") < 2 for word in found)


def traits(task: Task, example: Example) -> list[tuple[str, object]]:
    """What is counted of a word: its size, letters near its beginning, and what is right halfway through."""

    def coarse(token: str) -> object:
        return int(token) // 30 if len(task.alphabet) == 150 and token.isdigit() else token

    tokens = example.tokens
    return [
        ("size", len(tokens)),
        ("first", coarse(tokens[1])),
        ("third", coarse(tokens[3])),
        ("rising", tokens[1] < tokens[2]),
        ("halfway", tuple(map(coarse, example.targets[len(example.targets) // 2]))),
    ]


@pytest.mark.parametrize("name", few(TASKS, 3))
def test_sampler_and_plain_generator_draw_alike(name: str) -> None:
    """Each trait's share in the uniform words of both differs by less than five deviations; the seeds are fixed."""
    task, rng = get_task(name), random.Random(1)
    batch = of_stratum(task, "alike", LENGTHS, SIZE)
    drawn = Counter(trait for example in examples_of(task, batch) for trait in traits(task, example))
    plain = Counter(trait for _ in range(SIZE) for trait in traits(task, plain_example(rng, name, LENGTHS)))
    for trait in drawn | plain:
        share = (drawn[trait] + plain[trait]) / (2 * SIZE)
        spread = sqrt(2 * SIZE * share * (1 - share))
        assert abs(drawn[trait] - plain[trait]) <= 5 * spread, trait


@pytest.mark.parametrize("name", few(RECOGNISED, 3))
def test_recognition_is_as_often_of_each_verdict_and_length_in_both(name: str) -> None:
    task, rng = get_task(name), random.Random(1)
    batch = task.sample(generator(name, "alike", LENGTHS, 0), LENGTHS, SIZE)

    def traits_of(example: Example) -> tuple[int, tuple[str, ...]]:
        return len(example.tokens), example.targets[0]

    drawn = Counter(map(traits_of, examples_of(task, batch)))
    plain = Counter(traits_of(plain_example(rng, name, LENGTHS)) for _ in range(SIZE))
    for trait in drawn | plain:
        share = (drawn[trait] + plain[trait]) / (2 * SIZE)
        assert abs(drawn[trait] - plain[trait]) <= 5 * sqrt(2 * SIZE * share * (1 - share)), trait
