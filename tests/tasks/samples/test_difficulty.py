"""Blind models: what the report says of them is what such models, written out plainly, get right."""

import itertools
from collections import Counter

import numpy as np
import pytest

from tasks import get
from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.given_tasks import task_named_or_given
from tasks.registry import get_task
from tasks.samples import bag_states
from tasks.samples.blind_models import WINDOWS, bag_right, windows_right
from tasks.samples.difficulty import TRIED_WORDS, difficulties, difficulty
from tasks.samples.word_arrays import examples_of, word_of
from tasks.task import Task
from tasks.words import Example

Seen = tuple[str, ...]


def drawn(task: Task, split: str, size: int) -> tuple[Example, ...]:
    return examples_of(task, task.sample(generator(task.name, split, (1, 20), 0), (1, 20), size))


def places(example: Example, window: int) -> list[tuple[Seen, Seen]]:
    """Of each judged position the last tokens, so many, and what is right."""
    ends = zip(example.judged, example.targets, strict=True)
    return [(example.tokens[max(0, end + 1 - window) : end + 1], targets) for end, targets in ends]


def most_frequent(fit: tuple[Example, ...], window: int) -> dict[Seen, Counter[Seen]]:
    table: dict[Seen, Counter[Seen]] = {}
    for example in fit:
        for seen, targets in places(example, window):
            table.setdefault(seen, Counter())[targets] += 1
    return table


@pytest.mark.parametrize("name", ["012_star_0_2_star", "d_3", "dyck1", "parity", "copy_repeat", "tomita3:recognition"])
def test_a_window_says_what_came_most_often_after_the_same_tokens(name: str) -> None:
    """A plain window is right where it is said to be; where two answers are as frequent, either may be said."""
    task = get_task(name)
    batches = [task.sample(generator(name, split, (1, 20), 0), (1, 20), 150) for split in ("fit", "tried")]
    fit, tried = (examples_of(task, batch) for batch in batches)
    found = windows_right(*batches)
    tables = {window: most_frequent(fit, window) for window in WINDOWS}
    for number, example in enumerate(tried):
        sure, possible = {}, {}
        for window in WINDOWS:
            outcomes = [outcome(tables, window, example, place) for place in range(len(example.judged))]
            sure[window], possible[window] = (all(each[k] for each in outcomes) for k in (0, 1))
            assert sure[window] <= found[window][number] <= possible[window]


def outcome(
    tables: dict[int, dict[Seen, Counter[Seen]]], window: int, example: Example, place: int
) -> tuple[bool, bool]:
    """Whether the plain window is right for certain, and whether it may be; the longest tokens that were met count."""
    for size in (each for each in reversed(WINDOWS) if each <= window):
        seen, targets = places(example, size)[place]
        counts = tables[size].get(seen)
        if counts is not None:
            best = max(counts.values())
            tied = [answer for answer, times in counts.items() if times == best]
            return tied == [targets], targets in tied
    raise AssertionError("a window of none has met every place")


@pytest.mark.parametrize(
    ("name", "solved"),
    [
        *((name, True) for name in ("binary_majority", "sort", "parity", "d_3", "tomita5", "dyck1")),
        *((name, False) for name in ("copy_repeat", "copy_unique", "012_star_0_2_star", "tomita3")),
    ],
)
def test_a_bag_has_the_words_right_whose_order_does_not_matter(name: str, solved: bool) -> None:
    task = get_task(name)
    right = bag_right(task, drawn(task, "bags", 80), generator(name, "bag", (1, 20), 0))
    assert right.all() if solved else right.mean() < 0.75


def test_a_bag_is_not_right_where_a_rearrangement_has_another_answer() -> None:
    """By all rearrangements of short words."""
    task = get_task("binary_majority_interleave")
    examples = drawn(task, "bags", 60)
    right = bag_right(task, examples, generator("x", "bag", (1, 20), 0))
    for example, blind in zip(examples, right.tolist(), strict=True):
        word = word_of(task, example)
        if len(word) == 3:
            assert blind == (len(set(word)) == 1)


