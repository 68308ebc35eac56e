"""The forward pass of the architectures, for many models of one kind at once.

A position depends on itself and on earlier positions alone. Source: Ahuja and Mansouri, arXiv 2402.04875, section 4;
where the released code differs, `Architecture` has an option.
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

    Attributes:
        hidden: The representation that the theorems identify (models, sequences, length, m): the deep set's embedding
            of the one token, or the state of attention and of recurrences.
        state: The representation that the output is a function of (models, sequences, length, m): the deep set's sum or
            mean; for other kinds the same as `hidden`.
        outputs: The outputs (models, sequences, length, k).
    """

    hidden: Tensor
    state: Tensor
    outputs: Tensor


def forward(flat: Tensor, architecture: Architecture, tokens: Tensor) -> Forward:
    """Return the hidden representations, states and outputs of a stack of models.

    With several blocks, these are the hidden representations and states of the last one.

    Args:
        flat: The models' weights (models, numbers).
        architecture: Their architecture.
        tokens: The sequences (models, sequences, length, n).
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
    """Return the values after linear maps with a sigmoid after each; the last has one only if `final` is "sigmoid".

    Args:
        weights: The models' arrays by name.
        name: The perceptron's name, with which its arrays' names begin.
        values: The inputs (models, sequences, length, inputs).
        final: "sigmoid" or "none".
    """
    layers = sum(1 for each in weights if each.startswith(f"{name}.") and each.endswith(".weight"))
    for layer in range(layers):
        values = affine(values, weights[f"{name}.{layer}.weight"], weights[f"{name}.{layer}.bias"])
        if layer < layers - 1 or final == "sigmoid":
            values = torch.sigmoid(values)
    return values


def affine(values: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """Return values @ matrix + bias, each model with its own: (models, sequences, length, inputs) to (..., outputs)."""
    models, sequences, length, width = values.shape
    rows = values.reshape(models, sequences * length, width)
    return torch.baddbmm(bias.unsqueeze(1), rows, matrix).view(models, sequences, length, -1)


def _summed(hidden: Tensor, architecture: Architecture) -> Tensor:
    if architecture.normalise == "released":
        return hidden * _numbers(hidden)
    total = hidden.cumsum(2)
    return total / _numbers(hidden) if architecture.normalise == "mean" else total


def _numbers(values: Tensor) -> Tensor:
    """Return the numbers 1, 2, ... of the positions: (length, 1)."""
    return torch.arange(1, values.shape[2] + 1, dtype=values.dtype, device=values.device).unsqueeze(1)


def _recurrence(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """Return the states h_i = L h_{i-1} + B x_i from h_0 = 0, through a sigmoid for the RNN.

    The shape is (models, sequences, length, m).
    """
    models, sequences, length, width = tokens.shape
    # Positions come first, so that the numbers that one step reads lie together.
    rows = tokens.transpose(1, 2).reshape(models, length * sequences, width)
    inputs = torch.bmm(rows, weights["input"]).view(models, length, sequences, -1)
    states: list[Tensor] = []
    for read in inputs.unbind(1):  # (models, sequences, m)
        moved = torch.baddbmm(read, states[-1], weights["transition"]) if states else read
        states.append(torch.sigmoid(moved) if architecture.kind == "rnn" else moved)
    return torch.stack(states, dim=2)


def _attention(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """Return the states of attention without residual, norm or output map.

    With `offsets`, each distance has its own maps.
    """
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
    """Return the weight of each value, from `scores` where `seen`; means are over `numbers` of positions."""
    if architecture.kind == "softmax":
        return torch.softmax(scores.masked_fill(~seen, -torch.inf), dim=-1)
    shares = torch.sigmoid(scores) if architecture.kind == "sigmoid" else scores
    shares = shares * seen
    # With "earlier" the first position sees nothing; the clamp avoids a division by 0 there.
    return shares if architecture.normalise == "sum" else shares / numbers.clamp(min=1)


def _relative_attention(weights: Mapping[str, Tensor], architecture: Architecture, tokens: Tensor) -> Tensor:
    """Return the states of attention psi_d(x_i, x_{i-d}) with maps of its own for each distance d < offsets.

    Greater distances add nothing (Theorems 13 and 14).
    """
    near, length = distances(architecture), tokens.shape[2]
    query = _heads(_projected(weights, "query", tokens), architecture)  # (models, sequences, heads, length, m / heads)
    split = (*tokens.shape[:3], len(near), architecture.heads, -1)
    # (models, sequences, length, distances, heads, m / heads): at i, distance d, the entry of position i - d
    key, value = (_shifted(_projected(weights, name, tokens).view(split), near) for name in ("key", "value"))
    scores = (query.transpose(2, 3).unsqueeze(3) * key).sum(-1) / math.sqrt(query.shape[-1])
    place = torch.arange(length, device=tokens.device).view(-1, 1, 1)
    seen = torch.tensor(near, device=tokens.device).view(1, -1, 1) <= place  # (length, distances, 1)
    numbers = place + 1 - near.start  # how many positions there are up to i, or before it
    shares = _shares(scores.transpose(-1, -2), seen.transpose(-1, -2), architecture, numbers)
    return (shares.transpose(-1, -2).unsqueeze(-1) * value).sum(3).flatten(3)


def _shifted(values: Tensor, near: range) -> Tensor:
    """Return the values with, at position i and distance d, the entry of position i - d; zeros before the beginning."""
    length = values.shape[2]
    parts = []
    for column, distance in enumerate(near):
        part = values[:, :, : max(length - distance, 0), column]
        blank = values.new_zeros(*values.shape[:2], length - part.shape[2], *values.shape[4:])
        parts.append(torch.cat((blank, part), dim=2))
    return torch.stack(parts, dim=3)
