"""The horizon is found by asking few lengths, and the traits of a model say what they say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tasks.task import Task
from tests.train.model.written_models import read_gpt2
from tests.train.small import FIRST, LAST, small
from train.ledger.accuracy import BinAccuracy
from train.ledger.horizon import Horizon, find_horizon, horizon_from_json
from train.ledger.ledger import Ledger
from train.ledger.result import result_from_json, result_to_json
from train.model.config import TrainConfig
from train.model.model import initial, logits, unflatten
from train.running.batches import stacked
from train.running.engine import Options, train
from train.running.evaluation import held_out_layouts, words_found
from train.running.model_traits import traits
from train.running.objective import margins

HALF_WAY = {"first": 30, "last": 30}  # steps after which some words are right and some are not


def accuracy(length: int, share: float, worst: float) -> BinAccuracy:
    """Of 1000 words this share is right, of the 250 in one stratum this one."""
    inner = round(250 * worst)
    right = round(1000 * share)
    return BinAccuracy((length, length), right, 1000, strata=(("uniform", right - inner, 750), ("pairs", inner, 250)))


@given(at=st.integers(0, 700), worst_at=st.integers(0, 700), start=st.integers(1, 60), times=st.integers(1, 10))
def test_the_horizon_is_where_the_accuracy_falls_up_to_a_twentieth(
    at: int, worst_at: int, start: int, times: int
) -> None:
    asked: list[int] = []
    worst_at = min(at, worst_at)

    def probe(length: int) -> BinAccuracy:
        asked.append(length)
        return accuracy(length, 0.95 if length <= at else 0.5, 0.92 if length <= worst_at else 0.1)

    limit = start * times
    found = find_horizon(probe, start, limit)
    assert len(asked) == len(set(asked)) <= 40
    for name, truth in (("90", at), ("worst_90", worst_at)):
        truth = min(truth, limit)
        assert found.lengths[name] <= truth
        assert truth - found.lengths[name] <= max(1, 0.05 * truth + 1)
    assert found.lengths["99"] == found.lengths["worst_99"] == 0
    assert found.tested == max(asked) <= limit
    assert horizon_from_json(found.record()) == found


def test_lengths_without_words_are_passed_over() -> None:
    def probe(length: int) -> BinAccuracy | None:
        return accuracy(length, 1.0, 1.0) if length % 4 == 0 and length <= 48 else None

    assert find_horizon(probe, 12, 120).lengths["99"] == 48
    assert find_horizon(lambda _: None, 12, 120) == Horizon(dict.fromkeys(("90", "99", "worst_90", "worst_99"), 0), 0)


@given(
    at=st.integers(0, 300),
    start=st.integers(1, 30),
    times=st.integers(1, 10),
    step=st.integers(1, 12),
    first=st.integers(0, 11),
)
def test_the_horizon_is_as_close_where_most_lengths_have_no_words(
    at: int, start: int, times: int, step: int, first: int
) -> None:
    """The exact horizon is the longest length with words at which the model is right."""
    limit = start * times
    lengths = [length for length in range(1, limit + 1) if length % step == first % step]

    def probe(length: int) -> BinAccuracy | None:
        share = 1.0 if length <= at else 0.0
        return accuracy(length, share, share) if length in lengths else None

    found = find_horizon(probe, start, limit)
    truth = max((length for length in lengths if length <= at), default=0)
    following = min((length for length in lengths if length > found.lengths["90"]), default=limit + 1)
    assert found.lengths["90"] <= truth
    assert following > truth or truth - found.lengths["90"] <= max(1, 0.05 * truth + 1)
    assert found.tested == 0 or found.lengths["90"] == truth == found.tested or found.tested > truth


@pytest.mark.parametrize("task", [FIRST, LAST], ids=lambda task: task.name)
def test_a_margin_is_positive_exactly_where_the_word_is_right(task: Task, tmp_path: Path) -> None:
    config = replace(small(task), max_steps=HALF_WAY[task.name])
    ledger = Ledger(tmp_path)
    train(task, config, (0,), ledger, Options())
    flat = torch.from_numpy(read_gpt2(ledger.path(config, 0)).flat[None])
    layouts = held_out_layouts(task, config, config.train_length)
    right = words_found(task, config, flat, layouts)[0]
    found = []
    for layout in layouts:
        judged = stacked([(layout, 0)], "cpu")
        found.append(margins(task, logits(unflatten(flat, config.model), config.model, judged.rows), judged)[0])
    assert ((torch.cat(found) > 0) == right).all()
    assert 0 < int(right.sum()) < len(right), "the check sees both"


def weights(config: TrainConfig) -> torch.Tensor:
    drawn = initial(np.random.default_rng(1), config.model, scale=0.5, position_scale=0.5)
    return torch.from_numpy(drawn[None])


def test_traits_are_of_the_held_out_words_and_noise_raises_a_fitted_models_loss(tmp_path: Path) -> None:
    config = replace(small(LAST), max_steps=200, cooldown_steps=30)
    (result,) = train(LAST, config, (0,), Ledger(tmp_path), Options())
    assert result.fitted
    assert result.traits is not None
    assert result.traits["margin"] <= result.traits["margin_5"]
    assert result.traits["loss"] < 0.1
    assert result.traits["flatness"] > 0
    assert result.traits["position_norm"] > 0
    assert result.horizon is not None
    assert 0 < result.horizon.lengths["99"] <= result.horizon.tested <= config.max_length
    assert result_from_json(result_to_json(result)) == result
    untrained = traits(LAST, config, 0, weights(config), held_out_layouts(LAST, config, 6))
    assert untrained.loss > result.traits["loss"]
    assert untrained.margin < 0


def test_a_run_that_does_not_fit_has_no_horizon_and_without_positions_it_reaches_ten_times(tmp_path: Path) -> None:
    config = replace(small(LAST, "nope"), max_steps=1)
    (result,) = train(LAST, config, (0,), Ledger(tmp_path), Options())
    assert (result.fitted, result.horizon) == (False, None)
    assert result.traits is not None
    assert result.traits["position_norm"] == 0
    trained = replace(small(LAST, "nope"), max_steps=300, lr=3e-2, cooldown_steps=60)
    (result,) = train(LAST, trained, (0,), Ledger(tmp_path), Options())
    assert result.fitted
    assert result.horizon is not None
    assert result.horizon.tested > trained.max_length
