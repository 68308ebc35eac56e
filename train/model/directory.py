"""Writes a trained model as a directory of the stock class that has its encoding, and reads such a directory.

GPT-2 has tables of positions, and none where the table is zero. GPT-NeoX has rotations. Falcon and Bloom have the
published slopes of ALiBi. No stock class has slopes that a user chose. Such a model is written as GPT-2's arrays beside
its slopes, under a model type of its own, which `read_model` reads and transformers refuses. Nothing in a directory is
run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tasks.ground.models.gpt2_directory import Stock, write_stock
from tasks.ground.models.model_directory import ModelError, read_arrays, read_json
from tasks.ground.models.stock_layouts import HeadRotation, StockClass, from_stock, stock_config, stock_name, to_stock
from tasks.position_schemes import LinearBiases, RotaryPositions, SinusoidalPositions
from tasks.words import SPECIAL
from train.model.config import ConfigError, ModelConfig, config_from_json
from train.model.encodings import has_stock_class
from train.model.model import parameters
from train.model.positions import long_factors, sinusoidal_table

PREFIX = "transformer."
OWN_TYPE: Final = "crasp_bench_chosen_slopes"  # the model_type of a model that no stock class can be


@dataclass(frozen=True)
class Model:
    """A model's shape, its parameters as one flat array (parameters,), and its tokens in the order of their ids."""

    config: ModelConfig
    flat: NDArray[np.float32]
    vocabulary: tuple[str, ...]


def stock_class(config: ModelConfig) -> StockClass | None:
    """Return the stock class other than GPT-2 that has the encoding; None for GPT-2, and if there is no such class."""
    match config.scheme:
        case RotaryPositions():
            return "gpt_neox"
        case LinearBiases(slopes=None, scaling="falcon"):
            return "falcon"
        case LinearBiases(slopes=None):
            return "bloom"
        case _:
            return None


def write_model(directory: Path, model: Model, *, extra: Mapping[str, Any]) -> None:
    """Write configuration, weights and tokenizer into an existing directory.

    Without a positional encoding the position embeddings are written as zeros.

    Args:
        directory: The directory.
        model: The model.
        extra: What is kept in `config.json` under `crasp_bench`.
    """
    config, arrays = model.config, {}
    at = 0
    for each in parameters(config):
        arrays[each.name] = model.flat[at : at + each.size].reshape(each.shape)
        at += each.size
    stock, kind = _stock(model), stock_class(config)
    if kind is not None:
        named, said = dict(to_stock(arrays.items(), kind, config.heads)), stock_config(stock, kind, _rotation(config))
    else:
        named, said = {PREFIX + name: values for name, values in arrays.items()}, stock.config()
        if has_stock_class(config.scheme) and not config.learns_positions:
            named[PREFIX + "wpe.weight"] = _table(config)
    if isinstance(config.scheme, LinearBiases) and config.scheme.slopes is not None:
        said |= {"architectures": [], "model_type": OWN_TYPE, "slopes": list(config.scheme.slopes)}
    save_file(named, directory / "model.safetensors", metadata={"format": "pt"})
    write_stock(directory, stock, extra=extra, config=said)


def _table(config: ModelConfig) -> NDArray[np.float32]:
    if isinstance(config.scheme, SinusoidalPositions):
        return sinusoidal_table(config.scheme, config.positions, config.width)
    return np.zeros((config.positions, config.width), np.float32)


def _rotation(config: ModelConfig) -> HeadRotation:
    scheme = config.scheme
    if not isinstance(scheme, RotaryPositions):
        return HeadRotation()
    factors = None if scheme.modulus is None else tuple(long_factors(scheme))
    return HeadRotation(scheme.width, scheme.base, factors)


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


def read_model(directory: Path) -> Model:
    """Return the model that `write_model` wrote, of whatever class; only JSON and safetensors are read.

    Raises:
        ModelError: The directory holds no such model, or its weights do not fit its configuration.
    """
    stock, arrays = read_arrays(directory)
    config = run_config(directory, stock)
    kind = stock_class(config)
    parts = []
    for each in parameters(config):
        name = PREFIX + each.name if kind is None else stock_name(each.name, kind)
        if name not in arrays:
            raise ModelError(f"{directory}: the weights lack {name}")
        values = arrays[name] if kind is None else from_stock(each.name, arrays[name], config.heads)
        if values.shape != each.shape:
            raise ModelError(f"{directory}: {name}: expected {each.shape}, found {values.shape}")
        parts.append(values.astype(np.float32).ravel())
    return Model(config, np.concatenate(parts), _token_names(directory / "tokenizer.json", config.vocabulary))


def _token_names(file: Path, number: int) -> tuple[str, ...]:
    """Return the tokens that a run's tokenizer has, in the order of their ids."""
    try:
        ids: dict[str, int] = dict(read_json(file)["model"]["vocab"])
        tokens = tuple(sorted(ids, key=ids.__getitem__))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{file}: expected a tokenizer as this project writes it") from None
    if [ids[token] for token in tokens] != list(range(number)):
        raise ModelError(f"{file}: expected {number} tokens, found {len(tokens)}")
    return tokens


def run_config(directory: Path, stock: Mapping[str, Any]) -> ModelConfig:
    """Return the model's configuration that a run's `config.json` names.

    Args:
        directory: The run's directory, for the message.
        stock: The content of its `config.json`.

    Raises:
        ModelError: It names none.
    """
    try:
        return config_from_json(stock["crasp_bench"]["config"]).model
    except (KeyError, TypeError, ConfigError) as error:
        raise ModelError(f"{directory}/config.json: not a run of this project: {error}") from None
