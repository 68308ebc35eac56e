"""The Python interface refuses what is no language by the name of its argument, and takes nothing for another."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from crasp import decide
from eval import predict
from tasks import get
from tasks.ground.automata.language_text import LanguageText, given_text


@pytest.mark.parametrize("asked", [decide, predict, get], ids=lambda each: each.__module__)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"regex": 5}, "regex: expected a text, found 5"),
        ({"regex": b"a"}, "regex: expected a text, found b'a'"),
        ({"dfa": 5}, "dfa: expected a text, found 5"),
        ({"regex": "(ab)*", "ands": "ab"}, "ands: expected a list of expressions, found 'ab'"),
        ({"regex": "(ab)*", "nots": None}, "nots: expected a list of expressions, found None"),
        ({"regex": "(ab)*", "nots": [5]}, "nots: expected a list of expressions, found 5 in it"),
        ({"regex": "(ab)*", "alphabet": 5}, "alphabet: expected a list of tokens, found 5"),
        ({"regex": "(ab)*", "alphabet": ["a", "b", 1]}, "alphabet: expected a list of tokens, found 1 in it"),
        ({"regex": "(ab)*", "alphabet": ["a", "b", "c d"]}, "a token holds no white space"),
        ({"regex": "(ab)*", "alphabet": ["a", "b", ""]}, "a token is not empty"),
    ],
    ids=str,
)
def test_another_type_is_refused_by_name(asked: Callable[..., Any], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        asked(**arguments)


def test_a_list_of_tokens_is_the_alphabet_in_its_order() -> None:
    assert given_text("ab", None, ["b", "a"], ["a*"], ()) == LanguageText("ab", None, "b a", ("a*",), ())
    assert given_text("ab", None, "b a", (), ()).alphabet == "b a"
