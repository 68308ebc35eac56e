"""What the architectures compute, many models of one kind at once; a position sees itself and those before it.

Source: Ahuja and Mansouri, arXiv 2402.04875, section 4; deviations of the released code are options of `Architecture`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import Tensor
from torch.nn import functional

from train.model.flat_arrays import arrays_by_name
from train.teaching.architectures.architecture import Architecture, blocks_of, distances, parameters


@dataclass(frozen=True)
class Forward:
    """What a stack of models computes from sequences, at every position.

    hidden   (models, sequences, length, m)  what the theorems identify: the deep set's embedding of the one token,
             attention's and the recurrences' state
    state    (models, sequences, length, m)  what the output is a function of: the deep set's sum (or mean), else hidden
    outputs  (models, sequences, length, k)
    """

    hidden: Tensor
    state: Tensor
    outputs: Tensor


def forward(flat: Tensor, architecture: Architecture, tokens: Tensor) -> Forward:
    """The stack's hidden representations and outputs: flat (models, numbers), tokens (models, sequences, length, n).

    Of several blocks the last one's hidden representations and states are given.
    """
    blocks = blocks_of(architecture)
    parts = torch.split(flat, [sum(each.size for each in parameters(block)) for block in blocks], dim=1)
    for part, block in zip(parts[:-1], blocks[:-1], strict=True):
        tokens = _block(part, block, tokens).outputs
    return _block(parts[-1], blocks[-1], tokens)


def _block(flat: Tensor, architecture: Architecture, tokens: Tensor) -> Forward:
    weights = arrays_by_name(flat, parameters(architecture))
    match architecture.kind:
        case "deepset":
            hidden = perceptron(weights, "inner", tokens, "sigmoid")
            state = _summed(hidden, architecture)
        case "softmax" | "sigmoid" | "linear":
            hidden = state = _attention(weights, architecture, tokens)
        case "ssm" | "rnn":
            hidden = state = _recurrence(weights, architecture, tokens)
        case _:
            assert_never(architecture.kind)
    return Forward(hidden, state, perceptron(weights, "outer", state, architecture.final))


def perceptron(weights: Mapping[str, Tensor], name: str, values: Tensor, final: str) -> Tensor:
    """Linear maps with a sigmoid after each; after the last one only if `final` is sigmoid."""
    layers = sum(1 for each in weights if each.startswith(f"{name}.") and each.endswith(".weight"))
    for layer in range(layers):
        values = affine(values, weights[f"{name}.{layer}.weight"], weights[f"{name}.{layer}.bias"])
        if layer < layers - 1 or final == "sigmoid":
            values = torch.sigmoid(values)
    return values


def affine(values: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """values @ matrix + bias, each model with its own: (models, sequences, length, inputs) -> (..., outputs)."""
    models, sequences, length, width = values.shape
    rows = values.reshape(models, sequences * length, width)
    return torch.baddbmm(bias.unsqueeze(1), rows, matrix).view(models, sequences, length, -1)


def _summed(hidden: Tensor, architecture: Architecture) -> Tensor:
    if architecture.normalise == "released":
        return hidden * _numbers(hidden)
    total = hidden.cumsum(2)
    return total / _numbers(hidden) if architecture.normalise == "mean" else total


def _numbers(values: Tensor) -> Tensor:
    """The positions' numbers 1, 2, ...: (length, 1)."""
    return torch.arange(1, values.shape[2] + 1, dtype=values.dtype, device=values.device).unsqueeze(1)


