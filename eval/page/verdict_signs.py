"""Verdicts with a sign and a class beside the word, so that no meaning hangs on a colour."""

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
