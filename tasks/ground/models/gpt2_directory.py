"""What every stock GPT-2 directory that this project writes has besides its weights: its config and its tokenizer.

`transformers` reads both without this project. In a text, tokens are separated by white space; if all tokens are single
characters, nothing need separate them. The tokenizer puts `<bos>` first, and refuses what is not a token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BOS, EOS, PAD = ROLES = ("<bos>", "<eos>", "<pad>")  # every vocabulary has these three
CONTINUES: Final = "\0"  # the prefix of a part that continues a word; no token begins with it
SHOWN_TOKENS: Final = 40  # the most tokens that a message names


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What the config of a `GPT2LMHeadModel` says.

    `tokens` are in the order of their ids; those from number `letters` on are the special ones. `inner` is the width of
    the hidden layer of the feed-forward part; None: four times `width`.
    """

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
    inner: int | None = None

    def config(self) -> dict[str, Any]:
        """Return the content of `config.json`."""
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
    """Write `config.json`, `tokenizer.json` and `tokenizer_config.json` of a model.

    Args:
        directory: An existing directory.
        stock: The model.
        extra: What the config keeps under the key `crasp_bench`.
        config: The config of a class other than GPT-2; None: that of GPT-2.
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
    """Write the value as indented JSON."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_tokenizer(path: Path, stock: Stock) -> None:
    """Write `tokenizer.json`.

    The tokenizer is a BPE model without merges. It takes apart a word that is not a token as a whole; a part that
    continues a word is no token, because of its prefix. So it refuses everything but tokens, with a message that this
    project chooses.
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
    for token in special:  # a separator is part of an answer, so it must stay when special tokens are left out
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
    """Return what the message about an unknown symbol says: the tokens that the alphabet has."""
    shown = " ".join(letters[:SHOWN_TOKENS]) + (" ..." if len(letters) > SHOWN_TOKENS else "")
    return f"a symbol that is none of {shown}"
