"""A model's directory read back, as train/model/directory.py wrote it."""

from pathlib import Path

import numpy as np

from tasks.ground.models.model_directory import read_arrays, read_json
from train.model.config import ModelConfig
from train.model.directory import PREFIX, Model
from train.model.model import parameters


def read_gpt2(directory: Path) -> Model:
    stock, arrays = read_arrays(directory)
    config = ModelConfig(
        pe="ape" if arrays[PREFIX + "wpe.weight"].any() else "nope",
        layers=stock["n_layer"],
        heads=stock["n_head"],
        width=stock["n_embd"],
        vocabulary=stock["vocab_size"],
        positions=stock["n_positions"],
    )
    parts = [arrays[PREFIX + each.name] for each in parameters(config)]
    assert [part.shape for part in parts] == [each.shape for each in parameters(config)]
    flat = np.concatenate([part.astype(np.float32).ravel() for part in parts])
    return Model(config, flat, tuple(read_json(directory / "tokenizer.json")["model"]["vocab"]))
