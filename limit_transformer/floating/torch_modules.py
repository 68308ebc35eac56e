"""The torch modules of a compiled program, made of softmax attention and ReLU alone.

Attention is exp(logits - largest) times values, divided by the sum of the weights. This is a softmax whose division
comes last, so that a uniform head adds up integers and rounds once. Matrices are kept by their entries. The compiler's
matrices are very sparse: with 8,500 coordinates each dense one would take 300 MB.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

SCORES_AT_ONCE = 1 << 23  # attention weights in memory at a time
NUMBERS_AT_ONCE = 1 << 23  # numbers of the stream that a feed-forward block reads at a time


@dataclass(frozen=True)
class ModuleConfig:
    """What a module is, besides its weights.

    positions   (modulus, first coordinate) of each block of residues
    heads       the number of heads in each layer
    max_length  the certified number of letters
    """

    alphabet: tuple[str, ...]
    outputs: tuple[str, ...]
    coordinates: tuple[str, ...]
    positions: tuple[tuple[int, int], ...]
    heads: tuple[int, ...]
    dtype: str
    max_length: int


class SparseLinear(nn.Module):
    """The map x -> W x + b, with W by its entries: `indices` (2, entries), `weight` (entries,), `bias` (out,)."""

    indices: Tensor

    def __init__(self, state: Mapping[str, Tensor], shape: tuple[int, int]) -> None:
        super().__init__()
        indices = state["indices"]
        _expect("bias", state["bias"], (shape[0],))
        _expect("weight", state["weight"], indices.shape[1:])
        _expect("indices", indices, (2, len(state["weight"])))
        _expect_below("rows", indices[0], shape[0])
        _expect_below("columns", indices[1], shape[1])
        if not (torch.diff(indices[0] * shape[1] + indices[1]) > 0).all():
            raise ValueError("expected entries by row, then column, and no place twice")
        self.register_buffer("indices", indices)
        self.weight = nn.Parameter(state["weight"])
        self.bias = nn.Parameter(state["bias"])
        self._shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in) to (..., out)."""
        matrix = torch.sparse_coo_tensor(
            self.indices, self.weight, self._shape, check_invariants=False, is_coalesced=True
        )
        flat = x.flatten(end_dim=-2)  # (tokens, in)
        product: Tensor = torch.sparse.mm(matrix, flat.T).T  # (tokens, out)
        return (product + self.bias).reshape(*x.shape[:-1], self._shape[0])


