"""The options that the commands share, and how tasks and lengths are read from them."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tasks.ground.automata.language_text import LanguageText
from tasks.ground.console import RefusedError

if TYPE_CHECKING:
    from tasks.task import Task

LONGEST_LENGTH = 10_000  # letters of a word; for a regular language, paths are counted up to this length


Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[TASK]",
        help="Name of a task, as `list` gives it. NAME:recognition asks whether a word "
        "is accepted, instead of what may follow.",
        show_default=False,
    ),
]
Recognition = Annotated[
    bool,
    typer.Option("--recognition", help="Label each word as accepted or rejected, instead of saying what may follow."),
]
LengthsOption = Annotated[
    str, typer.Option(metavar="A-B", help="Shortest and longest length; lengths are drawn evenly between them.")
]
NumberOption = Annotated[int, typer.Option("-n", "--number", min=1, help="Number of words.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same words.")]
Splits = Annotated[
    list[str] | None,
    typer.Option(
        "--split",
        metavar="NAME",
        help="The split to write: train, test, or a name of your own; may be given several times.",
    ),
]
Ranges = Annotated[
    str | None,
    typer.Option(
        metavar="A-B,...",
        help="Ranges of lengths; by default 1-50 for train, and 1-50,51-100,101-150 for every other split.",
    ),
]
NumberOfEach = Annotated[
    int | None,
    typer.Option(
        "-n", "--number", min=1, help="Words of each range; by default 10000 for train, and 2000 for every other split."
    ),
]
Format = Annotated[
    Literal["jsonl", "parquet", "lm-eval"],
    typer.Option(
        "--format", help="jsonl and parquet write a file for each split, lm-eval a task pack of lm-evaluation-harness."
    ),
]
OutOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="A new directory for the dataset; by default it has the task's name.")
]


def task_of_options(name: str | None, text: LanguageText, recognize: bool) -> "Task":
    """Return the task that the options name or define.

    Raises:
        RefusedError: There is no such task.
    """
    from tasks import given_tasks as given  # inside the function: it makes all tasks, and --help needs none
    from tasks.registry import UnknownTask

    try:
        return given.chosen_task(name, text, recognize=recognize)
    except (UnknownTask, ValueError) as problem:
        raise RefusedError(str(problem)) from None


def read_lengths(text: str) -> tuple[int, int]:
    """Return the range of lengths that a text `A-B` or `A` means, as (shortest, longest).

    Raises:
        RefusedError: The text is not such a range, or the range goes beyond LONGEST_LENGTH.
    """
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text.strip())
    if found is None:
        raise RefusedError(f"expected --lengths A-B, as in 51-100, found {text!r}")
    shortest, longest = int(found[1]), int(found[2] or found[1])
    if shortest > longest:
        raise RefusedError(f"expected --lengths A-B with A <= B, found {text!r}")
    if longest > LONGEST_LENGTH:
        raise RefusedError(f"expected --lengths to {LONGEST_LENGTH} at most, found {text!r}")
    return shortest, longest
