"""Accuracy by stratum in a result: counted, kept, absent in older results, refused where it does not add up."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tests.train.ledger.test_by_length import RESULT
from train.ledger.accuracy import BinAccuracy, batch_accuracy
from train.ledger.result import Result, ResultError, result_from_json, result_to_json

WITH_STRATA = replace(
    RESULT,
    bins=(
        replace(RESULT.bins[0], strata=(("uniform", 3, 3), ("sticky", 1, 1), ("pairs", 1, 2)), distinct=4),
        replace(RESULT.bins[1], strata=(("uniform", 1, 3),), distinct=3),
    ),
)


def written(result: Result) -> Any:
    return json.loads(json.dumps(result_to_json(result)))


def test_words_of_a_batch_are_counted_by_stratum() -> None:
    task = get_task("012_star_0_2_star")
    batch = task.sample(generator(task.name, "test", (1, 50), 0), (1, 50), 400)
    assert batch.strata is not None
    right = batch.strata != STRATA.index("pairs")
    found = batch_accuracy((1, 50), batch, right)
    assert [(name, correct == total) for name, correct, total in found.strata] == [
        ("uniform", True),
        ("sticky", True),
        ("pairs", False),
    ]
    assert found.worst_stratum == ("pairs", 0, int((~right).sum()))
    assert sum(total for *_, total in found.strata) == found.total == 400
    assert sum(correct for _, correct, _ in found.strata) == found.correct


def test_words_that_are_drawn_again_are_counted_once_as_different_words() -> None:
    task = get_task("aa_star")
    batch = task.sample(generator(task.name, "test", (51, 100), 0), (51, 100), 500)
    found = batch_accuracy((51, 100), batch, batch.lengths < 60)
    assert found.distinct == 25
    assert found.first_wrong_length == 60


def test_without_a_wrong_word_there_is_no_first_wrong_length() -> None:
    assert BinAccuracy((1, 4), 2, 2, ((1, 1, 1), (4, 1, 1))).first_wrong_length is None


def test_strata_are_read_as_they_were_written() -> None:
    assert written(WITH_STRATA)["bins"][0]["strata"] == {
        "uniform": {"correct": 3, "total": 3},
        "sticky": {"correct": 1, "total": 1},
        "pairs": {"correct": 1, "total": 2},
    }
    assert written(WITH_STRATA)["bins"][0]["distinct"] == 4
    assert result_from_json(written(WITH_STRATA)) == WITH_STRATA


def test_a_result_without_strata_is_read_too() -> None:
    assert "strata" not in written(RESULT)["bins"][0]
    assert result_from_json(written(RESULT)) == RESULT
    assert RESULT.bins[0].worst_stratum is None


@pytest.mark.parametrize("name", ["correct", "total"])
def test_strata_that_do_not_add_up_are_refused(name: str) -> None:
    value = written(WITH_STRATA)
    value["bins"][0]["strata"]["pairs"][name] += 1
    with pytest.raises(ResultError, match="strata do not add up to 5 of 6"):
        result_from_json(value)


def test_the_rows_of_a_batch_keep_their_strata() -> None:
    task = get_task("dyck1")
    batch = task.sample(generator(task.name, "test", (1, 50), 0), (1, 50), 50)
    assert batch.strata is not None
    chosen = np.array([7, 3, 3])
    part = batch.rows(chosen)
    assert part.strata is not None
    assert part.strata.tolist() == batch.strata[chosen].tolist()
    assert part.lengths.tolist() == batch.lengths[chosen].tolist()
