"""The progress that a training reports while it runs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Progress:
    """A moment of a training.

    Attributes:
        task: The task's name as a person reads it.
        pe: The encoding as a user writes it, or the name of the architecture.
        seeds: The seeds in training.
        step: How many steps are done.
        max_steps: How many steps the training has at most.
        loss: The mean loss over the seeds.
        training_accuracy: The held-out accuracy, averaged over the seeds.
        elapsed: Seconds so far.
        remaining: The most seconds that the rest can take, until the budget or the cooldown ends.
    """

    task: str
    pe: str
    seeds: tuple[int, ...]
    step: int
    max_steps: int
    loss: float | None
    training_accuracy: float
    elapsed: float
    remaining: float


OnProgress: TypeAlias = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """Do nothing; the default where nobody wants the progress."""


def progress_to_json(progress: Progress) -> dict[str, Any]:
    """Return the moment as a JSON object, which `progress_from_json` reads back."""
    return asdict(progress)


def progress_from_json(value: dict[str, Any]) -> Progress:
    """Return the moment that `progress_to_json` wrote."""
    return Progress(**(value | {"seeds": tuple(value["seeds"])}))
