"""The forward pass of a stock GPT-2 in NumPy, block by block, with three things that transformers does not offer.

The table of positions may be replaced by another, longer one. A table of lags may be added to a head's logits. Logits
and attention weights may be rounded. The pass is written independently of `transformers` and of the trainer's
arithmetic, and agrees with both.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.reading.position_dependence import Doubles
from tasks.ground.models.model_directory import read_arrays

SCORES_AT_ONCE = 1 << 23  # attention weights, of all heads of a layer, in memory at a time
MOST_WEIGHTS = 1 << 28  # weights of a model, which take 2 GiB as float64


class Gpt2ReadingError(ValueError):
    """A directory does not hold a GPT-2 that can be read here; the message says why."""


def _gelu_new(x: Doubles) -> Doubles:
    return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


def _gelu(x: Doubles) -> Doubles:
    return np.asarray(0.5 * x * (1 + np.vectorize(math.erf, otypes=[np.float64])(x / math.sqrt(2))))


def _relu(x: Doubles) -> Doubles:
    return np.maximum(x, 0)


def _silu(x: Doubles) -> Doubles:
    return np.asarray(x / (1 + np.exp(-x)))


ACTIVATIONS: dict[str, Callable[[Doubles], Doubles]] = {
    "gelu_new": _gelu_new,
    "gelu_pytorch_tanh": _gelu_new,
    "gelu": _gelu,
    "relu": _relu,
    "silu": _silu,
    "swish": _silu,
}


@dataclass(frozen=True)
class AttentionRounding:
    """How many bits after the point attention keeps of its logits and of its weights; None: all of them."""

    logits: int | None = None
    weights: int | None = None


EXACT = AttentionRounding()


@dataclass(frozen=True)
class Gpt2Block:
    """The arrays of one block as a stock checkpoint has them; Conv1D weights are (inputs, outputs).

    Each pair is a weight and a bias.
    """

    first_norm: tuple[Doubles, Doubles]
    reads: tuple[Doubles, Doubles]  # (width, 3 * width)
    writes: tuple[Doubles, Doubles]
    second_norm: tuple[Doubles, Doubles]
    inner: tuple[Doubles, Doubles]
    outer: tuple[Doubles, Doubles]
    divisor: float  # what the logits are divided by


@dataclass(frozen=True)
class Gpt2Model:
    """A stock GPT-2 as arrays of float64."""

    tokens: Doubles  # (vocabulary, width)
    positions: Doubles  # (positions, width)
    blocks: tuple[Gpt2Block, ...]
    last_norm: tuple[Doubles, Doubles]
    outputs: Doubles  # (vocabulary, width)
    heads: int
    epsilon: float
    activation: str
    roles: dict[str, int]  # bos, eos, pad -> id, for the roles that the configuration names

    def normed(self, x: Doubles, norm: tuple[Doubles, Doubles]) -> Doubles:
        """Return x after this LayerNorm over its last axis."""
        centred = x - x.mean(axis=-1, keepdims=True)
        return np.asarray(
            centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.epsilon) * norm[0] + norm[1]
        )

    def looked(self, block: Gpt2Block, x: Doubles) -> tuple[Doubles, Doubles]:
        """Return a block's logits (words, heads, queries, keys) and values (words, heads, tokens, size) of a stream."""
        read = self.normed(x, block.first_norm) @ block.reads[0] + block.reads[1]
        words, length, _ = x.shape
        parts = read.reshape(words, length, 3, self.heads, -1).transpose(2, 0, 3, 1, 4)
        queries, keys, values = parts
        return queries @ keys.swapaxes(-1, -2) / block.divisor, values

    def next_stream(
        self, block: Gpt2Block, x: Doubles, logits: Doubles, values: Doubles, rounding: AttentionRounding = EXACT
    ) -> Doubles:
        """Return the stream after a block, whose heads' logits and values are given.  (words, tokens, width)"""
        return self.after_feed_forward(block, self.after_attention(block, x, logits, values, rounding))

    def after_attention(
        self, block: Gpt2Block, x: Doubles, logits: Doubles, values: Doubles, rounding: AttentionRounding = EXACT
    ) -> Doubles:
        """Return the stream after a block's attention, whose logits and values are given.  (words, tokens, width)"""
        moved = (attended(logits, rounding) @ values).transpose(0, 2, 1, 3).reshape(x.shape)
        return np.asarray(x + moved @ block.writes[0] + block.writes[1])

    def after_feed_forward(self, block: Gpt2Block, x: Doubles) -> Doubles:
        """Return the stream after a block's feed-forward layer."""
        hidden = self.normed(x, block.second_norm) @ block.inner[0] + block.inner[1]
        return np.asarray(x + ACTIVATIONS[self.activation](hidden) @ block.outer[0] + block.outer[1])

    def answers(self, x: Doubles) -> Doubles:
        """Return the output logits of the last stream.  (words, tokens, vocabulary)"""
        return np.asarray(self.normed(x, self.last_norm) @ self.outputs.T)


