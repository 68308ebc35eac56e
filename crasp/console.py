"""What the commands of this package share: arguments, how bad input is said, and how a command ends."""

import io
import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A program's file, or lib:NAME for one of the library.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]


class RefusedError(Exception):
    """Bad input: the message goes to standard error, the status is 2."""


def json_text(value: Any, *, indent: int | None = None) -> str:
    """The value as JSON, its letters as they are where standard output can show them."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf"), indent=indent)


def print_json(value: Any) -> None:
    """Print one JSON value, indented."""
    print(json_text(value, indent=2))


def run_command(app: typer.Typer, argv: Sequence[str] | None, name: str, refused: tuple[type[Exception], ...]) -> int:
    """The exit status of a command: 0 done, 1 the honest answer is no, 2 bad input, 130 interrupted.

    Where whoever reads standard output goes away, the command ends in silence, with 0: nobody wants the rest. What
    the output's encoding lacks is escaped.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    expected: tuple[type[Exception], ...] = (*refused, OSError)
    try:
        try:
            status = _status_of(app, argv, name)
        except expected as error:
            if isinstance(error, OSError) and error.errno is not None and error.filename is None:
                raise  # of standard output: see below
            print(error, file=sys.stderr)
            status = 2
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return 0
    except OSError as error:
        print(f"standard output: cannot be written: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        _discard_output()
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _status_of(app: typer.Typer, argv: Sequence[str] | None, name: str) -> int:
    try:
        app(args=None if argv is None else list(argv), prog_name=name)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        return end.code if isinstance(end.code, int) else 0
    return 0


def _discard_output() -> None:
    """What is still buffered can go nowhere; without this, Python tries again as it ends, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
