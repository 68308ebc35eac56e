"""Models derived from a GPT-2 that can be measured like it: its nearest Limit Transformer, and rounded attention."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.answering.models import ModelAnswerer
from limit_transformer.reading.gpt2_forward import AttentionRounding, Gpt2Model, forward
from limit_transformer.reading.nearest_machine import NearestMachine


@dataclass(frozen=True)
class _AskedNearest:
    machine: NearestMachine
    sharpened: bool

    def __call__(self, *, input_ids: Any, **_: Any) -> Any:
        return _logits(self.machine.answers(input_ids.numpy(), sharpened=self.sharpened))


@dataclass(frozen=True)
class _AskedRounded:
    model: Gpt2Model
    rounding: AttentionRounding

    def __call__(self, *, input_ids: Any, **_: Any) -> Any:
        return _logits(forward(self.model, input_ids.numpy(), rounding=self.rounding))


def _logits(found: NDArray[np.float64]) -> Any:
    import torch

    return SimpleNamespace(logits=torch.from_numpy(found))


def nearest_answerer(asked: ModelAnswerer, machine: NearestMachine, *, sharpened: bool = False) -> ModelAnswerer:
    """Return the nearest machine with the same vocabulary; it answers words of every length."""
    return replace(
        asked,
        name="the sharpened nearest machine" if sharpened else "the nearest machine",
        model=_AskedNearest(machine, sharpened),
        positions=None,
        directory=None,
    )


def rounded_answerer(asked: ModelAnswerer, model: Gpt2Model, bits: int) -> ModelAnswerer:
    """Return the same model, whose attention logits and weights keep `bits` binary places."""
    rounding = AttentionRounding(logits=bits, weights=bits)
    return replace(asked, name=f"{bits} bits", model=_AskedRounded(model, rounding), directory=None)
