"""Recommended configurations: the recipe of each task, the trials behind it, and the published protocol."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from tasks.drawing.randomness import generator
from tasks.position_schemes import RandomizedPositions
from tasks.registry import get_task
from tasks.task import Task
from tasks.words import Sampler
from train.model.config import (
    ConfigError,
    ModelConfig,
    Optimizer,
    Precision,
    RegularizerForm,
    TrainConfig,
    WordSource,
    check_max_length,
)
from train.model.encodings import EncodingError, encoding_for

DRAWN_LETTERS = 600_000  # about so many letters are drawn to find how many positions the longest word needs

# GPT-2's initial weights have a standard deviation of 0.02 at width 768. The same at width 32 would give a far weaker
# signal, and the first thousand steps would only make it stronger. The deviation here is 0.02 sqrt(768) / sqrt(width).
GPT2_SCALE: Final = 0.02 * math.sqrt(768)

ProtocolName: TypeAlias = Literal["early", "grid", "published"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The fields of `ModelConfig` and `TrainConfig` that may differ from task to task.

    The others have their defaults.
    """

    layers: int = 2
    heads: int = 2
    width: int = 64
    lr: float = 1e-3
    batch_size: int = 64
    max_steps: int = 30_000
    warmup_steps: int = 0
    cooldown: float = 1.0
    cooldown_steps: int = 1000
    evaluation_interval: int = 100
    fit_accuracy: float = 0.995
    patience_steps: int = 6000
    least_steps: int = 0
    curriculum_steps: int = 0
    grow_from: int = 0
    words: WordSource = "mixture"
    distinct_words: int = 0
    leave_out: str = ""
    optimizer: Optimizer = "adamw"
    momentum: float = 0.0
    dropout: float = 0.0
    weight_decay: float = 0.01
    initial_scale: float | None = None  # None: GPT-2's, scaled to the width
    position_scale: float | None = None  # None: the initial scale
    regularizer: float = 0.0
    regularizer_form: RegularizerForm = "tapered"
    precision: Precision = "fp32"
    train_length: int = 50
    max_length: int = 150


