"""Trains a compiled model further, with or without noise on its weights, and measures whether it stays where it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import torch
from torch import Tensor

from eval.compiled_start.model_measures import Gpt2Subject, ask, scores_of
from eval.compiled_start.protocol import STEPS, Gpt2Measures
from train.architectures.from_weights import train_from_weights

NOISE_SEED: Final = 0


@dataclass(frozen=True)
class DriftMoment:
    """The model after some steps of training.

    Attributes:
        step: How many steps were done.
        moved: The distance of its weights from the compiled ones, as a share of the norm of these.
        asked: The model's measures.
    """

    step: int
    moved: float
    asked: Gpt2Measures


def drift_from(
    subject: Gpt2Subject, *, noise: float, rate: float, steps: Sequence[int] = STEPS
) -> tuple[DriftMoment, ...]:
    """Train the subject's model in place on words of the training lengths, and measure it after each of the steps.

    Args:
        subject: The task, with a model that holds the compiled weights.
        noise: The Gaussian noise that is added first, as a share of each array's root mean square.
        rate: The learning rate at the beginning.
        steps: The steps after which the model is measured, ascending.
    """
    model = subject.model.requires_grad_(True)
    weights = list(model.parameters())
    first = [each.detach().clone() for each in weights]
    _disturb(weights, noise)
    done = train_from_weights(subject.task, model, partial(scores_of, subject), rate=rate, steps=steps[-1])
    return tuple(DriftMoment(step, _distance(weights, first), ask(subject)) for step in done if step in steps)


def _disturb(parameters: Sequence[Tensor], noise: float) -> None:
    rng = torch.Generator().manual_seed(NOISE_SEED)
    with torch.no_grad():
        for parameter in parameters:
            size = noise * float(parameter.square().mean().sqrt())
            parameter.add_(size * torch.randn(parameter.shape, generator=rng))


def _distance(parameters: Sequence[Tensor], first: Sequence[Tensor]) -> float:
    pairs = zip(parameters, first, strict=True)
    moved = sum(float((now - then).detach().double().square().sum()) for now, then in pairs)
    whole = sum(float(then.double().square().sum()) for then in first)
    return float((moved / whole) ** 0.5)
