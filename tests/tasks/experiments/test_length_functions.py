"""The functions of words: two definitions agree, counts are of the same distribution, names are checked."""

import json
from itertools import product

import numpy as np
import pytest

from tasks.__main__ import main
from tasks.drawing.randomness import generator
from tasks.experiments.length_functions import FunctionNameError, counts_of, draw_counts, get_function
from tasks.registry import TASKS

NAMES = ("simple_task:1", "simple_task:7", "mod_p_task:1:0", "mod_p_task:5:2", "mod_p_task:3:0")
GRAMS = ("in_context_k_gram:1:2", "in_context_k_gram:2:3", "in_context_k_gram:3:2")


@pytest.mark.parametrize("name", NAMES + GRAMS)
def test_samples_have_the_values_that_labels_give(name: str) -> None:
    task = get_function(name)
    batch = task.sample(generator(name, "test", (1, 14), 0), (1, 14), 400)
    for tokens, length, values in zip(batch.tokens, batch.lengths, batch.values, strict=True):
        word = tuple(task.alphabet[letter] for letter in tokens[:length])
        assert task.label(word) == pytest.approx(values)
    assert set(batch.lengths.tolist()) == set(range(task.shortest, 15))


def test_the_k_gram_has_its_value_on_every_short_word() -> None:
    task = get_function("in_context_k_gram:1:2")
    assert task.label(tuple("abaab")) == (1.0, 0.0)  # after b came a
    assert task.label(tuple("aaba")) == (0.5, 0.5)
    assert task.label(tuple("aab")) == (0.0, 0.0)  # b is new
    assert len({task.label(word) for word in product("ab", repeat=6)}) > 4


@pytest.mark.parametrize("name", NAMES)
def test_drawn_counts_have_the_distribution_of_the_words_counts(name: str) -> None:
    task = get_function(name)
    assert task.counted is not None
    period, length, size = task.counted.period, 8, 20_000
    words = counts_of(task.sample(generator(name, "words", (length, length), 0), (length, length), size), period)
    drawn = draw_counts(generator(name, "counts", (length, length), 0), period, np.full(size, length))
    assert (words.counts.sum(axis=2) == drawn.counts.sum(axis=2)).all()
    assert (words.residues == drawn.residues).all()
    # The number of ones with the last letter: 2 * (length + 1) cells, each within four standard deviations.
    cells = [np.bincount(each.counts[:, :, 1].sum(axis=1) * 2 + each.letters, minlength=18) for each in (words, drawn)]
    assert np.abs(cells[0] - cells[1]).max() < 4 * np.sqrt(2 * cells[0].max())
    pairs = [np.bincount(each.counts[:, -1, 1], minlength=length + 1) for each in (words, drawn)]
    assert np.abs(pairs[0] - pairs[1]).max() < 4 * np.sqrt(2 * pairs[0].max())


@pytest.mark.parametrize("period", [1, 2, 3, 5])
def test_drawn_counts_fill_each_residue_with_its_positions(period: int) -> None:
    lengths = np.arange(1, 40)
    drawn = draw_counts(generator("counts", "test", (1, 39), 0), period, lengths)
    for length, counts, residue in zip(lengths.tolist(), drawn.counts, drawn.residues.tolist(), strict=True):
        expected = [sum(i % period == r for i in range(1, length + 1)) for r in range(period)]
        assert counts.sum(axis=1).tolist() == expected
        assert residue == length % period


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("simple", "expected one of simple_task"),
        ("simple_task", "simple_task:OMEGA"),
        ("simple_task:0", "omega"),
        ("mod_p_task:3", "mod_p_task:P:K"),
        ("mod_p_task:3:3", "0 <= k < p"),
        ("mod_p_task:3:-1", "whole numbers"),
        ("in_context_k_gram:0:3", "k"),
        ("in_context_k_gram:1:99", "letters"),
    ],
)
def test_names_that_name_no_function_are_refused(name: str, message: str) -> None:
    with pytest.raises(FunctionNameError, match=message):
        get_function(name)


def test_words_that_the_function_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="at position 2"):
        get_function("simple_task:1").label(("0", "x"))
    with pytest.raises(ValueError, match="at least 3"):
        get_function("mod_p_task:3:0").label(("0", "1"))
    with pytest.raises(ValueError, match="at least 5"):
        get_function("mod_p_task:5:0").sample(generator("x", "y", (1, 4), 0), (1, 4), 3)


def test_no_task_of_the_benchmark_is_named_like_a_function() -> None:
    assert not [name for name in TASKS if name.split("_")[0] in ("simple", "mod")]


def test_the_command_shows_families_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == [
        "simple_task",
        "mod_p_task",
        "in_context_k_gram",
    ]
    assert main(["functions", "mod_p_task:2:1", "--lengths", "4", "-n", "3", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for record in records:
        assert record["values"] == pytest.approx(get_function("mod_p_task:2:1").label(tuple(record["tokens"])))
        assert len(record["tokens"]) == 4
    assert main(["functions", "mod_p_task:2:1", "-n", "1"]) == 0
    assert "ModPTask(2, 1)" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["nothing"], ["mod_p_task:5:0", "--lengths", "1-4"], ["simple_task:x"]])
def test_the_command_refuses_with_status_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["functions", *argv]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
