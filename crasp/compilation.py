"""The command `compile`: a program to a machine in a directory, with its certificate, and to a page."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crasp.console import File, Json, RefusedError
from crasp.files import replace_text
from crasp.loader import load_source, read_program

if TYPE_CHECKING:
    from crasp.ir import Program

SHOWN_WORD = 6  # tokens of the word on the page where none is given


def compile_command(
    file: File,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where to write; made if it is not there.")],
    force: Annotated[bool, typer.Option("--force", help="Write into DIR though it holds something else.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page of the machine.")
    ] = None,
    word: Annotated[str | None, typer.Option(metavar="WORD", help="The word that the page follows.")] = None,
    as_json: Json = False,
) -> None:
    """Compile a program to an exact Limit Transformer: DIR holds the machine, the program and the certificate."""
    from crasp.artifact import ArtifactError, write_machine
    from crasp.compiler import CapacityError, compile_program
    from crasp.picture import PictureError, draw

    source = load_source(file)
    program = read_program(source)
    if word is not None and html is None:
        raise RefusedError("--word says what the page follows: it goes with --html FILE")
    tokens = _shown_word(program, word)
    try:
        compiled = compile_program(program)
        page = (
            None
            if html is None
            else draw(compiled, f"{file} on {' '.join(tokens) or 'the empty word'}", source.text, tokens)
        )
        certificate = write_machine(compiled, source.text, out, overwrite=force)
    except (ArtifactError, CapacityError, PictureError) as error:
        raise RefusedError(str(error)) from None
    if html is not None and page is not None:
        replace_text(html, page)
        print(f"wrote {html}", file=sys.stderr)
    print(json.dumps(certificate, ensure_ascii=False, indent=2) if as_json else _summary(file, out, certificate))


def _shown_word(program: "Program", word: str | None) -> tuple[str, ...]:
    from crasp.interpreter import WordError, encode, split_word

    tokens = (program.alphabet * SHOWN_WORD)[:SHOWN_WORD] if word is None else split_word(word, program.alphabet)
    try:
        encode(program.alphabet, [tokens])
    except WordError as error:
        raise RefusedError(f"--word: {error}") from None
    return tokens


def _summary(file: str, out: Path, certificate: Any) -> str:
    machine = certificate["machine"]
    length = "any length, exactly" if certificate["max_length"] is None else f"{certificate['max_length']:,} tokens"
    return (
        f"{file} -> {out}: {machine['layers']} layers, {machine['heads']} heads, width {machine['width']}\n"
        f"certified for words of {length} ({certificate['dtype']})"
    )
