"""What is known to be wrong with the published data is not wrong here, defect by defect."""

import itertools
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from tasks.commands.words_commands import OTHER_LENGTHS, TRAIN_LENGTHS, planned_splits
from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tasks.samples.named_words import Split, batches
from tasks.samples.repeated_words import repeats
from tasks.words import EOS, PAD
from tests.cases import few
from tests.tasks.drawing.strata import uniform_rows

ONE_WORD_OF_A_LENGTH = {"tomita1", "tomita2", "aa_star", "aaaa_star", "abab_star", "anbn", "anbncn", "anbncndn"}


def test_labels_of_012_star_0_2_star_are_those_of_its_expression_not_of_012_star_0_22_star() -> None:
    task, others = get_task("012_star_0_2_star"), 0
    for length in range(9):
        for word in itertools.product("012", repeat=length):
            may_end = EOS in task.label(word).targets[-1]
            assert may_end == bool(re.fullmatch("[012]*02*", "".join(word)))
            others += may_end != bool(re.fullmatch("[012]*022*", "".join(word)))
    assert others == sum(3**length for length in range(8))  # the words that end in 0


def test_labels_do_not_depend_on_the_order_of_sets() -> None:
    program = (
        "import json; from tasks.registry import TASKS; from tasks.drawing.randomness import generator\n"
        "for name in ('tomita4', 'tomita7', 'd_3', 'bool5', 'majority', 'ab_star_d_bc_star'):\n"
        "    batch = TASKS[name].sample(generator(name, 'seeds', (1, 40), 0), (1, 40), 50)\n"
        "    print(name, batch.tokens.tolist(), batch.targets.tolist())\n"
        "from tasks.given_tasks import task_named_or_given\n"
        "task = task_named_or_given(regex='(ab|b?c)*d|ca')\n"
        "batch = task.sample(generator('given', 'seeds', (1, 40), 0), (1, 40), 50)\n"
        "print(task.name, task.vocabulary, batch.tokens.tolist(), batch.targets.tolist())\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(printed) == 1
    assert len(printed.pop()) > 10_000


@pytest.mark.parametrize("name", TASKS)
def test_every_token_that_is_to_be_judged_is_and_no_padding_is(name: str) -> None:
    task = get_task(name)
    batch = task.sample(generator(name, "padding", (4, 40), 0), (4, 40), 100)
    filled = batch.tokens != task.vocabulary.index(PAD)
    ends = batch.tokens == task.vocabulary.index(EOS)
    assert not (batch.judged & ~filled).any()
    assert not (batch.judged & ends).any()  # nothing is asked after the end
    last = filled.sum(axis=1) - 1 - ends.any(axis=1)  # (words,) the last position that something follows
    assert batch.judged[np.arange(len(last)), last].all()
    if task.format == "continuations":
        np.testing.assert_array_equal(batch.judged, filled)
        np.testing.assert_array_equal(batch.targets.any(axis=2), filled)
    else:
        np.testing.assert_array_equal(batch.targets != task.vocabulary.index(PAD), batch.judged)
        following = batch.tokens[:, 1:][batch.judged[:, :-1]]
        np.testing.assert_array_equal(batch.targets[batch.judged], following)


def test_bins_of_lengths_do_not_overlap() -> None:
    assert OTHER_LENGTHS.split(",", maxsplit=1)[0] == TRAIN_LENGTHS
    bins = [split.lengths for split in planned_splits(["test"], None, None, 0)]
    for (_, longest), (shortest, _) in itertools.pairwise(bins):
        assert shortest == longest + 1


@pytest.mark.parametrize("name", few(TASKS, 2))
def test_lengths_of_each_bin_are_in_it_to_both_its_ends(name: str) -> None:
    task = get_task(name)
    for split in planned_splits(["test"], None, 3000, 0):
        lengths = {int(length) for batch in batches(task, split) for length in batch.lengths}
        assert split.lengths[0] <= min(lengths) <= split.lengths[0] + 4  # (abc)-like tasks lack some lengths
        assert split.lengths[1] - 3 <= max(lengths) <= split.lengths[1]


@pytest.mark.parametrize("name", [name for name in TASKS if name not in ONE_WORD_OF_A_LENGTH])
def test_splits_share_no_randomness(name: str) -> None:
    """Uniform words of 30 letters and more of different splits, seeds or tasks agree no more than chance has it."""
    task, lengths = get_task(name), (30, 50)
    splits = [Split("train", lengths, 200), Split("test", lengths, 200), Split("test", lengths, 200, seed=1)]
    drawn = [batch for split in splits for batch in batches(task, split)]  # a batch for each of them
    words = [[row.tobytes() for row in batch.tokens[uniform_rows(batch)]] for batch in drawn]
    # Of these there are not many words.
    few = {"aabbccddee": 3, "count": 3, "tomita7": 3, "repeat_letter": 10}.get(name, 0)
    for one, other in itertools.combinations(words, 2):
        assert sum(a == b for a, b in zip(one, other, strict=False)) <= few
    assert len({generator(name, split.name, split.lengths, split.seed).random() for split in splits}) == 3


@pytest.mark.parametrize("name", sorted(ONE_WORD_OF_A_LENGTH))
def test_test_words_that_occur_in_training_are_reported(name: str) -> None:
    found = repeats(get_task(name), Split("train", (1, 20), 2000), Split("test", (1, 20), 100))
    assert found.repeated == 100
    assert "of 100 test words of lengths 1-20, 100 occur among 2,000 training words" in str(found)
