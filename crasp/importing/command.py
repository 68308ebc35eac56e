"""The command `import`: rewrites a program of the published C-RASP interpreter in this language."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tasks.ground.automata.tokens import LanguageError, read_alphabet
from tasks.ground.console import RefusedError
from tasks.ground.files import check_writable, replace_text


def import_command(
    file: Annotated[str, typer.Argument(metavar="FILE.cr", help="The program's file; - is standard input.")],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Write to this file; by default to standard output."),
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option(
            "--alphabet",
            metavar="LETTERS",
            help='All letters, such as "a b c"; by default those that the program names.',
        ),
    ] = None,
) -> None:
    """Import a program of the published C-RASP interpreter (.cr). It accepts where its last line is true at the end."""
    from crasp.importing.program import import_program

    if out is not None:
        if Path(file).exists() and out.exists() and out.samefile(file):
            raise RefusedError(f"{out}: is the file to import")
        check_writable(out)
    try:
        letters = None if alphabet is None else read_alphabet(alphabet)
    except LanguageError as error:
        raise RefusedError(str(error)) from None
    imported = import_program(file, letters)
    for warning in imported.warnings:
        print(warning, file=sys.stderr)
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(imported.text.encode("utf-8"))  # a program's text is UTF-8 on every system
    else:
        replace_text(out, imported.text)
        print(f"wrote {out}", file=sys.stderr)
