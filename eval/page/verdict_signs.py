"""Signs and classes that stand beside the words of verdicts, so that no meaning depends on a colour."""

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
    """The word with its sign before it."""
    return f"{SIGNS[word]} {word}"
