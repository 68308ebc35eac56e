"""AdamW, SGD with momentum, and Muon on a stack's flat parameters, each model with its own rate and clipping."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from train.model.config import ModelConfig, TrainConfig
from train.model.model import parameters

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the published training's, which are the library defaults
QUINTIC = (3.4445, -4.7750, 2.0315)  # of the iteration x -> a x + b x^3 + c x^5, which moves (0, 1] near 1
ITERATIONS = 5
LIKE_ADAMW = 0.2  # of the update's root mean square, AdamW's as it is seen in training (arXiv 2502.16982)


@dataclass(frozen=True)
class Moments:
    """Running means of the gradient and of its square, both (models, parameters), changed in place.

    For SGD, and for what Muon makes orthogonal, `first` is the momentum and `second` is not read.
    """

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


def move(
    config: TrainConfig, flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor
) -> None:
    """One step of the configuration's optimiser, in place; `decay` is each parameter's weight decay, (parameters,)."""
    match config.optimizer:
        case "adamw":
            update(flat, gradient, moments, paces, decay)
        case "sgd":
            rates = _column(flat, [pace.rate for pace in paces])
            moments.first.mul_(config.momentum).add_(gradient)
            flat.mul_(1 - rates * decay).sub_(rates * moments.first)
        case "muon":
            _muon(config, flat, gradient, moments, paces, decay)


def update(flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor) -> None:
    """One step of AdamW, in place; `decay` is the weight decay of each parameter, (parameters,)."""
    moments.first.lerp_(gradient, 1 - BETA1)
    moments.second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    flat.mul_(1 - _column(flat, [pace.rate for pace in paces]) * decay)
    flat.sub_(_adapted(flat, moments, paces))


def _adapted(flat: Tensor, moments: Moments, paces: Sequence[Pace]) -> Tensor:
    """What AdamW takes away from each parameter: (models, parameters)."""
    scales = _column(flat, [math.sqrt(1 - BETA2**pace.step) for pace in paces])
    rates = _column(flat, [pace.rate / (1 - BETA1**pace.step) for pace in paces])
    return rates * moments.first / moments.second.sqrt().div_(scales).add_(EPSILON)


def _column(flat: Tensor, values: list[float]) -> Tensor:
    """One number for each model: (models, 1)."""
    return flat.new_tensor(values).unsqueeze(1)


def _muon(
    config: TrainConfig, flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor
) -> None:
    """Muon on the blocks' matrices, with Nesterov's momentum; AdamW on embeddings, biases and layer norms."""
    rates = _column(flat, [pace.rate for pace in paces])
    before = {place: _matrix(moments.first, place).clone() for places in _matrices(config.model) for place in places}
    moments.first.lerp_(gradient, 1 - BETA1)
    moments.second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    taken = _adapted(flat, moments, paces)
    for places in _matrices(config.model):
        steep = []
        for place in places:
            slope, mean = _matrix(gradient, place), before[place].lerp_(_matrix(gradient, place), 1 - config.momentum)
            _matrix(moments.first, place).copy_(mean)
            steep.append(slope.lerp(mean, config.momentum))
        wide = torch.stack([each if place.lies else each.mT for each, place in zip(steep, places, strict=True)], dim=1)
        scale = LIKE_ADAMW * math.sqrt(max(wide.shape[-2:])) * rates[:, :, None]
        for place, made in zip(places, orthogonal(wide).unbind(1), strict=True):
            _matrix(taken, place).copy_(scale * (made if place.lies else made.mT))
    flat.mul_(1 - rates * decay).sub_(taken)


def orthogonal(matrices: Tensor) -> Tensor:
    """Each matrix (..., rows, columns >= rows) with singular values of about one: Newton and Schulz's iteration."""
    a, b, c = QUINTIC
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x


@dataclass(frozen=True)
class _MatrixPlace:
    """Where a matrix is in a flat array: columns `first` to `last` of the array `start` of so many rows and columns."""

    start: int
    shape: tuple[int, int]
    first: int
    last: int

    @property
    def lies(self) -> bool:
        """Whether it has at least as many columns as rows."""
        return self.last - self.first >= self.shape[0]


def _matrix(flat: Tensor, place: _MatrixPlace) -> Tensor:
    """The matrix of each model, a view: (models, rows, columns)."""
    rows, columns = place.shape
    whole = flat[:, place.start : place.start + rows * columns].view(-1, rows, columns)
    return whole[:, :, place.first : place.last]


@lru_cache
def _matrices(config: ModelConfig) -> tuple[tuple[_MatrixPlace, ...], ...]:
    """The blocks' matrices, queries, keys and values apart, those of one size together."""
    found: dict[tuple[int, ...], list[_MatrixPlace]] = {}
    start = 0
    for each in parameters(config):
        if each.name.startswith("h.") and len(each.shape) == 2:
            rows, columns = each.shape
            step = rows if each.name.endswith("c_attn.weight") else columns
            for first in range(0, columns, step):
                place = _MatrixPlace(start, (rows, columns), first, first + step)
                found.setdefault(tuple(sorted((rows, step))), []).append(place)
        start += each.size
    return tuple(map(tuple, found.values()))
