"""Any regular language as a task: the formats of the others, words uniform among those of a length."""

import json
from collections import Counter
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from tasks.drawing.randomness import generator
from tasks.given_tasks import task_named_or_given
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tasks.language_tasks import automaton_task
from tasks.languages.automaton import live_automaton
from tasks.registry import TASKS, UnknownTask
from tasks.samples.word_arrays import batch_of, examples_of, word_of
from tasks.words import EOS
from tests.tasks.drawing.strata import of_stratum

REGEXES = ["(ab|aabb)*", "a(a|b)*|b", ".*abc.*", "a*b*", "(a|b)(a|b)*", "abc"]


@pytest.mark.parametrize("recognize", [False, True])
@pytest.mark.parametrize("regex", REGEXES)
def test_sampled_rows_are_the_labels_of_their_words(regex: str, recognize: bool) -> None:
    task = task_named_or_given(regex=regex, alphabet="a b c", recognize=recognize)
    batch = task.sample(generator(task.name, "test", (1, 40), 0), (1, 40), 100)
    examples = examples_of(task, batch)
    assert examples == tuple(task.label(word_of(task, example)) for example in examples)
    np.testing.assert_array_equal(batch_of(task, examples).targets, batch.targets)
    if not recognize:
        assert all(example.targets[-1][-1] == EOS for example in examples)


def test_uniform_members_of_a_length_are_equally_likely() -> None:
    task = task_named_or_given(regex="(ab|aabb|ba)*")
    batch = of_stratum(task, "test", (6, 6), 8000)
    times = Counter(word_of(task, example) for example in examples_of(task, batch))
    assert len(times) == 8 + 2 * 2  # three of ab and ba, and aabb before or after one of them
    mean = 8000 / 12
    assert all(abs(number - mean) < 5 * sqrt(mean) for number in times.values())


def test_equal_languages_have_equal_names_and_words() -> None:
    one, other = task_named_or_given(regex="a(ba)*"), task_named_or_given(regex="(ab)*a")
    assert one.name == other.name
    assert one.name.startswith("regular_")
    drawn = [task.sample(generator(task.name, "test", (1, 9), 0), (1, 9), 20).tokens for task in (one, other)]
    np.testing.assert_array_equal(*drawn)
    assert task_named_or_given(regex="(ab)*a", alphabet="a b c").name != one.name


def test_a_length_without_words_is_said() -> None:
    task = task_named_or_given(regex="(aab)*")
    with pytest.raises(ValueError, match=r"regular_\w+ has no words of lengths 4-5"):
        task.sample(generator(task.name, "test", (4, 5), 0), (4, 5), 3)


def test_a_language_of_all_words_has_nothing_to_reject() -> None:
    task = task_named_or_given(regex="(a|b)*", recognize=True)
    with pytest.raises(ValueError, match="has no non-members of lengths 1-9"):
        task.sample(generator(task.name, "test", (1, 9), 0), (1, 9), 3)


def test_letters_that_are_verdicts_cannot_be_recognised() -> None:
    with pytest.raises(ValueError, match="has a letter 'accept', but recognition uses this word as an answer"):
        task_named_or_given(regex="accept*", alphabet="accept", recognize=True)


def test_an_automaton_of_too_many_states_or_for_too_long_words_is_refused() -> None:
    with pytest.raises(ValueError, match="has 2001 states; words are drawn from at most 2000"):
        task_named_or_given(regex="a" * 2000)
    task = task_named_or_given(regex="a" * 1500)
    with pytest.raises(ValueError, match="expected a length of at most 1332 for words of an automaton of 1501 states"):
        task.sample(generator(task.name, "test", (1, 1500), 0), (1, 1500), 1)


def test_a_regular_task_of_the_suite_is_that_of_its_expression() -> None:
    named, given = TASKS["tomita7"], task_named_or_given(regex="0*1*0*1*")
    rng, again = (generator("same", "test", (1, 30), 0) for _ in range(2))
    np.testing.assert_array_equal(named.sample(rng, (1, 30), 50).tokens, given.sample(again, (1, 30), 50).tokens)


def test_names_expressions_and_files_are_taken_and_one_of_them(tmp_path: Path) -> None:
    assert task_named_or_given("parity") is TASKS["parity"]
    assert task_named_or_given("dyck1", recognize=True).name == "dyck1:recognition"
    file = tmp_path / "even.json"
    file.write_text(
        json.dumps({"alphabet": ["a"], "start": "e", "delta": {"e": {"a": "o"}, "o": {"a": "e"}}, "finals": ["e"]})
    )
    assert task_named_or_given(dfa=str(file)).name == task_named_or_given(regex="(aa)*").name
    assert task_named_or_given(dfa=str(file)).title == "even"
    for arguments in ({}, {"name": "parity", "regex": "a"}, {"regex": "a", "dfa": str(file)}):
        with pytest.raises(ValueError, match="expected one of a task's name, --regex R and --dfa FILE"):
            task_named_or_given(**arguments)
    with pytest.raises(ValueError, match="--alphabet goes with --regex"):
        task_named_or_given("parity", alphabet="a b")
    with pytest.raises(UnknownTask, match="did you mean parity"):
        task_named_or_given("parety")


def test_worked_examples_are_right_and_nothing_is_claimed() -> None:
    task = automaton_task(live_automaton(automaton_of_regex(parse_regex("(ab|aabb)*"))), "x", "x")
    assert task.summary.splitlines()[1:] == ["a -> a b", f"a b -> a {EOS}"]
    assert {record.verdict for record in task.theory.values()} == {"unknown"}
    assert task.published == {}
    assert task.program is None
