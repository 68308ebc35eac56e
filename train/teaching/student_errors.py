"""Errors of students at every position, with what they are to be compared with."""

import torch
from torch import Tensor

from train.teaching.architectures.forward import forward
from train.teaching.config import TeachingConfig
from train.teaching.sequences import Drawer, Examples, planned_tests
from train.teaching.student_results import ErrorCurve

SEQUENCES_AT_ONCE = 128  # sequences at once


def tested(config: TeachingConfig, drawer: Drawer, flat: Tensor, validation: Examples) -> list[tuple[ErrorCurve, ...]]:
    """The curves of each student, one for each test of the configuration.

    The constant that each is compared with is the teacher's mean output at the longest training length.
    """
    constants = [labels[:, -1].double().mean(0) for labels in validation.labels]  # (k,) each
    found: list[list[ErrorCurve]] = [[] for _ in flat]
    for test in planned_tests(config):
        examples = drawer.test(test)
        # Row by row: how a sum over a stack is ordered depends on its size.
        for row, (curves, constant) in enumerate(zip(found, constants, strict=True)):
            loss = _errors(config, flat[row : row + 1], examples.tokens[row : row + 1], examples.labels[row])
            labels = examples.labels[row].double()
            variance = labels.var(0, correction=0).mean(1)  # (length,)
            away = (labels - constant).square().mean((0, 2))
            curves.append(ErrorCurve(test.name, tuple(loss), tuple(variance.tolist()), tuple(away.tolist())))
    return [tuple(curves) for curves in found]


@torch.no_grad()
def _errors(config: TeachingConfig, flat: Tensor, tokens: Tensor, labels: Tensor) -> list[float]:
    """The mean squared error of one student, flat (1, numbers), at each position of tokens (1, sequences, ...)."""
    total = torch.zeros(labels.shape[1], dtype=torch.float64)
    for start in range(0, len(labels), SEQUENCES_AT_ONCE):
        part = slice(start, start + SEQUENCES_AT_ONCE)
        made = forward(flat, config.student, tokens[:, part]).outputs[0]
        total += (made - labels[part]).square().double().mean(2).sum(0)
    means: list[float] = (total / len(labels)).tolist()
    return means
