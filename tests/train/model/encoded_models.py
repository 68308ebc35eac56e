"""Models in general position, of every encoding, and as transformers loads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from train.model.config import ModelConfig, TrainConfig
from train.model.directory import Model, write_model
from train.model.encodings import encoding_for
from train.model.model import Rows, initial

VOCABULARY = ("x", "y", "<bos>", "<sep>", "<eos>", "<pad>")


def _cases(*cases: tuple[str, int, int, int]) -> list[Any]:
    return [pytest.param(*case, id=f"{case[0]} {case[1]}x{case[2]}x{case[3]}") for case in cases]


STOCK = _cases(
    ("rope", 2, 2, 32),
    ("rope:base=500000", 1, 4, 32),
    ("rope:width=10", 2, 1, 16),
    ("rope", 2, 2, 6),
    ("rope", 1, 1, 7),
    ("rope:modulus=12", 2, 2, 16),
    ("rope:modulus=3,width=4", 1, 1, 7),
    ("alibi", 2, 4, 32),
    ("alibi", 1, 1, 16),
    ("alibi:scaling=falcon", 2, 2, 32),
    ("alibi:scaling=falcon", 1, 16, 64),
    ("sinusoidal", 2, 2, 32),
    ("sinusoidal:width=16", 1, 2, 32),
    ("sinusoidal:modulus=12", 1, 1, 16),
    ("sinusoidal", 1, 1, 7),
    ("randomized:largest=64", 2, 2, 16),
)
CHOSEN = _cases(("alibi:slopes=0,1", 2, 2, 16), ("alibi:slopes=0,1.5,0.25", 1, 3, 24))


@dataclass(frozen=True)
class Encoded:
    """A model and the configuration of the run that it may be of."""

    config: TrainConfig
    model: Model


def encoded(pe: str, layers: int, heads: int, width: int, *, seed: int = 0, positions: int = 40) -> Encoded:
    """No bias zero, no gain one, scores far from uniform."""
    name, scheme = encoding_for(pe, heads=heads, width=width)
    rows = getattr(scheme, "largest", positions)
    shape = ModelConfig(pe=name, layers=layers, heads=heads, width=width, vocabulary=6, positions=rows, scheme=scheme)
    flat = initial(np.random.default_rng(seed), shape, scale=width**-0.5, position_scale=width**-0.5)
    noise = np.random.default_rng((seed, 1)).normal(0, 0.1, flat.shape).astype(np.float32)
    config = TrainConfig(task="first", model=shape, train_length=6, max_length=12)
    return Encoded(config, Model(shape, flat + noise, VOCABULARY))


def rows_of(tokens: torch.Tensor, positions: torch.Tensor | None = None) -> Rows:
    """One word a row, from position 0 where none are given."""
    places = torch.arange(tokens.shape[-1]).expand_as(tokens) if positions is None else positions
    return Rows(tokens, places, torch.zeros_like(tokens), None)


def stock(run: Encoded, directory: Path) -> Any:
    """What transformers makes of its directory."""
    directory.mkdir(exist_ok=True)
    write_model(directory, run.model, extra={})
    return AutoModelForCausalLM.from_pretrained(directory).eval()
