"""A trained model as a stock GPT-2 directory, which transformers reads without this project, and back.

Text is tokens separated by white space; the tokenizer puts `<bos>` first. No transformers needed on either
way.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from tasks.ground.models.model_directory import ModelError, read_arrays, read_json
from tasks.words import BOS, EOS, PAD
from train.model.config import ModelConfig
from train.model.model import parameters

PREFIX = "transformer."
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


class Gpt2Error(ValueError):
    """A directory that holds no model of the kind trained here, with the reason."""


@dataclass(frozen=True)
class Model:
    """A model's shape, its parameters as one flat array, and its tokens by id."""

    config: ModelConfig
    flat: NDArray[np.float32]
    vocabulary: tuple[str, ...]


def write_gpt2(directory: Path, model: Model, *, extra: Mapping[str, Any]) -> None:
    """Writes the model as `FILES` into an existing directory; `extra` is kept in config.json under
    crasp_bench.

    Without positional encoding the position embeddings are written as zeros.
    """
    config, arrays = model.config, {}
    at = 0
    for each in parameters(config):
        arrays[PREFIX + each.name] = model.flat[at : at + each.size].reshape(each.shape)
        at += each.size
    if config.pe == "nope":
        arrays[PREFIX + "wpe.weight"] = np.zeros((config.positions, config.width), np.float32)
    save_file(arrays, directory / "model.safetensors", metadata={"format": "pt"})
    _dump(directory / "config.json", _stock_config(model) | {"crasp_bench": dict(extra)})
    _dump(directory / "tokenizer.json", _tokenizer(model.vocabulary))
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": EOS,
        "pad_token": PAD,
        "model_max_length": config.positions,
        "clean_up_tokenization_spaces": False,
    }
    _dump(directory / "tokenizer_config.json", tokenizer)


def read_gpt2(directory: Path) -> Model:
    """The model that a stock directory of the kind written here holds; Gpt2Error where it is of another kind."""
    try:
        stock, arrays = read_arrays(directory)
        vocabulary = read_json(directory / "tokenizer.json")["model"]["vocab"]
        wpe = arrays[PREFIX + "wpe.weight"]
        config = ModelConfig(
            pe="ape" if wpe.any() else "nope",
            layers=stock["n_layer"],
            heads=stock["n_head"],
            width=stock["n_embd"],
            vocabulary=stock["vocab_size"],
            positions=stock["n_positions"],
        )
        expected = _stock_config(Model(config, np.zeros(0, np.float32), tuple(vocabulary)))
        for key in ("model_type", "activation_function", "layer_norm_epsilon", "tie_word_embeddings"):
            if stock.get(key) != expected[key]:
                raise Gpt2Error(f"{directory}: expected {key}={expected[key]!r}, found {stock.get(key)!r}")
        parts = []
        for each in parameters(config):
            part = arrays[PREFIX + each.name]
            if part.shape != each.shape:
                raise Gpt2Error(f"{directory}: {each.name}: expected shape {each.shape}, found {part.shape}")
            parts.append(part.astype(np.float32).ravel())
    except ModelError as error:
        raise Gpt2Error(f"{directory}: no readable GPT-2 model: {error}") from None
    except (KeyError, TypeError) as error:
        raise Gpt2Error(f"{directory}: no readable GPT-2 model: {error!r}") from error
    return Model(config, np.concatenate(parts), tuple(vocabulary))


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")


def _stock_config(model: Model) -> dict[str, Any]:
    ids = {token: index for index, token in enumerate(model.vocabulary)}
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": model.config.vocabulary,
        "n_positions": model.config.positions,
        "n_embd": model.config.width,
        "n_layer": model.config.layers,
        "n_head": model.config.heads,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "tie_word_embeddings": True,
        "bos_token_id": ids[BOS],
        "eos_token_id": ids[EOS],
        "pad_token_id": ids[PAD],
        "dtype": "float32",
    }


def _tokenizer(vocabulary: tuple[str, ...]) -> dict[str, Any]:
    ids = {token: index for index, token in enumerate(vocabulary)}
    plain = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    special = [token for token in vocabulary if token in (BOS, EOS, PAD)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[token], "content": token, "special": True} | plain for token in special],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": BOS, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [
                {"SpecialToken": {"id": BOS, "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 0}},
            ],
            "special_tokens": {BOS: {"id": BOS, "ids": [ids[BOS]], "tokens": [BOS]}},
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "<unk>"},
    }
