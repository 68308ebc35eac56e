"""The command line: python -m crasp check, run, trace, fmt, import, compile, verify, decide, learn, list.

Each command imports what it needs inside its function, so that `check` and `--help` start quickly.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crasp.console import File, any_integer
from crasp.errors import CraspError, Source
from crasp.text.sources import LIBRARY, library_names, load_source
from tasks.ground.console import (
    BAD_INPUT,
    DEFECT,
    DONE,
    NO,
    AsJson,
    RefusedError,
    json_text,
    message_of,
    new_app,
    print_json,
    report_defect,
    run_command,
)
from tasks.ground.files import LoadError, replace_text

if TYPE_CHECKING:
    from crasp.meaning.ir import Program

SHOWN_CHARACTERS = 100  # the longest text that `check` prints in a line


def check(file: File, as_json: AsJson = False) -> None:
    """Check a program and print its measures; every problem is reported with its place."""
    from crasp.text.loader import read_program

    try:
        source = load_source(file)
        program = read_program(source)
    except CraspError as error:
        if not as_json:
            raise
        print_json({"file": file, "problems": [_problem_record(p) for p in error.problems]})
        raise typer.Exit(2) from None
    record = _check_record(file, program)
    if as_json:
        print_json(record)
        return
    accepts = ["accept"] if record["accepts"] else []
    outputs = " ".join(accepts + [f"next[{token}]" for token in record["next"]])
    number = len(program.definitions)
    print(f"{file}: {number} definition{'' if number == 1 else 's'}, fragment {record['fragment']}")
    print(f"  alphabet    {_shortened(' '.join(record['alphabet']))}")
    print(f"  outputs     {_shortened(outputs)}")
    for name in ("operations", "depth", "counting_depth", "period", "window", "coverage_floor"):
        print(f"  {name.replace('_', ' '):<15} {record[name]}")


def run(
    file: File,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="Words; '' is the empty word.")] = None,
    input_: Annotated[
        str | None, typer.Option("--input", metavar="FILE|-", help="Read one word from each line.")
    ] = None,
    show_next: Annotated[bool, typer.Option("--next", help="Print the tokens allowed after each word.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say of each word whether it is accepted, or with --next which tokens may follow it; one line for each word.

    A word that cannot be read is reported on standard error, with --json also as an object with "error". The other
    words are answered, and the status is 2.
    """
    from crasp.text.loader import load_program

    program = load_program(file)
    if not words and input_ is None:
        raise RefusedError("expected at least one WORD, or --input FILE")
    if show_next and not program.next:
        raise RefusedError(f"{file} defines no next[...]: --next has nothing to print")
    if program.accept is None and not show_next and not as_json:
        raise RefusedError(f"{file} defines no accept: use --next or --json")
    from crasp.word_portions import answers

    status = DONE
    for answer in answers(program, words or [], input_):
        status = max(status, answer.status)
        if answer.error is not None:
            print(message_of(RefusedError(answer.error)), file=sys.stderr)
        if as_json:
            print(json_text(answer.record()))
        elif answer.error is None:
            told = "accept" if answer.accept else "reject"
            print(" ".join(answer.allowed[-1]) if show_next else told)
    if status != DONE:
        raise typer.Exit(status)


def trace(
    file: File,
    word: Annotated[str, typer.Argument(metavar="WORD", help="The word; '' is the empty word.")],
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write an HTML page to FILE instead.")
    ] = None,
) -> None:
    """Show the value of every definition at every position of a word."""
    from crasp.meaning import interpreter
    from crasp.meaning.trace_table import trace_table_of, write_text
    from crasp.text.loader import read_program

    source = load_source(file)
    program = read_program(source)
    tokens = interpreter.split_word(word, program.alphabet)
    _check_word(program, tokens)
    table = trace_table_of(program, tokens)
    if html is not None:
        from crasp.pages.trace_page import trace_page

        replace_text(html, trace_page(source, program, table))
        print(f"wrote {html}", file=sys.stderr)
    if as_json:
        print_json(table.record())
    elif html is None:
        print(write_text(table))


def fmt(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to rewrite; - formats standard input.")],
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 if a file would change.")
    ] = False,
) -> None:
    """Rewrite programs in the canonical layout. Comments and meaning stay the same.

    A file that cannot be parsed is refused and stays as it is, the others are formatted, and the status is 2.
    """
    status = DONE
    for name in dict.fromkeys(files):
        try:
            changed = _format_file(name, only_check=only_check)
        except (CraspError, LoadError, RefusedError) as error:
            print(message_of(error), file=sys.stderr)
            status = max(status, BAD_INPUT)
        except Exception as error:
            report_defect(error)
            status = DEFECT
        else:
            status = max(status, NO if changed and only_check else DONE)
    if status != DONE:
        raise typer.Exit(status)


