"""A trained model as a stock GPT-2 directory, which transformers reads without this project, and back.

No transformers needed on either way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tasks.ground.models.gpt2_directory import Stock, write_stock
from tasks.ground.models.model_directory import ModelError, read_arrays, read_json
from tasks.words import SPECIAL
from train.model.config import ModelConfig
from train.model.model import parameters

PREFIX = "transformer."
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


class TrainedModelError(ValueError):
    """A directory that holds no model of the kind trained here, with the reason."""


@dataclass(frozen=True)
class Model:
    """A model's shape, its parameters as one flat array, and its tokens by id."""

    config: ModelConfig
    flat: NDArray[np.float32]
    vocabulary: tuple[str, ...]


def write_gpt2(directory: Path, model: Model, *, extra: Mapping[str, Any]) -> None:
    """Writes the model as `FILES` into an existing directory; `extra` is kept in config.json under
    crasp_bench.

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


def read_gpt2(directory: Path) -> Model:
    """The model in a stock directory of the kind written here; TrainedModelError where it is of another kind."""
    try:
        stock, arrays = read_arrays(directory)
        vocabulary = read_json(directory / "tokenizer.json")["model"]["vocab"]
        wpe = arrays[PREFIX + "wpe.weight"]
        config = ModelConfig(
            pe="ape" if wpe.any() else "nope",
            layers=stock["n_layer"],
            heads=stock["n_head"],
            width=stock["n_embd"],
            vocabulary=stock["vocab_size"],
            positions=stock["n_positions"],
        )
        expected = _stock(Model(config, np.zeros(0, np.float32), tuple(vocabulary))).config()
        for key in ("model_type", "activation_function", "layer_norm_epsilon", "tie_word_embeddings"):
            if stock.get(key) != expected[key]:
                raise TrainedModelError(f"{directory}: expected {key}={expected[key]!r}, found {stock.get(key)!r}")
        parts = []
        for each in parameters(config):
            part = arrays[PREFIX + each.name]
            if part.shape != each.shape:
                raise TrainedModelError(f"{directory}: {each.name}: expected shape {each.shape}, found {part.shape}")
            parts.append(part.astype(np.float32).ravel())
    except ModelError as error:
        raise TrainedModelError(f"{directory}: no readable GPT-2 model: {error}") from None
    except (KeyError, TypeError) as error:
        raise TrainedModelError(f"{directory}: no readable GPT-2 model: {error!r}") from error
    return Model(config, np.concatenate(parts), tuple(vocabulary))


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
