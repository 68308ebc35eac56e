"""The tensors of an experiment: initial weights, training batches, tests and labels.

Each has its own named generator.
"""

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
    """Sequences of a stack of seeds, with the labels and states of their teachers.

    Attributes:
        tokens: The tokens (models, sequences, length, n).
        counted: 1 at the positions that the sequence has, else 0 (models, sequences, length, 1); None if it has all.
        labels: The labels (models, sequences, length, k).
        states: The teachers' states (models, sequences, length, m).
    """

    tokens: Tensor
    counted: Tensor | None
    labels: Tensor
    states: Tensor


@dataclass(frozen=True)
class Test:
    """Sequences to test on.

    Attributes:
        name: The test's name.
        tokens: How the tokens are drawn.
        length: How many positions the sequences have.
    """

    name: str
    tokens: TokenDistribution
    length: int


def planned_tests(config: TeachingConfig) -> tuple[Test, ...]:
    """Return the tests of a configuration.

    There is one test with the training distribution at the longest test length. For tokens in a band there are two
    tests at the training length: the band itself, and its corners.
    """
    if config.tokens.distribution != "band":
        return (Test("lengths", config.tokens, config.test_lengths[-1]),)
    corners = replace(config.tokens, distribution="corners")
    return Test("band", config.tokens, config.longest), Test("corners", corners, config.longest)


def initial_weights(config: TeachingConfig, role: TeachingRole, seeds: Sequence[int]) -> Tensor:
    """Return the random initial models of these seeds: (models, numbers).

    They are the same in every experiment with that architecture.
    """
    architecture = config.teacher if role == "teacher" else config.student
    rngs = [generator(KIND, role, (1, 1), seed) for seed in seeds]
    return torch.from_numpy(np.stack([initial(rng, architecture) for rng in rngs])).to(number_type(config))


def number_type(config: TeachingConfig) -> torch.dtype:
    """Return the torch type of the weights, tokens and labels of an experiment."""
    return torch.float64 if config.precision == "fp64" else torch.float32


class Drawer:
    """Draws the sequences of an experiment for a stack of seeds. Those of a seed do not depend on the other seeds."""

    def __init__(self, config: TeachingConfig, seeds: Sequence[int]) -> None:
        self.config, self.seeds = config, tuple(seeds)
        self.number_type = number_type(config)
        self.teachers = initial_weights(config, "teacher", seeds)
        self.phases = label_phases(config, seeds).to(self.number_type)

    def epoch(self, number: int) -> "Epoch":
        """Return the training batches of an epoch, which come in order."""
        return Epoch(self, f"train-{number}")

    def validation(self) -> Examples:
        """Return the validation sequences, which have the longest training length."""
        config = self.config
        return self.sample("validation", config.tokens, config.validation_batches * config.batch_size, config.longest)

    def test(self, test: Test) -> Examples:
        """Return the sequences of a test."""
        return self.sample(f"test-{test.name}", test.tokens, self.config.test_sequences, test.length)

    def sample(self, split: str, tokens: TokenDistribution, sequences: int, length: int) -> Examples:
        """Return labelled sequences of one length.

        Args:
            split: The name of the generator.
            tokens: How the tokens are drawn.
            sequences: How many sequences each seed gets.
            length: Their length.
        """
        rngs = [generator(KIND, split, (length, length), seed) for seed in self.seeds]
        drawn = [self.tensor(draw_tokens(rng, tokens, sequences, length)).unsqueeze(0) for rng in rngs]
        # One seed after the other, because in a stack some numbers of sequences would change the last bits.
        parts = [self._labelled(slice(row, row + 1), each, None) for row, each in enumerate(drawn)]
        made = [torch.cat([getattr(part, name) for part in parts]) for name in ("tokens", "labels", "states")]
        return Examples(made[0], None, made[1], made[2])

    def tensor(self, numbers: NDArray[np.float32]) -> Tensor:
        """Return the numbers as a tensor of the experiment's type."""
        return torch.from_numpy(numbers).to(self.number_type)

    def labelled(self, tokens: Tensor, counted: Tensor | None) -> Examples:
        """Return the sequences with the teachers' labels and states."""
        return self._labelled(slice(None), tokens, counted)

    @torch.no_grad()
    def taught(self, tokens: Tensor, rows: slice = slice(None)) -> Forward:
        """Return what the teachers of these seeds compute from the tokens, or the functions behind simple labels."""
        if self.config.labels != "teacher":
            return simple_labels(self.config, self.phases[rows], tokens)
        return forward(self.teachers[rows], self.config.teacher, tokens)

    def _labelled(self, rows: slice, tokens: Tensor, counted: Tensor | None) -> Examples:
        made = self.taught(tokens, rows)
        return Examples(tokens, counted, labels_of(self.config, made), made.state)


def labels_of(config: TeachingConfig, made: Forward) -> Tensor:
    """Return the labels: the outputs, with the offset of the failure cases added after position `offset_after`."""
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
        """Return the next batch."""
        config = self.drawer.config
        drawn = [draw_tokens(rng, config.tokens, config.batch_size, config.longest) for rng in self.rngs]
        tokens = self.drawer.tensor(np.stack(drawn))
        if self.lengths[0] == self.lengths[1]:
            return self.drawer.labelled(tokens, None)
        lengths = np.stack([draw_lengths(rng, self.lengths, config.batch_size) for rng in self.rngs])
        counted = np.arange(config.longest) < lengths[:, :, None]  # (models, sequences, length)
        return self.drawer.labelled(tokens, self.drawer.tensor(counted.astype(np.float32)).unsqueeze(3))
