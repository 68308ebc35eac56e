"""A machine as a stock GPT2LMHeadModel directory, certified up to a length, and such a directory asked for answers.

It has LayerNorm, softmax attention scaled by the root of the head's width, learned absolute positions, and ReLU; no
class is subclassed. `weights.py` says what is written, and `error_bounds.py` why it is right up to that length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from limit_transformer.floating.certificate import LengthError, ModelClaims
from limit_transformer.gpt2.checkpoint_files import stock_of, write_generation, write_weights
from limit_transformer.gpt2.error_bounds import LEAK, LEAST_MARGIN, UNIT, Bounds, bounds_of
from limit_transformer.gpt2.gpt2_shape import SPECIAL, Shape, check_machine_size, cleanable
from limit_transformer.gpt2.machine_parts import Gpt2Error, MachineParts, parts_of
from limit_transformer.gpt2.position_penalty import trainer_penalty
from limit_transformer.gpt2.row_sums import RowSums, row_sums
from limit_transformer.gpt2.weights import EPSILON, Weights
from limit_transformer.machine.answers import Booleans, padded_words, within
from limit_transformer.machine.machine import LimitTransformer
from tasks.ground.models.causal_model import load_causal_model, read_tokens
from tasks.ground.models.gpt2_directory import write_stock
from tasks.ground.models.model_directory import ModelError, look_at

__all__ = [
    "Gpt2Error",
    "Gpt2LengthError",
    "Gpt2Realization",
    "load_compiled_gpt2",
    "plan_gpt2",
    "write_gpt2",
]

USUAL = {"float32": 2048, "float64": 16_384}  # letters; the length to certify if none is asked for
ENOUGH_TOKENS = 256  # if float32 certifies words of fewer letters only, float64 is tried
MOST_POSITIONS = 1_000_000  # the most positions of a model
POSITIONS_AT_ONCE = 16_384  # positions of the words that are asked in one batch


class Gpt2LengthError(LengthError, Gpt2Error):
    """A length was asked for that cannot be certified; `available` is the largest length that can be, -1 for none."""


class Compiled(Protocol):
    """Something that holds a machine, such as a compiled program."""

    @property
    def machine(self) -> LimitTransformer:
        """The machine."""
        ...


@dataclass(frozen=True)
class Gpt2Plan:
    """The model to be written: its number type, its shape with the layers that are cleaned, and its error bounds."""

    dtype: str
    shape: Shape
    bounds: Bounds


class _UnderstoodMachine(NamedTuple):
    """The parts of a machine, and bounds for the sums of its rows."""

    parts: MachineParts
    sums: RowSums

    def shape(self, length: int, cleaned: frozenset[int]) -> Shape:
        return Shape(self.parts, self.sums, length + 1, cleaned)


@lru_cache(maxsize=1)
def _source(machine: LimitTransformer) -> _UnderstoodMachine:
    parts = parts_of(machine)
    return _UnderstoodMachine(parts, row_sums(parts))


def plan_gpt2(machine: LimitTransformer, *, max_length: int | None = None, dtype: str | None = None) -> Gpt2Plan:
    """Return the model for words of up to `max_length` letters, with as few cleaning layers as possible.

    Args:
        machine: The machine.
        max_length: The number of letters; None: that of USUAL, or the largest that can be certified if that is less.
        dtype: "float32" or "float64". None: float32, but float64 if float32 can certify neither the length asked for
            nor ENOUGH_TOKENS letters.

    Returns:
        The plan. No memory for weights is taken yet.

    Raises:
        Gpt2LengthError: The length cannot be certified; the error has the largest length that can.
        Gpt2Error: The machine is not understood, or its weights would not fit.
    """
    if dtype is not None:
        return _plan_in(machine, max_length, dtype)
    try:
        plan = _plan_in(machine, max_length, "float32")
    except Gpt2LengthError as error:
        if error.available >= ENOUGH_TOKENS:
            raise
        return _plan_in(machine, max_length, "float64")
    if max_length is None and plan.shape.tokens <= ENOUGH_TOKENS:
        try:
            return _plan_in(machine, max_length, "float64")
        except Gpt2Error:  # the weights are twice as large, and would not fit
            return plan
    return plan


def _plan_in(machine: LimitTransformer, max_length: int | None, dtype: str) -> Gpt2Plan:
    """Return what `plan_gpt2` does, with numbers of this type."""
    if dtype not in UNIT:
        raise Gpt2Error(f"expected dtype {' or '.join(UNIT)}, found {dtype!r}")
    if max_length is not None and not 0 <= max_length <= MOST_POSITIONS:
        raise Gpt2Error(f"expected a length from 0 to {MOST_POSITIONS:,}, found {max_length:,}")
    check_machine_size(machine, dtype)
    source = _source(machine)
    choices = list(_choices(source.parts))
    wanted = USUAL[dtype] if max_length is None else max_length
    for cleaned in choices:
        shape = source.shape(wanted, cleaned)
        bounds = _certified(shape, dtype) if shape.fits(dtype) else None
        if bounds is not None:
            return Gpt2Plan(dtype, shape, bounds)
    reach = {cleaned: _largest(source, dtype, cleaned) for cleaned in choices}
    best = max(choices, key=lambda cleaned: (reach[cleaned], -len(cleaned)))
    shape = source.shape(max(reach[best], 0), best)
    shape.check_size(dtype)
    if max_length is not None or reach[best] < 0:
        larger = source.shape(wanted, best)
        why = bounds_of(larger, dtype).where if larger.fits(dtype) else "its weights would not fit"
        found = f"the largest length that can be is {reach[best]:,}" if reach[best] >= 0 else "no length can be"
        message = f"length {wanted:,} cannot be certified in {dtype} as a GPT-2: the limit is {why}; {found}"
        raise Gpt2LengthError(message, reach[best])
    return Gpt2Plan(dtype, shape, bounds_of(shape, dtype))


def _choices(parts: MachineParts) -> Iterator[frozenset[int]]:
    """Yield the sets of layers that may be cleaned, smallest first."""
    dirty = [number for number in range(len(parts.layers)) if cleanable(parts, number)]
    few = len(dirty) <= 4
    for number in range(len(dirty) + 1) if few else (0, len(dirty)):
        yield from map(frozenset, combinations(dirty, number))


def _certified(shape: Shape, dtype: str) -> Bounds | None:
    bounds = bounds_of(shape, dtype)
    return bounds if bounds.margin >= LEAST_MARGIN else None


def _largest(source: _UnderstoodMachine, dtype: str, cleaned: frozenset[int]) -> int:
    """Return the largest certified length for this choice of cleaned layers, by bisection; -1 if there is none."""

    def fits(length: int) -> bool:
        shape = source.shape(length, cleaned)
        return shape.fits(dtype) and _certified(shape, dtype) is not None

    low, high = -1, 1
    while high <= MOST_POSITIONS and fits(high):
        low, high = high, 2 * high
    high = min(high, MOST_POSITIONS + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def write_gpt2(
    compiled: LimitTransformer | Compiled, directory: Path, *, max_length: int | None = None, dtype: str | None = None
) -> ModelClaims:
    """Write `config.json`, `model.safetensors` and the tokenizer's files into an existing directory.

    Args:
        compiled: The machine, or something that holds it.
        directory: The directory.
        max_length: The number of letters; None as for `plan_gpt2`.
        dtype: The type of the numbers; None as for `plan_gpt2`.

    Returns:
        What a certificate says of the model: its length, dtype, argument, sizes and penalty.

    Raises:
        Gpt2Error: `plan_gpt2` raises it, or an output is not a token of the vocabulary.
    """
    machine = compiled if isinstance(compiled, LimitTransformer) else compiled.machine
    weights = weights_of(machine, max_length=max_length, dtype=dtype)
    shape = weights.shape
    data = certificate_data(weights)
    write_weights(directory / "model.safetensors", 5 + 12 * len(shape.blocks), weights.arrays())
    write_generation(directory, shape)
    extra = {"max_length": shape.tokens - 1, "dtype": weights.dtype, "outputs": list(machine.outputs)}
    write_stock(directory, stock_of(shape, weights.dtype, EPSILON), extra=extra)
    return data


def weights_of(machine: LimitTransformer, *, max_length: int | None, dtype: str | None) -> Weights:
    """Return the weights of a machine's plan.

    Args:
        machine: The machine.
        max_length: The number of letters; None as for `plan_gpt2`.
        dtype: The type of the numbers; None as for `plan_gpt2`.

    Raises:
        Gpt2Error: `plan_gpt2` raises it, or an output is not a token of the vocabulary, or a letter is a special token.
    """
    unknown = set(machine.outputs) - set(machine.alphabet) - set(SPECIAL)
    clash = set(machine.alphabet) & set(SPECIAL)
    if unknown or clash:
        raise Gpt2Error(f"expected tokens of the vocabulary as outputs, each once, found {sorted(unknown | clash)}")
    plan = plan_gpt2(machine, max_length=max_length, dtype=dtype)
    return Weights(plan.shape, plan.bounds, plan.dtype)


def certificate_data(weights: Weights) -> ModelClaims:
    """Return what the certificate says of a model."""
    shape, bounds = weights.shape, weights.bounds
    penalty = trainer_penalty(weights)
    return {
        "max_length": shape.tokens - 1,
        "dtype": weights.dtype,
        "argument": _argument(weights),
        "model": {
            "layers": len(shape.blocks),
            "heads": shape.heads,
            "width": shape.width,
            "hidden": shape.inner,
            "parameters": shape.parameters,
            "cleaning_layers": len(shape.cleaned),
        },
        "margin": bounds.margin,
        "trainer_penalty": penalty.tapered,
        "trainer_penalty_eq8": penalty.eq8,
    }


def _argument(weights: Weights) -> str:
    shape, bounds = weights.shape, weights.bounds
    parts = [
        f"Every operation rounds with relative error u = {UNIT[weights.dtype]:.3g} at most, in {weights.dtype} and no "
        f"narrower type; sums are taken in any order. Words have up to {shape.tokens - 1:,} letters.",
        f"LayerNorm: the pair of columns +-{bounds.large:.6g} makes the norms of all rows equal up to "
        f"{bounds.row_factor:.2g}, rounding included; what reads the stream reads a column less one that is always 0, "
        f"so that the mean, {bounds.mean:.2g} at most, adds to the rounding errors alone.",
        "Uniform heads have queries and keys 0: all weights are equal. A count c is off by u c^2 / 2, whatever the "
        "order of the sum, and by terms linear in c.",
        "A comparison reads z. With s the number of visible tokens, z s is an integer other than 0, so |z s| is 1 or "
        "more. The error of z s is bounded by the masses on the two sides of the comparison. At every comparison and "
        f"threshold the error leaves at least {bounds.margin:.3g} of |z s|; it leaves least at {bounds.where}. Steps "
        "are differences of two ramps, which are steep enough for what is left.",
    ]
    if shape.code:
        parts.append(
            f"Heads that look at a lag: positions have a code of {shape.code} frequencies, a gap of 2 in the dot "
            f"product for every other lag; times {bounds.sharpness:.4g}, the softmax leaves at most e^-{LEAK:g} to "
            "all others."
        )
    if shape.cleaned:
        parts.append(
            f"{len(shape.cleaned)} of the {len(shape.blocks)} layers round Booleans again that were read off counts."
        )
    return " ".join(parts)


@dataclass(frozen=True)
class Gpt2Realization:
    """A stock directory that can be asked; an output holds where its logit is positive."""

    model: Any
    max_length: int
    outputs: tuple[str, ...]
    ids: tuple[int, ...]
    letters: int

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Return where each output holds, as `Realization.answers` does."""
        import torch

        padded = padded_words(tokens, lengths, letters=self.letters, max_length=self.max_length)
        longest = int(lengths.max(initial=0))
        begins = np.full((len(padded), 1), self.letters, dtype=np.int64)
        read = torch.from_numpy(np.hstack([begins, np.maximum(padded[:, :longest], 0)]))
        found = np.zeros((len(padded), padded.shape[1] + 1, len(self.ids)), dtype=bool)
        rows = max(1, POSITIONS_AT_ONCE // read.shape[1])
        with torch.inference_mode():
            for start in range(0, len(read), rows):
                logits = self.model(input_ids=read[start : start + rows], use_cache=False).logits
                found[start : start + rows, : longest + 1] = (logits[..., list(self.ids)] > 0).numpy()
        return within(found, lengths)


def load_compiled_gpt2(directory: Path) -> Gpt2Realization:
    """Return the compiled GPT-2 in a directory, ready to be asked. Nothing in the directory is run.

    Raises:
        Gpt2Error: The directory holds no compiled GPT-2.
    """
    return load_compiled(directory, "gpt2", "GPT-2")


def load_compiled(directory: Path, kind: str, called: str) -> Gpt2Realization:
    """Return the compiled model in a directory, ready to be asked. Nothing in the directory is run.

    Args:
        directory: The directory.
        kind: The model type that its config must have.
        called: What messages call a model of this type.

    Raises:
        Gpt2Error: The directory holds no compiled model of this type.
    """
    try:
        extra = look_at(directory).config["crasp_bench"]
        outputs, length = tuple(map(str, extra["outputs"])), int(extra["max_length"])
        loaded, tokens = load_causal_model(directory), read_tokens(directory)
        if loaded.model.config.model_type != kind or tokens is None:
            raise Gpt2Error(f"{directory}: no compiled {called}: expected a {called} with its tokenizer")
        ids = tuple(tokens.ids[name] for name in outputs)
        alphabet = tokens.ids[SPECIAL[0]]
    except ModelError as error:
        raise Gpt2Error(f"{directory}: no compiled {called}: {error}") from None
    except (KeyError, TypeError, OverflowError) as error:
        raise Gpt2Error(f"{directory}: no compiled {called}: config.json or the tokenizer lacks {error}") from None
    return Gpt2Realization(loaded.model, length, outputs, ids, alphabet)
