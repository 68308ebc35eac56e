"""A trained model as a stock GPT-2 directory, which transformers reads without this project."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tasks.ground.models.gpt2_directory import Stock, write_stock
from tasks.words import SPECIAL
from train.model.config import ModelConfig
from train.model.model import parameters

PREFIX = "transformer."


@dataclass(frozen=True)
class Model:
    """A model's shape, its parameters as one flat array, and its tokens by id."""

    config: ModelConfig
    flat: NDArray[np.float32]
    vocabulary: tuple[str, ...]


def write_gpt2(directory: Path, model: Model, *, extra: Mapping[str, Any]) -> None:
    """Writes config, weights and tokenizer into an existing directory; `extra` is kept in config.json: crasp_bench.

    Without positional encoding the position embeddings are written as zeros.
    """
    config, arrays = model.config, {}
    at = 0
    for each in parameters(config):
        arrays[PREFIX + each.name] = model.flat[at : at + each.size].reshape(each.shape)
        at += each.size
    if config.pe == "nope":
        arrays[PREFIX + "wpe.weight"] = np.zeros((config.positions, config.width), np.float32)
    save_file(arrays, directory / "model.safetensors", metadata={"format": "pt"})
    write_stock(directory, _stock(model), extra=extra)


def _stock(model: Model) -> Stock:
    return Stock(
        tokens=model.vocabulary,
        letters=len(model.vocabulary) - sum(token in SPECIAL for token in model.vocabulary),
        positions=model.config.positions,
        width=model.config.width,
        layers=model.config.layers,
        heads=model.config.heads,
        activation="gelu_new",
        epsilon=1e-5,
        tied=True,
        dtype="float32",
    )