# These recipes were chosen by how soon a model fits the training lengths, never by what it does on longer words. There
# is one exception: where the verdict differed from that of the published protocol, run here, the published sizes,
# initial weights and learning rate were taken, whatever the theory says (LIKE_PAPER, for d_n and for tomita4 with APE).
# The results are in docs/leaderboard.md and in results/; runs of recipes that were replaced are in results/replaced/.
#
# The list below is what was tried. "Fits at 200" means that the training lengths were fitted after 200 steps. The seed
# is 0 unless seeds are named. "51-100" is the range of lengths after the training lengths. "A fall over 1000" means
# that the learning rate falls to zero over 1000 steps after the fit.
#
# - The same model for every language (DEEP): tomita2 and tomita7 fit at 200 with either encoding; d_2 fits at 800 with
#   APE and at 400 with NoPE; d_3 at 900 with APE and at 400 with NoPE. Three languages do not fit, here or in the
#   published runs. After 2500 steps, or when given up after 1000 without progress, tomita3 has 98% of the held-out
#   words with APE, still rising, and 29% with NoPE; tomita5 has 13% and 1%; tomita6 has 7% and 4%.
# - How long the rate falls after the fit decides what is learnt. d_3 NoPE, which fits at 400, has 60% on 51-100 with a
#   fall over 150, 95% over 1000 (19 CPU seconds) and 100% over 3000 (46 CPU seconds). A longer fall does not help d_3
#   APE, which fits at 900: it has 67% with a fall over 1000 and 61% over 3000 (54 CPU seconds), where 100% is
#   published. Nor does it help aa_star APE, seeds 0 and 2, which fits at 800 and 300: it has 33% and 63% with a fall
#   over 3000 (52 and 45 CPU seconds).
# - majority APE with 1 layer, 1 head, width 64, lr 3e-3: in 4000 steps it never has 99.5% of the held-out words twice
#   in a row before the rate falls, and has 100% once it falls. With a threshold of 98% it fits at 4000, and has 100, 99
#   and 98% on the three ranges after 6000 steps in all, 37 CPU seconds.
# - majority NoPE with the same model and a threshold of 98%: it fits at 2500, and has 100, 98 and 92% after 5000 steps,
#   31 CPU seconds.
# - d_n with APE: with DEEP's model and a fall over 3000, d_3 has 83%, 46% and 99% on 51-100 with seeds 0 to 2, and with
#   the published protocol 98% and more with each. The width decides, and then the initial weights. These are the shares
#   of d_3 APE with seeds 0 to 2. Width 32: 100, 95 and 35% with initial scale 0.05; 100, 64 and 95% with 0.02; 100, 82
#   and 100% with 0.02 and rate 1e-3. Width 64: 94, 94 and 94% with 0.069 and rate 1e-3; 99, 100 and 100% with 0.02 and
#   rate 1e-3; 99, 99 and 100% with 0.02 and rate 3e-3.
# - d_n with NoPE: it is the other way round. d_3 has 97% and more with each of three seeds with the smaller model, and
#   100, 45 and 91% with the present one; with the published protocol it has 100, 67 and 84%. A fall over 3000 changes
#   nothing (seed 1: 40%).
# - tomita4 APE generalises with 8 of 9 seeds with DEEP, and with 1 of 8 with the published protocol. That protocol's
#   end at the first fit is not the reason: with LIKE_PAPER, seeds 0 to 2 have 82, 87 and 71%. With rate 3e-3, width 64
#   and initial scale 0.02 it has 100 and 99%, and in a third run it does not fit.
# - The easiest languages (EASY) fit at 200 and have 100% everywhere, with a fall over 300 as well as over 1000.
# - copy_repeat APE with 3 layers, 4 heads, width 64 and lengths that grow over 4000 steps: 60% after 5000 steps, 99%
#   after 10,600 as the rate falls, 100% after 14,000, 960 CPU seconds. If the rate falls from 80% of the held-out words
#   on (REPEAT), it has 100% after 8100 to 8900 steps, 510 to 560 CPU seconds, with three seeds.
# - GPT-2's initial scale 0.02 without scaling to the width: aa_star APE with 1 layer has learnt nothing after 2500
#   steps; with DEEP two of three seeds fit, at 2100 and 2300. With 0.05 it fits at 500, at 800, and once not quite
#   (99.4% of the held-out words). tomita4 APE with 0.05 fits at 1000-1800. The scale decides more than speed. With
#   0.05, aa_star APE has 100% on 51-100 with each of three seeds, tomita4 APE 57-70%, abab_star 92, 100 and 100%, and
#   aaaa_star 100 and 23%, and in a third run it does not fit. With width 64 and rate 1e-3, aa_star has 85, 100 and 69%
#   with 0.05, and 29, 100 and 29% with 0.069.
# - aa_star APE with 1 layer and 1 head: it fits at 900-1900 or not at all.
# - tomita4 APE with 1 layer and 1 head: it fits at 800-900, 7 CPU seconds. This was not taken, because NoPE does not
#   fit with it.
# - aa_star NoPE with batches of 4, 8, 16, widths 32 and 64, 1 to 4 layers, initial scales 0.07-1, up to 15000 steps: at
#   best 19% of the training lengths. Lengths that grow with the steps help (DEEP, 5000 steps: loss 0.22 instead of
#   0.30), but not enough.
# - sort APE with 1 head, width 64, lr 3e-3: 85% of the held-out words after 2000 steps at that rate, and 97% only as
#   the rate falls (4000 steps, 90 CPU seconds: 95% of the training lengths, with most errors in words of up to 10
#   letters). NoPE, 8000 steps: 98.6%, 175 CPU seconds. Width 128, lr 2e-3, 6000 steps with a fall over the last 700:
#   98.9%, 330 CPU seconds. If the rate falls from 90% of the held-out words on, it fits at 3600 and has 99.3% after
#   7200 steps, 390 CPU seconds.
# - binary_majority_interleave APE with DEEP's model: it fits at 4100 and has 99.9% after 6000 steps, 66 CPU seconds.
#   NoPE has 77% after 6000 steps, and 77% after 6000 of 8000 with 3 layers, 3 heads and width 48.
TINY = Recipe(layers=1, heads=1, width=16, lr=3e-3, max_steps=4000)
SMALL = Recipe(layers=1, heads=1, width=32, lr=3e-3, max_steps=4000)
EASY = Recipe(layers=2, heads=2, width=32, lr=3e-3, cooldown_steps=300, max_steps=2500)
DEEP = Recipe(layers=2, heads=2, width=32, lr=3e-3, max_steps=2500)
LIKE_PAPER = Recipe(initial_scale=0.02, cooldown=0.5, max_steps=8000)
LONG = Recipe(layers=2, heads=2, width=32, lr=3e-3, max_steps=8000, patience_steps=2000)
COPY = Recipe(layers=2, heads=2, width=64, lr=2e-3, warmup_steps=100, fit_accuracy=0.95, max_steps=6000)
MAJORITY = Recipe(layers=1, heads=1, width=64, lr=3e-3, warmup_steps=100, fit_accuracy=0.98, max_steps=10_000)
SORT = Recipe(layers=1, heads=1, width=128, lr=2e-3, warmup_steps=100, fit_accuracy=0.9, max_steps=8000)
REPEAT = Recipe(
    layers=3,
    heads=4,
    width=64,
    lr=2e-3,
    warmup_steps=100,
    curriculum_steps=4000,
    fit_accuracy=0.8,
    cooldown=0.5,
    cooldown_steps=3000,
    patience_steps=4000,
    max_steps=15_000,
)
INTERLEAVE = Recipe(layers=2, heads=2, width=32, lr=3e-3, warmup_steps=100, patience_steps=2000, max_steps=6000)
PARITY = Recipe(layers=2, heads=2, width=32, lr=3e-3, batch_size=32, max_steps=3000)

