"""SGD and Muon: each step is the library's, and a run with them is resumed, stacked and named apart from AdamW's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import Parameter

from tests.train.model.written_models import read_gpt2
from tests.train.small import FIRST, small
from train.ledger.identity import identity
from train.ledger.ledger import Ledger
from train.model.config import ConfigError, Optimizer, TrainConfig, config_from_json, config_to_json
from train.model.model import initial, unflatten
from train.model.optimizer import Moments, Pace, decay_mask, move, orthogonal
from train.model.recommended import Choices, recommended
from train.running.engine import Options, train
from train.running.progress import Progress

Optimizers = list[torch.optim.Optimizer]


def config_of(optimizer: Optimizer) -> TrainConfig:
    momentum = 0.0 if optimizer == "adamw" else 0.9
    return replace(small(), optimizer=optimizer, momentum=momentum, lr=0.03, max_steps=12, cooldown_steps=5)


def apart(arrays: Mapping[str, Tensor], row: int) -> dict[str, Tensor]:
    """One model's arrays, its queries, keys and values as arrays of their own."""
    found = {}
    for name, value in arrays.items():
        parts = value[row].chunk(3, dim=-1) if "c_attn.weight" in name else [value[row]]
        found |= {f"{name}.{k}": part.detach().clone() for k, part in enumerate(parts)}
    return found


def steps_agree(config: TrainConfig, library: Callable[[dict[str, Parameter]], Optimizers], closeness: float) -> None:
    """Five steps of two models are those of the library, of the second at the rate 0.03."""
    made = [initial(np.random.default_rng(seed), config.model, scale=0.5, position_scale=0.5) for seed in (0, 1)]
    flat, decay = torch.from_numpy(np.stack(made)), 0.1 * decay_mask(config.model, "cpu")
    known = {name: Parameter(value) for name, value in apart(unflatten(flat, config.model), 1).items()}
    optimizers, moments = library(known), Moments(torch.zeros_like(flat), torch.zeros_like(flat))
    for step in range(1, 6):
        gradient = torch.randn(flat.shape, generator=torch.Generator().manual_seed(step))
        for name, value in apart(unflatten(gradient, config.model), 1).items():
            known[name].grad = value
        for each in optimizers:
            each.step()
        move(config, flat, gradient, moments, [Pace(0.5, step), Pace(0.03, step)], decay)
    for name, value in apart(unflatten(flat, config.model), 1).items():
        torch.testing.assert_close(value, known[name].detach(), atol=closeness, rtol=0, msg=name)


def split(known: dict[str, Parameter], *, hidden: bool) -> tuple[list[Parameter], list[dict[str, Any]]]:
    """The blocks' matrices where they are meant, and the rest as groups with and without weight decay."""
    matrices = [name for name in known if hidden and name.startswith("h.") and known[name].ndim == 2]
    rest = [each for name, each in known.items() if name not in matrices]
    groups = [
        {"params": [each for each in rest if each.ndim == 2], "weight_decay": 0.1},
        {"params": [each for each in rest if each.ndim == 1], "weight_decay": 0.0},
    ]
    return [known[name] for name in matrices], groups


def test_sgd_is_the_librarys_with_momentum_and_a_decay_that_is_not_in_the_momentum() -> None:
    def library(known: dict[str, Parameter]) -> Optimizers:
        decaying = [each for each in known.values() if each.ndim == 2]
        shrink = torch.optim.SGD(decaying, lr=0.0)  # the library has the decay in the gradient: here it goes first
        shrink.register_step_pre_hook(lambda *_: [each.data.mul_(1 - 0.03 * 0.1) for each in decaying] and None)
        return [shrink, torch.optim.SGD(known.values(), lr=0.03, momentum=0.9)]

    steps_agree(config_of("sgd"), library, 1e-6)


