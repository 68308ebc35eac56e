"""Splits a program's text into pieces that a page colours: comments, reserved words, definitions in use, and values."""

import re
from typing import TypeAlias

from crasp.spelling import RESERVED

Coloured: TypeAlias = tuple[str | None, str]  # ("comment", "word", "call", "value" or None, text)

_PIECES = re.compile(
    r"(?P<comment>//[^\n]*)"
    r'|(?P<value>"(?:\\.|[^"\\\n])*"|\b\d+\b)'
    r"|(?P<name>[A-Za-z_]\w*)(?P<opens>(?=\s*[\[(]))?"
)


def coloured(text: str) -> list[Coloured]:
    """The pieces of the text in order. Joined together they are the text."""
    pieces: list[Coloured] = []
    end = 0
    for piece in _PIECES.finditer(text):
        pieces += [(None, text[end : piece.start()]), (_kind(piece), piece[0])]
        end = piece.end()
    return [*pieces, (None, text[end:])]


def _kind(piece: re.Match[str]) -> str | None:
    if piece.lastgroup not in ("name", "opens"):
        return piece.lastgroup
    if piece[0] in RESERVED or piece[0] == "Q" or piece[0].startswith("Q_"):
        return "word"
    return None if piece["opens"] is None else "call"
