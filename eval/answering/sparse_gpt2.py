"""A wide GPT-2 most of whose weights are zero, run without the products with zero; compiled models are of this kind.

Only rows and columns of weights that are zero throughout are left out of the products. So the same sums are computed in
another order, and the result differs from that of the stock class by rounding alone.
"""

import sys
from dataclasses import dataclass, replace
from typing import Any

from eval.answering.answerers import Answerer, MachineAnswerer
from eval.answering.models import ModelAnswerer
from eval.answering.run_models import ModelLogits
from limit_transformer.gpt2.directory import Gpt2Realization

MOST_KEPT = 0.2  # the sparse form is used if at most this share of the weights remains in it
NARROW = 256  # a model with at most so many columns is fast as it is
NUMBERS_AT_ONCE = 1 << 23  # numbers of the stream, or attention weights of one head, that are kept at a time


def without_zeros(answerer: Answerer) -> Answerer:
    """The same answerer, run without the products with zero if it is a wide GPT-2 most of whose weights are zero."""
    match answerer:
        case ModelAnswerer():
            found = _sparse(answerer.model, answerer.name)
            return answerer if found is None else replace(answerer, model=found)
        case MachineAnswerer(machine=Gpt2Realization() as machine):
            found = _sparse(machine.model, answerer.name)
            return answerer if found is None else replace(answerer, machine=replace(machine, model=found))
        case _:
            return answerer


def _sparse(model: Any, name: str) -> "SparseGpt2 | None":
    """The model in sparse form; None if it is no GPT-2, or a narrow one, or has too many weights in use."""
    if type(model).__name__ != "GPT2LMHeadModel" or model.config.n_embd <= NARROW:
        return None
    if model.config.reorder_and_upcast_attn or model.config.add_cross_attention:
        return None
    found, weights = SparseGpt2(model), sum(each.numel() for each in model.transformer.h.parameters())
    if found.kept > MOST_KEPT * weights:
        return None
    kept = f"{found.kept:,} of its {weights:,} weights are in rows and columns that are not zero"
    print(f"note: products with zero are left out when {name} is asked: {kept}.", file=sys.stderr)
    return found


@dataclass(frozen=True)
class _DenseMap:
    """A linear map, restricted to the rows (inputs) and columns (outputs) of its weights that are not all zero."""

    rows: Any
    columns: Any
    weight: Any  # (rows, columns)
    bias: Any  # (outputs,), for all outputs
    outputs: int

    @property
    def numbers(self) -> int:
        return int(self.weight.numel())

    def read(self, x: Any) -> Any:
        """The columns in use, without the bias: (..., inputs) to (..., columns)."""
        return x[..., self.rows] @ self.weight

    def whole(self, x: Any) -> Any:
        """All outputs, with the bias: (..., inputs) to (..., outputs)."""
        found = self.bias.expand(*x.shape[:-1], self.outputs).clone()
        found[..., self.columns] += self.read(x)
        return found


def _dense_map(weight: Any, bias: Any) -> _DenseMap:
    """The map with the weights (inputs, outputs) and the biases (outputs,)."""
    used = weight != 0
    rows, columns = (used.any(dim=axis).nonzero()[:, 0] for axis in (1, 0))
    return _DenseMap(rows, columns, weight[rows][:, columns].contiguous(), bias.clone(), weight.shape[1])


@dataclass(frozen=True)
class _DenseHead:
    """A head, restricted to the dimensions in which queries and keys, or values, are not zero everywhere."""

    query: _DenseMap
    key: _DenseMap
    value: _DenseMap
    write: _DenseMap


@dataclass(frozen=True)
class _DenseBlock:
    first_norm: Any
    heads: tuple[_DenseHead, ...]
    written: Any  # the bias of what the heads write together
    scaling: float
    second_norm: Any
    inner: _DenseMap
    activation: Any
    outer: _DenseMap

    @property
    def numbers(self) -> int:
        parts = [each for head in self.heads for each in (head.query, head.key, head.value, head.write)]
        return sum(part.numbers for part in (*parts, self.inner, self.outer))


class SparseGpt2:
    """A stock GPT-2 in sparse form, called as a model of `transformers` is."""

    def __init__(self, model: Any) -> None:
        import torch

        self.config, self._model = model.config, model
        with torch.inference_mode():
            self._blocks = tuple(_block(block) for block in model.transformer.h)
        self.kept = sum(block.numbers for block in self._blocks)

    def state_dict(self) -> Any:
        """The weights of the stock model."""
        return self._model.state_dict()

    def __call__(self, *, input_ids: Any, position_ids: Any = None, **_: Any) -> ModelLogits:
        """The logits of words of one length, (words, tokens, vocabulary), with the causal mask alone."""
        import torch

        length = input_ids.shape[1]
        places = torch.arange(length).expand_as(input_ids) if position_ids is None else position_ids
        step = max(1, NUMBERS_AT_ONCE // (length * max(length, self.config.n_embd)))
        parts = [
            self._logits(input_ids[start : start + step], places[start : start + step])
            for start in range(0, len(input_ids), step)
        ]
        return ModelLogits(torch.cat(parts))

    def _logits(self, ids: Any, places: Any) -> Any:
        import torch

        stack = self._model.transformer
        x = stack.wte(ids) + stack.wpe(places)
        later = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
        for block in self._blocks:
            normed = block.first_norm(x)
            x = x + block.written
            for head in block.heads:
                x[..., head.write.columns] += head.write.read(_attended(head, normed, block.scaling, later))
            x = x + block.outer.whole(block.activation(block.inner.whole(block.second_norm(x))))
        return self._model.lm_head(stack.ln_f(x))


def _attended(head: _DenseHead, normed: Any, scaling: float, later: Any) -> Any:
    """The values that a head moves to each token, (words, tokens, dimensions of the head)."""
    import torch

    queries, keys = head.query.whole(normed), head.key.whole(normed)
    scores = (queries @ keys.transpose(1, 2)) * scaling
    return torch.softmax(scores.masked_fill(later, -torch.inf), dim=-1) @ head.value.whole(normed)


def _block(block: Any) -> _DenseBlock:
    attention, width = block.attn, block.attn.embed_dim
    size = attention.head_dim
    weight, bias, write = attention.c_attn.weight, attention.c_attn.bias, attention.c_proj.weight
    heads = []
    for start in range(0, width, size):
        query, key, value = (slice(k * width + start, k * width + start + size) for k in range(3))
        looked = _moving(weight[:, query], bias[query]) & _moving(weight[:, key], bias[key])
        moved = _moving(weight[:, value], bias[value]) & (write[start : start + size] != 0).any(dim=1)
        if not moved.any():
            continue
        heads.append(
            _DenseHead(
                _dense_map(weight[:, query][:, looked], bias[query][looked]),
                _dense_map(weight[:, key][:, looked], bias[key][looked]),
                _dense_map(weight[:, value][:, moved], bias[value][moved]),
                _dense_map(write[start : start + size][moved], bias[:0]),
            )
        )
    return _DenseBlock(
        block.ln_1,
        tuple(heads),
        attention.c_proj.bias.clone(),
        float(attention.scaling),
        block.ln_2,
        _dense_map(block.mlp.c_fc.weight, block.mlp.c_fc.bias),
        block.mlp.act,
        _dense_map(block.mlp.c_proj.weight, block.mlp.c_proj.bias),
    )


def _moving(weight: Any, bias: Any) -> Any:
    """Which outputs of a linear map are not zero everywhere."""
    return (weight != 0).any(dim=0) | (bias != 0)