def test_muon_is_the_librarys_on_the_blocks_matrices_and_adamw_on_the_rest() -> None:
    def library(known: dict[str, Parameter]) -> Optimizers:
        matrices, groups = split(known, hidden=True)
        assert len(matrices) == 6
        muon = torch.optim.Muon(matrices, lr=0.03, weight_decay=0.1, momentum=0.9, adjust_lr_fn="match_rms_adamw")
        return [muon, torch.optim.AdamW(groups, lr=0.03)]

    steps_agree(config_of("muon"), library, 2e-3)  # the library iterates in bf16; five steps move an entry by 0.03


def test_what_is_made_orthogonal_has_singular_values_near_one() -> None:
    random = torch.Generator().manual_seed(0)
    for rows, columns in ((8, 8), (8, 32)):
        made = orthogonal(torch.randn(3, 2, rows, columns, generator=random))
        values = torch.linalg.svdvals(made)
        assert 0.3 < float(values.min()) <= float(values.max()) < 1.3


@pytest.mark.parametrize("optimizer", ["sgd", "muon"])
def test_a_training_that_is_cut_down_ends_as_if_it_had_not_been_and_a_seed_learns_the_same_alone(
    optimizer: Optimizer, tmp_path: Path
) -> None:
    config, cuts = config_of(optimizer), 0
    whole = train(FIRST, config, (0, 1), Ledger(tmp_path / "whole"), Options())

    def cut(_: Progress) -> None:
        raise InterruptedError

    while cuts < 20:
        try:
            options = Options(checkpoint_seconds=0.0, on_progress=cut, report_seconds=0.0)
            train(FIRST, config, (0, 1), Ledger(tmp_path / "cut"), options)
            break
        except InterruptedError:
            cuts += 1
    (alone,) = train(FIRST, config, (1,), Ledger(tmp_path / "alone"), Options())
    models = [read_gpt2(Ledger(tmp_path / name).path(config, 1)).flat for name in ("whole", "cut")]
    assert 5 <= cuts < 20
    assert np.array_equal(*models)
    assert alone.loss == pytest.approx(whole[1].loss, rel=1e-4)  # rounding differs, and grows with the steps


def test_the_optimiser_is_part_of_a_runs_identity_and_adamw_leaves_that_of_before() -> None:
    plain = recommended("dyck1", "ape")
    assert {"optimizer", "momentum"}.isdisjoint(config_to_json(plain))
    assert identity(recommended("dyck1", "ape", Choices(optimizer="adamw")), 0) == identity(plain, 0)
    others = [
        recommended("dyck1", "ape", Choices(optimizer="sgd")),
        recommended("dyck1", "ape", Choices(optimizer="muon")),
    ]
    others.append(replace(others[0], momentum=0.5))
    assert len({identity(each, 0) for each in (plain, *others)}) == 4
    assert [config_from_json(config_to_json(each)) for each in others] == others


def test_rates_momentum_and_decay_are_recommended_for_the_optimiser_and_choices_go_before() -> None:
    plain = recommended("dyck1", "ape")
    sgd, muon = (recommended("dyck1", "ape", Choices(optimizer=name)) for name in ("sgd", "muon"))
    assert (sgd.lr, sgd.momentum, sgd.weight_decay) == (100 * plain.lr, 0.9, 0.0)
    assert (muon.lr, muon.momentum, muon.weight_decay) == (plain.lr, 0.95, plain.weight_decay)
    chosen = recommended("dyck1", "ape", Choices(optimizer="sgd", lr=0.5, momentum=0.0, weight_decay=0.1))
    assert (chosen.lr, chosen.momentum, chosen.weight_decay) == (0.5, 0.0, 0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": "adam"}, "optimizer: expected adamw, sgd, muon, found 'adam'"),
        ({"momentum": 0.9}, "momentum: only SGD and Muon have it"),
        ({"optimizer": "sgd", "momentum": 1.0}, "momentum: expected less than 1, found 1.0"),
    ],
)
def test_an_optimiser_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recommended("dyck1", "ape", Choices(**changes))
