"""The fields of a configuration that are sizes, and which values that were given to fields are wrong."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

WIDTH_FIELDS = ("hidden_size", "n_embd", "d_model", "dim", "n_embed")
INNER_FIELDS = ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "d_ff")
HEADS_FIELD = re.compile(r"(\w+_)?(num|n)_(\w+_)?heads")
HEAD_WIDTH_FIELD = re.compile(r"(\w+_)?head_?dim|mamba_d_head")
EXPERTS_WIDTH_FIELD = re.compile(r"(moe|shared_expert)\w*_intermediate_size")
LAYER_FIELD = re.compile(r"(num|n)_(\w+_)?(layers?|blocks?)|(en|de)coder_layers")
EXPERT_FIELD = re.compile(r"(moe_)?(num|n)_(\w+_)?experts?")
SIZE_FIELDS = (LAYER_FIELD, HEADS_FIELD, HEAD_WIDTH_FIELD, EXPERT_FIELD, EXPERTS_WIDTH_FIELD)
LONGEST_SHOWN_LETTERS: Final = 100  # letters of a field's value in a message


def wrong_fields(default: Any, fields: Iterable[tuple[str, object]]) -> list[str]:
    """Return for each given value that cannot be right what the field should be, and what was found.

    A class may well take a value that none of its defaults is like. So this is asked only about fields of which no
    model could be made.

    Args:
        default: The configuration with the defaults of its class.
        fields: The names of the fields that were given, with their values.
    """
    expected = ((name, value, _expected(name, getattr(default, name, None), value)) for name, value in fields)
    return [f"{name}: expected {what}, found {as_json(value)}" for name, value, what in expected if what is not None]


def as_json(value: object) -> str:
    """Return the value as JSON, cut short if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN_LETTERS else f"{text[:LONGEST_SHOWN_LETTERS]}..."


def _expected(name: str, usual: object, value: object) -> str | None:
    """Return what the field should be, from its default and its name; None if its value may be right."""
    size = name in (*WIDTH_FIELDS, *INNER_FIELDS) or any(kind.fullmatch(name) for kind in SIZE_FIELDS)
    if value is None or (usual is None and not size) or isinstance(value, list | dict):
        return None
    if isinstance(usual, bool):
        return None if isinstance(value, bool) else "true or false"
    if size and (usual is None or isinstance(usual, int)):
        return None if type(value) is int and value > 0 else "a whole number from 1"
    if isinstance(usual, int):
        return None if type(value) is int else "a whole number"
    if isinstance(usual, float):
        return None if type(value) in (int, float) else "a number"
    return "a text" if isinstance(usual, str) and not isinstance(value, str) else None
