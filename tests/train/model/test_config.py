"""Configurations: refused when impossible, unchanged by JSON, and what identifies a run."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.registry import TASKS, get_task
from tasks.task import Encoding
from tasks.words import Batch
from train.ledger.identity import identity
from train.model.config import (
    ConfigError,
    ModelConfig,
    TrainConfig,
    config_from_json,
    config_to_json,
)
from train.model.recommended import Choices, recommended
from train.running.schedule import evaluated, learning_rate, start

MODEL = ModelConfig(pe="ape", layers=1, heads=2, width=16, vocabulary=6, positions=153)
CONFIG = TrainConfig(task="parity", model=MODEL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 3}, "heads=3 does not divide width=16"),
        ({"layers": 0}, "layers: expected a whole number >= 1, found 0"),
        ({"width": True}, "width: expected a whole number"),
        ({"pe": "rotary"}, "pe: expected ape, nope, rope, alibi"),
        ({"pe": "rope"}, "pe=rope and its parameters None do not go together"),
    ],
)
def test_a_model_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(MODEL, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.0}, "lr: expected a number > 0"),
        ({"lr": float("nan")}, "lr: expected a number > 0"),
        ({"max_length": 153}, "max_length=153 and the begin token need 154 positions, but the model has 153"),
        ({"max_length": 49}, "max_length: expected a whole number >= 50"),
        ({"batch_size": 2.5}, "batch_size: expected a whole number"),
        ({"regularizer": -1.0}, "regularizer: expected a number >= 0"),
        ({"regularizer_form": "l2"}, "regularizer_form"),
        ({"fit_accuracy": 1.5}, "fit_accuracy"),
        ({"patience_steps": 0}, "patience_steps: expected a whole number >= 1"),
        ({"precision": "fp16"}, "precision: expected fp32 or bf16, found 'fp16'"),
        ({"model": replace(MODEL, pe="nope"), "regularizer": 1e-4}, "regularizer: it acts on position embeddings"),
    ],
)
def test_a_training_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(CONFIG, **change)


def test_a_configuration_survives_json() -> None:
    config = replace(CONFIG, lr=1e-4, regularizer=1e-4, regularizer_form="eq8")
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "config: expected an object"),
        ({"task": "parity"}, "config: missing model"),
        (config_to_json(CONFIG) | {"speed": 3}, "config: unknown speed"),
        (config_to_json(CONFIG) | {"model": {"pe": "ape"}}, "config.model: missing heads"),
        (config_to_json(CONFIG) | {"lr": "fast"}, "lr: expected a number"),
    ],
)
def test_json_that_is_no_configuration_is_refused_by_name(value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from_json(value)


def test_a_runs_identity_depends_on_all_of_the_configuration_and_the_seed_and_on_nothing_else() -> None:
    others = [replace(CONFIG, lr=2e-3), replace(CONFIG, model=replace(MODEL, layers=2)), replace(CONFIG, task="x")]
    assert len({identity(each, 0) for each in [CONFIG, *others]} | {identity(CONFIG, 1)}) == 5
    assert identity(config_from_json(config_to_json(CONFIG)), 0) == identity(CONFIG, 0)
    assert identity(config_from_json(config_to_json(replace(CONFIG, lr=1.0)) | {"lr": 1}), 0) == identity(
        replace(CONFIG, lr=1.0), 0
    )


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("pe", ["ape", "nope"])
def test_every_task_has_a_configuration_with_room_for_its_words(name: str, pe: Any) -> None:
    config = recommended(name, pe)
    assert config.bins == ((1, 50), (51, 100), (101, 150))
    assert config.model.vocabulary == len(TASKS[name].vocabulary)
    batch = TASKS[name].sample(np.random.default_rng(0), (140, 150), 50)
    assert config.model.positions >= batch.tokens.shape[1]


def test_what_is_chosen_takes_the_place_of_what_is_recommended() -> None:
    config = recommended("parity", "ape", Choices(layers=3, heads=4, width=64, lr=0.5, train_length=20, max_length=60))
    assert (config.model.layers, config.model.heads, config.model.width, config.lr) == (3, 4, 64, 0.5)
    assert config.bins == ((1, 20), (21, 40), (41, 60))
    with pytest.raises(ConfigError, match="heads=3"):
        recommended("parity", "ape", Choices(heads=3, width=16))


@pytest.mark.parametrize(
    ("pe", "choices", "message"),
    [
        ("nope", Choices(position_scale=0.3), "position_scale: .* pe=nope learns no positions"),
        ("rope", Choices(position_scale=0.3), "position_scale: .* pe=rope learns no positions"),
        ("ape", Choices(regularizer_form="eq8"), "regularizer_form: .* regularizer is 0"),
        ("ape", Choices(least_steps=50, max_steps=20), "least_steps=50: expected at most max_steps=20"),
        ("ape", Choices(least_steps=10**6), "least_steps=1000000: expected at most max_steps="),
        ("ape", Choices(curriculum_steps=20, max_steps=20), "curriculum_steps=20: expected fewer than max_steps=20"),
        ("ape", Choices(grow_from=10, train_length=10), "grow_from=10: expected less than train_length=10"),
    ],
)
def test_a_choice_that_could_have_no_effect_is_refused(pe: str, choices: Choices, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recommended("dyck1", pe, choices)


def test_a_choice_that_has_an_effect_is_taken_beside_a_recommended_one_that_has_none() -> None:
    assert recommended("dyck1", "ape", Choices(position_scale=0.3)).position_scale == 0.3
    assert recommended("dyck1", "ape", Choices(regularizer=1e-4, regularizer_form="eq8")).regularizer_form == "eq8"
    assert recommended("dyck1", "nope", Choices(protocol="grid", max_steps=20)).least_steps > 20
    assert recommended("dyck1", "nope", Choices(least_steps=20, max_steps=20)).least_steps == 20


def test_the_initial_scale_is_that_of_the_position_embeddings_too_and_fits_the_width_where_it_is_left_out() -> None:
    scales = [recommended("dyck1", "ape", Choices(width=width)).initial_scale for width in (16, 64)]
    assert scales == [0.139, 0.069]  # 0.02 * sqrt(768 / width)
    config = recommended("dyck1", "ape", Choices(width=16, initial_scale=0.05, curriculum_steps=70))
    assert (config.initial_scale, config.position_scale, config.curriculum_steps) == (0.05, 0.05, 70)


def test_the_published_protocol_is_gpt2s_initial_weights_one_rate_and_the_end_at_the_first_fit() -> None:
    early, published = (recommended("sort", "ape", Choices(protocol=name)) for name in ("early", "published"))
    assert early == recommended("sort", "ape")
    assert (published.initial_scale, published.position_scale, published.lr) == (0.02, 0.02, 1e-3)
    assert (published.model.layers, published.model.heads, published.model.width) == (1, 2, 256)
    assert (published.batch_size, published.max_steps) == (64, 30_000)
    fitted = evaluated(published, replace(start(published, 0), step=500, fits=1), 1.0)
    assert (fitted.fit_step, fitted.end_step) == (500, 501)
    going = evaluated(published, replace(start(published, 0), step=29_750), 0.99)
    assert (going.end_step, going.stopped) == (30_000, None)
    assert learning_rate(published, going) == published.lr


@pytest.mark.parametrize(
    ("task", "pe", "shape"),
    [
        ("copy_unique", "ape", (2, 1, 64)),
        ("copy_unique", "nope", (4, 4, 256)),
        ("parity", "nope", (12, 12, 768)),
        ("majority", "nope", (1, 2, 256)),
        ("dyck1", "nope", (2, 2, 64)),
    ],
)
def test_the_published_sizes_are_those_of_the_encoding(task: str, pe: Encoding, shape: tuple[int, int, int]) -> None:
    model = recommended(task, pe, Choices(protocol="published")).model
    assert (model.layers, model.heads, model.width) == shape


def test_what_is_chosen_goes_before_the_protocol() -> None:
    config = recommended("dyck1", "nope", Choices(protocol="published", width=16, lr=1e-4))
    assert (config.model.width, config.lr, config.initial_scale) == (16, 1e-4, 0.02)


def test_a_protocol_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="protocol: expected early, grid or published, found 'fast'"):
        recommended("dyck1", "ape", Choices(protocol="fast"))  # type: ignore[arg-type]


def test_a_field_that_was_added_later_does_not_change_the_identity_of_runs_of_before() -> None:
    before = config_to_json(CONFIG)
    assert not {"least_steps", "grow_from", "dropout"} & set(before)
    assert config_from_json(before) == CONFIG
    used = replace(CONFIG, least_steps=5, grow_from=2, dropout=0.5)
    assert config_from_json(config_to_json(used)) == used
    assert identity(used, 0) != identity(CONFIG, 0)


def test_words_are_drawn_once_for_all_configurations_of_a_task() -> None:
    task, asked = get_task("dyck1"), []

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        asked.append(lengths)
        return task.sample(rng, lengths, size)

    watched = replace(task, sample=sample)
    found = [recommended(watched, "ape", Choices(lr=rate, max_length=77)) for rate in (1e-3, 3e-3, 1e-4)]
    assert asked == [(77, 77), (76, 76)]  # of odd length there is no word
    assert {config.model.positions for config in found} == {78}
