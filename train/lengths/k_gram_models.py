"""Two-layer transformers for the in-context k-gram, in the setting of arXiv 2510.27015, section 5.

Attention is an exact softmax, and there are no position embeddings. In both layers the score of position j for position
i is a_ij = <y_j, K^T Q y_i> / sqrt(width) + log(i) phi(i - j). The function phi is learnt for the lags 0..k and is 0
beyond. Every prefix of a word is a training example, so all lengths up to the word's occur equally often.
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

WEIGHTS_AT_ONCE = 1 << 22  # the most attention weights that a test holds in memory


@dataclass(frozen=True)
class GramsResult:
    """The mean squared errors of one seed's model.

    Attributes:
        seed: The seed.
        trained: The error over the prefixes of words of the training length.
        losses: (length, error) for each test length.
    """

    seed: int
    trained: float
    losses: tuple[tuple[int, float], ...]

    def record(self) -> dict[str, Any]:
        """Return the result as JSON data."""
        return asdict(self)


def train_grams(task: FunctionTask, config: GramsConfig, seeds: Sequence[int]) -> tuple[GramsResult, ...]:
    """Return the result of each seed. The models are trained side by side, each from its own initial weights and words.

    The gradients of all seeds are clipped together, so a seed's result depends on the seeds that it is trained with.
    """
    return _measured(gram_weights(task, config, seeds), task, config, seeds)


def gram_weights(task: FunctionTask, config: GramsConfig, seeds: Sequence[int]) -> dict[str, Tensor]:
    """Return the arrays of the trained models by name; the first axis of each is that of the seeds."""
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
    """Return the task's values after every prefix: how often each letter followed earlier copies of its last k letters.

    Args:
        tokens: The words (models, words, length).
        k: The length of the k-grams.
        letters: The number of letters.

    Returns:
        Shares of 1 (models, words, length, letters); all are 0 if the k-gram did not occur before.
    """
    length = tokens.shape[-1]
    pairs = torch.ones(*tokens.shape, length, dtype=torch.bool)  # whether the k-gram that ends at i ends at j too
    for back in range(k):
        moved = torch.full_like(tokens, -1)
        moved[..., back:] = tokens[..., : length - back]
        pairs &= moved.unsqueeze(-1) == moved.unsqueeze(-2)
    place = torch.arange(length)
    pairs &= (place < place[:, None]) & (place >= k - 1)
    following = functional.one_hot(
        tokens.roll(-1, dims=-1), letters
    ).float()  # the letter after j; only j < i count, so the first letter, which `roll` puts last, never does
    found = pairs.float() @ following
    return found / found.sum(dim=-1, keepdim=True).clamp(min=1)


# --- the model -----------------------------------------------------------------------------------------------


def _shapes(config: GramsConfig, letters: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array by name: the first layer has k heads, the second one head.

    Each head has the full width for its queries, keys and values.
    """
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
    """Return initial weights.

    Biases are 0. Letters and lags have variance 1, and matrices 1 over their number of rows.
    """
    found = {}
    for name, shape in shapes.items():
        one = name == "letters" or name.endswith("lags")
        scale = 0.0 if name.endswith("bias") else 1.0 if one else shape[-2] ** -0.5
        found[name] = (scale * rng.normal(size=shape)).astype(np.float32)
    return found


def gram_outputs(weights: dict[str, Tensor], tokens: Tensor, *, last_only: bool = False) -> Tensor:
    """Return the outputs after every prefix (models, words, length, letters).

    With `last_only` there are only those after the whole words (models, words, 1, letters).
    """
    rows = torch.arange(len(tokens))[:, None, None]
    stream = weights["letters"][rows, tokens]  # (models, words, length, width)
    stream = _layer(weights, "0", stream, stream)
    stream = _layer(weights, "1", stream, stream[:, :, -1:] if last_only else stream)
    return _affine(stream, weights["output"], weights["output_bias"])


def _layer(weights: dict[str, Tensor], layer: str, stream: Tensor, asked: Tensor) -> Tensor:
    """Return a layer's output (models, words, queries, width) at the positions `asked`, the last ones of the stream."""
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
    """Apply each model's own affine map: (models, words, length, in) to (models, words, length, out)."""
    made = torch.bmm(stream.flatten(1, 2), matrix)
    return (made if bias is None else made + bias[:, None]).view(*stream.shape[:-1], -1)


def _split(stream: Tensor, width: int) -> Tensor:
    """Split the heads: (models, words, length, heads * width) to (models, words, heads, length, width)."""
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
        # Every seed and every training length is tested on the same words.
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
