"""What a training says of itself while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from train.config import Encoding


@dataclass(frozen=True)
class Progress:
    """A moment of a training: `loss` and held-out `training_accuracy` are means over the seeds, `elapsed` and
    `remaining` seconds. `remaining` is what the rest takes at most: until the budget ends, or the cooling
    down.
    """

    task: str
    pe: Encoding
    seeds: tuple[int, ...]
    step: int
    max_steps: int
    loss: float | None
    training_accuracy: float
    elapsed: float
    remaining: float


OnProgress: TypeAlias = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """Says nothing."""