def attended(logits: Doubles, rounding: AttentionRounding = EXACT) -> Doubles:
    """Return the attention weights (..., queries, keys): the softmax over keys that are not later than the query."""
    if rounding.logits is not None:
        logits = np.round(logits * 2.0**rounding.logits) / 2.0**rounding.logits
    visible = np.tri(logits.shape[-1], dtype=bool)
    masked = np.where(visible, logits, -np.inf)
    exponentials = np.exp(masked - masked.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    if rounding.weights is not None:
        weights = np.round(weights * 2.0**rounding.weights) / 2.0**rounding.weights
    return np.asarray(weights)


def forward(model: Gpt2Model, ids: NDArray[np.int64], *, rounding: AttentionRounding = EXACT) -> Doubles:
    """Return the output logits for words of one length.  (words, tokens, vocabulary)

    Args:
        model: The model.
        ids: (words, tokens) The words, including the begin token.
        rounding: How attention is rounded.

    Raises:
        Gpt2ReadingError: The words have more tokens than the model has positions.
    """
    table = model.positions[: ids.shape[1]]
    if len(table) < ids.shape[1]:
        raise Gpt2ReadingError(f"words of {ids.shape[1]:,} tokens: the model has {len(model.positions):,} positions")
    step = max(1, SCORES_AT_ONCE // (model.heads * ids.shape[1] ** 2))
    found = []
    for start in range(0, len(ids), step):
        x = model.tokens[ids[start : start + step]] + table
        for block in model.blocks:
            x = model.next_stream(block, x, *model.looked(block, x), rounding)
        found.append(model.answers(x))
    return np.concatenate(found)


def load_gpt2(directory: Path | str) -> Gpt2Model:
    """Return the GPT-2 of a stock directory, trained, compiled or foreign. Nothing in the directory is run.

    Raises:
        Gpt2ReadingError: The directory holds another kind of model, or arrays are missing, or their shapes do not fit.
        ModelError: The directory holds no readable model.
    """
    return gpt2_of(*read_arrays(Path(directory)), shown=str(directory))


def gpt2_of(config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], shown: str) -> Gpt2Model:
    """Return the GPT-2 of a stock config and of arrays by their names in a checkpoint.

    Args:
        config: The content of `config.json`.
        arrays: The arrays by name.
        shown: What messages call the model.

    Raises:
        Gpt2ReadingError: It is another kind of model, it is too large, or arrays are missing or do not fit.
    """
    if config.get("model_type") != "gpt2":
        raise Gpt2ReadingError(f"{shown}: expected a GPT-2, found {config.get('model_type')!r}")
    weights = sum(each.size for each in arrays.values())
    if weights > MOST_WEIGHTS:
        raise Gpt2ReadingError(f"{shown}: the model has {weights:,} weights; one of at most {MOST_WEIGHTS:,} is read")
    found = {name.removeprefix("transformer."): np.asarray(each, np.float64) for name, each in arrays.items()}
    try:
        return _model(config, found)
    except KeyError as error:
        raise Gpt2ReadingError(f"{shown}: the model lacks {error.args[0]}") from None
    except (TypeError, ValueError) as error:
        raise Gpt2ReadingError(f"{shown}: holds no GPT-2 that can be read: {error}") from None


def _model(config: Any, found: dict[str, Doubles]) -> Gpt2Model:
    layers, heads = int(config["n_layer"]), int(config["n_head"])
    activation = str(config.get("activation_function", "gelu_new"))
    if activation not in ACTIVATIONS:
        raise ValueError(f"the activation function {activation!r} is not one of {', '.join(ACTIVATIONS)}")
    width = found["wte.weight"].shape[1]
    if heads < 1 or width % heads:
        raise ValueError(f"a width of {width} cannot be divided among {heads} heads")
    size = width // heads

    def pair(name: str, *shape: int) -> tuple[Doubles, Doubles]:
        both = found[f"{name}.weight"], found[f"{name}.bias"]
        if both[0].shape[0] != shape[0] or both[0].shape[-1] != both[1].shape[0] or both[0].ndim != len(shape):
            raise ValueError(f"{name}: the shapes {both[0].shape} and {both[1].shape} do not fit a width of {width}")
        return both

    blocks = tuple(
        Gpt2Block(
            pair(f"h.{k}.ln_1", width),
            pair(f"h.{k}.attn.c_attn", width, 3 * width),
            pair(f"h.{k}.attn.c_proj", width, width),
            pair(f"h.{k}.ln_2", width),
            pair(f"h.{k}.mlp.c_fc", width, 0),
            pair(f"h.{k}.mlp.c_proj", found[f"h.{k}.mlp.c_fc.weight"].shape[1], width),
            (math.sqrt(size) if config.get("scale_attn_weights", True) else 1.0)
            * (k + 1 if config.get("scale_attn_by_inverse_layer_idx", False) else 1),
        )
        for k in range(layers)
    )
    roles = {role: config.get(f"{role}_token_id") for role in ("bos", "eos", "pad")}
    return Gpt2Model(
        tokens=found["wte.weight"],
        positions=found["wpe.weight"],
        blocks=blocks,
        last_norm=pair("ln_f", width),
        outputs=found.get("lm_head.weight", found["wte.weight"]),
        heads=heads,
        epsilon=float(config.get("layer_norm_epsilon", 1e-5)),
        activation=activation,
        roles={role: number for role, number in roles.items() if isinstance(number, int)},
    )