class Attention(nn.Module):
    """One causal head.

    Its logits are (weight x_j[keys]) . x_i[queries] + phi(i - j), its values are W x_j, and it writes to the
    coordinates `targets`.
    """

    keys: Tensor
    queries: Tensor
    lags: Tensor
    targets: Tensor

    def __init__(self, state: Mapping[str, Tensor], width: int) -> None:
        super().__init__()
        for name in ("keys", "queries", "targets"):
            _expect_below(name, state[name], width)
        _expect("keys", state["keys"], state["content"].shape)
        _expect("queries", state["queries"], state["content"].shape)
        _expect("lags", state["lags"], state["phi"].shape)
        for name in ("keys", "queries", "lags", "targets"):
            self.register_buffer(name, state[name])
        self.content = nn.Parameter(state["content"])
        self.phi = nn.Parameter(state["phi"])
        self.value = SparseLinear(_under(state, "value"), (len(state["targets"]), width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, positions, width) to (batch, positions, targets)."""
        batch, positions, _ = x.shape
        values = self.value(x)
        keys = x[..., self.keys] * self.content  # (batch, positions, entries of K^T Q)
        queries = x[..., self.queries]
        size = max(1, SCORES_AT_ONCE // (batch * positions))
        found = []
        for start in range(0, positions, size):
            stop = min(start + size, positions)
            # No query of this block sees a key after the block.
            weights = self._weights(queries[:, start:stop], keys[:, :stop], start)  # (batch, block, keys)
            totals = weights.sum(dim=-1, keepdim=True)
            found.append(weights @ values[:, :stop] / totals)
        return torch.cat(found, dim=1)

    def _weights(self, queries: Tensor, keys: Tensor, start: int) -> Tensor:
        rows = torch.arange(start, start + queries.shape[1], device=keys.device)[:, None]
        lag = rows - torch.arange(keys.shape[1], device=keys.device)[None, :]
        logits = queries @ keys.transpose(1, 2)
        for k in range(len(self.lags)):
            logits = logits + self.phi[k] * (lag == self.lags[k])
        logits = logits.masked_fill(lag < 0, -torch.inf)
        return torch.exp(logits - logits.amax(dim=-1, keepdim=True))


class FeedForwardModule(nn.Module):
    """One hidden layer of ReLUs and of steps; a step is two ReLUs one after the other (see `steep_steps.slopes`)."""

    steps: Tensor

    def __init__(self, state: Mapping[str, Tensor], width: int) -> None:
        super().__init__()
        units = len(state["steps"])
        self.register_buffer("steps", state["steps"].bool())
        self.read = SparseLinear(_under(state, "read"), (units, width))
        self.write = SparseLinear(_under(state, "write"), (width, units))

    def forward(self, x: Tensor) -> Tensor:
        """Map (tokens, width) to (tokens, width)."""
        first = torch.relu(self.read(x))
        written: Tensor = self.write(torch.where(self.steps, 1 - torch.relu(1 - first), first))
        return written


class LayerModule(nn.Module):
    """Heads side by side, then a feed-forward block; both are added to the stream."""

    def __init__(self, state: Mapping[str, Tensor], heads: int, width: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Attention(_under(state, f"heads.{k}"), width) for k in range(heads))
        self.feed_forward = FeedForwardModule(_under(state, "feed_forward"), width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, positions, width) to the same shape."""
        attended = x
        for head in self.heads:
            assert isinstance(head, Attention)
            attended = attended.index_add(2, head.targets, head(x))
        parts = torch.split(attended.reshape(-1, x.shape[-1]), max(1, NUMBERS_AT_ONCE // x.shape[-1]))
        return torch.cat([part + self.feed_forward(part) for part in parts]).reshape(x.shape)


class CompiledTransformer(nn.Module):
    """A compiled program, from token ids (batch, positions) to logits (batch, positions, outputs).

    An output holds where its logit is above 0. The id of a letter is its index in the alphabet. The begin marker has
    the id len(alphabet), and comes first.
    """

    def __init__(self, config: ModuleConfig, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.config = config
        width = len(config.coordinates)
        _expect("embedding", state["embedding"], (len(config.alphabet) + 1, width))
        if any(modulus < 1 or first < 0 or first + modulus > width for modulus, first in config.positions):
            raise ValueError(f"expected residues within {width} coordinates")
        self.embedding = nn.Parameter(state["embedding"])  # (letters + 1, width)
        self.layers = nn.ModuleList(
            LayerModule(_under(state, f"layers.{number}"), heads, width) for number, heads in enumerate(config.heads)
        )
        self.unembedding = SparseLinear(_under(state, "unembedding"), (len(config.outputs), width))
        found = {str(weight.dtype).removeprefix("torch.") for weight in self.parameters()}
        if found != {config.dtype}:
            raise ValueError(f"expected weights of type {config.dtype}, found {', '.join(sorted(found))}")

    def forward(self, tokens: Tensor, offset: int = 0) -> Tensor:
        """Return the logits; the begin marker is at position `offset`, of which only the residues matter."""
        x = self.embedding[tokens]  # (batch, positions, width)
        places = torch.arange(tokens.shape[1], device=x.device)
        for modulus, first in self.config.positions:
            residues = (places + offset % modulus) % modulus
            x[:, places, first + residues] += 1
        for layer in self.layers:
            x = layer(x)
        logits: Tensor = self.unembedding(x)
        return logits


def _under(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the part of the state whose names begin with the prefix, under names without it."""
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in state.items() if name.startswith(start)}


def _expect(name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(tensor.shape) != tuple(shape):
        raise ValueError(f"expected {name} of shape {tuple(shape)}, found {tuple(tensor.shape)}")


def _expect_below(name: str, places: Tensor, size: int) -> None:
    """Raise ValueError unless all places are indices below `size`.

    The sparse product would read memory outside its array at any other index.
    """
    if places.dtype != torch.int64 or places.dim() != 1:
        raise ValueError(f"expected {name} as a list of places, found {places.dtype} of shape {tuple(places.shape)}")
    if len(places) and not (int(places.min()) >= 0 and int(places.max()) < size):
        raise ValueError(f"expected {name} from 0 to {size - 1}, found {int(places.min())} to {int(places.max())}")