_BOTH: Final = MappingProxyType(
    dict.fromkeys(("binary_majority",), TINY)
    | dict.fromkeys(("dyck1",), SMALL)
    | dict.fromkeys(("tomita1", "tomita2", "tomita7", "ab_star_d_bc_star", "aabbccddee"), EASY)
    | dict.fromkeys(("tomita4",), DEEP)
    | dict.fromkeys(("d_2", "d_3", "d_4", "d_12"), LIKE_PAPER)
    | dict.fromkeys(("aa_star", "aaaa_star", "abab_star"), DEEP)
    | dict.fromkeys(("anbn", "anbncn", "anbncndn", "bool3", "bool5"), DEEP)
    | dict.fromkeys(("tomita3", "tomita5", "tomita6", "012_star_0_2_star", "shuffle2"), LONG)
    | dict.fromkeys(("majority",), MAJORITY)
    | dict.fromkeys(("sort",), SORT)
    | dict.fromkeys(("copy_repeat",), REPEAT)
    | dict.fromkeys(("binary_majority_interleave",), INTERLEAVE)
    | dict.fromkeys(("parity",), PARITY)
)
_RECIPES: Final = MappingProxyType(
    {(task, pe): recipe for task, recipe in _BOTH.items() for pe in ("ape", "nope")}
    | {("tomita4", "ape"): LIKE_PAPER, ("copy_unique", "ape"): COPY}
)

# The published protocol has batches of 64 and at most 30,000 steps, and ends as soon as all held-out words of the
# training lengths are right (here twice in a row, because there are only 500 of them). In published runs the rate falls
# to zero over the 30,000 steps, of which a run that ends sooner sees little. The sizes, as (layers, heads, width), are
# those that were published as the ones that fit. For the languages none are published; they get a size from the middle
# of the published grid.
_PAPER_SHAPES: Final = MappingProxyType(
    {
        "binary_majority": (1, 1, 16),
        "majority": (1, 2, 256),
        "sort": (1, 2, 256),
        "copy_unique": (2, 1, 64),
        "copy_repeat": (4, 4, 256),
        "binary_majority_interleave": (2, 4, 256),
        "parity": (4, 2, 256),
        "addition": (12, 12, 768),
    }
)
_PAPER_NOPE_SHAPES: Final = MappingProxyType(  # where the published sizes for NoPE differ
    {
        "copy_unique": (4, 4, 256),
        "binary_majority_interleave": (12, 12, 768),
        "parity": (12, 12, 768),
    }
)


