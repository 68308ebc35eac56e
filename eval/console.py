"""The options that the commands of this package share, and how they are read."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

TaskName = Annotated[str | None, typer.Option(metavar="TASK", help="A task's name; `python -m tasks list` shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
Vocabulary = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A file with a line for each output of the model, for a model without a tokenizer."
    ),
]


def read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges as `1-50,51-100`; ValueError where they are none, or meet."""
    parts = [re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*", part) for part in text.split(",")]
    found = tuple((int(part[1]), int(part[2])) for part in parts if part)
    if len(found) < len(parts) or any(a > b for a, b in found):
        raise ValueError(f"expected ranges of lengths as 1-50,51-100, found {text!r}")
    if any(b >= a for (_, b), (a, _) in pairwise(found)):
        raise ValueError(f"expected ranges that ascend and do not meet, found {text!r}")
    return found
