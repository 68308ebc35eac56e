"""Runs of this project with features that `transformers` lacks: chosen slopes, drawn positions, longer tables.

What a directory states about its run is JSON, and is used only if the weights agree with it.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.ground.models.model_directory import ModelError, look_at
from tasks.position_schemes import RandomizedPositions, SinusoidalPositions
from train.model.config import ConfigError, ModelConfig, config_from_json


def run_shape(config: Mapping[str, Any]) -> ModelConfig | None:
    """The shape of the run's model, if config.json is that of a run of this project."""
    try:
        return config_from_json(config["crasp_bench"]["config"]).model
    except (KeyError, TypeError, ValueError, ConfigError):
        return None


def draws_positions(config: Mapping[str, Any], rows: int | None) -> ModelConfig | None:
    """The shape of the run's model, if it draws positions for each word out of all `rows` rows of its table."""
    shape = run_shape(config)
    drawn = shape is not None and isinstance(shape.scheme, RandomizedPositions) and shape.positions == rows
    return shape if drawn else None


def with_longer_table(model: Any, config: Mapping[str, Any], rows: int) -> Any | None:
    """A copy of the model with so many sinusoidal positions, or so many zeros for a run without positions.

    It is None if the model's table is not the one that its run states.

    Args:
        model: A model of `transformers`.
        config: Its config.json.
        rows: The number of positions.
    """
    import torch

    shape = run_shape(config)
    if shape is None or model.config.model_type != "gpt2" or (table := _table_of(shape, rows)) is None:
        return None
    held = model.transformer.wpe.weight
    if held.shape[1:] != table.shape[1:] or not torch.allclose(held, table[: len(held)].to(held.dtype), atol=1e-6):
        return None
    longer = copy.deepcopy(model)
    longer.transformer.wpe = torch.nn.Embedding(rows, shape.width, _weight=table.to(held.dtype))
    longer.config.n_positions = rows
    return longer


def _table_of(shape: ModelConfig, rows: int) -> Any | None:
    """The first rows of the table that a run of this shape has, where they follow from the shape; else None."""
    import torch

    from train.model.positions import sinusoidal_table

    if isinstance(shape.scheme, SinusoidalPositions):
        return torch.from_numpy(sinusoidal_table(shape.scheme, rows, shape.width))
    return torch.zeros(rows, shape.width) if shape.pe == "nope" else None


def has_chosen_slopes(directory: Path) -> bool:
    """Whether the directory's model has chosen slopes, which no stock class has.

    Raises:
        ModelError: The directory holds no model.
    """
    from train.model.directory import OWN_TYPE

    return look_at(directory).config.get("model_type") == OWN_TYPE


@dataclass(frozen=True)
class ModelLogits:
    """The logits of a model, under the name by which models of `transformers` give them."""

    logits: Any


class SlopedModel:
    """A model with chosen slopes, run by this project's own arithmetic and called as a model of `transformers` is."""

    def __init__(self, directory: Path) -> None:
        """Read the model in the directory.

        Raises:
            ModelError: The directory does not hold what its config.json states.
        """
        import torch

        from train.model.directory import read_model
        from train.model.model import unflatten

        found = read_model(directory)
        slopes = getattr(found.config.scheme, "slopes", None)
        if slopes is None or list(slopes) != look_at(directory).config.get("slopes"):
            raise ModelError(f"{directory}/config.json: the slopes differ from those of the run that it records")
        self.config, self.vocabulary = found.config, found.vocabulary
        self.weights = unflatten(torch.from_numpy(found.flat)[None], found.config)

    def __call__(self, input_ids: Any, **_: Any) -> ModelLogits:
        """The logits of words without padding, (words, positions, vocabulary)."""
        import torch

        from train.model.model import Rows, logits

        tokens = input_ids[None]
        places = torch.arange(tokens.shape[-1]).expand_as(tokens)
        return ModelLogits(logits(self.weights, self.config, Rows(tokens, places, torch.zeros_like(tokens), None))[0])
