"""GPT-2's arithmetic with a leading model axis: many models of one shape are computed side by side.

The arithmetic is that of `GPT2LMHeadModel`: pre-LN blocks, gelu_new, scores divided by the square root of the head's
width, and an output head that is tied to the token embeddings. The parameters of a stack of models are one array
(models, parameters), so that a step of an optimiser takes few operations. Names and layouts are those of the stock
model. Encodings other than a table are in `train/model/positions.py`; models with them have the same blocks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tasks.position_schemes import LinearBiases, RotaryPositions, SinusoidalPositions
from train.model.activation import gelu_new
from train.model.config import ModelConfig
from train.model.flat_arrays import ArrayShape, arrays_by_name
from train.model.positions import Turns, sinusoids, sloped, turned, turns_of

EPSILON = 1e-5  # the epsilon of every layer norm, as in GPT-2


@dataclass(frozen=True)
class Parameter(ArrayShape):
    """One array of the stock model: its name, its shape, and whether weight decay applies to it."""

    decays: bool


@dataclass(frozen=True)
class Rows:
    """Words laid out as the model reads them. A row holds one or more words, each of which attends to itself alone.

    A first axis of length one stands for every model of the stack.

    Attributes:
        tokens: Token ids (models, rows, columns).
        positions: The position of each token, for its position embedding (models, rows, columns).
        starts: The column at which the token's own word begins (models, rows, columns).
        judged: The columns whose outputs are wanted (models, rows, places); None for all columns.
    """

    tokens: Tensor
    positions: Tensor
    starts: Tensor
    judged: Tensor | None


@lru_cache
def parameters(config: ModelConfig) -> tuple[Parameter, ...]:
    """Return the arrays that are trained, in the order in which they lie in the flat array."""
    width = config.width
    found = [Parameter("wte.weight", (config.vocabulary, width), True)]
    if config.learns_positions:
        found.append(Parameter("wpe.weight", (config.positions, width), True))
    if config.norms_embedding:
        found += [Parameter(f"ln_wte.{kind}", (width,), False) for kind in ("weight", "bias")]
    for layer in range(config.layers):
        for name, shape in (
            ("ln_1", (width,)),
            ("attn.c_attn", (width, 3 * width)),
            ("attn.c_proj", (width, width)),
            ("ln_2", (width,)),
            ("mlp.c_fc", (width, 4 * width)),
            ("mlp.c_proj", (4 * width, width)),
        ):
            found.append(Parameter(f"h.{layer}.{name}.weight", shape, len(shape) == 2))
            found.append(Parameter(f"h.{layer}.{name}.bias", shape[-1:], False))
    found.append(Parameter("ln_f.weight", (width,), False))
    found.append(Parameter("ln_f.bias", (width,), False))
    return tuple(found)


def model_size(config: ModelConfig) -> int:
    """Return how many numbers a model's flat array holds."""
    return sum(each.size for each in parameters(config))


def unflatten(flat: Tensor, config: ModelConfig) -> dict[str, Tensor]:
    """Return the stack's arrays by name, each (models, *shape), as views of the flat array (models, parameters)."""
    return arrays_by_name(flat, parameters(config))


def initial(
    rng: np.random.Generator, config: ModelConfig, *, scale: float, position_scale: float
) -> NDArray[np.float32]:
    """Return one model's initial parameters (parameters,), drawn as in GPT-2 with `scale` in place of 0.02.

    Weights are normal. Those of the projections that write to the residual stream are divided by the square root of the
    number of such projections. Biases are 0 and layer norms 1.

    Args:
        rng: The generator.
        config: The model's shape.
        scale: The standard deviation of the weights.
        position_scale: The standard deviation of the position embeddings.
    """
    parts: list[NDArray[np.float32]] = []
    for each in parameters(config):
        if each.name.endswith("bias"):
            values = np.zeros(each.size)
        elif "ln_" in each.name:
            values = np.ones(each.size)
        else:
            deviation = position_scale if each.name == "wpe.weight" else scale
            if each.name.endswith("c_proj.weight"):
                deviation /= math.sqrt(2 * config.layers)
            values = rng.normal(0.0, deviation, each.size)
        parts.append(values.astype(np.float32))
    return np.concatenate(parts)


