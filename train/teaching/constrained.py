"""The constrained learner of Theorem 12 (arXiv 2402.04875, A.6), which tries every student of a grid of weights.

It keeps the students whose error is within epsilon of the best one at each training length. The more training lengths
there are, the fewer students are left (Lemma 11). From some length on, all students that are left are within epsilon at
every length. Theorem 12 says that there is such a length.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from train.teaching.architectures.architecture import Architecture, parameters
from train.teaching.architectures.forward import forward

MOST_STUDENTS = 1_000_000  # the most students of a cover
STUDENTS_AT_ONCE = 2000  # how many students are computed at once


@dataclass(frozen=True)
class Kept:
    """The students that are left of a cover.

    Attributes:
        left: How many students are within epsilon at every length up to 1, 2, ...
        greatest: For each of these training lengths, the greatest excess error of the students left at any tested
            length.
        sufficient: The smallest training length for which all students left are within epsilon at every tested length;
            None if there is none.
    """

    left: tuple[int, ...]
    greatest: tuple[float, ...]
    sufficient: int | None


def grid_cover(architecture: Architecture, radius: float, values: int) -> Tensor:
    """Return every student whose weights are among `values` evenly spaced numbers from -radius to radius.

    Every student of the cube [-radius, radius]^size is within `radius / (values - 1)` of one of them, in each weight.

    Returns:
        The students' flat weights (students, numbers).

    Raises:
        ValueError: There are more than `MOST_STUDENTS`.
    """
    size = sum(each.size for each in parameters(architecture))
    if values**size > MOST_STUDENTS:
        raise ValueError(f"a cover of {values}^{size} students: expected at most {MOST_STUDENTS:,}")
    levels = torch.linspace(-radius, radius, values).tolist()
    return torch.tensor(list(itertools.product(levels, repeat=size)))


@torch.no_grad()
def errors_by_length(cover: Tensor, teacher: Tensor, architecture: Architecture, tokens: Tensor) -> Tensor:
    """Return each student's mean squared error at each position (students, length).

    Args:
        cover: The students' flat weights (students, numbers).
        teacher: The teacher's flat weights (numbers,).
        architecture: The architecture of all of them.
        tokens: The sequences (sequences, length, n).
    """
    wanted = forward(teacher[None], architecture, tokens[None]).outputs
    found = []
    for part in torch.split(cover, STUDENTS_AT_ONCE):
        made = forward(part, architecture, tokens.expand(len(part), *tokens.shape)).outputs
        found.append((made - wanted).square().mean(dim=(1, 3)))
    return torch.cat(found)


def constrained_learner(errors: Tensor, epsilon: float) -> Kept:
    """Return the students that the learner keeps, for each training length.

    A student is kept if its error exceeds that of the best one by no more than epsilon, at every training length.

    Args:
        errors: Errors (students, length), as `errors_by_length` returns them.
        epsilon: The largest excess.
    """
    excess = errors - errors.min(dim=0).values
    within = (excess <= epsilon).cumprod(dim=1).bool()  # (students, length): within epsilon at every length so far
    worst = excess.max(dim=1).values
    greatest = tuple(float(worst[kept].max()) if kept.any() else 0.0 for kept in within.T)
    sufficient = next((n for n, each in enumerate(greatest, start=1) if each <= epsilon), None)
    return Kept(tuple(within.sum(dim=0).tolist()), greatest, sufficient)