# The leaderboard's protocol is one for every task and setting, so that nothing is chosen by its result. A sweep names
# its sizes: for the languages 1 layer x 1 head x width 16, 2 x 2 x 64 and 4 x 2 x 64. Every run has at least 3,000
# steps, and at least twice the steps to its fit; from the fit on the rate falls to zero.
GRID = Recipe(
    layers=2,
    heads=2,
    width=64,
    lr=1e-3,
    least_steps=3000,
    max_steps=12_000,
    patience_steps=4000,
    initial_scale=0.02,
)


# The recommended values for optimisers other than AdamW are made from the recipe's. A value that the caller chooses
# takes precedence. Muon's update has the size of AdamW's, so its learning rate is AdamW's.
SGD_RATES: Final = 100.0  # SGD's learning rate, as a multiple of AdamW's
OTHER_OPTIMIZERS: Final = MappingProxyType[str, Mapping[str, Callable[[Recipe], float]]](
    {
        "sgd": {"lr": lambda base: base.lr * SGD_RATES, "momentum": lambda _: 0.9, "weight_decay": lambda _: 0.0},
        "muon": {"momentum": lambda _: 0.95},
    }
)


def recipe(task: str, pe: str, protocol: ProtocolName | None) -> Recipe:
    """Return the task's recipe in a protocol.

    A task without a recipe of its own gets the published middle-sized model.

    Args:
        task: The task's name.
        pe: "ape" or "nope".
        protocol: The protocol; None for "early".

    Raises:
        ConfigError: There is no such protocol.
    """
    if protocol not in (None, "early", "grid", "published"):
        raise ConfigError(f"protocol: expected early, grid or published, found {protocol!r}")
    if protocol == "grid":
        return GRID
    return _paper_recipe(task, pe) if protocol == "published" else _RECIPES.get((task, pe), Recipe())


def _paper_recipe(task: str, pe: str) -> Recipe:
    shapes = _PAPER_SHAPES | (_PAPER_NOPE_SHAPES if pe == "nope" else {})
    layers, heads, width = shapes.get(task, (2, 2, 64))
    return Recipe(
        layers=layers,
        heads=heads,
        width=width,
        cooldown=0.0,
        cooldown_steps=0,
        evaluation_interval=250,
        fit_accuracy=1.0,
        patience_steps=30_000,
        initial_scale=0.02,
    )


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a caller may choose of a configuration; None leaves the recommended value.

    The fields are those of `ModelConfig` and `TrainConfig`, except `protocol`.

    Attributes:
        protocol: "early" (the default) reaches a verdict soon. "grid" is the protocol of the leaderboard's rows.
            "published" is that of Huang et al. (2025), as far as the paper reports it: GPT-2's initial weights,
            learning rate 1e-3, no fall of the rate, and the end at the first fit.
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
    words: WordSource | None = None
    distinct_words: int | None = None
    leave_out: str | None = None
    optimizer: Optimizer | None = None
    momentum: float | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    initial_scale: float | None = None
    position_scale: float | None = None
    regularizer: float | None = None
    regularizer_form: RegularizerForm | None = None
    precision: Precision | None = None
    train_length: int | None = None
    max_length: int | None = None


