"""Arguments that several commands of this package share, and the printing of long integers."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Annotated

import typer

from tasks.ground.console import RefusedError

File = Annotated[str, typer.Argument(metavar="FILE", help="A program's file, or lib:NAME for one of the library.")]
WitnessSeconds = Annotated[
    str,
    typer.Option(
        "--witness-seconds",
        metavar="S|none",
        help="Seconds that writing a program and certificates may take; with 0 none are "
        "written, with `none` there is no limit.",
    ),
]


def witness_seconds(text: str) -> float | None:
    """The number of seconds that `--witness-seconds` gives, or None for no limit.

    Raises:
        RefusedError: The text is no number of seconds.
    """
    if text == "none":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if seconds < 0 or not isfinite(seconds):
        raise RefusedError(f"--witness-seconds: expected a number of seconds, 0 or more, or none; found {text}")
    return seconds


def same_command(context: typer.Context, **changed: str | None) -> str:
    """The command that is running, as a line for a shell, with some arguments changed.

    Args:
        context: The context of the running command.
        changed: The new values of its parameters, by name; None leaves a parameter out.
    """
    words = context.command_path.split()
    for parameter in context.command.params:
        value = {**context.params, **changed}.get(parameter.name or "")
        name = max(parameter.opts, key=len)
        if value is None or value is False or (value == parameter.default and parameter.name not in changed):
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            words += [name] if each is True else [name, str(each)]
    return shlex.join(words)


@contextmanager
def any_integer() -> Iterator[None]:
    """A context in which integers of any size can be printed.

    The language has no limit, but Python has one by default.
    """
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)
