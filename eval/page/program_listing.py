"""Programs in HTML, with what their words are told apart."""

import re

from markupsafe import Markup

from crasp.spelling import RESERVED
from eval.page.assets import part

_PIECES = re.compile(
    r"(?P<comment>//[^\n]*)"
    r'|(?P<value>"(?:\\.|[^"\\\n])*"|\b\d+\b)'
    r"|(?P<name>[A-Za-z_]\w*)(?P<opens>(?=\s*[\[(]))?"
)


def listing(text: str) -> Markup:
    """The program as preformatted text: comments, words of the language, definitions in use, and values marked up."""
    text = text.strip()
    pieces: list[tuple[str | None, str]] = []
    end = 0
    for piece in _PIECES.finditer(text):
        pieces += [(None, text[end : piece.start()]), (_kind(piece), piece[0])]
        end = piece.end()
    return part("listing", pieces=[*pieces, (None, text[end:])])


def _kind(piece: re.Match[str]) -> str | None:
    if piece.lastgroup not in ("name", "opens"):
        return piece.lastgroup
    if piece[0] in RESERVED or piece[0] == "Q" or piece[0].startswith("Q_"):
        return "word"
    return None if piece["opens"] is None else "call"
