"""Errors of students at every position, with what they are to be compared with."""

import torch
from torch import Tensor

from train.architectures.forward import forward
from train.teaching.config import TeachingConfig
from train.teaching.sequences import Drawer, Examples, tests_of
from train.teaching.taught import Curve

BLOCK = 128  # sequences at once


def tested(config: TeachingConfig, drawer: Drawer, flat: Tensor, validation: Examples) -> list[tuple[Curve, ...]]:
    """The curves of each student, one for each test of the configuration.

    The constant that each is compared with is the teacher's mean output at the longest training length.
    """
    constants = validation.labels[:, :, -1].mean(1)  # (models, k)
    found: list[list[Curve]] = [[] for _ in flat]
    for test in tests_of(config):
        examples = drawer.test(test)
        errors = _errors(config, flat, examples).tolist()
        variances = examples.labels.var(1, correction=0).mean(2).tolist()  # (models, length)
        constant = (examples.labels - constants[:, None, None]).square().mean((1, 3)).tolist()
        for row, curves in enumerate(found):
            curves.append(Curve(test.name, tuple(errors[row]), tuple(variances[row]), tuple(constant[row])))
    return [tuple(curves) for curves in found]


@torch.no_grad()
def _errors(config: TeachingConfig, flat: Tensor, examples: Examples) -> Tensor:
    """The mean squared error of each student at each position: (models, length)."""
    total = torch.zeros(examples.labels.shape[0], examples.labels.shape[2], dtype=torch.float64)
    for start in range(0, examples.tokens.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        made = forward(flat, config.student, examples.tokens[:, part]).outputs
        total += (made - examples.labels[:, part]).square().mean(3).sum(1)
    return total / examples.tokens.shape[1]
