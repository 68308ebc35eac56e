"""Counts of each length in a result: kept as they are, absent in older results, refused where they do not add up."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.train.small import small
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import Result, ResultError, result_from_json, result_to_json

BINS = (
    BinAccuracy((1, 6), 5, 6, ((1, 2, 2), (5, 3, 4))),
    BinAccuracy((7, 12), 1, 3, ((7, 1, 1), (12, 0, 2))),
)
RESULT = Result(
    config=small(),
    seed=1,
    steps=10,
    fit_step=None,
    stopped="budget",
    loss=0.5,
    training_accuracy=0.5,
    bins=BINS,
    seconds=1.0,
    cpu_seconds=1.0,
    versions={"torch": "2.13.0"},
    device="cpu",
)


def written(result: Result) -> Any:
    return json.loads(json.dumps(result_to_json(result)))


def test_counts_of_each_length_are_read_as_they_were_written() -> None:
    assert written(RESULT)["bins"][0] == {
        "lengths": [1, 6],
        "correct": 5,
        "total": 6,
        "by_length": [[1, 2, 2], [5, 3, 4]],
    }
    assert result_from_json(written(RESULT)) == RESULT


def test_a_result_without_counts_of_each_length_is_read_too() -> None:
    older = replace(RESULT, bins=tuple(replace(each, by_length=()) for each in BINS))
    assert "by_length" not in written(older)["bins"][0]
    assert result_from_json(written(older)) == older


@pytest.mark.parametrize("counts", [[1, 1, 2], [1, 2, 3]], ids=["fewer right", "more tried"])
def test_counts_that_do_not_add_up_are_refused(counts: list[int]) -> None:
    value = written(RESULT)
    value["bins"][0]["by_length"][0] = counts
    with pytest.raises(ResultError, match="does not add up to 5 of 6"):
        result_from_json(value)