def _recurrence(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """h_i = L h_{i-1} + B x_i from h_0 = 0, for the RNN through a sigmoid.  (models, sequences, length, m)"""
    models, sequences, length, width = tokens.shape
    # Time first, so that what one step reads lies together.
    rows = tokens.transpose(1, 2).reshape(models, length * sequences, width)
    inputs = torch.bmm(rows, weights["input"]).view(models, length, sequences, -1)
    states: list[Tensor] = []
    for read in inputs.unbind(1):  # (models, sequences, m)
        moved = torch.baddbmm(read, states[-1], weights["transition"]) if states else read
        states.append(torch.sigmoid(moved) if architecture.kind == "rnn" else moved)
    return torch.stack(states, dim=2)


def _attention(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """Attention without residual, norm or output map; with `offsets`, a map for each distance."""
    if architecture.offsets:
        return _relative_attention(weights, architecture, tokens)
    query, key, value = (_heads(_projected(weights, name, tokens), architecture) for name in _PROJECTIONS)
    if architecture.kind == "softmax":
        mixed = functional.scaled_dot_product_attention(
            query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1), is_causal=True
        )
        return mixed.transpose(1, 2).reshape(*tokens.shape[:3], architecture.hidden)
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])  # (models, sequences, heads, length, length)
    length = tokens.shape[2]
    seen = torch.ones(length, length, dtype=torch.bool, device=tokens.device)
    seen = seen.tril(-1 if architecture.normalise == "earlier" else 0)
    mixed = _shares(scores, seen, architecture, seen.sum(1, keepdim=True)) @ value
    return mixed.transpose(2, 3).reshape(*tokens.shape[:3], architecture.hidden)


_PROJECTIONS = ("query", "key", "value")


def _projected(weights: Mapping[str, Tensor], name: str, tokens: Tensor) -> Tensor:
    return affine(tokens, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _heads(values: Tensor, architecture: Architecture) -> Tensor:  # (models, sequences, heads, length, m / heads)
    return values.view(*values.shape[:3], architecture.heads, -1).transpose(2, 3)


def _shares(scores: Tensor, seen: Tensor, architecture: Architecture, numbers: Tensor) -> Tensor:
    """How much of each value is taken: of `scores`, where `seen`, over `numbers` of positions."""
    if architecture.kind == "softmax":
        return torch.softmax(scores.masked_fill(~seen, -torch.inf), dim=-1)
    shares = torch.sigmoid(scores) if architecture.kind == "sigmoid" else scores
    shares = shares * seen
    # Where nothing is seen (the first position, of `earlier`) nothing is divided either.
    return shares if architecture.normalise == "sum" else shares / numbers.clamp(min=1)


def _relative_attention(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """psi_d(x_i, x_{i-d}) for each distance d < offsets, its own maps, zero beyond (Theorems 13 and 14)."""
    near, length = distances(architecture), tokens.shape[2]
    query = _heads(_projected(weights, "query", tokens), architecture)  # (models, sequences, heads, length, m / heads)
    split = (*tokens.shape[:3], len(near), architecture.heads, -1)
    # (models, sequences, length, distances, heads, m / heads), that of position i - d at i
    key, value = (_shifted(_projected(weights, name, tokens).view(split), near) for name in ("key", "value"))
    scores = (query.transpose(2, 3).unsqueeze(3) * key).sum(-1) / math.sqrt(query.shape[-1])
    place = torch.arange(length, device=tokens.device).view(-1, 1, 1)
    seen = torch.tensor(near, device=tokens.device).view(1, -1, 1) <= place  # (length, distances, 1)
    numbers = place + 1 - near.start  # the positions to i, or those before it
    shares = _shares(scores.transpose(-1, -2), seen.transpose(-1, -2), architecture, numbers)
    return (shares.transpose(-1, -2).unsqueeze(-1) * value).sum(3).flatten(3)


def _shifted(values: Tensor, near: range) -> Tensor:
    """Position i gets, for each distance d, the values of distance d at position i - d; zeros before the beginning."""
    length = values.shape[2]
    parts = []
    for column, distance in enumerate(near):
        part = values[:, :, : max(length - distance, 0), column]
        blank = values.new_zeros(*values.shape[:2], length - part.shape[2], *values.shape[4:])
        parts.append(torch.cat((blank, part), dim=2))
    return torch.stack(parts, dim=3)
