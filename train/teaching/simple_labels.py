"""Labels that are sums or products of a simple function of each token, in place of a teacher's labels.

Output k reads component k of the tokens (modulo their width) by s_k(x) = sin(2 pi x_k + p_k) / 5, where p_k is a phase
of its own. The label at position i is the sum of s_k over the positions up to i, or the product of 1 + s_k. A deep set
computes either exactly: its embedding is s, or log(1 + s), and its output map is the identity, or exp. Perceptrons of
sigmoids can only come near.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tasks.drawing.randomness import generator
from train.teaching.architectures.forward import Forward
from train.teaching.config import KIND, TeachingConfig

AMPLITUDE = 0.2


def label_phases(config: TeachingConfig, seeds: Sequence[int]) -> Tensor:
    """Return the phases of each seed's functions: (models, k)."""
    drawn = [generator(KIND, "phases", (1, 1), seed).random(config.student.outputs) for seed in seeds]
    return torch.from_numpy(2 * math.pi * np.stack(drawn)).float()


def simple_labels(config: TeachingConfig, phases: Tensor, tokens: Tensor) -> Forward:
    """Return the functions as the hidden representation, and the labels as state and output.

    Args:
        config: Decides between sums and products.
        phases: The phases (models, k).
        tokens: The tokens (models, sequences, length, n).
    """
    read = torch.arange(config.student.outputs) % tokens.shape[-1]
    simple = AMPLITUDE * torch.sin(2 * math.pi * tokens[..., read] + phases[:, None, None])
    made = simple.cumsum(2) if config.labels == "sums" else (1 + simple).cumprod(2)
    return Forward(simple, made, made)
