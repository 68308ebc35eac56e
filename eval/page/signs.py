"""Verdicts with a sign and a class beside the word, so that no meaning hangs on a colour."""

import html

SIGNS = {
    "generalizes": "▲",
    "fails": "▼",
    "unknown": "?",
    "mixed": "~",
    "did not fit": "○",
    "too few fit": "◔",
    "not tested": "·",
    "old words": "□",
    "not run": "·",
    "yes": "✓",
    "no": "✗",
    "no evidence": "–",
}
CLASSES = {"yes": "yes", "no": "no", "mixed": "mixed"}


def signed(word: str) -> str:
    """The word with its sign, as text."""
    return f"{SIGNS[word]} {word}"


def marked(word: str, text: str | None = None) -> str:
    """The word, or the text for it, with its sign, as HTML."""
    shown = html.escape(f"{SIGNS[word]} {word if text is None else text}")
    return f'<span class="{CLASSES.get(word, "plain")}">{shown}</span>'
