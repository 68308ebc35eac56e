"""Tokens: which texts may be a token, and alphabets as a person writes them."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

NOT_TOKENS = frozenset(("eos", "<bos>", "<eos>", "<pad>", "<accept>"))
NOT_LETTERS = NOT_TOKENS | {"<sep>"}  # no letters of a language, because models are also trained on languages
MOST_TOKENS = 1000  # tokens of an alphabet


class LanguageError(ValueError):
    """What was given describes no regular language; the message says why, and where."""


def why_not_a_token(text: str) -> str | None:
    """Return why a text cannot be a token; None if it can."""
    if not text:
        return "a token is not empty"
    if any(c.isspace() or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp", "Zs") for c in text):
        return "a token holds no white space and no control character"
    if text in NOT_TOKENS:
        return f"`{text}` is not a token: it is kept for the models' own use"
    return None


@lru_cache(maxsize=10_000)
def why_not_a_letter(text: str) -> str | None:
    """Return why a text cannot be a letter of a regular language; None if it can."""
    if text in NOT_LETTERS:
        return f"`{text}` is not a token: it is kept for the models' own use"
    return why_not_a_token(text)


def read_alphabet(text: str) -> tuple[str, ...]:
    """Return the tokens of a text that white space separates, in order, each once.

    Raises:
        LanguageError: There is no token, there are too many, or a text cannot be a token.
    """
    alphabet = tuple(dict.fromkeys(text.split()))
    if not alphabet:
        raise LanguageError("--alphabet: expected at least one token, found none")
    return checked_alphabet(alphabet, "--alphabet")


def checked_alphabet(tokens: Iterable[str], place: str) -> tuple[str, ...]:
    """Return the tokens, which are at most MOST_TOKENS and all different.

    Args:
        tokens: The tokens.
        place: Where they come from, for messages.

    Raises:
        LanguageError: There are too many, one occurs twice, or a text cannot be a token.
    """
    alphabet = tuple(tokens)
    if len(alphabet) > MOST_TOKENS:
        raise LanguageError(f"{place}: {len(alphabet):,} tokens; an alphabet has at most {MOST_TOKENS:,} here")
    for token, times in Counter(alphabet).items():
        reason = why_not_a_letter(token)
        if reason is not None:
            raise LanguageError(f"{place}: {reason}" + ("" if token in reason else f", found {token!r}"))
        if times > 1:
            raise LanguageError(f"{place}: `{token}` is given twice")
    return alphabet


def shown_alphabet(alphabet: tuple[str, ...]) -> str:
    """Return the tokens for a message; of a long alphabet the middle ones are left out."""
    return " ".join(alphabet) if len(alphabet) <= 10 else f"{' '.join(alphabet[:8])} ... {alphabet[-1]}"
