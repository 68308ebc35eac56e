"""Programs in HTML, with what their words are told apart."""

import html
import re

from crasp.spelling import RESERVED

_PIECES = re.compile(
    r"(?P<comment>//[^\n]*)"
    r'|(?P<value>"(?:\\.|[^"\\\n])*"|\b\d+\b)'
    r"|(?P<name>[A-Za-z_]\w*)(?P<opens>(?=\s*[\[(]))?"
)


def listing(text: str) -> str:
    """The program as preformatted text: comments, words of the language, definitions in use, and values marked up."""
    marked = []
    end = 0
    for piece in _PIECES.finditer(text):
        marked.append(html.escape(text[end : piece.start()]))
        marked.append(_marked(piece))
        end = piece.end()
    marked.append(html.escape(text[end:]))
    return f'<pre tabindex="0"><code>{"".join(marked).strip()}</code></pre>'


def _marked(piece: re.Match[str]) -> str:
    escaped = html.escape(piece[0])
    kind = piece.lastgroup
    if kind in ("name", "opens"):
        letter = piece[0] == "Q" or piece[0].startswith("Q_")
        if piece[0] in RESERVED or letter:
            kind = "word"
        elif piece["opens"] is not None:
            kind = "call"
        else:
            return escaped
    return f'<span class="{kind}">{escaped}</span>'
