"""Each task's recommended configuration: the one place where it is chosen, with what was tried and measured."""

import math
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from tasks.randomness import generator
from tasks.registry import get_task
from tasks.task import Task
from train.config import ConfigError, Encoding, ModelConfig, TrainConfig, check_max_length

DRAWN = 600_000  # letters of the words that are drawn to find how many positions the longest needs

# GPT-2's initial weights have a standard deviation of 0.02 at width 768. The same at width 32 would be a far weaker
# signal, and the first thousand steps would go into making it stronger; this keeps 0.02 * sqrt(768) / sqrt(width).
GPT2_SCALE: Final = 0.02 * math.sqrt(768)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a caller may choose of a configuration; None: as recommended."""

    layers: int | None = None
    heads: int | None = None
    width: int | None = None
    lr: float | None = None
    batch_size: int | None = None
    max_steps: int | None = None
    regularizer: float | None = None
    train_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What differs from task to task; the rest is `TrainConfig`'s defaults."""

    layers: int = 2
    heads: int = 2
    width: int = 64
    lr: float = 1e-3
    batch_size: int = 64
    max_steps: int = 30_000
    warmup_steps: int = 0
    fit_accuracy: float = 0.995
    regularizer: float = 0.0
    train_length: int = 50
    max_length: int = 150


TINY = Recipe(layers=1, heads=1, width=16, lr=3e-3, max_steps=4000)
SMALL = Recipe(layers=1, heads=1, width=32, lr=3e-3, max_steps=4000)
DEEP = Recipe(layers=2, heads=2, width=32, lr=3e-3, max_steps=2500)
COPY = Recipe(layers=2, heads=2, width=64, lr=2e-3, warmup_steps=100, fit_accuracy=0.95, max_steps=6000)
PARITY = Recipe(layers=2, heads=2, width=32, lr=3e-3, batch_size=32, max_steps=3000)

_RECIPES: Final = MappingProxyType(
    {
        ("binary_majority", "ape"): TINY,
        ("binary_majority", "nope"): TINY,
        ("dyck1", "ape"): SMALL,
        ("dyck1", "nope"): SMALL,
        ("tomita4", "ape"): DEEP,
        ("tomita4", "nope"): DEEP,
        ("aa_star", "ape"): DEEP,
        ("aa_star", "nope"): DEEP,
        ("aaaa_star", "ape"): DEEP,
        ("abab_star", "ape"): DEEP,
        ("parity", "ape"): PARITY,
        ("parity", "nope"): PARITY,
        ("copy_unique", "ape"): COPY,
    }
)


def recommended(task: str, pe: Encoding, choices: Choices | None = None) -> TrainConfig:
    """The task's recommended configuration with the caller's choices; UnknownTask, or ConfigError if it cannot be.

    A task without a recipe of its own gets the published protocol's middle-sized model and number of steps.
    """
    definition = get_task(task)
    recipe = _RECIPES.get((task, pe), Recipe())
    chosen = {field.name: getattr(recipe, field.name) for field in fields(Recipe)}
    for name, value in ((field.name, getattr(choices, field.name)) for field in fields(Choices) if choices):
        if value is not None:
            chosen[name] = value
    shape = {name: chosen.pop(name) for name in ("layers", "heads", "width")}
    check_max_length(chosen["max_length"])
    model = ModelConfig(
        pe=pe,
        vocabulary=len(definition.vocabulary),
        positions=max(context_length(definition, chosen["max_length"]), chosen["max_length"] + 1),
        **shape,
    )
    scale = round(GPT2_SCALE / math.sqrt(model.width), 3)
    return TrainConfig(task=task, model=model, initial_scale=scale, position_scale=scale, **chosen)


def context_length(task: Task, max_length: int) -> int:
    """How many positions the task's words of up to max_length take, `<bos>` and the answer in them.

    ConfigError where the task has no such words. Found by drawing many of the longest that exist.
    """
    for length in range(max_length, 0, -1):
        try:
            rng = generator(task.name, "context", (length, length), 0)
            return int(task.sample(rng, (length, length), max(8, DRAWN // length)).tokens.shape[1])
        except ValueError:
            continue
    raise ConfigError(f"task {task.name} has no words of lengths 1-{max_length}")
