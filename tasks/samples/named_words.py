"""Words by name: the same task, split, lengths, number and seed give the same words on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.drawing.randomness import generator
from tasks.task import Task
from tasks.words import Batch

LETTERS_AT_ONCE = 400_000  # letters of the words that are drawn in one part


@dataclass(frozen=True)
class Split:
    """A named set of words of a range of lengths.

    Splits whose names, lengths or seeds differ share no randomness.
    """

    name: str
    lengths: tuple[int, int]
    words: int
    seed: int = 0

    @property
    def range(self) -> str:
        """The lengths as text, `51-100`."""
        return f"{self.lengths[0]}-{self.lengths[1]}"


def batches(task: Task, split: Split) -> Iterator[Batch]:
    """Yield the words of a split, in parts of at most about LETTERS_AT_ONCE letters.

    Raises:
        ValueError: The task has no words of these lengths.
    """
    rng = generator(task.name, split.name, split.lengths, split.seed)
    at_once = max(1, LETTERS_AT_ONCE // (split.lengths[1] + 1))
    for done in range(0, split.words, at_once):
        yield task.sample(rng, split.lengths, min(at_once, split.words - done))
