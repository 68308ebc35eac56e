"""What the commands of this package share: options, and how a command ends."""

from typing import Annotated

import typer

from crasp.console import run_command as run_any_command

TaskName = Annotated[str | None, typer.Option(metavar="TASK", help="A task's name; `python -m tasks list` shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]


class BadInputError(Exception):
    """Bad input: the message goes to standard error, the status is 2."""


def new_app(summary: str, example: str) -> typer.Typer:
    """A command line with this project's settings."""
    return typer.Typer(
        help=summary,
        epilog=f"Try: python -m eval.{example}",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run_command(app: typer.Typer, argv: list[str] | None, name: str) -> int:
    """The exit status of a command: 0 done, 1 the honest answer is no, 2 bad input, 130 interrupted."""
    return run_any_command(app, argv, name, (BadInputError,))
