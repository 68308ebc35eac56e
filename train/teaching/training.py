"""Trains students, several seeds side by side; each learns the same bits as it would alone.

Source: Ahuja and Mansouri, arXiv 2402.04875, appendix B: AdamW, the squared error at every position, and new sequences
in every batch. As there, the error is averaged over all `longest` positions, and positions that a sequence does not
have count as 0.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeAlias

import torch
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau

from train.teaching.architectures.forward import forward
from train.teaching.config import TEACHING_VERSION, TeachingConfig
from train.teaching.sequences import Drawer, Examples, initial_weights
from train.teaching.student_errors import tested
from train.teaching.student_results import Taught

BETAS, EPSILON = (0.9, 0.95), 1e-8
# The plateau schedule of the paper's text.
FACTOR, PATIENCE_EPOCHS, THRESHOLD, COOLDOWN_EPOCHS, SLOWEST = 0.8, 1, 1e-6, 1, 1e-7
VECTOR_NUMBERS = 32  # how many numbers torch computes at once: two vectors of 16, the widest that there are


@dataclass(frozen=True)
class TrainingMoment:
    """A moment of a training: the epochs done, and the mean validation loss of the seeds."""

    seeds: tuple[int, ...]
    epoch: int
    epochs: int
    loss: float


OnMoment: TypeAlias = Callable[[TrainingMoment], None]


def ignore(_: TrainingMoment) -> None:
    """Do nothing; the default where nobody wants the progress."""


@dataclass
class _Student:
    """One seed in training: its weights (1, numbers), the optimiser and the schedule."""

    seed: int
    flat: Tensor
    optimizer: AdamW
    plateau: ReduceLROnPlateau | None  # stepped after every epoch
    cosine: CosineAnnealingLR | None  # stepped after every step
    training: list[float]
    validation: list[float]
    diverged: bool = False


def taught(config: TeachingConfig, seeds: Sequence[int], on_moment: OnMoment = ignore) -> tuple[Taught, ...]:
    """Train a student for each seed on its teacher, test it, and return the results.

    A student that diverges is a result too. The seeds are trained side by side if each gets the same bits as alone,
    otherwise one after the other.

    Args:
        config: The configuration.
        seeds: The seeds.
        on_moment: Called after every epoch; it may end the training by an exception.
    """
    parts = [tuple(seeds)] if stacks_exactly(config) else [(seed,) for seed in seeds]
    return tuple(each for part in parts for each in _taught(config, part, on_moment))


def stacks_exactly(config: TeachingConfig) -> bool:
    """Return whether seeds can be trained side by side with the same bits as alone.

    This holds if each array of a batch fills whole vectors of the processor for each model. Numbers that do not fill a
    vector are computed by scalar code, whose exponential differs in the last bit, and a stack would leave other numbers
    over.
    """
    sizes = [size for each in (config.teacher, config.student) for size in (each.hidden, each.outputs)]
    for each in (config.teacher, config.student):
        reach = each.offsets or config.longest
        sizes += [config.longest * reach * each.heads]
    return all(config.batch_size * size % VECTOR_NUMBERS == 0 for size in sizes)


def _taught(config: TeachingConfig, seeds: tuple[int, ...], on_moment: OnMoment) -> tuple[Taught, ...]:
    clock, cpu = time.monotonic(), time.process_time()
    drawer = Drawer(config, seeds)
    validation = drawer.validation()
    start = initial_weights(config, "student", seeds)
    students = [_student(config, seed, row) for seed, row in zip(seeds, torch.split(start, 1), strict=True)]
    for epoch in range(config.epochs):
        _train_epoch(config, students, drawer, epoch)
        losses = _validate(config, students, validation)
        on_moment(TrainingMoment(seeds, epoch + 1, config.epochs, sum(losses) / len(losses)))
        if all(student.diverged for student in students):
            break
    flat = torch.cat([student.flat.detach() for student in students])
    curves = tested(config, drawer, flat, validation)
    clock, cpu = time.monotonic() - clock, time.process_time() - cpu
    versions = {name: version(name) for name in ("torch", "numpy", "crasp-bench")}
    versions["teaching"] = str(TEACHING_VERSION)
    return tuple(
        Taught(
            config=config,
            seed=student.seed,
            stopped="diverged" if student.diverged else "budget",
            training=tuple(student.training),
            validation=tuple(student.validation),
            tests=tests,
            weights=student.flat.detach()[0].float().numpy(),
            seconds=clock / len(students),
            cpu_seconds=cpu / len(students),
            versions=versions,
        )
        for student, tests in zip(students, curves, strict=True)
    )


def _student(config: TeachingConfig, seed: int, flat: Tensor) -> _Student:
    flat = flat.clone().requires_grad_()
    optimizer = AdamW([flat], lr=config.lr, betas=BETAS, eps=EPSILON, weight_decay=config.weight_decay, fused=True)
    plateau, cosine = None, None
    if config.schedule == "cosine":
        cosine = CosineAnnealingLR(optimizer, max(config.epochs * config.batches, 1))
    if config.schedule == "plateau":
        plateau = ReduceLROnPlateau(
            optimizer,
            factor=FACTOR,
            patience=PATIENCE_EPOCHS,
            threshold=THRESHOLD,
            threshold_mode="abs",
            cooldown=COOLDOWN_EPOCHS,
            min_lr=SLOWEST,
        )
    return _Student(seed, flat, optimizer, plateau, cosine, [], [])


def _train_epoch(config: TeachingConfig, students: Sequence[_Student], drawer: Drawer, number: int) -> None:
    epoch = drawer.epoch(number)
    totals = torch.zeros(len(students), dtype=drawer.number_type)
    for _ in range(config.batches):
        flat = torch.cat([student.flat for student in students])
        loss = losses(config, flat, epoch.batch())
        torch.autograd.backward(loss.sum())
        totals += loss.detach()
        for student in students:
            _step(student, config.radius)
    for student, total in zip(students, (totals / config.batches).tolist(), strict=True):
        student.training.append(total)


@torch.no_grad()
def _step(student: _Student, radius: float) -> None:
    """Do one step. A student whose gradient is not finite has diverged, and stays as it is from then on."""
    gradient = student.flat.grad
    assert gradient is not None
    student.diverged = student.diverged or not bool(torch.isfinite(gradient).all())
    if not student.diverged:
        student.optimizer.step()
        if student.cosine is not None:
            student.cosine.step()
        if radius:
            student.flat.mul_(torch.clamp(radius / student.flat.norm(), max=1.0))
    student.optimizer.zero_grad()


def _validate(config: TeachingConfig, students: Sequence[_Student], validation: Examples) -> list[float]:
    flat = torch.cat([student.flat.detach() for student in students])
    found = []
    for start in range(0, validation.tokens.shape[1], config.batch_size):
        part = slice(start, start + config.batch_size)
        made = forward(flat, config.student, validation.tokens[:, part]).outputs
        found.append(row_means((made - validation.labels[:, part]).square()))
    means: list[float] = torch.stack(found).double().mean(0).tolist()
    for student, mean in zip(students, means, strict=True):
        student.validation.append(mean)
        if student.plateau is not None and not student.diverged:
            student.plateau.step(mean)
    return means


def losses(config: TeachingConfig, flat: Tensor, examples: Examples) -> Tensor:
    """Return each student's loss: (models,).

    It is the squared error on the labels, and with `thought` also that on the states. With an epsilon it is the excess
    of each position's error over epsilon.

    Args:
        config: The configuration.
        flat: The students' weights (models, numbers).
        examples: The sequences.
    """
    made = forward(flat, config.student, examples.tokens)
    if config.epsilon:
        return _excess(made.outputs - examples.labels, examples.counted, config.epsilon)
    loss = _squared(made.outputs - examples.labels, examples.counted)
    if config.thought:
        loss = loss + config.thought * _squared(made.state - examples.states, examples.counted)
    return loss


def _squared(errors: Tensor, counted: Tensor | None) -> Tensor:
    squares = errors.square()
    return row_means(squares if counted is None else squares * counted)


def _excess(errors: Tensor, counted: Tensor | None, epsilon: float) -> Tensor:
    """Return the mean over positions of the excess of the mean squared error there over epsilon: (models,)."""
    seen = torch.ones_like(errors[..., :1]) if counted is None else counted
    found = []
    for squares, rows in zip(errors.square() * seen, seen, strict=True):
        numbers = rows.sum((0, 2)).clamp(min=1) * errors.shape[-1]
        found.append(torch.relu(squares.sum((0, 2)) / numbers - epsilon).mean())
    return torch.stack(found)


def row_means(values: Tensor) -> Tensor:
    """Return the mean of each row (models,), summed in an order that does not depend on how many rows there are."""
    return torch.stack([row.mean() for row in values])
