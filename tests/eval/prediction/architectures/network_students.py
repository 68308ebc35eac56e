"""Students that are networks: searched by gradients from random weights, for one exact in training and wrong later.

What is minimised (Levenberg and Marquardt's method) is the error on the training lengths, together with what the error
on longer ones falls short of a distance. Where both vanish, the student is a counterexample.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from eval.prediction.architectures.assumptions import Assumptions
from train.teaching.architectures.architecture import Architecture, initial
from train.teaching.architectures.forward import Forward, forward

FAR = 0.05  # the error on longer words that is asked for, a root mean square
EXACT = 1e-7  # the greatest error on the training lengths of a student that counts as exact
LATER = 3  # how many more positions than in training are looked at
SEQUENCES = 24
STEP = 1e-6  # of the differences that slopes are taken from
STALLED_STEPS = 12  # steps within which what is minimised has to halve

Errors = Callable[[Tensor, Tensor], Tensor]  # of students (models, numbers) on tokens (sequences, length, n)


@dataclass(frozen=True)
class NetworkStudents:
    """The networks of one architecture as students of a random teacher, and what is assumed of them.

    A cubic part, where the output map may be any diffeomorphism of R^m: h + diag(c^2) h^3, c beside the weights.
    """

    assumed: Assumptions
    architecture: Architecture

    @property
    def cubic(self) -> int:
        """How many numbers the cubic part has."""
        return self.architecture.hidden if self.assumed.capacity == "diffeo" else 0


@dataclass(frozen=True)
class Found:
    """The student that was found: its greatest error on the training lengths, and the root mean square later."""

    trained: float
    later: float

    @property
    def is_counterexample(self) -> bool:
        """Whether it is exact in training and wrong later."""
        return self.trained < EXACT and self.later > FAR / 2


def search(students: NetworkStudents, length: int, seed: int, *, starts: int, steps: int = 60) -> Found | None:
    """The first counterexample among so many random starts; None where none was found."""
    rng = np.random.default_rng(seed)
    teacher = _random(students, rng)
    errors = _errors(students, teacher)
    tokens = torch.from_numpy(_tokens(students, rng, length))
    for _ in range(starts):
        found = _descended(errors, _random(students, rng), tokens, length, steps)
        fresh = _measured(errors, found, torch.from_numpy(_tokens(students, rng, length)), length)
        if fresh.is_counterexample:
            return fresh
    return None


def _random(students: NetworkStudents, rng: np.random.Generator) -> Tensor:
    """Weights that show all they do: a recurrence's maps orthogonal, biases drawn too."""
    flat = initial(rng, students.architecture).astype(np.float64)
    flat = np.where(flat == 0, rng.normal(size=len(flat)) / 2, flat)
    return torch.from_numpy(np.concatenate([flat, np.zeros(students.cubic)]))


def _tokens(students: NetworkStudents, rng: np.random.Generator, length: int) -> np.ndarray:
    width, longest = students.architecture.width, length + LATER
    if students.assumed.support in ("full", "states"):
        return rng.normal(size=(SEQUENCES, longest, width))
    if students.assumed.support != "grid":
        return rng.random((SEQUENCES, longest, width))
    drawn = rng.integers(0, 3, (9**length, longest, width)) / 2
    words = np.arange(9**length)[:, None] // 9 ** np.arange(length)[None] % 9  # every word, once
    drawn[:, :length] = np.stack([words % 3, words // 3], axis=2) / 2
    return drawn


def _errors(students: NetworkStudents, teacher: Tensor) -> Errors:
    def found(stack: Tensor, tokens: Tensor) -> Tensor:
        mine, known = _ran(students, stack, tokens), _ran(students, teacher.unsqueeze(0), tokens)
        if students.cubic:
            # The student's output map is the teacher's after a diffeomorphism of the teacher's states.
            bends = stack[:, -students.cubic :].view(len(stack), 1, 1, -1) ** 2
            return mine.state - known.state - bends * known.state**3
        outputs = mine.outputs - known.outputs
        return torch.cat([outputs, mine.state - known.state], dim=-1) if students.assumed.thought else outputs

    return found


def _ran(students: NetworkStudents, stack: Tensor, tokens: Tensor) -> Forward:
    own = stack[:, : stack.shape[1] - students.cubic]
    return forward(own, students.architecture, tokens.expand(len(stack), *tokens.shape))


def _descended(errors: Errors, start: Tensor, tokens: Tensor, length: int, steps: int) -> Tensor:
    def wanted(stack: Tensor) -> Tensor:  # (models, numbers) -> (models, what is to vanish)
        every = errors(stack, tokens)
        short = FAR - torch.sqrt((every[:, :, length:] ** 2).mean(dim=(1, 2, 3)) + 1e-12)
        return torch.cat([every[:, :, :length].flatten(1), torch.relu(short).unsqueeze(1)], dim=1)

    one = torch.eye(len(start), dtype=start.dtype)
    student, damping = start, 1e-2
    values, before = wanted(student.unsqueeze(0))[0], np.inf
    for done in range(steps):
        size = float(torch.sum(values**2))
        if done % STALLED_STEPS == 0:
            if size > before / 2:
                break
            before = size
        # Central differences: all the moved students are one stack of models.
        matrix = ((wanted(student + STEP * one) - wanted(student - STEP * one)) / (2 * STEP)).T
        gram, slope = matrix.T @ matrix, matrix.T @ values
        for _ in range(8):
            step = torch.linalg.solve(gram + damping * one, slope)
            moved = wanted((student - step).unsqueeze(0))[0]
            if torch.sum(moved**2) < size:
                student, values, damping = student - step, moved, damping / 4
                break
            damping *= 4
        else:
            break
        if torch.max(torch.abs(values)) < EXACT / 10:
            break
    return student


def _measured(errors: Errors, student: Tensor, tokens: Tensor, length: int) -> Found:
    every = errors(student.unsqueeze(0), tokens)[0]
    later = torch.sqrt((every[:, length:] ** 2).mean())
    return Found(float(every[:, :length].abs().max()), float(later))
