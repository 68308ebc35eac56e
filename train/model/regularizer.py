"""The positional norm: how strongly the heads' scores depend on the two positions alone, squared and summed.

It is equation (8) of Huang et al. (ICLR 2025), or the form that their released code gives it. Biases, layer norms and
the division by the square root of the head's width are left out, and every layer is taken to read the raw position
embeddings.
"""

from collections.abc import Mapping
from typing import assert_never

import torch
from torch import Tensor

from train.model.config import ModelConfig, RegularizerForm


def positional_norms(weights: Mapping[str, Tensor], config: ModelConfig, form: RegularizerForm) -> Tensor:
    """Return each model's norm, summed over layers and heads: (models,). It is 0 for encodings other than APE.

    With M[i, j] = <q(p_i), k(p_j)> for the positions i and j of the context, a head's term is

    - tapered: the mean over keys j of the sum over queries i >= j of M[i, j]^2 (the released code);
    - eq8: the sum over queries i of M[i, 0]^2, where the first position is the key (equation 8).
    """
    models = weights["wte.weight"].shape[0]
    total = weights["wte.weight"].new_zeros(models)
    if config.pe != "ape":
        return total
    places = weights["wpe.weight"]  # (models, positions, width)
    for layer in range(config.layers):
        matrix = weights[f"h.{layer}.attn.c_attn.weight"]  # (models, width, 3 width)
        queries = _heads(torch.bmm(places, matrix[..., : config.width]), config.heads)
        keys = _heads(torch.bmm(places, matrix[..., config.width : 2 * config.width]), config.heads)
        match form:
            case "tapered":
                scores = queries @ keys.transpose(-1, -2)  # (models, heads, positions, positions)
                total = total + scores.tril().square().sum((1, 2, 3)) / config.positions
            case "eq8":
                scores = queries @ keys[..., :1, :].transpose(-1, -2)  # (models, heads, positions, 1)
                total = total + scores.square().sum((1, 2, 3))
            case _:
                assert_never(form)
    return total


def _heads(stream: Tensor, heads: int) -> Tensor:
    models, positions, width = stream.shape
    return stream.view(models, positions, heads, width // heads).transpose(1, 2)
