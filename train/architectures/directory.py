"""A trained model as a directory: of transformers where its class is there, else weights for the factory that made it.

A stock class's directory is read by `transformers` and by `python -m eval measure --model`. A person's own module
leaves as `model.safetensors` and `architecture.json`; `read_own_module` builds it again with the factory and loads
these weights.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

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
    """Writes the model into an existing directory, with its configuration and, for a stock class, its tokenizer."""
    said = architecture_config_to_json(config)
    if config.architecture.source == "factory":
        save_file(_apart(model.module), directory / "model.safetensors", metadata={"format": "pt"})
        dump(directory / OWN, said | {"tokens": list(task.vocabulary), "positions": config.positions})
        return
    module: Any = model.module
    _write_tokenizer(directory, task, config)  # and a GPT-2's config.json, in whose place the model's own comes
    with quiet():
        module.save_pretrained(directory)
    file = directory / "config.json"
    dump(file, json.loads(file.read_text(encoding="utf-8")) | {"crasp_bench": said})


def _apart(module: "Module") -> dict[str, torch.Tensor]:
    """The module's arrays, those that share memory as copies: a file of safetensors has each once."""
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
    """The model that a factory made and that was trained, with its weights; `architecture` names the factory.

    ArchitectureError where the directory holds no such model, or the factory makes another one than it did.
    """
    try:
        said = json.loads((directory / OWN).read_text(encoding="utf-8"))
        tokens, positions = tuple(said["tokens"]), int(said["positions"])
        arrays = load_file(directory / "model.safetensors")
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ArchitectureError(f"{directory} holds no model of a person's own: {error}") from None
    model = built(architecture, tokens, positions, seed=0)
    try:
        model.module.load_state_dict(arrays)
    except RuntimeError as error:
        raise ArchitectureError(f"{directory}: these are not the weights of what the factory makes: {error}") from None
    model.module.eval()
    return model
