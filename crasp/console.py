"""What the commands of this package share: arguments, and how bad input is said."""

import json
from typing import Annotated, Any

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A program's file, or lib:NAME for one of the library.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]


class RefusedError(Exception):
    """Bad input: the message goes to standard error, the status is 2."""


def print_json(value: Any) -> None:
    """Print one JSON value, indented, its letters as they are."""
    print(json.dumps(value, ensure_ascii=False, indent=2))
