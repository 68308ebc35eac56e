"""What every stock GPT-2 directory that is written here has beside its weights: its config and its tokenizer.

`transformers` reads both without this project. Text is tokens separated by white space, or unspaced where all tokens
are single characters; the tokenizer puts `<bos>` first and refuses what is no token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BOS, EOS, PAD = ROLES = ("<bos>", "<eos>", "<pad>")  # every vocabulary has them
CONTINUES: Final = "\0"  # stands before what continues a word; no token begins with it
SHOWN_TOKENS: Final = 40  # that a message names at most


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What the config of a `GPT2LMHeadModel` says; `tokens` by id, those from `letters` on are the special ones."""

    tokens: tuple[str, ...]
    letters: int
    positions: int
    width: int
    layers: int
    heads: int
    activation: str
    epsilon: float
    tied: bool
    dtype: str
    inner: int | None = None  # none: four times the width

    def config(self) -> dict[str, Any]:
        """config.json."""
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "vocab_size": len(self.tokens),
            "n_positions": self.positions,
            "n_embd": self.width,
            "n_layer": self.layers,
            "n_head": self.heads,
            **({} if self.inner is None else {"n_inner": self.inner}),
            "activation_function": self.activation,
            "layer_norm_epsilon": self.epsilon,
            "resid_pdrop": 0.0,
            "embd_pdrop": 0.0,
            "attn_pdrop": 0.0,
            "tie_word_embeddings": self.tied,
            "bos_token_id": self.tokens.index(BOS),
            "eos_token_id": self.tokens.index(EOS),
            "pad_token_id": self.tokens.index(PAD),
            "dtype": self.dtype,
        }


def write_stock(
    directory: Path, stock: Stock, *, extra: Mapping[str, Any], config: Mapping[str, Any] | None = None
) -> None:
    """Writes config.json, tokenizer.json and tokenizer_config.json; `extra` is kept in the config under crasp_bench.

    `config` is what another class is told of the model; None for GPT-2.
    """
    said = stock.config() if config is None else config
    dump(directory / "config.json", {**said, "crasp_bench": dict(extra)})
    _write_tokenizer(directory / "tokenizer.json", stock)
    tokenizer = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": EOS,
        "pad_token": PAD,
        "model_max_length": stock.positions,
        "clean_up_tokenization_spaces": False,
    }
    dump(directory / "tokenizer_config.json", tokenizer)


def dump(path: Path, value: object) -> None:
    """Writes the value as indented JSON."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_tokenizer(path: Path, stock: Stock) -> None:
    """tokenizer.json.

    A model of pairs without any pair: what is no token as a whole is taken apart, and a part that continues a word is
    no token because of its prefix. So everything but tokens is refused, and the message holds what we say of it.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, processors

    letters, special = stock.tokens[: stock.letters], stock.tokens[stock.letters :]
    model = models.BPE(
        {token: number for number, token in enumerate(stock.tokens)},
        [],
        unk_token=_unknown(letters),
        continuing_subword_prefix=CONTINUES,
        end_of_word_suffix="",
        ignore_merges=True,
    )
    tokenizer = Tokenizer(model)
    for token in special:  # a separator is part of what a model answers: it stays when special tokens are left out
        added = AddedToken(token, special=token in ROLES or token == "<accept>", normalized=False)
        tokenizer.add_special_tokens([added]) if added.special else tokenizer.add_tokens([added])
    spaces = pre_tokenizers.WhitespaceSplit()
    between = pre_tokenizers.Split(Regex("."), "isolated")
    single = all(len(token) == 1 for token in letters)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([spaces, between]) if single else spaces
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, stock.tokens.index(BOS))]
    )
    path.write_text(tokenizer.to_str(pretty=True) + "\n", encoding="utf-8")


def _unknown(letters: tuple[str, ...]) -> str:
    """What stands in the message about a symbol that the alphabet lacks: the tokens that it has."""
    shown = " ".join(letters[:SHOWN_TOKENS]) + (" ..." if len(letters) > SHOWN_TOKENS else "")
    return f"a symbol that is none of {shown}"