class Dropout:
    """Sets a share of the values to zero and scales the rest up; each model has a generator of its own."""

    def __init__(self, rate: float, seeds: Sequence[int]) -> None:
        """`seeds` has a number for each model, which should differ from step to step.

        What a model loses then does not depend on the other models.
        """
        self.rate = rate
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, values: Tensor) -> Tensor:
        """Return the values (models, ...), some of which are set to zero."""
        kept = [torch.rand(values.shape[1:], generator=each) >= self.rate for each in self.generators]
        return values * (torch.stack(kept).to(values.device) / (1 - self.rate))


def logits(weights: Mapping[str, Tensor], config: ModelConfig, rows: Rows, drop: Dropout | None = None) -> Tensor:
    """Return the logits at the judged columns: (models, rows, places, vocabulary).

    Of the last block, the queries and the feed-forward layer are computed at the judged columns alone, and so is the
    output head. This changes no logit, because nothing reads the last block at other columns.

    Args:
        weights: The stack's arrays by name, as `unflatten` returns them.
        config: The models' shape.
        rows: The words.
        drop: Dropout of embeddings, attention weights and branch outputs, as in a training step of GPT-2; None for
            none.
    """
    models = len(weights["wte.weight"])
    stream = _dropped(_embed(weights, config, rows), drop, models)  # (models, rows, columns, width)
    mask = _mask(rows.starts, stream.dtype)  # (models | 1, rows, columns, columns)
    if isinstance(config.scheme, LinearBiases):
        mask = sloped(mask, config.scheme, rows.positions)  # (models | 1, rows, columns, heads * columns)
    turns = turns_of(config.scheme, rows.positions) if isinstance(config.scheme, RotaryPositions) else None
    for layer in range(config.layers):
        block = {name: weights[f"h.{layer}.{name}"] for name in _BLOCK}
        judged = rows.judged if layer == config.layers - 1 else None
        stream = _block(block, stream, Sight(mask, turns, config.heads), judged, drop)
    normed = functional.layer_norm(stream, (config.width,), eps=EPSILON)
    head = weights["wte.weight"].transpose(1, 2)  # (models, width, vocabulary)
    return _affine(normed, head, None, weights["ln_f.weight"], weights["ln_f.bias"])


_BLOCK = tuple(
    f"{part}.{kind}"
    for part in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
    for kind in ("weight", "bias")
)


@dataclass(frozen=True)
class Sight:
    """What attention sees at each column.

    Attributes:
        mask: What is added to the scores: (models | 1, rows, columns, columns), or (..., heads * columns) with each
            head's own biases.
        turns: How queries and keys are rotated at each column; None for no rotation.
        heads: The number of heads.
    """

    mask: Tensor
    turns: Turns | None
    heads: int


def _embed(weights: Mapping[str, Tensor], config: ModelConfig, rows: Rows) -> Tensor:
    stream = _look_up(weights["wte.weight"], rows.tokens)
    if config.learns_positions:
        return stream + _look_up(weights["wpe.weight"], rows.positions)
    if isinstance(config.scheme, SinusoidalPositions):
        return stream + sinusoids(config.scheme, rows.positions, config.width)
    if config.norms_embedding:
        gain, shift = (weights[f"ln_wte.{kind}"][:, None, None] for kind in ("weight", "bias"))
        return functional.layer_norm(stream, (config.width,), eps=EPSILON) * gain + shift
    return stream


def _look_up(tables: Tensor, indices: Tensor) -> Tensor:
    models, size, width = tables.shape
    first = torch.arange(models, device=indices.device).view(-1, 1, 1) * size
    return functional.embedding(indices + first, tables.reshape(models * size, width))