def _format_file(name: str, *, only_check: bool) -> bool:
    """Writes the canonical text over the file, or to standard output for `-`.

    Returns:
        Whether the text was not in canonical layout before.
    """
    from crasp.text.formatter import format_text

    source = _source_to_format(name)
    text = format_text(source)
    if format_text(Source(name, text)) != text:  # a file is never overwritten by an unstable text
        raise ArithmeticError(f"{name}: formatting its canonical text again changes it")
    if only_check:
        if source.text != text:
            print(f"would reformat {name}")
    elif name == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))  # a program's text is UTF-8 on every system
    elif source.text != text:
        try:
            replace_text(Path(name), text)
        except OSError as error:
            raise RefusedError(str(error)) from None
        print(f"reformatted {name}", file=sys.stderr)
    return source.text != text


def list_(as_json: AsJson = False) -> None:
    """List the programs of the library."""
    records = [_library_record(name) for name in library_names()]
    if as_json:
        print_json(records)
        return
    for record in records:
        print(f"lib:{record['name']:<28} {record['fragment']:<24} depth {record['depth']}  {record['title']}")


# --- records, words, files -----------------------------------------------------------------------------------


def _problem_record(problem: Any) -> dict[str, Any]:
    span = problem.span
    return {"line": span.line, "column": span.column, "message": problem.message, "hint": problem.hint}


def _check_record(file: str, program: "Program") -> dict[str, Any]:
    from crasp.check_report import report_of

    return asdict(report_of(file, program))


def _library_record(name: str) -> dict[str, Any]:
    from crasp.text.loader import read_program

    source = load_source(LIBRARY + name)
    record = _check_record(LIBRARY + name, read_program(source))
    first = source.text.split("\n", 1)[0]
    title = first.removeprefix("//").strip() if first.startswith("//") else ""
    kept = ("fragment", "operations", "depth", "counting_depth", "period", "window", "accepts")
    return {"name": name, "title": title, **{key: record[key] for key in kept}}


def _check_word(program: "Program", word: tuple[str, ...]) -> None:
    from crasp.meaning.interpreter import WordError, encode

    try:
        encode(program.alphabet, [word])
    except WordError as error:
        raise RefusedError(str(error)) from None


def _source_to_format(name: str) -> Source:
    if name.startswith(LIBRARY):
        raise RefusedError(f"{name}: fmt expects the path of a file, not the name of a program of the library")
    return load_source(name)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


# --- the command line ----------------------------------------------------------------------------------------

# For each command its function, or where that is imported from, and an example that runs. Only the command that is
# asked for is imported, because importing its options takes as long as checking a program. `learn` also reads tasks and
# models, and so is in `eval`. Its line is the only place where this package names one above it (tests/test_imports.py).
COMMANDS: dict[str, tuple[Callable[..., None] | str, str]] = {
    "check": (check, "python -m crasp check lib:dyck1"),
    "run": (run, "python -m crasp run lib:dyck1 '(())' '())'"),
    "trace": (trace, "python -m crasp trace lib:tomita4 1001"),
    "fmt": (fmt, "python -m crasp fmt --check crasp/programs/dyck1.crasp"),
    "compile": ("crasp.artifacts.compile:compile_command", "python -m crasp compile lib:dyck1 -o /tmp/dyck1"),
    "verify": ("crasp.artifacts.verify:verify_command", "python -m crasp verify /tmp/dyck1 --exhaustive 6"),
    "import": ("crasp.importing.command:import_command", "python -m crasp import FILE.cr -o FILE.crasp"),
    "decide": ("crasp.regular.command:decide", "python -m crasp decide --regex '(ab|aabb)*'"),
    "learn": ("eval.learning.command:learn", "python -m crasp learn --regex '(ab)*' --seconds 10"),
    "list": (list_, "python -m crasp list"),
}


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The command line with only the command that the arguments begin with, or with all commands."""
    app = new_app(
        "Check, run, trace, format and compile programs of C-RASP[periodic, local].",
        "python -m crasp trace lib:dyck1 '(())'",
        no_args_is_help=True,
    )
    app.callback()(_no_command)  # otherwise an app with a single command would take no command name
    for name in arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS:
        function, example = COMMANDS[name]
        if isinstance(function, str):
            module, _, attribute = function.partition(":")
            function = getattr(import_module(module), attribute)
        app.command(name, epilog=f"Try: {example}")(function)
    return app


def _no_command() -> None:
    pass


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns its exit status, as `run_command` defines it."""
    arguments = sys.argv[1:] if argv is None else argv
    with any_integer():
        return run_command(app_for(arguments), arguments, "python -m crasp", (CraspError, LoadError, RefusedError))


def entry() -> None:
    """The console script `crasp`."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
