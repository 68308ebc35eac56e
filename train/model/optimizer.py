"""AdamW on a stack's flat parameters, each model with its own learning rate and its own clipping."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from train.model.config import ModelConfig
from train.model.model import parameters

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the published training's, which are the library defaults


@dataclass(frozen=True)
class Moments:
    """Running means of the gradient and of its square, both (models, parameters), changed in place."""

    first: Tensor
    second: Tensor


def decay_mask(config: ModelConfig, device: str) -> Tensor:
    """One where weight decay applies, zero on biases and layer norms: (parameters,)."""
    parts = [torch.full((each.size,), float(each.decays)) for each in parameters(config)]
    return torch.cat(parts).to(device)


def clipped(gradient: Tensor, clip: float) -> Tensor:
    """The gradient, each model's scaled down to norm `clip` where it is longer: (models, parameters)."""
    norms: Tensor = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)  # (models, 1)
    return gradient * (clip / (norms + 1e-6)).clamp(max=1.0)


@dataclass(frozen=True)
class Pace:
    """How one model is to move: its learning rate, and how many steps it has taken, this one included."""

    rate: float
    step: int


def update(flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor) -> None:
    """One step of AdamW, in place; `decay` is the weight decay of each parameter, (parameters,)."""

    def column(values: list[float]) -> Tensor:  # (models, 1)
        return flat.new_tensor(values).unsqueeze(1)

    moments.first.lerp_(gradient, 1 - BETA1)
    moments.second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    flat.mul_(1 - column([pace.rate for pace in paces]) * decay)
    scales = column([math.sqrt(1 - BETA2**pace.step) for pace in paces])
    rates = column([pace.rate / (1 - BETA1**pace.step) for pace in paces])
    flat.sub_(rates * moments.first / moments.second.sqrt().div_(scales).add_(EPSILON))
