"""Test words that also occur in training. A small language has too few words for the two sets to be disjoint."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.samples.named_words import Split, batches
from tasks.task import Task

TRAINING_WORDS = 64_000  # what a thousand steps of 64 words draw
TEST_WORDS = 2_000


@dataclass(frozen=True)
class Repeats:
    """How many test words of these lengths are also training words."""

    test: Split
    training: Split
    repeated: int

    def __str__(self) -> str:
        return (
            f"of {self.test.words:,} test words of lengths {self.test.range}, {self.repeated:,} occur among "
            f"{self.training.words:,} training words of lengths {self.training.range}"
        )


TRAINING = Split("train", (1, 50), TRAINING_WORDS)
TEST = Split("test", (1, 50), TEST_WORDS)


def repeats(task: Task, training: Split = TRAINING, test: Split = TEST) -> Repeats:
    """Return how many of the test words occur among the training words.

    A test word that is drawn several times counts each time.
    """
    seen = {word for batch in batches(task, training) for word in _keys(task, batch.tokens)}
    repeated = sum(word in seen for batch in batches(task, test) for word in _keys(task, batch.tokens))
    return Repeats(test, training, repeated)


def _keys(task: Task, tokens: NDArray[np.int64]) -> Iterator[bytes]:
    """Yield each row as bytes, without the `<pad>` at its end."""
    pad = len(task.vocabulary) - 1
    lengths = (tokens != pad).sum(axis=1)
    small = tokens.astype(np.int16)
    return (row[:length].tobytes() for row, length in zip(small, lengths, strict=True))
