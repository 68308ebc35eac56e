"""The constrained learner of Theorem 12 (arXiv 2402.04875, A.6) over a cover: every student of a grid is looked at.

It keeps the students that are within epsilon of the best at each training length. The more lengths, the fewer are left
(Lemma 11), until those are left that are within epsilon at all lengths: the length that Theorem 12 says there is.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from train.teaching.architectures.architecture import Architecture, parameters
from train.teaching.architectures.forward import forward

MOST_STUDENTS = 1_000_000  # students of a cover
STUDENTS_AT_ONCE = 2000  # students asked at once


@dataclass(frozen=True)
class Kept:
    """What is left of a cover.

    left        students within epsilon at every length to 1, 2, ...
    greatest    the greatest error at any tested length among these, at each number of training lengths
    sufficient  the least training length from which on all that are left are within epsilon at every tested length
    """

    left: tuple[int, ...]
    greatest: tuple[float, ...]
    sufficient: int | None


def grid_cover(architecture: Architecture, radius: float, values: int) -> Tensor:
    """Every student whose numbers are among so many even ones from -radius to radius: (students, numbers).

    ValueError where there are too many. Every student of the cube is within `radius / (values - 1)` of one of them, in
    each number.
    """
    size = sum(each.size for each in parameters(architecture))
    if values**size > MOST_STUDENTS:
        raise ValueError(f"a cover of {values}^{size} students: expected at most {MOST_STUDENTS:,}")
    levels = torch.linspace(-radius, radius, values).tolist()
    return torch.tensor(list(itertools.product(levels, repeat=size)))


@torch.no_grad()
def errors_by_length(cover: Tensor, teacher: Tensor, architecture: Architecture, tokens: Tensor) -> Tensor:
    """Each student's mean squared error at each position: tokens (sequences, length, n) to (students, length)."""
    wanted = forward(teacher[None], architecture, tokens[None]).outputs
    found = []
    for part in torch.split(cover, STUDENTS_AT_ONCE):
        made = forward(part, architecture, tokens.expand(len(part), *tokens.shape)).outputs
        found.append((made - wanted).square().mean(dim=(1, 3)))
    return torch.cat(found)


def constrained_learner(errors: Tensor, epsilon: float) -> Kept:
    """The students that the learner keeps, by training length; errors as of `errors_by_length`.

    A student is kept where its error exceeds that of the best one by no more than epsilon.
    """
    excess = errors - errors.min(dim=0).values
    within = (excess <= epsilon).cumprod(dim=1).bool()  # (students, length): at every length so far
    worst = excess.max(dim=1).values
    greatest = tuple(float(worst[kept].max()) if kept.any() else 0.0 for kept in within.T)
    sufficient = next((n for n, each in enumerate(greatest, start=1) if each <= epsilon), None)
    return Kept(tuple(within.sum(dim=0).tolist()), greatest, sufficient)