@pytest.mark.parametrize(
    ("regex", "recognize"),
    [
        ("(ab|aabb)*", False),
        ("(a(bc)*d|bb)*a", False),
        (".*aab.*", False),
        ("(a|b|c)*a(b|c){2}", False),
        ("a{2}|b{3}a", False),
        ("a*", False),
        ("(ab|aabb)*", True),
        ("(abc)*|(ac)*", True),
    ],
)
def test_a_bag_has_exactly_the_words_right_whose_counts_have_one_answer(regex: str, recognize: bool) -> None:
    """By all words over the alphabet of the same length, also where few of them belong to the language."""
    task = get(regex=regex, recognize=recognize)
    lengths = (1, 7)
    examples = examples_of(task, task.sample(generator(task.name, "bags", lengths, 0), lengths, 60))
    letters = sorted({letter for example in examples for letter in word_of(task, example)})
    answers: dict[Seen, set[Seen]] = {}
    for length in range(8):
        for word in itertools.product(letters, repeat=length):
            answer = tuple(sorted(task.label(word).targets[0 if recognize else -1]))
            if answer:
                answers.setdefault(tuple(sorted(word)), set()).add(answer)
    expected = []
    for example in examples:
        word = word_of(task, example)
        ends = [len(word)] if recognize else range(len(word) + 1)
        expected.append(all(len(answers[tuple(sorted(word[:end]))]) == 1 for end in ends))
    right = bag_right(task, examples, generator("x", "bag", lengths, 0))
    assert right.tolist() == expected


def test_where_counts_are_too_many_a_bag_is_tried_on_rearrangements(monkeypatch: pytest.MonkeyPatch) -> None:
    task = get_task("tomita3")
    examples = drawn(task, "bags", 80)
    exact = bag_right(task, examples, generator("x", "bag", (1, 20), 0))
    monkeypatch.setattr(bag_states, "MOST_COUNTS", 3)
    tried = bag_right(task, examples, generator("x", "bag", (1, 20), 0))
    assert (exact <= tried).all()


def test_the_report_counts_the_words_of_each_stratum() -> None:
    found = difficulty(get_task("012_star_0_2_star"), (51, 100), tried=300)
    assert found.words == 300
    for shares in (found.majority, *found.windows.values()):
        assert shares["all"][1] == sum(shares[name][1] for name in STRATA) == 300
        assert shares["all"][0] == sum(shares[name][0] for name in STRATA)
    assert found.windows[15]["pairs"][0] == 0
    assert found.windows[15]["uniform"][0] >= 0.95 * found.windows[15]["uniform"][1]


def test_what_is_known_of_words_is_counted() -> None:
    found = difficulty(get_task("aa_star"), (51, 100), tried=200)
    assert found.distinct == 25
    assert found.run["all"].most == 100
    deep = difficulty(get_task("d_12"), (51, 100), tried=400)
    assert deep.depth is not None
    assert deep.depth["all"].most == 12
    assert deep.depth["sticky"].middle > deep.depth["uniform"].middle
    assert difficulty(get_task("dyck1"), (51, 100), tried=100).depth is not None
    assert difficulty(get_task("parity"), (51, 100), tried=100).depth is None


def test_ranges_without_words_are_left_out() -> None:
    assert difficulties(task_named_or_given(regex="ab|abc"))[0].lengths == (1, 50)
    assert len(difficulties(task_named_or_given(regex="ab|abc"))) == 1


def test_the_words_of_every_range_are_those_that_models_are_tested_on() -> None:
    task = get_task("tomita4")
    batch = task.sample(generator(task.name, "test", (51, 100), 0), (51, 100), TRIED_WORDS)
    assert batch.strata is not None
    found = difficulty(task, (51, 100))
    assert [found.majority[name][1] for name in STRATA] == np.bincount(batch.strata).tolist()
