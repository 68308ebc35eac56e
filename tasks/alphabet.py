"""Alphabets that are given: which tokens they may hold."""

from collections import Counter

from tasks.task import SPECIAL

MOST_TOKENS = 1000


class AlphabetError(ValueError):
    """These tokens are no alphabet."""


def read_alphabet(text: str) -> tuple[str, ...]:
    """The tokens of a text, white space between them; AlphabetError where they are no alphabet."""
    alphabet = tuple(text.split())
    check_alphabet(alphabet)
    return alphabet


def check_alphabet(alphabet: tuple[str, ...]) -> None:
    """AlphabetError, with the token, unless these are 1 to 1000 different tokens, none with white space or special."""
    if not alphabet:
        raise AlphabetError("expected an alphabet of at least one token, found none")
    if len(alphabet) > MOST_TOKENS:
        raise AlphabetError(f"expected an alphabet of at most {MOST_TOKENS} tokens, found {len(alphabet)}")
    for token, times in Counter(alphabet).items():
        if not token or not token.isprintable() or any(character.isspace() for character in token):
            raise AlphabetError(f"expected tokens without white space and control characters, found {token!r}")
        if token in SPECIAL:
            raise AlphabetError(f"the token {token!r} has a meaning of its own: it can be no letter")
        if times > 1:
            raise AlphabetError(f"the token {token!r} is in the alphabet {times} times")
