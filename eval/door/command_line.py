"""The console script `crasp-bench`: one help shows all commands, and only the command that is used is imported."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from crasp.console import any_integer
from crasp.errors import CraspError
from eval.door.commands import COMMANDS, GROUPS, PROGRAM_NAME, DoorCommand
from eval.door.lazy_group import LazyGroup, command_of, named_function
from tasks.ground.console import RefusedError, new_app, project_version, run_command
from tasks.ground.files import LoadError

SUMMARY = """Which tasks do transformers learn on short words and still do on long ones?

A SUBJECT is a task's name, a regular expression, an automaton's file (.json, .att) or a program (.crasp, lib:NAME).
Where it could be two of these, --task, --regex, --dfa and --program say which.
"""


class Door(LazyGroup):
    """The group of all commands; a command that has a subject takes it as its first argument."""

    rows = COMMANDS

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return the command of this name.

        Raises:
            RefusedError: There is none; the message has the nearest name.
        """
        name = cmd_name.replace("_", "-")
        if name not in COMMANDS:
            raise RefusedError(unknown(cmd_name))
        return door_command(name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands into the help, grouped by what a user wants to do."""
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), each.summary) for name, each in commands.items()])


def door_command(name: str) -> Any:
    """Return the command of this name in the form that a group needs."""
    row = COMMANDS[name]
    return command_of(name, function_of(row), f"{PROGRAM_NAME} {row.example}")


def function_of(row: DoorCommand) -> Callable[..., None]:
    """Return the function of a command, with the subject as its first argument if it has one."""
    function = named_function(row)
    if row.subject is None:
        return function
    from eval.door import subject_argument

    match row.subject:
        case "any":
            return subject_argument.with_any_subject(function)
        case "program":
            return subject_argument.with_program_first(function)
        case "model":
            return subject_argument.with_model_first(function)


def unknown(name: str) -> str:
    """Return the message for a command that does not exist."""
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"`{PROGRAM_NAME} --help` lists them"
    return f"{PROGRAM_NAME} has no command {name}: {hint}"


def _callback(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(project_version())
        raise typer.Exit


def new_door() -> typer.Typer:
    """Return the command line of all commands."""
    app = new_app(SUMMARY, f"{PROGRAM_NAME} predict '(aa)*'", no_args_is_help=True)
    app.info.cls = Door
    app.callback()(_callback)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit status (`tasks.ground.console.run_command`)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    row = COMMANDS.get(arguments[0].replace("_", "-")) if arguments else None
    if row is not None and row.ledger and any(each == "--out" or each.startswith("--out=") for each in arguments):
        print("note: --out is the old name of --runs, the ledger's directory", file=sys.stderr)
    with any_integer():
        return run_command(new_door(), arguments, PROGRAM_NAME, (CraspError, LoadError))


def entry() -> None:
    """Run the console script `crasp-bench`, and exit with its status."""
    sys.exit(main())
