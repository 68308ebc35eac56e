"""The weights of a GPT-2 block under the names and layouts of other stock classes that have the same block.

GPT-2 keeps a linear map as (inputs, outputs), with all queries first, then all keys, then all values. GPT-NeoX, Falcon
and Bloom keep it as (outputs, inputs), with queries, keys and values head by head: [q_1 k_1 v_1 q_2 ...]. Here names of
GPT-2 are written without their prefix `transformer.`. The other classes have no table of positions, so it is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.ground.models.gpt2_directory import Stock

StockClass: TypeAlias = Literal["gpt_neox", "falcon", "bloom"]
StoredArray: TypeAlias = NDArray[Any]
POSITIONS: Final = "wpe.weight"
EMBEDDING_NORM: Final = "ln_wte"  # the layer norm after the embedding, which Bloom has and GPT-2 does not

ARCHITECTURES: Final[dict[StockClass, str]] = {
    "gpt_neox": "GPTNeoXForCausalLM",
    "falcon": "FalconForCausalLM",
    "bloom": "BloomForCausalLM",
}
_BLOCKS: Final[dict[StockClass, str]] = {
    "gpt_neox": "gpt_neox.layers",
    "falcon": "transformer.h",
    "bloom": "transformer.h",
}
_PARTS: Final = {
    "ln_1": "input_layernorm",
    "attn.c_attn": "{attention}.query_key_value",
    "attn.c_proj": "{attention}.dense",
    "ln_2": "post_attention_layernorm",
    "mlp.c_fc": "mlp.dense_h_to_4h",
    "mlp.c_proj": "mlp.dense_4h_to_h",
}
_LINEAR: Final = ("attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")
_ENDS: Final[dict[StockClass, dict[str, str]]] = {
    "gpt_neox": {"wte": "gpt_neox.embed_in", "ln_f": "gpt_neox.final_layer_norm", "lm_head": "lm_head"},
    "falcon": {"wte": "transformer.word_embeddings", "ln_f": "transformer.ln_f", "lm_head": "lm_head"},
    "bloom": {
        "wte": "transformer.word_embeddings",
        EMBEDDING_NORM: "transformer.word_embeddings_layernorm",
        "ln_f": "transformer.ln_f",
        "lm_head": "lm_head",
    },
}


@dataclass(frozen=True)
class HeadRotation:
    """The rotary positions of a GPT-NeoX: `width` coordinates of each head are rotated.

    The angles are the usual ones of `base`. If there are `factors`, the base is 1, and the angles are their
    reciprocals.
    """

    width: int = 0
    base: float = 10_000.0
    factors: tuple[float, ...] | None = None


UNTURNED: Final = HeadRotation()


def stock_name(name: str, kind: StockClass) -> str:
    """Return the name that the class gives an array of GPT-2."""
    stem, _, tail = name.rpartition(".")
    if not stem.startswith("h."):
        return f"{_ENDS[kind][stem]}.{tail}"
    _, layer, part = stem.split(".", 2)
    attention = "attention" if kind == "gpt_neox" else "self_attention"
    return f"{_BLOCKS[kind]}.{layer}.{_PARTS[part].format(attention=attention)}.{tail}"


def to_stock(
    arrays: Iterable[tuple[str, StoredArray]], kind: StockClass, heads: int
) -> Iterator[tuple[str, StoredArray]]:
    """Yield GPT-2's arrays one at a time, under the names and in the layouts of the class.

    Args:
        arrays: The arrays by their names in GPT-2.
        kind: The class.
        heads: The number of heads.
    """
    for name, values in arrays:
        if name != POSITIONS:
            yield stock_name(name, kind), _moved(name, values, heads)


def _moved(name: str, values: StoredArray, heads: int) -> StoredArray:
    if name.endswith("attn.c_attn.weight"):
        width = values.shape[0]
        parts = values.T.reshape(3, heads, width // heads, width)
        return np.ascontiguousarray(parts.transpose(1, 0, 2, 3)).reshape(3 * width, width)
    if name.endswith("attn.c_attn.bias"):
        return np.ascontiguousarray(values.reshape(3, heads, -1).transpose(1, 0, 2)).reshape(-1)
    return np.ascontiguousarray(values.T) if name.endswith(_LINEAR) else values


def from_stock(name: str, values: StoredArray, heads: int) -> StoredArray:
    """Return the array of GPT-2 that `to_stock` made `values` of.

    Args:
        name: Its name in GPT-2.
        values: The array in the layout of the class.
        heads: The number of heads.
    """
    if name.endswith("attn.c_attn.weight"):
        width = values.shape[1]
        parts = values.reshape(heads, 3, width // heads, width).transpose(1, 0, 2, 3)
        return np.ascontiguousarray(parts.reshape(3 * width, width).T)
    if name.endswith("attn.c_attn.bias"):
        return np.ascontiguousarray(values.reshape(heads, 3, -1).transpose(1, 0, 2)).reshape(-1)
    return np.ascontiguousarray(values.T) if name.endswith(_LINEAR) else values


def stock_config(stock: Stock, kind: StockClass, rotation: HeadRotation = UNTURNED) -> dict[str, Any]:
    """Return the `config.json` of the class for the model that `stock` describes as a GPT-2.

    It sets what the class would otherwise do by default. GPT-NeoX adds both branches to the same stream, rotates a
    quarter of each head, and has output weights of its own. Falcon has one key and value for all heads, and no biases.

    Args:
        stock: The model.
        kind: The class.
        rotation: The rotary positions, for GPT-NeoX.

    Raises:
        ValueError: The class is Bloom, and the hidden layer or the activation is not one that Bloom has.
    """
    said: dict[str, Any] = {
        "architectures": [ARCHITECTURES[kind]],
        "model_type": kind,
        "hidden_size": stock.width,
        "hidden_dropout": 0.0,
        "attention_dropout": 0.0,
    }
    whole = stock.config()
    kept = ("vocab_size", "tie_word_embeddings", "bos_token_id", "eos_token_id", "pad_token_id", "dtype")
    said |= {name: whole[name] for name in kept}
    match kind:
        case "gpt_neox":
            return said | _neox(stock, rotation)
        case "falcon":
            return said | _falcon(stock)
        case "bloom":
            return said | _bloom(stock)


def _neox(stock: Stock, rotation: HeadRotation) -> dict[str, Any]:
    turned: dict[str, Any] = {"rope_type": "default", "rope_theta": float(rotation.base)}
    if rotation.factors is not None:
        turned = {
            "rope_type": "longrope",
            "rope_theta": 1.0,
            "short_factor": list(rotation.factors),
            "long_factor": list(rotation.factors),
            "factor": 1.0,
            "attention_factor": 1.0,
            "original_max_position_embeddings": stock.positions,
        }
    turned["partial_rotary_factor"] = rotated_share(rotation.width, stock.width // stock.heads)
    return {
        "num_hidden_layers": stock.layers,
        "num_attention_heads": stock.heads,
        "intermediate_size": 4 * stock.width if stock.inner is None else stock.inner,
        "hidden_act": stock.activation,
        "layer_norm_eps": stock.epsilon,
        "max_position_embeddings": stock.positions,
        "use_parallel_residual": False,
        "attention_bias": True,
        "rope_parameters": turned,
    }


def rotated_share(width: int, head: int) -> float:
    """Return the share of a head for which the class rotates just `width` coordinates.

    The class rounds the share times `head` down, which may lose a coordinate.
    """
    share = width / head
    return share if int(head * share) == width else float(np.nextafter(share, 2))


def _falcon(stock: Stock) -> dict[str, Any]:
    return {
        "num_hidden_layers": stock.layers,
        "num_attention_heads": stock.heads,
        "ffn_hidden_size": 4 * stock.width if stock.inner is None else stock.inner,
        "activation": stock.activation,
        "layer_norm_epsilon": stock.epsilon,
        "max_position_embeddings": stock.positions,
        "alibi": True,
        "new_decoder_architecture": False,
        "multi_query": False,
        "parallel_attn": False,
        "bias": True,
    }


def _bloom(stock: Stock) -> dict[str, Any]:
    if stock.inner not in (None, 4 * stock.width) or stock.activation != "gelu_new":
        raise ValueError("a Bloom has a hidden layer of four times its width, and gelu_new")
    return {
        "n_layer": stock.layers,
        "n_head": stock.heads,
        "layer_norm_epsilon": stock.epsilon,
        "seq_length": stock.positions,
        "apply_residual_connection_post_layernorm": False,
    }
