"""The files of a stock GPT-2 directory, which transformers reads without this project: config, weights, tokenizer.

Text is tokens separated by white space; the tokenizer puts `<bos>` first.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.shape import SPECIAL, Shape

BOS, EOS, PAD, ACCEPT = SPECIAL
CONTINUES = "\0"  # stands before what continues a word; no token begins with it
SHOWN = 40  # tokens that a message names at most
TYPE_NAMES = {"float32": "F32", "float64": "F64"}  # in a safetensors header


def write_config(directory: Path, shape: Shape, dtype: str, epsilon: float, extra: dict[str, Any]) -> None:
    """config.json of a GPT2LMHeadModel; `extra` is kept in it under crasp_bench."""
    vocabulary = (*shape.parts.machine.alphabet, *SPECIAL)
    config = {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": len(vocabulary),
        "n_positions": shape.tokens,
        "n_embd": shape.width,
        "n_layer": len(shape.blocks),
        "n_head": shape.heads,
        "n_inner": shape.inner,
        "activation_function": "relu",
        "layer_norm_epsilon": epsilon,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "tie_word_embeddings": False,
        "bos_token_id": vocabulary.index(BOS),
        "eos_token_id": vocabulary.index(EOS),
        "pad_token_id": vocabulary.index(PAD),
        "dtype": dtype,
        "crasp_bench": extra,
    }
    _dump(directory / "config.json", config)


def write_generation(directory: Path, shape: Shape) -> None:
    """generation_config.json: words are sampled, end with <eos>, and hold no other special token.

    Sampled, for where several tokens are allowed the first is no better than the others, and where numbers are too
    narrow to be right torch refuses to sample.
    """
    ids = {token: number for number, token in enumerate((*shape.parts.machine.alphabet, *SPECIAL))}
    config = {
        "bos_token_id": ids[BOS],
        "eos_token_id": ids[EOS],
        "pad_token_id": ids[PAD],
        "suppress_tokens": [ids[BOS], ids[PAD], ids[ACCEPT]],
        "do_sample": True,
        "temperature": 1.0,
        "top_k": 0,
        "top_p": 1.0,
        "max_length": shape.tokens,
    }
    _dump(directory / "generation_config.json", config)


def write_weights(path: Path, number: int, arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """A safetensors file of `number` named arrays.

    One array is in memory at a time, which the library's own writer does not offer. The header comes first and is
    known last: room is kept for it, and what it does not need is blank, as the format allows.
    """
    room = 256 * (number + 1)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    with path.open("wb") as file:
        file.seek(8 + room)
        for name, values in arrays:
            file.write(np.ascontiguousarray(values).data)
            header[name] = {
                "dtype": TYPE_NAMES[str(values.dtype)],
                "shape": list(values.shape),
                "data_offsets": [end, end + values.nbytes],
            }
            end += values.nbytes
        text = json.dumps(header).encode()
        assert len(text) <= room
        file.seek(0)
        file.write(room.to_bytes(8, "little") + text.ljust(room))


def write_tokenizer(directory: Path, shape: Shape) -> None:
    """tokenizer.json and tokenizer_config.json.

    A model of pairs without any pair: what is no token as a whole is taken apart, and a part that continues a word is
    no token because of its prefix. So everything but tokens is refused, and the message holds what we say of it.
    """
    alphabet = shape.parts.machine.alphabet
    vocabulary = (*alphabet, *SPECIAL)
    ids = {token: number for number, token in enumerate(vocabulary)}
    plain = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False}
    first = {"SpecialToken": {"id": BOS, "type_id": 0}}
    text = [{"Sequence": {"id": name, "type_id": 0}} for name in ("A", "B")]
    tokenizer: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[token], "content": token, "special": True} | plain for token in SPECIAL],
        "normalizer": None,
        "pre_tokenizer": _splitting(alphabet),
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [first, text[0]],
            "pair": [first, *text],
            "special_tokens": {BOS: {"id": BOS, "ids": [ids[BOS]], "tokens": [BOS]}},
        },
        "decoder": None,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": _unknown(alphabet),
            "continuing_subword_prefix": CONTINUES,
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": True,
            "vocab": ids,
            "merges": [],
        },
    }
    _dump(directory / "tokenizer.json", tokenizer)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": EOS,
        "pad_token": PAD,
        "model_max_length": shape.tokens,
        "clean_up_tokenization_spaces": False,
    }
    _dump(directory / "tokenizer_config.json", config)


def _splitting(alphabet: tuple[str, ...]) -> dict[str, Any]:
    """Text is split at white space; if all tokens are single characters, between any two characters too."""
    spaces: dict[str, Any] = {"type": "WhitespaceSplit"}
    if any(len(token) > 1 for token in alphabet):
        return spaces
    characters = {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [spaces, characters]}


def _unknown(alphabet: tuple[str, ...]) -> str:
    """What stands in the message about a symbol that the alphabet lacks: the tokens that it has."""
    shown = " ".join(alphabet[:SHOWN]) + (" ..." if len(alphabet) > SHOWN else "")
    return f"a symbol that is none of {shown}"


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
