"""Options that the commands of this package share, readers of their values, and the output."""

import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from tasks.ground.console import RefusedError
from tasks.ground.files import replace_text

TaskName = Annotated[str | None, typer.Option(metavar="TASK", help="A task's name; `python -m tasks list` shows them.")]
ProgramFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="A program's file, or lib:NAME, instead of a task's name; the labels are the program's."
    ),
]
Adversary = Annotated[
    str | None,
    typer.Option(
        metavar="FAMILY",
        help="Draw only words that no small program of this family tells apart: plain|local|periodic|periodic_local.",
    ),
]
VocabularyOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="For a model without a tokenizer: a file with a line for each output of the model."
    ),
]


def read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of lengths in a text such as `1-50,51-100`.

    Raises:
        ValueError: The text has other parts, or ranges that overlap or do not ascend.
    """
    parts = [re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*", part) for part in text.split(",")]
    found = tuple((int(part[1]), int(part[2])) for part in parts if part)
    if len(found) < len(parts) or any(a > b for a, b in found):
        raise ValueError(f"expected ranges of lengths as 1-50,51-100, found {text!r}")
    if any(b >= a for (_, b), (a, _) in pairwise(found)):
        raise ValueError(f"expected ranges that ascend and do not overlap, found {text!r}")
    return found


def check_out(out: Path | None) -> None:
    """Raise RefusedError if no file can be written at the path."""
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise RefusedError(
            f"--out: {out} cannot be written: " + ("a directory" if out.is_dir() else "no such directory")
        )


def write(text: str, out: Path | None) -> None:
    """Write the text on standard output, or into the file, which is never half-written."""
    if out is None:
        sys.stdout.write(text)
    else:
        replace_text(out, text)
        print(f"wrote {out}", file=sys.stderr)
