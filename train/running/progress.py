"""What a training says of itself while it runs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Progress:
    """A moment of a training: `loss` and held-out `training_accuracy` are means over the seeds, `elapsed` and
    `remaining` seconds. `remaining` is what the rest takes at most: until the budget ends, or the cooling
    down. `pe` is the encoding as a person gives it, or the name of the architecture.
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
    """Says nothing."""


def progress_to_json(progress: Progress) -> dict[str, Any]:
    """The moment as a JSON object, which `progress_from_json` reads back."""
    return asdict(progress)


def progress_from_json(value: dict[str, Any]) -> Progress:
    """The moment that `progress_to_json` wrote."""
    return Progress(**(value | {"seeds": tuple(value["seeds"])}))