def _mask(starts: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what is added to the scores: 0 for columns of the same word up to the query's own, -inf for all others."""
    column = torch.arange(starts.shape[-1], device=starts.device)
    seen = (column >= starts.unsqueeze(-1)) & (column <= column.view(-1, 1))
    return torch.zeros(seen.shape, dtype=dtype, device=starts.device).masked_fill_(~seen, -torch.inf)


def _dropped(values: Tensor, drop: Dropout | None, models: int) -> Tensor:
    return values if drop is None else drop(values.expand(models, -1, -1, -1))


def _block(
    block: Mapping[str, Tensor],
    stream: Tensor,
    sight: Sight,
    judged: Tensor | None,
    drop: Dropout | None,
) -> Tensor:
    width = stream.shape[-1]
    mask, heads, turns, turns_asked = sight.mask, sight.heads, sight.turns, sight.turns
    norm = block["ln_1.weight"], block["ln_1.bias"]
    matrix, bias = block["attn.c_attn.weight"], block["attn.c_attn.bias"]
    normed = functional.layer_norm(stream, (width,), eps=EPSILON)
    if judged is None:
        queries, keys, values = _affine(normed, matrix, bias, *norm).chunk(3, dim=-1)
    else:
        pair = _affine(normed, matrix[..., width:], bias[..., width:], *norm)
        keys, values = pair.chunk(2, dim=-1)
        judged = judged.expand(stream.shape[0], -1, -1)
        asked = _take(normed, judged)
        queries = _affine(asked, matrix[..., :width], bias[..., :width], *norm)
        stream = _take(stream, judged)
        mask = _take(mask.expand(stream.shape[0], -1, -1, -1), judged)
        turns_asked = turns.at(judged) if turns is not None else None
    if turns is not None and turns_asked is not None:
        queries, keys = turned(queries, turns_asked, heads), turned(keys, turns, heads)
    mixed = _attend(queries, keys, values, mask, heads, drop)
    models = len(matrix)
    stream = stream + _dropped(_affine(mixed, block["attn.c_proj.weight"], block["attn.c_proj.bias"]), drop, models)
    normed = functional.layer_norm(stream, (width,), eps=EPSILON)
    norm = block["ln_2.weight"], block["ln_2.bias"]
    hidden = _affine(normed, block["mlp.c_fc.weight"], block["mlp.c_fc.bias"], *norm)
    hidden = gelu_new(hidden)
    return stream + _dropped(_affine(hidden, block["mlp.c_proj.weight"], block["mlp.c_proj.bias"]), drop, models)


def _take(values: Tensor, columns: Tensor) -> Tensor:
    """Return the given columns of each row.

    The shapes are (models, rows, columns, n) and (models, rows, places) to (models, rows, places, n).
    """
    return values.gather(2, columns.unsqueeze(-1).expand(-1, -1, -1, values.shape[-1]))


def _affine(
    stream: Tensor, matrix: Tensor, bias: Tensor | None, gain: Tensor | None = None, shift: Tensor | None = None
) -> Tensor:
    """Return (stream * gain + shift) @ matrix + bias, each model with its own arrays.

    The gain and shift of a layer norm are multiplied into the matrix and the bias, which are smaller than the stream:
    (x g + s) M + b = x (g M) + (s M + b).
    """
    models, rows, columns, width = stream.shape
    flat = stream.reshape(models, rows * columns, width)
    if gain is not None and shift is not None:
        moved = torch.bmm(shift.unsqueeze(1), matrix)  # (models, 1, out)
        bias = moved if bias is None else moved + bias.unsqueeze(1)
        matrix = gain.unsqueeze(-1) * matrix
    elif bias is not None:
        bias = bias.unsqueeze(1)
    made = torch.bmm(flat, matrix) if bias is None else torch.baddbmm(bias, flat, matrix)
    return made.view(models, rows, columns, -1)


def _attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, heads: int, drop: Dropout | None) -> Tensor:
    models, rows, places, width = queries.shape

    def split(stream: Tensor) -> Tensor:  # (models * rows, heads, columns, width of a head)
        return stream.reshape(models * rows, -1, heads, width // heads).transpose(1, 2)

    parts = split(queries), split(keys), split(values)
    mask = mask.expand(models, -1, -1, -1).reshape(models * rows, places, -1, parts[1].shape[2]).transpose(1, 2)
    if drop is None:
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=mask)
    else:
        scores = parts[0] @ parts[1].transpose(-1, -2) / math.sqrt(width // heads) + mask
        mixed = drop(scores.softmax(-1).view(models, rows, *scores.shape[1:])).flatten(0, 1) @ parts[2]
    return mixed.transpose(1, 2).reshape(models, rows, places, width)
