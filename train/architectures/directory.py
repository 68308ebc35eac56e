"""A trained model as a directory.

A model of a class of transformers is written as a directory that `transformers` and `python -m eval measure --model`
read. A module that the user wrote becomes `model.safetensors` and `architecture.json`. `read_own_module` builds such a
module again with the user's factory, and loads these weights.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tasks.ground.json_text import read_json_text
from tasks.ground.models.causal_model import quiet
from tasks.ground.models.gpt2_directory import Stock, dump, write_stock
from tasks.task import Task
from tasks.words import SPECIAL
from train.architectures.checking import Trainable, built
from train.architectures.config import ArchitectureConfig, architecture_config_to_json
from train.architectures.specification import ArchitectureError, ArchitectureSpec

if TYPE_CHECKING:
    from torch.nn import Module

OWN = "architecture.json"


def write_architecture(directory: Path, model: Trainable, task: Task, config: ArchitectureConfig) -> None:
    """Write the model and its configuration into an existing directory.

    A model of a class of transformers gets its tokenizer too.
    """
    said = architecture_config_to_json(config)
    if config.architecture.source == "factory":
        save_file(_apart(model.module), directory / "model.safetensors", metadata={"format": "pt"})
        dump(directory / OWN, said | {"tokens": list(task.vocabulary), "positions": config.positions})
        return
    module: Any = model.module
    # This also writes the config.json of a GPT-2, which the model's own replaces below.
    _write_tokenizer(directory, task, config)
    with quiet():
        module.save_pretrained(directory)
    file = directory / "config.json"
    dump(file, json.loads(file.read_text(encoding="utf-8")) | {"crasp_bench": said})


def _apart(module: "Module") -> dict[str, torch.Tensor]:
    """Return the module's arrays, each as a copy, because a file of safetensors refuses arrays that share memory."""
    return {name: tensor.detach().clone().contiguous() for name, tensor in module.state_dict().items()}


def _write_tokenizer(directory: Path, task: Task, config: ArchitectureConfig) -> None:
    stock = Stock(
        tokens=task.vocabulary,
        letters=len(task.vocabulary) - sum(token in SPECIAL for token in task.vocabulary),
        positions=config.positions,
        width=1,
        layers=1,
        heads=1,
        activation="gelu_new",
        epsilon=1e-5,
        tied=True,
        dtype="float32",
    )
    write_stock(directory, stock, extra={})


def read_own_module(directory: Path, architecture: ArchitectureSpec) -> Trainable:
    """Return the trained model of a user's factory, with the weights that the directory holds.

    Args:
        directory: A directory that `write_architecture` wrote.
        architecture: Names the factory that makes the module.

    Raises:
        ArchitectureError: The directory holds no such model, or the factory's module does not fit the weights.
    """
    try:
        said = read_json_text((directory / OWN).read_text(encoding="utf-8"))
        tokens, positions = tuple(said["tokens"]), int(said["positions"])
        arrays = load_file(directory / "model.safetensors")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ArchitectureError(f"{directory} holds no model made by a factory: {error}") from None
    model = built(architecture, tokens, positions, seed=0)
    try:
        model.module.load_state_dict(arrays)
    except RuntimeError as error:
        raise ArchitectureError(
            f"{directory}: the weights do not fit the model that the factory makes: {error}"
        ) from None
    model.module.eval()
    return model
