"""Each task's recommended configuration: its recipe (train/model/recipes.py), with what a caller chooses instead."""

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tasks.task import Encoding, Task
from tasks.words import Sampler
from train.model.config import (
    ConfigError,
    ModelConfig,
    Precision,
    RegularizerForm,
    TrainConfig,
    check_max_length,
)
from train.model.recipes import ProtocolName, Recipe, recipe

DRAWN = 600_000  # letters of the words that are drawn to find how many positions the longest needs

# GPT-2's initial weights have a standard deviation of 0.02 at width 768. The same at width 32 would be a far weaker
# signal, and the first thousand steps would go into making it stronger; this keeps 0.02 * sqrt(768) / sqrt(width).
GPT2_SCALE: Final = 0.02 * math.sqrt(768)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a caller may choose of a configuration; None: as recommended.

    protocol   "early" (the default) reaches a verdict soon; "grid" is that of the leaderboard's rows; "published" is
               that of Huang et al. (2025), as far as the paper reports it: GPT-2's initial weights, rate 1e-3, no fall
               of the rate, the end at the first fit
    """

    protocol: ProtocolName | None = None
    layers: int | None = None
    heads: int | None = None
    width: int | None = None
    lr: float | None = None
    batch_size: int | None = None
    max_steps: int | None = None
    least_steps: int | None = None
    curriculum_steps: int | None = None
    grow_from: int | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    initial_scale: float | None = None
    position_scale: float | None = None
    regularizer: float | None = None
    regularizer_form: RegularizerForm | None = None
    precision: Precision | None = None
    train_length: int | None = None
    max_length: int | None = None


def recommended(task: str | Task, pe: Encoding, choices: Choices | None = None) -> TrainConfig:
    """The task's recommended configuration with the caller's choices; UnknownTask, or ConfigError if it cannot be.

    A task without a recipe of its own gets the published protocol's middle-sized model and number of steps.
    """
    definition = get_task(task) if isinstance(task, str) else task
    base = recipe(definition.name, pe, choices.protocol if choices else None)
    chosen = {field.name: getattr(base, field.name) for field in fields(Recipe)}
    for name, value in ((field.name, getattr(choices, field.name)) for field in fields(Choices) if choices):
        if value is not None and name != "protocol":
            chosen[name] = value
    shape = {name: chosen.pop(name) for name in ("layers", "heads", "width")}
    check_max_length(chosen["max_length"])
    model = ModelConfig(
        pe=pe,
        vocabulary=len(definition.vocabulary),
        positions=max(context_length(definition, chosen["max_length"]), chosen["max_length"] + 1),
        **shape,
    )
    scale, position_scale = chosen.pop("initial_scale"), chosen.pop("position_scale")
    if scale is None:
        scale = round(GPT2_SCALE / math.sqrt(model.width), 3)
    if position_scale is None:
        position_scale = scale
    return TrainConfig(task=definition.name, model=model, initial_scale=scale, position_scale=position_scale, **chosen)


def context_length(task: Task, max_length: int) -> int:
    """How many positions the task's words of up to max_length take, `<bos>` and the answer in them.

    ConfigError where the task has no such words. Found by drawing many of the longest that exist.
    """
    found = _context_length(task.name, task.sample, max_length)
    if found is None:
        raise ConfigError(f"task {task.shown} has no words of lengths 1-{max_length}")
    return found


@lru_cache(maxsize=256)
def _context_length(name: str, sample: Sampler, max_length: int) -> int | None:
    """Once for all configurations of a sweep: the same name and length draw the same words."""
    for length in range(max_length, 0, -1):
        try:
            rng = generator(name, "context", (length, length), 0)
            return int(sample(rng, (length, length), max(8, DRAWN // length)).tokens.shape[1])
        except ValueError:
            continue
    return None
