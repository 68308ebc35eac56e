"""AdamW, SGD with momentum, and Muon on the flat parameters of a stack; each model has its own learning rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from train.model.config import ModelConfig, TrainConfig
from train.model.model import parameters

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # AdamW's, as in the published training and by default in torch
QUINTIC = (3.4445, -4.7750, 2.0315)  # a, b, c of the iteration x -> a x + b x^3 + c x^5, which moves (0, 1] near 1
ITERATIONS = 5
LIKE_ADAMW = 0.2  # the root mean square of Muon's update, as it is observed for AdamW (arXiv 2502.16982)


@dataclass(frozen=True)
class Moments:
    """Running means of the gradient and of its square, both (models, parameters), which are changed in place.

    For SGD, and for the matrices that Muon makes orthogonal, `first` is the momentum and `second` is not used.
    """

    first: Tensor
    second: Tensor


def decay_mask(config: ModelConfig, device: str) -> Tensor:
    """Return 1 for each parameter that has weight decay, and 0 for biases and layer norms: (parameters,)."""
    parts = [torch.full((each.size,), float(each.decays)) for each in parameters(config)]
    return torch.cat(parts).to(device)


def clipped(gradient: Tensor, clip: float) -> Tensor:
    """Return the gradient (models, parameters), with each model's scaled down to norm `clip` if it is longer."""
    norms: Tensor = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)  # (models, 1)
    return gradient * (clip / (norms + 1e-6)).clamp(max=1.0)


@dataclass(frozen=True)
class Pace:
    """The learning rate of one model, and how many steps it has taken, this one included."""

    rate: float
    step: int


def move(
    config: TrainConfig, flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor
) -> None:
    """Do one step of the configuration's optimiser in place.

    Args:
        config: Names the optimiser and its momentum.
        flat: The parameters (models, parameters).
        gradient: Their gradient, of the same shape.
        moments: The optimiser's state.
        paces: The learning rate and step of each model.
        decay: The weight decay of each parameter (parameters,).
    """
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
    """Do one step of AdamW in place; the arguments are those of `move`."""
    moments.first.lerp_(gradient, 1 - BETA1)
    moments.second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    flat.mul_(1 - _column(flat, [pace.rate for pace in paces]) * decay)
    flat.sub_(_adapted(flat, moments, paces))


def _adapted(flat: Tensor, moments: Moments, paces: Sequence[Pace]) -> Tensor:
    """Return what AdamW subtracts from each parameter, weight decay apart: (models, parameters)."""
    scales = _column(flat, [math.sqrt(1 - BETA2**pace.step) for pace in paces])
    rates = _column(flat, [pace.rate / (1 - BETA1**pace.step) for pace in paces])
    return rates * moments.first / moments.second.sqrt().div_(scales).add_(EPSILON)


def _column(flat: Tensor, values: list[float]) -> Tensor:
    """Return one number for each model as a column (models, 1)."""
    return flat.new_tensor(values).unsqueeze(1)


def _muon(
    config: TrainConfig, flat: Tensor, gradient: Tensor, moments: Moments, paces: Sequence[Pace], decay: Tensor
) -> None:
    """Do one step in place: Muon with Nesterov momentum on the blocks' matrices, AdamW on all other parameters."""
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
    """Return each matrix (..., rows, columns) with its singular values moved near 1, by the Newton-Schulz iteration.

    The matrices must have at least as many columns as rows.
    """
    a, b, c = QUINTIC
    x: Tensor = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x


@dataclass(frozen=True)
class _MatrixPlace:
    """The place of a matrix in a flat array.

    It is the columns from `first` to before `last` of the array that begins at `start`, whose rows and columns are
    `shape`.
    """

    start: int
    shape: tuple[int, int]
    first: int
    last: int

    @property
    def lies(self) -> bool:
        """Whether the matrix has at least as many columns as rows."""
        return self.last - self.first >= self.shape[0]


def _matrix(flat: Tensor, place: _MatrixPlace) -> Tensor:
    """Return the matrix of each model as a view (models, rows, columns)."""
    rows, columns = place.shape
    whole = flat[:, place.start : place.start + rows * columns].view(-1, rows, columns)
    return whole[:, :, place.first : place.last]


@lru_cache
def _matrices(config: ModelConfig) -> tuple[tuple[_MatrixPlace, ...], ...]:
    """Return the places of the blocks' matrices, grouped by size; queries, keys and values are separate matrices."""
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
