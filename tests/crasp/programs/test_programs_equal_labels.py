"""A task's own labels and its program are two definitions of one thing: they agree wherever both speak."""

import itertools

import numpy as np
import pytest

from crasp.meaning.interpreter import encode, run
from crasp.text.loader import load_program
from tasks.registry import TASKS
from tasks.samples.word_arrays import examples_of, length_of, word_of
from tasks.words import EOS

WITH_PROGRAM = [name for name, task in TASKS.items() if task.program is not None]
OTHER_PROGRAMS = {"copy_unique": ["copy_unique_ages"]}  # of tasks that have more than one
SHORT = {1: 40, 2: 8, 3: 7, 4: 6, 5: 5, 7: 5}  # number of letters -> length to which all words are compared
FEW = {  # of many letters, some; and the length to which all words over these are compared
    "majority": (("a", "b", "m", "z"), 6),
    "sort": (("0", "9", "10", "75", "140", "149"), 4),
    "copy_unique": (("0", "9", "10", "75", "140", "149"), 4),
    "unique_reverse": (("0", "9", "10", "75", "140", "149"), 4),
    "unique_bigram_copy": (("0", "7", "15"), 7),
    "count": (tuple(str(number) for number in range(0, 150, 3)), 2),
}
LONGER = {"binary_majority_interleave": 9}  # three words of three bits: of one bit or two all answers are plain
LEAST = {"repeat_letter": 16}  # of words over two letters those of one letter alone have an answer: two of each length
EDITED, EDITED_OF_MANY = 100, 20


def programs_of(task):
    """The names of the library's programs for the task."""
    return [task.program, *OTHER_PROGRAMS.get(task.name, ())]


def outputs_of(name, words):
    """What the program allows after each prefix of each word."""
    program = load_program(f"lib:{name}")
    names = [EOS if token == "eos" else token for token, _ in program.next]
    allowed = run(program, encode(program.alphabet, words)).next
    return [
        [tuple(name for name, holds in zip(names, allowed[row, i], strict=True) if holds) for i in range(len(word) + 1)]
        for row, word in enumerate(words)
    ]


def labelled(task, words):
    """The labels of the words that have any."""
    for word in words:
        try:
            yield task.label(word)
        except ValueError:
            continue


def assert_equal_labels(task, examples):
    """Compare at every judged position; a task's `<bos>` is position 0, and `<eos>` is never read."""
    words = [tuple(token for token in example.tokens[1:] if token != EOS) for example in examples]
    for name in programs_of(task):
        for example, outputs in zip(examples, outputs_of(name, words), strict=True):
            for position, targets in zip(example.judged, example.targets, strict=True):
                assert outputs[position] == targets, (name, example.tokens, position)


@pytest.mark.parametrize("name", [name for name in WITH_PROGRAM if len(TASKS[name].alphabet) in SHORT])
def test_labels_of_all_short_words_are_what_the_program_allows(name):
    task = TASKS[name]
    lengths = range(LONGER.get(name, SHORT[len(task.alphabet)]) + 1)
    words = [word for n in lengths for word in itertools.product(task.alphabet, repeat=n)]
    examples = list(labelled(task, words))
    assert len(examples) >= LEAST.get(name, len(words) // 2 + 1)
    assert_equal_labels(task, examples)


@pytest.mark.parametrize("name", FEW)
def test_labels_of_all_short_words_of_a_few_letters_are_what_the_program_allows(name):
    task, (letters, longest) = TASKS[name], FEW[name]
    words = [word for n in range(longest + 1) for word in itertools.product(letters, repeat=n)]
    words += [(letter,) for letter in task.alphabet]
    examples = list(labelled(task, words))
    assert len(examples) > 300
    assert_equal_labels(task, examples)


@pytest.mark.parametrize("name", WITH_PROGRAM)
def test_targets_of_samples_are_what_the_program_allows(name):
    task = TASKS[name]
    size = 30 if len(task.alphabet) > 100 else 50
    batch = task.sample(np.random.default_rng([150, size]), (1, 150), size)
    assert_equal_labels(task, examples_of(task, batch))


def edited(rng, word, letters):
    """The word with one letter put in, taken out or changed, or with two neighbours exchanged."""
    place, letter = rng.integers(len(word)), letters[rng.integers(len(letters))]
    before, one, after = word[:place], word[place : place + 1], word[place + 1 :]
    kinds = [(*before, letter, *one, *after), (*before, *after), (*before, letter, *after)]
    return [*kinds, (*before, *after[:1], *one, *after[1:])][rng.integers(4)]


@pytest.mark.parametrize("name", WITH_PROGRAM)
def test_labels_of_members_to_length_150_with_single_edits_are_what_the_program_allows(name):
    task = TASKS[name]
    rng = np.random.default_rng([151, len(task.alphabet)])
    size = EDITED_OF_MANY if name in FEW else EDITED
    drawn = examples_of(task, task.sample(rng, (1, 150), size))
    words = [word_of(task, example) for example in drawn]
    assert max(length_of(task, example) for example in drawn) > 130
    changed = list(labelled(task, [edited(rng, word, task.alphabet) for word in words]))
    assert len(changed) > size / 8
    assert_equal_labels(task, changed)


def test_every_task_said_to_generalise_has_a_program_that_all_three_comparisons_see():
    assert {name for name, task in TASKS.items() if task.theory["ape"].verdict == "generalizes"} == set(WITH_PROGRAM)
    assert all(len(TASKS[name].alphabet) in SHORT or name in FEW for name in WITH_PROGRAM)
    for name in WITH_PROGRAM:
        witnesses = {record.witness for record in TASKS[name].theory.values() if record.verdict == "generalizes"}
        assert witnesses == {TASKS[name].program}