def recommended(task: str | Task, pe: str, choices: Choices | None = None) -> TrainConfig:
    """Return the task's recommended configuration with the caller's choices.

    Args:
        task: A task, or the name of one. A task without a recipe of its own gets the published protocol's middle-sized
            model and number of steps.
        pe: The positional encoding, with parameters after a colon. Every encoding but NoPE gets what is recommended for
            APE.
        choices: What differs from the recommended configuration.

    Raises:
        UnknownTask: No task has this name.
        ConfigError: No such configuration is possible.
    """
    definition = get_task(task) if isinstance(task, str) else task
    base = recipe(definition.name, "nope" if pe == "nope" else "ape", choices.protocol if choices else None)
    chosen = {field.name: getattr(base, field.name) for field in fields(Recipe)}
    for name, value in ((field.name, getattr(choices, field.name)) for field in fields(Choices) if choices):
        if value is not None and name != "protocol":
            chosen[name] = value
    if chosen["optimizer"] in OTHER_OPTIMIZERS:
        given = {name for name, value in vars(choices).items() if value is not None}
        chosen |= {
            name: make(base) for name, make in OTHER_OPTIMIZERS[chosen["optimizer"]].items() if name not in given
        }
    shape = {name: chosen.pop(name) for name in ("layers", "heads", "width")}
    check_max_length(chosen["max_length"])
    positions = max(context_length(definition, chosen["max_length"]), chosen["max_length"] + 1)
    model = _model(pe, shape, len(definition.vocabulary), positions)
    _check_effect(choices or Choices(), chosen, model)
    scale, position_scale = chosen.pop("initial_scale"), chosen.pop("position_scale")
    if scale is None:
        scale = round(GPT2_SCALE / math.sqrt(model.width), 3)
    if position_scale is None:
        position_scale = scale
    return TrainConfig(task=definition.name, model=model, initial_scale=scale, position_scale=position_scale, **chosen)


def _check_effect(choices: Choices, chosen: Mapping[str, Any], model: ModelConfig) -> None:
    """Raise ConfigError for a choice that could have no effect beside the other values, recommended ones among them."""
    if choices.position_scale is not None and not model.learns_positions:
        raise ConfigError(
            f"position_scale: it is of learned position embeddings, and pe={model.pe} learns no positions"
        )
    if choices.regularizer_form is not None and not chosen["regularizer"]:
        raise ConfigError("regularizer_form: it is a form of the regularizer, and regularizer is 0")
    for name, given, limit, expected in (
        ("least_steps", choices.least_steps, "max_steps", "at most"),
        ("curriculum_steps", choices.curriculum_steps, "max_steps", "fewer than"),
        ("grow_from", choices.grow_from, "train_length", "less than"),
    ):
        most = chosen[limit]
        if type(given) is type(most) is int and given > (most if expected == "at most" else most - 1):
            raise ConfigError(f"{name}={given}: expected {expected} {limit}={most}")


def _model(pe: str, shape: dict[str, Any], vocabulary: int, positions: int) -> ModelConfig:
    """Return the model of that shape with the encoding.

    With randomised positions it has as many positions as they are drawn from.
    """
    numbers = {
        name: value if type(value) is int else 0 for name, value in shape.items()
    }  # ModelConfig reports a bad value
    try:
        name, scheme = encoding_for(pe, heads=numbers["heads"], width=numbers["width"])
    except EncodingError as error:
        raise ConfigError(str(error)) from None
    if isinstance(scheme, RandomizedPositions):
        if positions > scheme.largest:
            raise ConfigError(
                f"pe={pe}: largest: expected at least {positions}, the longest test's, found {scheme.largest}"
            )
        positions = scheme.largest
    return ModelConfig(pe=name, vocabulary=vocabulary, positions=positions, scheme=scheme, **shape)


def context_length(task: Task, max_length: int) -> int:
    """Return how many positions the task's words of up to `max_length` take, with `<bos>` and the answer.

    The number is found by drawing many words of the greatest length that the task has.

    Raises:
        ConfigError: The task has no words of such lengths.
    """
    found = _context_length(task.name, task.sample, max_length)
    if found is None:
        raise ConfigError(f"task {task.shown} has no words of lengths 1-{max_length}")
    return found


@lru_cache(maxsize=256)
def _context_length(name: str, sample: Sampler, max_length: int) -> int | None:
    """Return the number for `context_length`, cached so that all configurations of a sweep share it.

    The same name and length draw the same words.
    """
    for length in range(max_length, 0, -1):
        try:
            rng = generator(name, "context", (length, length), 0)
            return int(sample(rng, (length, length), max(8, DRAWN_LETTERS // length)).tokens.shape[1])
        except ValueError:
            continue
    return None
