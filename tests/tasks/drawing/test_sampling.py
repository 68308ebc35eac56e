"""Every task's sampler against its labels, and the lengths it draws."""

from itertools import product

import numpy as np
import pytest

from tasks.drawing.lengths import inside
from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import batch_of, examples_of, length_of, word_of
from tasks.words import PAD, Batch
from tests.cases import few

BINS = [(1, 12), (101, 150), (51, 100), (1, 50)]


def sample(task: str, lengths: tuple[int, int], size: int, *, seed: int = 0) -> Batch:
    return get_task(task).sample(generator(task, "test", lengths, seed), lengths, size)


def assert_equal(one: Batch, other: Batch) -> None:
    for field in ("tokens", "judged", "targets", "lengths"):
        mine, theirs = getattr(one, field), getattr(other, field)
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)


# Of each task words of one range, which is another one for the next task.
@pytest.mark.parametrize(("name", "lengths"), few(product(TASKS, BINS), len(BINS) + 1, rows=True))
def test_every_sampled_row_is_the_label_of_its_word(name: str, lengths: tuple[int, int]) -> None:
    task = get_task(name)
    batch = sample(name, lengths, 200)
    examples = examples_of(task, batch)
    assert examples == tuple(task.label(word_of(task, example)) for example in examples)
    assert_equal(batch_of(task, examples), batch)


@pytest.mark.parametrize("lengths", [(4, 6), (62, 66), (126, 130), (600, 700)], ids=str)
@pytest.mark.parametrize("name", ["addition", "majority", "parity", "copy_repeat"])
def test_samples_are_labels_around_the_sizes_that_are_drawn_otherwise(name: str, lengths: tuple[int, int]) -> None:
    """Sums of one number of 64 bits and of several; widths to which rows are copied and beyond; few rows and many."""
    task = get_task(name)
    for size in (5, 300):
        examples = examples_of(task, sample(name, lengths, size))
        assert examples == tuple(task.label(word_of(task, example)) for example in examples)


