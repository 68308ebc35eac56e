"""The terms of the regulariser R(T) of arXiv 2410.02140 for a stock GPT-2 directory, trained or compiled.

The theory's transformer has no LayerNorm, no attention biases, and no division by the root of the head's width. Here
LayerNorm and the biases are ignored, and the division is made part of K^T Q. So the terms compare the sizes of weights,
not of functions.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from limit_transformer.norms.regularizer import RegularizerTerms
from tasks.ground.models.model_directory import read_arrays

Matrix: TypeAlias = NDArray[np.float64]


class WeightsError(ValueError):
    """A directory does not hold a GPT-2 whose weights can be read; the message says why."""


@dataclass(frozen=True)
class Gpt2Weights:
    """The weights of a stock GPT-2 by name, as float64, with its numbers of layers and heads.

    `precision` is the number of significant bits of the stored numbers.
    """

    tensors: dict[str, Matrix]
    layers: int
    heads: int
    precision: int


def read_weights(directory: Path | str) -> Gpt2Weights:
    """Return the weights of a stock GPT-2 directory. Nothing in the directory is run.

    Raises:
        WeightsError: The directory holds no GPT-2 whose weights can be read.
    """
    folder = Path(directory)
    try:
        config, found = read_arrays(folder)
        if config.get("model_type") != "gpt2":
            raise WeightsError(f"{folder}: expected a GPT-2, found {config.get('model_type')!r}")
        layers, heads = int(config["n_layer"]), int(config["n_head"])
    except WeightsError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{folder}: holds no GPT-2 that can be read: {error}") from None
    if layers > len(found):
        raise WeightsError(f"{folder}: config.json says {layers:,} layers, but the weights have {len(found):,} tensors")
    tensors = {name.removeprefix("transformer."): np.asarray(value, dtype=np.float64) for name, value in found.items()}
    precision = min((np.finfo(v.dtype).nmant + 1 for v in found.values() if v.dtype.kind == "f"), default=0)
    needed = ["wte.weight", "wpe.weight", *(f"h.{k}.attn.c_attn.weight" for k in range(layers))]
    missing = [name for name in needed if name not in tensors]
    if missing:
        raise WeightsError(f"{folder}: the weights lack {', '.join(missing)}")
    return Gpt2Weights(tensors, layers, heads, int(precision))


def trained_terms(weights: Gpt2Weights) -> RegularizerTerms:
    """Return every term of R(T), computed numerically.

    `precision` is the number of significant bits of the stored numbers, and `value_rank` the numerical rank.
    `positional` is equation (8) with the first position as key: the sum over heads and queries j of (p_1^T K^T Q
    p_j)^2.
    """
    tensors, layers = weights.tensors, range(weights.layers)
    heads = [head for layer in layers for head in _heads(weights, layer)]
    positions, embedding = tensors["wpe.weight"], tensors["wte.weight"]
    biases = (tensors[f"h.{k}.mlp.c_fc.bias"] for k in layers)
    return RegularizerTerms(
        layers=weights.layers,
        heads=weights.heads,
        precision=weights.precision,
        value_rank=max((int(np.linalg.matrix_rank(value)) for _, value in heads), default=0),
        attention_norm=max((_spectral(content) for content, _ in heads), default=0.0),
        value_norm=max((_spectral(value) for _, value in heads), default=0.0),
        read_norm=max((_frobenius(tensors[f"h.{k}.mlp.c_fc.weight"]) for k in layers), default=0.0),
        write_norm=max((_frobenius(tensors[f"h.{k}.mlp.c_proj.weight"]) for k in layers), default=0.0),
        unembedding_norm=_spectral(tensors.get("lm_head.weight", embedding)),
        position_norm=float(np.linalg.norm(positions, axis=1).max()),
        embedding_norm=float(np.linalg.norm(embedding, axis=1).max()),
        bias_norm=max(map(_frobenius, biases), default=0.0),
        positional=sum(float(np.sum((positions[0] @ content @ positions.T) ** 2)) for content, _ in heads),
    )


def _heads(weights: Gpt2Weights, layer: int) -> list[tuple[Matrix, Matrix]]:
    """Return of each head K^T Q (width, width; row: the key) and V (width, width; row: what is written)."""
    joint = weights.tensors[f"h.{layer}.attn.c_attn.weight"]  # (width, 3 * width), applied from the right
    out = weights.tensors[f"h.{layer}.attn.c_proj.weight"]  # (width, width)
    width = joint.shape[0]
    each = width // weights.heads
    query, key, value = joint[:, :width], joint[:, width : 2 * width], joint[:, 2 * width :]
    found = []
    for head in range(weights.heads):
        columns = slice(head * each, (head + 1) * each)
        content = key[:, columns] @ query[:, columns].T / np.sqrt(each)
        found.append((content, (value[:, columns] @ out[columns]).T))
    return found


def _spectral(matrix: Any) -> float:
    return float(np.linalg.norm(matrix, 2)) if matrix.size else 0.0


def _frobenius(matrix: Any) -> float:
    return float(np.linalg.norm(matrix))
