"""The errors of students at every position, with the errors that they are compared with."""

import torch
from torch import Tensor

from train.teaching.architectures.forward import forward
from train.teaching.config import TeachingConfig
from train.teaching.sequences import Drawer, Examples, planned_tests
from train.teaching.student_results import ErrorCurve

SEQUENCES_AT_ONCE = 128  # how many sequences are computed at once


def tested(config: TeachingConfig, drawer: Drawer, flat: Tensor, validation: Examples) -> list[tuple[ErrorCurve, ...]]:
    """Return the error curves of each student, one for each test of the configuration.

    A student is compared with a constant answer: the mean label at the longest training length.

    Args:
        config: The configuration.
        drawer: Draws the tests.
        flat: The students' weights (models, numbers).
        validation: The validation sequences, from which the constant is computed.
    """
    constants = [labels[:, -1].double().mean(0) for labels in validation.labels]  # (k,) each
    found: list[list[ErrorCurve]] = [[] for _ in flat]
    for test in planned_tests(config):
        examples = drawer.test(test)
        # One student after the other, because the order of a sum over a stack depends on the stack's size.
        for row, (curves, constant) in enumerate(zip(found, constants, strict=True)):
            loss = _errors(config, flat[row : row + 1], examples.tokens[row : row + 1], examples.labels[row])
            labels = examples.labels[row].double()
            variance = labels.var(0, correction=0).mean(1)  # (length,)
            away = (labels - constant).square().mean((0, 2))
            curves.append(ErrorCurve(test.name, tuple(loss), tuple(variance.tolist()), tuple(away.tolist())))
    return [tuple(curves) for curves in found]


@torch.no_grad()
def _errors(config: TeachingConfig, flat: Tensor, tokens: Tensor, labels: Tensor) -> list[float]:
    """Return the mean squared error of one student at each position.

    `flat` is (1, numbers), `tokens` (1, sequences, length, n), and `labels` (sequences, length, k).
    """
    total = torch.zeros(labels.shape[1], dtype=torch.float64)
    for start in range(0, len(labels), SEQUENCES_AT_ONCE):
        part = slice(start, start + SEQUENCES_AT_ONCE)
        made = forward(flat, config.student, tokens[:, part]).outputs[0]
        total += (made - labels[part]).square().double().mean(2).sum(0)
    means: list[float] = (total / len(labels)).tolist()
    return means
