"""What the commands of this package share: arguments, and how integers are printed."""

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
    """The seconds that `--witness-seconds` gives, None for no limit."""
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
    """The command that is running, as a line for a shell, with these arguments instead of its own."""
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
    """Lets integers of any size be printed: the language has no limit, Python's default has one."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)
