"""Two-layer transformers for the in-context k-gram, in the setting of arXiv 2510.27015, section 5.

Exact softmax, no position embeddings; in both layers a_ij = <y_j, K^T Q y_i> / sqrt(width) + log(i) phi(i - j), where
phi is learnt for the lags 0..k and 0 beyond. Every prefix of a word is a training string: lengths are even.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tasks.drawing.randomness import generator
from tasks.experiments.length_functions import FunctionTask
from train.lengths.config import GramsConfig

WEIGHTS_AT_ONCE = 1 << 22  # attention weights that are held at once in testing


@dataclass(frozen=True)
class GramsResult:
    """Mean squared errors of one seed: over the prefixes of training words, and at each test length."""

    seed: int
    trained: float
    losses: tuple[tuple[int, float], ...]

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)


def train_grams(task: FunctionTask, config: GramsConfig, seeds: Sequence[int]) -> tuple[GramsResult, ...]:
    """The result of each seed; they are trained side by side, each from its own weights and words.

    Their gradients are clipped together, so a seed's result depends on the seeds that it is trained with.
    """
    return _measured(gram_weights(task, config, seeds), task, config, seeds)


def gram_weights(task: FunctionTask, config: GramsConfig, seeds: Sequence[int]) -> dict[str, Tensor]:
    """The arrays of the trained models, by name, each with the seeds first."""
    letters = len(task.alphabet)
    shapes = _shapes(config, letters)
    bounds = (config.train_length, config.train_length)
    first = [_initial(generator(task.name, "weights", bounds, seed), shapes) for seed in seeds]
    weights = {name: torch.tensor(np.stack([each[name] for each in first]), requires_grad=True) for name in shapes}
    optimizer = torch.optim.Adam(list(weights.values()), lr=config.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)
    rngs = [generator(task.name, "train", bounds, seed) for seed in seeds]
    size = (config.batch_size, config.train_length)
    for _ in range(config.steps):
        tokens = torch.stack([_drawn(rng, letters, size) for rng in rngs])
        optimizer.zero_grad()
        errors = gram_outputs(weights, tokens) - followers(tokens, config.k, letters)
        errors[:, :, config.k :].square().mean(dim=(1, 2, 3)).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(weights.values()), len(seeds))
        optimizer.step()
        schedule.step()
    return {name: each.detach() for name, each in weights.items()}


def followers(tokens: Tensor, k: int, letters: int) -> Tensor:
    """The task's values after every prefix: (models, words, length) to (models, words, length, letters)."""
    length = tokens.shape[-1]
    pairs = torch.ones(*tokens.shape, length, dtype=torch.bool)  # does the k-gram that ends at i end at j too
    for back in range(k):
        moved = torch.full_like(tokens, -1)
        moved[..., back:] = tokens[..., : length - back]
        pairs &= moved.unsqueeze(-1) == moved.unsqueeze(-2)
    place = torch.arange(length)
    pairs &= (place < place[:, None]) & (place >= k - 1)
    following = functional.one_hot(tokens.roll(-1, dims=-1), letters).float()  # of j < i, never the first letter
    found = pairs.float() @ following
    return found / found.sum(dim=-1, keepdim=True).clamp(min=1)


# --- the model -----------------------------------------------------------------------------------------------


def _shapes(config: GramsConfig, letters: int) -> dict[str, tuple[int, ...]]:
    """By name: a head's matrices write the whole width, and there are k heads in the first layer, one above."""
    width, hidden = config.width, config.hidden
    shapes: dict[str, tuple[int, ...]] = {"letters": (letters, width)}
    for layer, heads in enumerate((config.k, 1)):
        shapes |= {f"{layer}.{name}": (width, heads * width) for name in ("query", "key", "value")}
        shapes |= {
            f"{layer}.lags": (heads, config.k + 1),
            f"{layer}.read": (width, hidden),
            f"{layer}.read_bias": (hidden,),
            f"{layer}.write": (hidden, width),
            f"{layer}.write_bias": (width,),
        }
    return shapes | {"output": (width, letters), "output_bias": (letters,)}


