"""What can be told of a finished model from its training lengths alone: loss, margin, flatness, norms.

They are kept with every result, so that rules for choosing among runs can be compared afterwards: none of them sees a
longer word.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from tasks.drawing.randomness import generator
from tasks.task import Task
from train.model.config import TrainConfig
from train.model.model import logits, unflatten
from train.model.regularizer import positional_norms
from train.running.batches import JudgedRows, Layout, stacked
from train.running.objective import losses, margins

NOISE_SHARE: Final = 0.05  # of the weights' root mean square, for the flatness
DRAWS: Final = 4


@dataclass(frozen=True)
class Traits:
    """One model on the held-out words of its training lengths.

    loss            the mean loss of a judged position
    margin          the smallest margin of a decision: how far the right logits are above the wrong ones
    margin_5        the margin that 5% of the words stay below, each by its smallest
    flatness        how much the loss rises, on average, when Gaussian noise of `NOISE_SHARE` times the weights' root
                    mean square is added to them
    weight_norm     the Euclidean norm of all weights
    position_norm   the published code's positional norm, and `position_norm_eq8` that of equation (8): see
                    train/model/regularizer.py; 0 without positional encoding
    """

    loss: float
    margin: float
    margin_5: float
    flatness: float
    weight_norm: float
    position_norm: float
    position_norm_eq8: float

    def record(self) -> dict[str, float]:
        """As JSON data."""
        return asdict(self)


@torch.no_grad()
def traits(task: Task, config: TrainConfig, seed: int, flat: Tensor, layouts: Sequence[Layout]) -> Traits:
    """The traits of one model, flat (1, parameters), on these words."""
    parts = [stacked([(layout, 0)], str(flat.device)) for layout in layouts]
    found = [_asked(task, config, flat, part) for part in parts]
    loss = _mean([each[0] for each in found])
    least = torch.cat([each[1] for each in found])  # (words,)
    rng = generator(task.name, "flatness", (1, config.train_length), seed)
    size = NOISE_SHARE * float(flat.square().mean().sqrt())
    noisy = []
    for _ in range(DRAWS):
        noise = torch.from_numpy(rng.standard_normal(flat.shape, dtype=np.float32)).to(flat.device)
        noisy.append(_mean([_asked(task, config, flat + size * noise, part)[0] for part in parts]))
    weights = unflatten(flat, config.model)
    return Traits(
        loss=loss,
        margin=float(least.min()),
        margin_5=float(least.quantile(0.05)),
        flatness=float(np.mean(noisy)) - loss,
        weight_norm=float(flat.norm()),
        position_norm=float(positional_norms(weights, config.model, "tapered")),
        position_norm_eq8=float(positional_norms(weights, config.model, "eq8")),
    )


def _asked(task: Task, config: TrainConfig, flat: Tensor, part: JudgedRows) -> tuple[tuple[float, int], Tensor]:
    """The part's loss with its number of judged positions, and each word's smallest margin."""
    scores = logits(unflatten(flat, config.model), config.model, part.rows)
    counted = int(part.counted.sum())
    return (float(losses(task, scores, part)), counted), margins(task, scores, part)[0]


def _mean(parts: Sequence[tuple[float, int]]) -> float:
    """The mean over the positions of all parts."""
    return sum(loss * counted for loss, counted in parts) / sum(counted for _, counted in parts)
