"""The tensors of an experiment, each from its own named generator: weights, training batches, tests; and the labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.drawing.randomness import generator
from tasks.experiments.teacher_sequences import TokenDistribution, draw_lengths, draw_tokens
from train.teaching.architectures.architecture import initial
from train.teaching.architectures.forward import Forward, forward
from train.teaching.config import KIND, TeachingConfig
from train.teaching.simple_labels import label_phases, simple_labels

TeachingRole: TypeAlias = Literal["teacher", "student"]


@dataclass(frozen=True)
class Examples:
    """Sequences of a stack of seeds, with what the teachers make of them.

    tokens   (models, sequences, length, n)
    counted  (models, sequences, length, 1), one on the positions that the sequence has; None: all of them
    labels   (models, sequences, length, k)
    states   (models, sequences, length, m)
    """

    tokens: Tensor
    counted: Tensor | None
    labels: Tensor
    states: Tensor


@dataclass(frozen=True)
class Test:
    """Sequences to test on: how their tokens are drawn, and how many positions they have."""

    name: str
    tokens: TokenDistribution
    length: int


def planned_tests(config: TeachingConfig) -> tuple[Test, ...]:
    """The training distribution at the longest test length; for the band, itself and the corners at its own."""
    if config.tokens.distribution != "band":
        return (Test("lengths", config.tokens, config.test_lengths[-1]),)
    corners = replace(config.tokens, distribution="corners")
    return Test("band", config.tokens, config.longest), Test("corners", corners, config.longest)


def initial_weights(config: TeachingConfig, role: TeachingRole, seeds: Sequence[int]) -> Tensor:
    """The random models of these seeds, the same in every experiment of that architecture: (models, numbers)."""
    architecture = config.teacher if role == "teacher" else config.student
    rngs = [generator(KIND, role, (1, 1), seed) for seed in seeds]
    return torch.from_numpy(np.stack([initial(rng, architecture) for rng in rngs])).to(number_type(config))


def number_type(config: TeachingConfig) -> torch.dtype:
    """The type of the weights, tokens and labels of an experiment."""
    return torch.float64 if config.precision == "fp64" else torch.float32


class Drawer:
    """Draws an experiment's sequences for a stack of seeds; each seed's do not depend on the others."""

    def __init__(self, config: TeachingConfig, seeds: Sequence[int]) -> None:
        self.config, self.seeds = config, tuple(seeds)
        self.number_type = number_type(config)
        self.teachers = initial_weights(config, "teacher", seeds)
        self.phases = label_phases(config, seeds).to(self.number_type)

    def epoch(self, number: int) -> "Epoch":
        """The training batches of an epoch, in order."""
        return Epoch(self, f"train-{number}")

    def validation(self) -> Examples:
        """Sequences of the longest training length."""
        config = self.config
        return self.sample("validation", config.tokens, config.validation_batches * config.batch_size, config.longest)

    def test(self, test: Test) -> Examples:
        """The sequences of a test."""
        return self.sample(f"test-{test.name}", test.tokens, self.config.test_sequences, test.length)

    def sample(self, split: str, tokens: TokenDistribution, sequences: int, length: int) -> Examples:
        """So many sequences of one length."""
        rngs = [generator(KIND, split, (length, length), seed) for seed in self.seeds]
        drawn = [self.tensor(draw_tokens(rng, tokens, sequences, length)).unsqueeze(0) for rng in rngs]
        # One seed after the other: numbers of sequences that would not stack exactly are welcome here.
        parts = [self._labelled(slice(row, row + 1), each, None) for row, each in enumerate(drawn)]
        made = [torch.cat([getattr(part, name) for part in parts]) for name in ("tokens", "labels", "states")]
        return Examples(made[0], None, made[1], made[2])

    def tensor(self, numbers: NDArray[np.float32]) -> Tensor:
        """The numbers in the experiment's type."""
        return torch.from_numpy(numbers).to(self.number_type)

    def labelled(self, tokens: Tensor, counted: Tensor | None) -> Examples:
        """The sequences with the teachers' answers."""
        return self._labelled(slice(None), tokens, counted)

    @torch.no_grad()
    def taught(self, tokens: Tensor, rows: slice = slice(None)) -> Forward:
        """What these seeds' teachers make of the tokens; of other labels than a teacher's, what makes these."""
        if self.config.labels != "teacher":
            return simple_labels(self.config, self.phases[rows], tokens)
        return forward(self.teachers[rows], self.config.teacher, tokens)

    def _labelled(self, rows: slice, tokens: Tensor, counted: Tensor | None) -> Examples:
        made = self.taught(tokens, rows)
        return Examples(tokens, counted, labels_of(self.config, made), made.state)


def labels_of(config: TeachingConfig, made: Forward) -> Tensor:
    """The teacher's outputs with the offset of the failure cases on the positions after `offset_after`."""
    if not config.offset:
        return made.outputs
    place = torch.arange(1, made.outputs.shape[2] + 1, device=made.outputs.device)
    later = (place > config.offset_after).to(made.outputs.dtype)
    return made.outputs + config.offset * later.unsqueeze(1)


class Epoch:
    """The batches of one epoch, one after the other."""

    def __init__(self, drawer: Drawer, split: str) -> None:
        self.drawer = drawer
        self.lengths = drawer.config.shortest, drawer.config.longest
        self.rngs = [generator(KIND, split, self.lengths, seed) for seed in drawer.seeds]

    def batch(self) -> Examples:
        """The next batch."""
        config = self.drawer.config
        drawn = [draw_tokens(rng, config.tokens, config.batch_size, config.longest) for rng in self.rngs]
        tokens = self.drawer.tensor(np.stack(drawn))
        if self.lengths[0] == self.lengths[1]:
            return self.drawer.labelled(tokens, None)
        lengths = np.stack([draw_lengths(rng, self.lengths, config.batch_size) for rng in self.rngs])
        counted = np.arange(config.longest) < lengths[:, :, None]  # (models, sequences, length)
        return self.drawer.labelled(tokens, self.drawer.tensor(counted.astype(np.float32)).unsqueeze(3))
