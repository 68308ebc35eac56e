"""The loop that trains one model of any architecture with AdamW, and the tests of the trained model.

Words, schedule and tests are those of the project's own models (`train.running`).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module

from tasks.drawing.randomness import generator, integers_below
from tasks.task import Task
from tasks.words import Batch
from train.architectures.checking import Trainable, asked
from train.architectures.config import ArchitectureConfig
from train.ledger.accuracy import BinAccuracy, batch_accuracy
from train.ledger.horizon import WORDS, Horizon, around, find_horizon
from train.model.model import Rows
from train.model.optimizer import BETA1, BETA2, EPSILON
from train.running.batches import CHUNK_STEPS, JudgedRows, longest_with_words
from train.running.evaluation import WORDS_AT_ONCE
from train.running.objective import losses, words_right
from train.running.schedule import Course, evaluated, evaluation_due, learning_rate, longest_at, start, stepped
from train.running.training_words import TrainingWords, kept_words

OnCourse = Callable[[Course], None]


@dataclass(frozen=True)
class _JudgedWords:
    """Words as a model reads them, cut after the last column that is judged, with padding behind shorter words."""

    tokens: Tensor  # (words, columns)
    offsets: Tensor  # (words,)
    counted: Tensor  # (words, columns) bool
    targets: Tensor  # as in `tasks.words.Batch`, for these columns


def trained(task: Task, config: ArchitectureConfig, model: Trainable, seed: int, on_course: OnCourse) -> Course:
    """Train the model in place by the configuration's protocol, and return the record of the training.

    Args:
        task: The task.
        config: The configuration.
        model: The model.
        seed: Decides which training words are drawn.
        on_course: Called after each step with the record so far.

    Raises:
        UserCodeError: The module is the user's own and its code failed.
        ArchitectureError: A class of transformers failed.
    """
    protocol = config.protocol
    optimizer = adamw(model.module, protocol.weight_decay)
    course, words = start(protocol, seed), _WordsOfSteps(task, config, model, seed)
    clock, cpu = time.monotonic(), time.process_time()
    while course.stopped is None:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(protocol, course)
        course = _step(task, config, model, optimizer, words.at(course), course)
        if course.stopped is None and evaluation_due(protocol, course):
            right = held_out(task, config, model, longest_at(protocol, course, course.step))
            course = evaluated(protocol, course, right)
        now, used = time.monotonic(), time.process_time()
        course = replace(course, seconds=course.seconds + now - clock, cpu_seconds=course.cpu_seconds + used - cpu)
        clock, cpu = now, used
        on_course(course)
    return course


def adamw(module: Module, decay: float) -> torch.optim.Optimizer:
    """Return AdamW for the module's trainable parameters. Matrices have weight decay; biases and norms have none."""
    trainable = [each for each in module.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in trainable if each.ndim >= 2], "weight_decay": decay},
        {"params": [each for each in trainable if each.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([each for each in groups if each["params"]], betas=(BETA1, BETA2), eps=EPSILON)


def _step(
    task: Task,
    config: ArchitectureConfig,
    model: Trainable,
    optimizer: torch.optim.Optimizer,
    words: _JudgedWords,
    course: Course,
) -> Course:
    """Do one step and return the new record.

    If the loss or gradient is not finite, end the training before the step.
    """
    model.module.train()
    optimizer.zero_grad(set_to_none=True)
    architecture = config.architecture
    scores = asked(lambda: model.logits(words.tokens, words.offsets), architecture)
    loss = losses(task, scores.float().unsqueeze(0), _judged(words)).sum()
    asked(loss.backward, architecture)
    weights = [each for each in model.module.parameters() if each.grad is not None]
    norm = torch.nn.utils.clip_grad_norm_(weights, config.protocol.clip)
    if not (torch.isfinite(loss) and torch.isfinite(norm)):
        return replace(course, stopped="diverged")
    optimizer.step()
    return stepped(course, float(loss.detach()), 0.0)


class _WordsOfSteps:
    """The training words of each step, drawn for `CHUNK_STEPS` steps at once.

    The words are those that the engine of the project's own models draws for the same seed.
    """

    def __init__(self, task: Task, config: ArchitectureConfig, model: Trainable, seed: int) -> None:
        self.task, self.config, self.model, self.seed = task, config, model, seed
        self.words = TrainingWords(task, config.protocol)
        self.drawn: tuple[int, Batch, NDArray[np.int64]] | None = None

    def at(self, course: Course) -> _JudgedWords:
        protocol = self.config.protocol
        chunk, step = divmod(course.step, CHUNK_STEPS)
        if self.drawn is None or self.drawn[0] != chunk:
            longest = longest_at(protocol, course, chunk * CHUNK_STEPS)
            lengths = (1, longest_with_words(self.task, longest, protocol.train_length))
            rng = generator(self.task.name, f"train-{chunk}", lengths, self.seed)
            batch = self.words.draw(rng, lengths, CHUNK_STEPS * protocol.batch_size, seed=self.seed)
            self.drawn = chunk, batch, _offsets(rng, batch, self.config, self.model)
        _, batch, offsets = self.drawn
        rows = np.arange(step * protocol.batch_size, (step + 1) * protocol.batch_size)
        return _laid_out(batch.rows(rows), offsets[rows])


def _offsets(rng: np.random.Generator, batch: Batch, config: ArchitectureConfig, model: Trainable) -> NDArray[np.int64]:
    """Return the position at which each word begins (words,).

    If the model learns a weight for each position, the offset is uniform over those that leave the word room. Otherwise
    it is 0.
    """
    if not model.learns_positions:
        return np.zeros(len(batch.lengths), dtype=np.int64)
    used = (batch.judged * np.arange(1, batch.judged.shape[1] + 1)).max(axis=1)
    return integers_below(rng, config.positions - used + 1)


def _laid_out(batch: Batch, offsets: NDArray[np.int64]) -> _JudgedWords:
    columns = int(np.flatnonzero(batch.judged.any(axis=0))[-1]) + 1
    arrays = (batch.tokens[:, :columns], offsets, batch.judged[:, :columns], batch.targets[:, :columns])
    return _JudgedWords(*(torch.from_numpy(np.ascontiguousarray(each)) for each in arrays))


def _judged(words: _JudgedWords) -> JudgedRows:
    """Return the words as the project's own objective reads them: one model, one word in each row."""
    tokens = words.tokens.unsqueeze(0)
    positions = torch.arange(tokens.shape[2]) + words.offsets[:, None]
    counted = words.counted.unsqueeze(0)
    rows = Rows(tokens, positions.unsqueeze(0), torch.zeros_like(tokens), None)
    return JudgedRows(rows, counted, words.targets.unsqueeze(0))


def held_out(task: Task, config: ArchitectureConfig, model: Trainable, longest: int) -> float:
    """Return the share of held-out words that are wholly right.

    While the training words still grow, the held-out words have lengths up to `longest`; otherwise up to the training
    length.
    """
    protocol = config.protocol
    longest = longest if protocol.grow_from else protocol.train_length
    lengths = (1, longest_with_words(task, longest, protocol.train_length))
    rng = generator(task.name, "held-out", lengths, 0)
    batch = kept_words(task, protocol, rng, lengths, protocol.held_out_words)
    right = _right(task, config, model, batch, _offsets(rng, batch, config, model), WORDS_AT_ONCE)
    return float(right.mean())


def bin_accuracies(task: Task, config: ArchitectureConfig, model: Trainable) -> tuple[BinAccuracy, ...]:
    """Return the model's accuracy on each range of lengths.

    The words are those on which the project's own models are tested. All begin at position 0.
    """
    found = []
    for lengths in config.bins:
        batch = task.sample(generator(task.name, "test", lengths, 0), lengths, config.protocol.test_words)
        found.append(batch_accuracy(lengths, batch, _right(task, config, model, batch, None, WORDS_AT_ONCE)))
    return tuple(found)


def model_horizon(task: Task, config: ArchitectureConfig, model: Trainable) -> Horizon:
    """Return the model's horizon, searched up to the configuration's `reach`."""

    def probe(length: int) -> BinAccuracy | None:
        lengths = around(length)
        try:
            batch = task.sample(generator(task.name, "horizon", lengths, 0), lengths, WORDS)
        except ValueError:
            return None
        right = _right(task, config, model, batch, None, max(1, WORDS_AT_ONCE * 50 // max(length, 50)))
        return batch_accuracy(lengths, batch, right)

    return find_horizon(probe, config.protocol.train_length, config.reach)


@torch.no_grad()
def _right(
    task: Task,
    config: ArchitectureConfig,
    model: Trainable,
    batch: Batch,
    offsets: NDArray[np.int64] | None,
    at_once: int,
) -> NDArray[np.bool_]:
    """Return whether each word is wholly right: (words,)."""
    model.module.eval()
    where = np.zeros(len(batch.lengths), dtype=np.int64) if offsets is None else offsets
    right = np.zeros(len(batch.lengths), dtype=np.bool_)
    for rows in _parts(batch, at_once):
        words = _laid_out(batch.rows(rows), where[rows])
        scores = asked(lambda words=words: model.logits(words.tokens, words.offsets), config.architecture)  # type: ignore[misc]
        right[rows] = words_right(task, scores.unsqueeze(0), _judged(words))[0].numpy()
    return right


def _parts(batch: Batch, at_once: int) -> Iterator[NDArray[np.int64]]:
    """Yield the words' row numbers in groups of words of similar length, which need little padding."""
    used = (batch.judged * np.arange(1, batch.judged.shape[1] + 1)).max(axis=1)
    order = np.argsort(used, kind="stable")
    for first in range(0, len(order), at_once):
        yield order[first : first + at_once]
