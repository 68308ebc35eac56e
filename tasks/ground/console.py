"""What all commands share: the settings of a command line, JSON on standard output, and exit statuses."""

import io
import json
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tasks.ground.options_once import CommandLine
from tasks.ground.slow_imports import told_when_slow

DONE, NO, BAD_INPUT, DEFECT, INTERRUPTED = 0, 1, 2, 70, 130  # exit statuses
PROJECT = "crasp-bench"
SHOW_TRACEBACK = "CRASP_TRACEBACK"  # if this environment variable is set, a defect's whole traceback is printed
LONGEST_WORD_CHARACTERS = 400  # characters without white space that a message shows whole
# The console scripts of `pyproject.toml`.
SCRIPTS = ("crasp-bench", "crasp", "crasp-tasks", "crasp-train", "crasp-eval")
ROOT = Path(__file__).resolve().parents[2]
# These options name a file or a folder. An empty name, as a shell variable that is not set gives, would stand for the
# current folder.
NAMING_OPTIONS = frozenset(
    {"--program", "--dfa", "--input", "--check", "--words", "--model", "--vocab", "--write-vocab"}
    | {"--runs", "--from", "--results", "--published", "--file", "--resume", "--certificate", "--out", "-o"}
    | {"--html", "--page", "--export"}
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]


class RefusedError(ValueError):
    """Bad input: the command prints the message on standard error, and its exit status is 2."""


def check_choice(name: str, chosen: object, choices: Sequence[str]) -> None:
    """Raise RefusedError, which begins with `name`, unless `chosen` is one of the choices."""
    if chosen not in choices:
        raise RefusedError(f"{name}: expected {', '.join(choices[:-1])} or {choices[-1]}, found {chosen!r}")


class DefectError(Exception):
    """An unexpected exception in another process of this project; its text is the `defect_lines` of that exception."""


