"""A task's own labels and its program are two definitions of one thing: they agree wherever both speak."""

import itertools

import numpy as np
import pytest

from crasp.interpreter import encode, run
from crasp.loader import load_program
from tasks.registry import TASKS
from tasks.task import EOS, PAD

WITH_PROGRAM = [name for name, task in TASKS.items() if task.program is not None]
SHORT = {1: 40, 2: 8, 3: 7, 4: 6, 5: 5}  # number of letters -> length to which all words are compared
LONGER = {"binary_majority_interleave": 9}  # three words of three bits: of one bit or two all answers are plain
EDITED = 200


def outputs_of(task, words):
    """What the program allows after each prefix of each word."""
    program = load_program(f"lib:{task.program}")
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
    for example, outputs in zip(examples, outputs_of(task, words), strict=True):
        for position, targets in zip(example.judged, example.targets, strict=True):
            assert outputs[position] == targets, (example.tokens, position)


@pytest.mark.parametrize("name", [name for name in WITH_PROGRAM if len(TASKS[name].alphabet) in SHORT])
def test_labels_of_all_short_words_are_what_the_program_allows(name):
    task = TASKS[name]
    lengths = range(LONGER.get(name, SHORT[len(task.alphabet)]) + 1)
    words = [word for n in lengths for word in itertools.product(task.alphabet, repeat=n)]
    examples = list(labelled(task, words))
    assert len(examples) > len(words) / 2
    assert_equal_labels(task, examples)


@pytest.mark.parametrize("name", WITH_PROGRAM)
def test_targets_of_samples_are_what_the_program_allows(name):
    task = TASKS[name]
    size = 30 if len(task.alphabet) > 100 else 100
    batch = task.sample(np.random.default_rng([150, size]), (1, 150), size)
    names = np.array(task.vocabulary)
    rows = [[token for token in names[row] if token != PAD] for row in batch.tokens]
    outputs = outputs_of(task, [tuple(token for token in row[1:] if token != EOS) for row in rows])
    for row in range(size):
        for position in np.flatnonzero(batch.judged[row]):
            target = batch.targets[row, position]
            expected = names[list(task.outputs)][target] if target.ndim else names[[target]]
            assert outputs[row][position] == tuple(expected), (rows[row], position)


@pytest.mark.parametrize("name", [name for name in WITH_PROGRAM if TASKS[name].format == "continuations"])
def test_labels_of_long_words_with_mistakes_are_what_the_program_allows(name):
    task = TASKS[name]
    rng = np.random.default_rng([151, len(task.alphabet)])
    batch = task.sample(rng, (20, 150), EDITED)
    words = []
    for row, length in zip(batch.tokens, batch.lengths, strict=True):
        letters = row[1 : length + 1].copy()
        places = rng.integers(length, size=rng.integers(1, 4))
        letters[places] = rng.integers(len(task.alphabet), size=len(places))
        words.append(tuple(task.alphabet[letter] for letter in letters))
    assert_equal_labels(task, [task.label(word) for word in words])
