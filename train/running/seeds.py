"""Reads seeds as a user writes them: 3, 0-4, or 0,2,5."""

import re

MOST_SEEDS = 1000


class SeedsError(ValueError):
    """A text names no seeds; the message gives the reason."""


def read_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that the text names, in its order, each once.

    Raises:
        SeedsError: The text names no seeds, or too many.
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", part.strip(), re.ASCII)
        if match is None:
            raise SeedsError(f"expected 3, 0-4 or 0,2,5, found {text!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last or last - first >= MOST_SEEDS:
            raise SeedsError(f"expected A-B with A <= B and at most {MOST_SEEDS} seeds, found {part!r}")
        found.extend(range(first, last + 1))
    return tuple(dict.fromkeys(found))
