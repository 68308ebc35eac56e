"""How names and tokens are written in the language, and the nearest known word to one that is unknown."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

RESERVED = frozenset(
    (
        *("Q", "accept", "next", "eos", "alphabet", "for", "in", "if", "not", "and", "or", "true", "false"),
        *("any", "all", "sum", "min", "max"),
    )
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"[^\W0-9]\w*|[0-9]+")


def why_not_a_name(text: str) -> str | None:
    """The reason why a word cannot name a definition or a variable; None if it can."""
    if not _NAME.fullmatch(text):
        return f"expected a name of ASCII letters, digits and underscores, found `{text}`"
    if text.startswith("Q_"):
        return f"a name does not begin with `Q_`, as `{text}` does"
    if text in RESERVED:
        return f"`{text}` is a reserved word, not a name"
    return None


def is_bare(token: str) -> bool:
    """Whether a token may follow `Q_`, which holds for words and numbers."""
    return _BARE.fullmatch(token) is not None


def symbol_message(sign: str) -> tuple[str, str]:
    """The message for a token that may not follow `Q_`, and its hint."""
    quoted = sign if sign.startswith('"') else f'"{sign}"'
    return "expected a word or a number after `Q_`", f"any other token is quoted in brackets: `Q[{quoted}](i)`"


def quote(token: str) -> str:
    """The token in double quotation marks, with escapes where needed."""
    escaped = token.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def spell_token(token: str) -> str:
    """The token as it is written in brackets: in quotation marks only if the language needs them."""
    return token if is_bare(token) and token not in RESERVED else quote(token)


def spell_member(name: str, tokens: Iterable[str]) -> str:
    """The name of a member of a family, as `n[a, "("]`. Without indices it is the name itself."""
    inside = ", ".join(token if (name, token) == ("next", "eos") else spell_token(token) for token in tokens)
    return f"{name}[{inside}]" if inside else name


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest to an unknown one; None if none is near."""
    candidates = sorted(set(known))
    folded = [c for c in candidates if c.casefold() == word.casefold()]
    close = folded or get_close_matches(word, candidates, n=1, cutoff=0.6)
    return close[0] if close else None
