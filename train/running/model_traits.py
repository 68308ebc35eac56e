"""Measures of a finished model on its training lengths alone: loss, margin, flatness and norms.

They are kept with every result, so that rules for choosing among runs can be compared afterwards. None of them sees a
word that is longer than the training words.
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

NOISE_SHARE: Final = 0.05  # the noise that measures flatness, as a share of the weights' root mean square
DRAWS: Final = 4  # how many draws of noise the flatness is the mean of


@dataclass(frozen=True)
class Traits:
    """Measures of one model on the held-out words of its training lengths.

    Attributes:
        loss: The mean loss of a judged position.
        margin: The smallest margin of a decision, which is how far the right logits are above the wrong ones.
        margin_5: The 5% quantile of the words' smallest margins.
        flatness: How much the loss rises on average when Gaussian noise is added to the weights, with `NOISE_SHARE`
            times their root mean square as its standard deviation.
        weight_norm: The Euclidean norm of all weights.
        position_norm: The positional norm of the published code (train/model/regularizer.py); 0 for encodings other
            than APE.
        position_norm_eq8: The positional norm of equation (8).
    """

    loss: float
    margin: float
    margin_5: float
    flatness: float
    weight_norm: float
    position_norm: float
    position_norm_eq8: float

    def record(self) -> dict[str, float]:
        """Return the measures as JSON data."""
        return asdict(self)


@torch.no_grad()
def traits(task: Task, config: TrainConfig, seed: int, flat: Tensor, layouts: Sequence[Layout]) -> Traits:
    """Return the measures of one model on the words of the layouts; `flat` is (1, parameters).

    The seed decides the noise.
    """
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
    """Return the part's loss with its number of judged positions, and each word's smallest margin."""
    scores = logits(unflatten(flat, config.model), config.model, part.rows)
    counted = int(part.counted.sum())
    return (float(losses(task, scores, part)), counted), margins(task, scores, part)[0]


def _mean(parts: Sequence[tuple[float, int]]) -> float:
    """Return the mean loss over the judged positions of all parts."""
    return sum(loss * counted for loss, counted in parts) / sum(counted for _, counted in parts)