def _initial(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> dict[str, NDArray[np.float32]]:
    """Biases zero, letters and lags of variance one, matrices of variance one over the numbers that they sum."""
    found = {}
    for name, shape in shapes.items():
        one = name == "letters" or name.endswith("lags")
        scale = 0.0 if name.endswith("bias") else 1.0 if one else shape[-2] ** -0.5
        found[name] = (scale * rng.normal(size=shape)).astype(np.float32)
    return found


def gram_outputs(weights: dict[str, Tensor], tokens: Tensor, *, last_only: bool = False) -> Tensor:
    """The outputs after every prefix (models, words, length, letters), or after the whole words, length 1."""
    rows = torch.arange(len(tokens))[:, None, None]
    stream = weights["letters"][rows, tokens]  # (models, words, length, width)
    stream = _layer(weights, "0", stream, stream)
    stream = _layer(weights, "1", stream, stream[:, :, -1:] if last_only else stream)
    return _affine(stream, weights["output"], weights["output_bias"])


def _layer(weights: dict[str, Tensor], layer: str, stream: Tensor, asked: Tensor) -> Tensor:
    """A layer at the last positions `asked` of the stream: (models, words, queries, width)."""
    length, queries, width = stream.shape[2], asked.shape[2], stream.shape[3]
    phi = weights[f"{layer}.lags"]  # (models, heads, lags)
    query = _split(_affine(asked, weights[f"{layer}.query"]), width)
    key, value = (_split(_affine(stream, weights[f"{layer}.{name}"]), width) for name in ("key", "value"))
    place = torch.arange(length - queries, length)
    lag = place[:, None] - torch.arange(length)  # (queries, length)
    near = (lag >= 0) & (lag < phi.shape[-1])
    bias = torch.where(near, phi[:, :, lag.clamp(0, phi.shape[-1] - 1)], 0.0) * torch.log(place + 1.0)[:, None]
    bias = bias.masked_fill(lag < 0, -torch.inf)[:, None].expand(-1, stream.shape[1], -1, -1, -1)
    mixed = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=bias
    )  # (models, words, heads, queries, width)
    moved = asked + mixed.sum(dim=2)
    inner = functional.gelu(_affine(moved, weights[f"{layer}.read"], weights[f"{layer}.read_bias"]))
    return moved + _affine(inner, weights[f"{layer}.write"], weights[f"{layer}.write_bias"])


def _affine(stream: Tensor, matrix: Tensor, bias: Tensor | None = None) -> Tensor:
    """Each model's own: (models, words, length, in) to (models, words, length, out)."""
    made = torch.bmm(stream.flatten(1, 2), matrix)
    return (made if bias is None else made + bias[:, None]).view(*stream.shape[:-1], -1)


def _split(stream: Tensor, width: int) -> Tensor:
    """(models, words, length, heads * width) to (models, words, heads, length, width)."""
    return stream.view(*stream.shape[:-1], -1, width).transpose(2, 3)


def _drawn(rng: np.random.Generator, letters: int, size: tuple[int, int]) -> Tensor:
    return torch.from_numpy(np.floor(rng.random(size) * letters).astype(np.int64))


@torch.no_grad()
def _measured(
    weights: dict[str, Tensor], task: FunctionTask, config: GramsConfig, seeds: Sequence[int]
) -> tuple[GramsResult, ...]:
    letters = len(task.alphabet)
    bounds = (config.train_length, config.train_length)
    tokens = _drawn(generator(task.name, "trained", bounds, 0), letters, (config.test_words, config.train_length))
    shared = tokens.expand(len(seeds), -1, -1)
    errors = gram_outputs(weights, shared) - followers(shared, config.k, letters)
    trained = errors[:, :, config.k :].square().mean(dim=(1, 2, 3)).tolist()
    losses = []
    for length in config.test_lengths:
        # The same words for every seed and every training length: what differs is the model.
        batch = task.sample(generator(task.name, "test", (length, length), 0), (length, length), config.test_words)
        heads = max(config.k, 1) * len(seeds)
        part = max(1, WEIGHTS_AT_ONCE // (heads * length**2))
        found = []
        for first in range(0, config.test_words, part):
            shared = torch.from_numpy(batch.tokens[first : first + part]).expand(len(seeds), -1, -1)
            wanted = torch.from_numpy(batch.values[first : first + part]).float()
            found.append((gram_outputs(weights, shared, last_only=True)[:, :, 0] - wanted).square().mean(dim=2))
        losses.append(torch.cat(found, dim=1).mean(dim=1).tolist())
    return tuple(
        GramsResult(
            seed, trained[row], tuple((n, each[row]) for n, each in zip(config.test_lengths, losses, strict=True))
        )
        for row, seed in enumerate(seeds)
    )