@pytest.mark.parametrize("width", [1, 7, 512, 513])
def test_rows_are_marked_alike_however_many_there_are(width: int) -> None:
    lengths = np.array([0, 1, width // 2, width - 1, width, width + 3, -2] * 100)
    marked = inside(lengths, width)
    np.testing.assert_array_equal(marked, np.arange(width) < lengths[:, None])
    for row, length in zip(marked[:7], lengths[:7], strict=True):
        np.testing.assert_array_equal(inside(np.array([length]), width)[0], row)


@pytest.mark.parametrize("name", TASKS)
def test_sampled_words_of_a_language_are_members(name: str) -> None:
    task = get_task(name)
    if task.format == "continuations":
        ends = [example.targets[-1][-1] for example in examples_of(task, sample(name, (1, 50), 200))]
        assert set(ends) == {"<eos>"}


STEPS = {  # which lengths exist; all others do
    **dict.fromkeys(("d_2", "d_3", "d_4", "d_12", "dyck1", "shuffle2", "tomita2", "tomita5", "aa_star", "anbn"), 2),
    **dict.fromkeys(("binary_majority_interleave", "anbncn"), 3),
    **dict.fromkeys(("aaaa_star", "abab_star", "anbncndn"), 4),
}
SHORTEST = {"addition": 4, "aabbccddee": 5}


@pytest.mark.parametrize("name", few(TASKS, 3, also=[*STEPS, *SHORTEST][::2]))
def test_lengths_fill_the_range_evenly_and_are_those_of_the_words(name: str) -> None:
    task, size = get_task(name), 2000
    batch = sample(name, (3, 22), size)
    assert [length_of(task, example) for example in examples_of(task, batch)] == batch.lengths.tolist()
    exist = [n for n in range(3, 23) if n % STEPS.get(name, 1) == 0 and n >= SHORTEST.get(name, 0)]
    found, times = np.unique(batch.lengths, return_counts=True)
    assert found.tolist() == exist
    expected = size / len(exist)
    assert np.abs(times - expected).max() < 5 * np.sqrt(expected)  # five standard deviations


@pytest.mark.parametrize("name", few(TASKS, 2))
def test_equal_names_give_equal_words_and_other_seeds_others(name: str) -> None:
    assert_equal(sample(name, (1, 50), 50), sample(name, (1, 50), 50))
    if name not in {
        "aa_star",
        "aaaa_star",
        "abab_star",
        "tomita1",
        "tomita2",
        "anbn",
        "anbncn",
        "anbncndn",
    }:  # one word of a length
        other = sample(name, (1, 50), 50, seed=1).tokens
        assert not np.array_equal(sample(name, (1, 50), 50).tokens, other)


@pytest.mark.parametrize(
    ("name", "lengths"),
    [
        ("aa_star", (7, 7)),
        ("aaaa_star", (5, 7)),
        ("dyck1", (51, 51)),
        ("d_12", (3, 3)),
        ("aabbccddee", (0, 4)),
        ("012_star_0_2_star", (0, 0)),
        ("copy_unique", (151, 200)),
        ("majority", (0, 0)),
        ("addition", (1, 3)),
        ("binary_majority_interleave", (1, 2)),
        ("sort", (151, 200)),
        ("unique_reverse", (151, 200)),
        ("unique_bigram_copy", (258, 300)),
        ("count", (151, 200)),
        ("count", (0, 0)),
        ("shuffle2", (7, 7)),
        ("anbncndn", (5, 7)),
        ("bool3", (0, 0)),
        ("bool5", (1001, 1002)),
    ],
)
def test_a_range_without_words_is_refused(name: str, lengths: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=rf"{name} has no words of lengths {lengths[0]}-{lengths[1]}"):
        sample(name, lengths, 4)


@pytest.mark.parametrize("lengths", [(5, 4), (-1, 4)], ids=str)
@pytest.mark.parametrize("name", ["parity", "dyck1", "tomita4"])
def test_a_range_that_is_none_is_refused(name: str, lengths: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected lengths A-B"):
        sample(name, lengths, 4)


@pytest.mark.parametrize("name", TASKS)
def test_no_words_are_an_empty_batch(name: str) -> None:
    task = get_task(name)
    batch = sample(name, (4, 50), 0)
    assert len(batch.tokens) == len(batch.judged) == len(batch.targets) == len(batch.lengths) == 0
    assert batch.targets.ndim == (3 if task.format == "continuations" else 2)


def test_a_negative_number_of_words_is_refused() -> None:
    with pytest.raises(ValueError, match="size=-1"):
        sample("parity", (1, 5), -1)


def test_examples_of_different_lengths_make_one_padded_batch() -> None:
    task = get_task("binary_majority")
    batch = batch_of(task, [task.label(("0", "1", "1")), task.label(("0",))])
    bos, sep, eos, pad = range(2, 6)
    assert task.vocabulary[pad] == PAD
    assert batch.tokens.tolist() == [[bos, 0, 1, 1, sep, 1, eos], [bos, 0, sep, 0, eos, pad, pad]]
    assert batch.judged.tolist() == [[*[False] * 4, True, True, False], [False, False, True, True, *[False] * 3]]
    assert batch.targets.tolist() == [[pad, pad, pad, pad, 1, eos, pad], [pad, pad, 0, eos, pad, pad, pad]]
    assert batch.lengths.tolist() == [3, 1]


def test_outputs_of_continuations_are_the_letters_then_the_end() -> None:
    task = get_task("dyck1")
    batch = batch_of(task, [task.label(("(", ")")), task.label(())])
    assert batch.tokens.tolist() == [[2, 0, 1], [2, 5, 5]]
    assert batch.judged.tolist() == [[True, True, True], [True, False, False]]
    at_start, nothing = [True, False, True], [False, False, False]
    assert batch.targets.tolist() == [[at_start, [True, True, False], at_start], [at_start, nothing, nothing]]