def new_app(summary: str, example: str, *, no_args_is_help: bool = False) -> typer.Typer:
    """Return a command line with this project's settings.

    If this process was started as a console script, it can also install and show the completion of shells, which
    complete a command by its first word.

    Args:
        summary: What the help says first.
        example: A command that runs, for the end of the help.
        no_args_is_help: Whether to show the help when there are no arguments.
    """
    return CommandLine(
        help=summary,
        epilog=f"Try: {example}",
        no_args_is_help=no_args_is_help,
        add_completion=_script() is not None,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def main_of(command: Callable[..., None], name: str, example: str) -> Callable[..., int]:
    """Return the `main` of a module that is a single command.

    Args:
        command: The function that typer makes a command of.
        name: What runs it, such as `python -m eval.predict`.
        example: Arguments with which it runs, for the end of the help.

    Returns:
        A function from the arguments (None: those of the process) to the exit status of `run_command`.
    """
    app = new_app("", "")
    app.command(re.split(r"[ .]", name)[-1], epilog=f"Try: {name} {example}".rstrip())(command)

    def main(argv: Sequence[str] | None = None) -> int:
        return run_command(app, argv, name)

    return main


def columns_in_line(rows: Sequence[Sequence[str]], *, to_the_right: bool = False) -> list[str]:
    """Return a line for each row, in which each cell is padded to the widest cell of its column.

    Args:
        rows: The cells; all rows have as many.
        to_the_right: Align the cells at their right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = str.rjust if to_the_right else str.ljust
    return ["  ".join(map(padded, row, widths)).rstrip() for row in rows]


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return the value as JSON; characters other than ASCII are escaped unless standard output uses a UTF encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf"), indent=indent)


def print_json(value: Any) -> None:
    """Print one JSON value, indented."""
    print(json_text(value, indent=2))


def run_command(
    app: typer.Typer,
    argv: Sequence[str] | None,
    name: str,
    refused: tuple[type[Exception], ...] = (),
    *,
    obj: object = None,
) -> int:
    """Run one command and return its exit status.

    The statuses are: 0 done; 1 the honest answer is no; 2 bad input; 70 a defect of this project; 130 interrupted. A
    closed pipe (`| head`) is not an error: the command stops quietly with status 0. Characters that the encoding of the
    output lacks are escaped.

    Args:
        app: The command line.
        argv: Its arguments; None: those of the process.
        name: What the help calls the command, unless it was started as a console script.
        refused: Exceptions that say what is wrong with the input, besides RefusedError and OSError.
        obj: The object for the context of the app.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with told_when_slow():
            status = _answered(app, arguments, _script() or name, (RefusedError, *refused, OSError), obj)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return DONE
    except OSError as error:
        print(f"standard output: cannot be written: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        _discard_output()
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _script() -> str | None:
    """Return the name of the console script that this process was started as; None if it was not."""
    started = Path(sys.argv[0]).name if sys.argv else ""
    return started if started in SCRIPTS else None


def defect_message(error: Exception) -> str:
    """Return what is printed for an unexpected exception: that it is a defect, where it is, and what to report."""
    return "\n".join(
        [
            f"This is a defect of {PROJECT}, not of the input. No answer was given.",
            str(error) if isinstance(error, DefectError) else defect_lines(error),
            f"Please report these lines, the command, its input files and the version ({project_version()}).",
            f"With {SHOW_TRACEBACK}=1 in the environment the whole traceback is printed.",
        ]
    )


def defect_lines(error: Exception) -> str:
    """Return the exception, and the last places in this project that it passed through, a line each."""
    return "\n".join([f"{type(error).__name__}: {error}".strip(), *(f"  at {frame}" for frame in _places(error))])


def message_of(error: Exception) -> str:
    """Return the text of the exception; in words of more than 400 characters, such as a path, the middle is left out.

    An OSError gets the form `file: reason`.
    """
    said = str(error)
    if isinstance(error, OSError) and error.filename is not None and said.startswith("[Errno"):
        said = f"{os.fsdecode(error.filename)}: {(error.strerror or said).lower()}"
    said = said.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files need not be valid text
    return re.sub(rf"\S{{{LONGEST_WORD_CHARACTERS},}}", lambda word: f"{word[0][:200]}…{word[0][-100:]}", said)


def report_defect(error: Exception) -> None:
    """Print `defect_message` on standard error, and the traceback if CRASP_TRACEBACK is set."""
    print(defect_message(error), file=sys.stderr)
    if os.environ.get(SHOW_TRACEBACK):
        traceback.print_exception(error, file=sys.stderr)


def project_version() -> str:
    """Return the version of this project, and that of Python."""
    from importlib.metadata import PackageNotFoundError, version  # takes 20 ms, so it is imported only when it is used

    try:
        own = version(PROJECT)
    except PackageNotFoundError:
        own = "not installed"
    return f"{PROJECT} {own}, Python {sys.version.split()[0]}"


def _answered(app: typer.Typer, argv: list[str], name: str, expected: tuple[type[Exception], ...], obj: object) -> int:
    """Return the status that the command ends with.

    Raises:
        OSError: The error is of standard output itself, and names no file.
    """
    if argv == ["--version"]:
        print(project_version())
        return DONE
    try:
        _check_named(argv)
        return _status_of(app, argv, name, obj)
    except expected as error:
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            raise
        print(message_of(error), file=sys.stderr)
        return BAD_INPUT
    except Exception as error:
        named = next((each for each in argv if "\0" in each), None)
        if named is not None and isinstance(error, ValueError):  # Python raises it, since no path has a null byte
            print(
                message_of(RefusedError(f"expected the name of a file, found a null byte in {named!r}")),
                file=sys.stderr,
            )
            return BAD_INPUT
        report_defect(error)
        return DEFECT


def _check_named(argv: Sequence[str]) -> None:
    """Raise RefusedError if an option that names a file or a folder is given the empty text."""
    for option, value in zip(argv, [*argv[1:], None], strict=False):
        if value == "" and option in NAMING_OPTIONS:
            raise RefusedError(f"{option}: expected a name, found the empty text")
        if option.endswith("=") and option[:-1] in NAMING_OPTIONS:
            raise RefusedError(f"{option[:-1]}: expected a name, found the empty text")


def refuse_nan(value: float | None) -> float | None:
    """Return the value of an option.

    Raises:
        typer.BadParameter: It is `nan`, which passes every check against a least or greatest value.
    """
    if value is not None and math.isnan(value):
        raise typer.BadParameter("expected a number, found nan")
    return value


def _status_of(app: typer.Typer, argv: list[str], name: str, obj: object) -> int:
    try:
        app(args=argv, prog_name=name, obj=obj)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        return end.code if isinstance(end.code, int) else DONE
    return DONE


def _places(error: Exception) -> list[str]:
    """Return the last four places in this project that the exception passed through, the innermost last."""
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            found.append(f"{path.relative_to(ROOT)}:{frame.lineno} {frame.name}")
    return found[-4:]


def _discard_output() -> None:
    """Send what is still buffered for standard output to nowhere.

    Without this, Python tries to write it again as it ends, and complains.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
