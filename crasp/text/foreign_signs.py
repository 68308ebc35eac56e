"""Recognises what other languages write: their signs, their comments and their conditionals.

A message then names what the language has in their place.
"""

import re
from itertools import pairwise

from lark import Token

from crasp.errors import Problem, Span
from crasp.spelling import symbol_message

# For each sign of another language: the terminal that is meant, and how that is written in C-RASP.
MEANT = {
    "&&": ("AND", "and"),
    "&": ("AND", "and"),
    "||": ("OR", "or"),
    "|": ("OR", "or"),
    "!": ("NOT", "not"),
    "~": ("NOT", "not"),
    "≔": ("DEFINE", ":="),
    "−": ("MINUS", "-"),
    "×": ("STAR", "*"),
    "·": ("STAR", "*"),
    "⩽": ("LE", "<="),
    "⩾": ("GE", ">="),
    "⊤": ("TRUE", "true"),
    "⊥": ("FALSE", "false"),
    "∈": ("IN", "in"),
}
NO_DIVISION = "there is no division: multiply the other side, as in `2 * C >= D` for `C >= D / 2`"
EXPLAINED = {
    "/": NO_DIVISION,
    "÷": NO_DIVISION,
    "^": "there are no powers: a count is multiplied by an integer literal, `2 * C`",
    "'": 'a token is put between double quotation marks, as "("',
    "“": 'a token is put between plain quotation marks, as "("',
    "”": 'a token is put between plain quotation marks, as "("',
    "/*": "a comment begins with `//` and ends with its line",
}
COMMENT = "a comment begins with `//`; a count is `#[j <= i] P(j)`"
CONDITIONAL = "a conditional is `P ? C : D`, both branches counts"
_ENDS = frozenset(("", "SEMICOLON", "ALPHABET", "RPAR", "RBRACE", "NUMBER", "WORD", "TRUE", "FALSE"))
_BRACKET = re.compile(r"(?:\s|//[^\n]*(?:\n|$))*\[")


def meant(token: Token) -> str | None:
    """The terminal that a sign of another language stands for; None for any other token."""
    known = MEANT.get(str(token)) if token.type in ("BAD_CHARACTER", "FOREIGN_SIGN") else None
    return None if known is None else known[0]


def foreign_sign(token: Token, place: Span) -> Problem:
    """The problem of a sign that has a meaning in another language."""
    return Problem(place, f"expected `{MEANT[str(token)][1]}`, found `{token}`")


def begins_a_comment(token: Token, previous: str, text: str) -> bool:
    """Whether a `#` stands where no count can stand, and so begins a comment as in other languages.

    Args:
        token: The token to judge.
        previous: The terminal of the token before it, or "" at the beginning.
        text: The whole text. A `#` that is followed by `[` begins a count.
    """
    return token.type == "HASH" and previous in _ENDS and not _BRACKET.match(text, token.end_pos or 0)


def foreign_comment(place: Span, *, in_alphabet: bool) -> Problem:
    """The problem of a comment that begins with `#`."""
    hint = 'a comment begins with `//`; the token is quoted: "#"' if in_alphabet else COMMENT
    return Problem(place, "expected the words of the language, found `#`", hint)


def unquoted_symbol(before: list[Token], found: Token | None) -> Problem | None:
    """The problem of an unquoted token after `Q_`, as in `Q_(`, if the tokens up to a mismatch end so; else None."""
    tokens = before[-2:] + ([] if found is None else [found])
    for symbol, sign in pairwise(tokens):
        if symbol.type == "WORD" and symbol == "Q_" and symbol.end_pos == sign.start_pos:
            column = symbol.column or 1
            line = symbol.line or 1
            return Problem(Span(line, column, line, column + len(symbol) + len(sign)), *symbol_message(str(sign)))
    return None
