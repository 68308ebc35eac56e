"""The command `compile`: compiles a program into a directory with its certificate, and draws a page of the machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crasp.console import File
from crasp.text.sources import load_source
from tasks.ground.automata.automaton import counted
from tasks.ground.console import AsJson, RefusedError, json_text
from tasks.ground.files import check_writable, replace_text

if TYPE_CHECKING:
    from crasp.artifacts.checked_writing import CompiledDirectory
    from crasp.meaning.ir import Program


SHOWN_TOKENS = 6  # the length of the word on the page if none is given


def compile_command(
    file: File,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="DIR", help="The directory to write into; it is made if it is not there."),
    ],
    target: Annotated[
        Literal["limit", "torch", "gpt2", "gptneox"],
        typer.Option(
            help="What to write: an exact machine, a torch module, a GPT2LMHeadModel or, for a program of counts alone,"
            " a GPTNeoXForCausalLM."
        ),
    ] = "limit",
    max_length: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Certify words of up to N tokens; exact arithmetic has no limit."),
    ] = None,
    dtype: Annotated[
        Literal["float32", "float64"] | None,
        typer.Option(
            help="The number format of the certificate [default: exact for limit, else "
            "float32; gpt2 and gptneox take float64 where float32 certifies too little]."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into DIR even if it holds something else.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write an HTML page that shows the machine.")
    ] = None,
    word: Annotated[
        str | None, typer.Option(metavar="WORD", help="The word on which the page shows the machine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compile a program to a transformer: DIR holds the model, the program and the certificate."""
    from crasp.artifacts.checked_writing import compile_into
    from crasp.compiler.compiler import compile_program
    from crasp.compiler.footprint import CapacityError
    from crasp.pages.machine_page import PictureError, machine_page
    from crasp.text.loader import read_program

    source = load_source(file)
    program = read_program(source)
    if word is not None and html is None:
        raise RefusedError("--word names the word of the page: expected --html FILE beside it")
    if html is not None:
        check_writable(html)
    tokens = _shown_word(program, word)
    try:
        compiled = compile_program(program)
        page = (
            None
            if html is None
            else machine_page(compiled, f"{file} on {' '.join(tokens) or 'the empty word'}", source.text, tokens)
        )
        made = compile_into(
            compiled,
            source,
            out,
            target,
            max_length=max_length,
            dtype=dtype,
            overwrite=force,
        )
    except (CapacityError, PictureError) as error:
        raise RefusedError(str(error)) from None
    if html is not None and page is not None:
        replace_text(html, page)
        print(f"wrote {html}", file=sys.stderr)
    print(json_text(made.certificate, indent=2) if as_json else _summary(file, made))


def _shown_word(program: "Program", word: str | None) -> tuple[str, ...]:
    from crasp.meaning.interpreter import WordError, encode, split_word

    tokens = (program.alphabet * SHOWN_TOKENS)[:SHOWN_TOKENS] if word is None else split_word(word, program.alphabet)
    try:
        encode(program.alphabet, [tokens])
    except WordError as error:
        raise RefusedError(f"--word: {error}") from None
    return tokens


def _summary(file: str, made: "CompiledDirectory") -> str:
    length = "any length, exactly" if made.max_length is None else f"{made.max_length:,} tokens"
    return (
        f"{file} -> {made.directory}: {counted(made.layers, 'layer')}, {counted(made.heads, 'head')}, "
        f"width {made.width}\n"
        f"certified for words of {length} ({made.dtype})"
    )
