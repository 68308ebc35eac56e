"""The command `compile`: a program to a machine in a directory, with its certificate, and to a page."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crasp.console import File, Json
from crasp.text.loader import load_source, read_program
from tasks.ground.console import RefusedError, json_text
from tasks.ground.files import check_writable, replace_text

if TYPE_CHECKING:
    from crasp.compiler.compiler import CompiledProgram
    from crasp.errors import Source
    from crasp.meaning.ir import Program


class Target(StrEnum):
    """What is written: the exact machine, a plain torch module, or a stock GPT-2."""

    limit = "limit"
    torch = "torch"
    gpt2 = "gpt2"


class Precision(StrEnum):
    """The floating-point numbers of a target that has some."""

    float32 = "float32"
    float64 = "float64"


CHECKED_WORDS = 40  # random ones, beside all short ones, that a model is asked before it is published
CHECKED_LENGTH = 200

SHOWN_WORD = 6  # tokens of the word on the page where none is given


def compile_command(
    file: File,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Where to write; made if it is not there.")],
    target: Annotated[Target, typer.Option(help="Exact machine, torch module, or GPT2LMHeadModel.")] = Target.limit,
    max_length: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Certify words of up to N tokens; exact arithmetic has every length."),
    ] = None,
    dtype: Annotated[
        Precision | None,
        typer.Option(
            help="The numbers it is certified in [default: limit exact; float32; gpt2 float64 if it must be]."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write into DIR though it holds something else.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page of the machine.")
    ] = None,
    word: Annotated[str | None, typer.Option(metavar="WORD", help="The word that the page follows.")] = None,
    as_json: Json = False,
) -> None:
    """Compile a program to a transformer: DIR holds the model, the program and the certificate."""
    from crasp.artifacts.directory import ArtifactError, write_machine
    from crasp.artifacts.picture import PictureError, draw
    from crasp.compiler.compiler import compile_program
    from crasp.compiler.footprint import CapacityError

    source = load_source(file)
    program = read_program(source)
    if word is not None and html is None:
        raise RefusedError("--word says what the page follows: it goes with --html FILE")
    if html is not None:
        check_writable(html)
    tokens = _shown_word(program, word)
    try:
        compiled = compile_program(program)
        page = (
            None
            if html is None
            else draw(compiled, f"{file} on {' '.join(tokens) or 'the empty word'}", source.text, tokens)
        )
        if target is Target.limit and dtype is None:  # of every length, so of any that is asked for
            certificate = write_machine(compiled, source.text, out, overwrite=force)
        else:
            numbers = None if dtype is None else dtype.value
            source = replace(source, name=_name(file))
            certificate = _publish(compiled, source, out, target, max_length, numbers, force=force)
    except (ArtifactError, CapacityError, PictureError) as error:
        raise RefusedError(str(error)) from None
    if html is not None and page is not None:
        replace_text(html, page)
        print(f"wrote {html}", file=sys.stderr)
    print(json_text(certificate, indent=2) if as_json else _summary(file, out, certificate))


def _publish(
    compiled: "CompiledProgram",
    source: "Source",
    out: Path,
    target: Target,
    max_length: int | None,
    dtype: str | None,
    *,
    force: bool,
) -> Mapping[str, Any]:
    """The model in its directory, asked before it is published whether it is its program."""
    from crasp.artifacts.directory import FORMAT, GPT2_FORMAT, TORCH_FORMAT, ArtifactError, publish
    from crasp.artifacts.targets import machine_in, read_model, write_model
    from crasp.artifacts.verify import verify

    format_ = {Target.limit: FORMAT, Target.torch: TORCH_FORMAT, Target.gpt2: GPT2_FORMAT}[target]

    def write(draft: Path) -> Mapping[str, Any]:
        said = write_model(compiled, source, format_, max_length, dtype, draft)
        if target is Target.limit:
            machine = machine_in(compiled.machine, said["max_length"], said["dtype"])
        else:
            machine = read_model(draft, {**said, "format": format_})
        found = verify(compiled.program, machine, random=CHECKED_WORDS, longest=CHECKED_LENGTH)
        if found.difference is not None:
            raise AssertionError(f"the model written is not the program: {found.difference}")
        checked = {"words": found.words, "all_to_length": found.exhaustive, "longest": found.longest}
        return {**said, "checked": checked}

    try:
        return publish(compiled, source.text, out, format_, write, overwrite=force)
    except ArtifactError:
        raise
    except ValueError as error:  # a length, a size or a margin that cannot be had: each says so itself
        raise RefusedError(str(error)) from None


def _name(file: str) -> str:
    """What a model of this file is called."""
    return file.removeprefix("lib:") if file.startswith("lib:") else Path(file).stem.strip("-") or "program"


def _shown_word(program: "Program", word: str | None) -> tuple[str, ...]:
    from crasp.meaning.interpreter import WordError, encode, split_word

    tokens = (program.alphabet * SHOWN_WORD)[:SHOWN_WORD] if word is None else split_word(word, program.alphabet)
    try:
        encode(program.alphabet, [tokens])
    except WordError as error:
        raise RefusedError(f"--word: {error}") from None
    return tokens


def _summary(file: str, out: Path, certificate: Any) -> str:
    machine = certificate.get("model", certificate["machine"])
    length = "any length, exactly" if certificate["max_length"] is None else f"{certificate['max_length']:,} tokens"
    return (
        f"{file} -> {out}: {machine['layers']} layers, {machine['heads']} heads, width {machine['width']}\n"
        f"certified for words of {length} ({certificate['dtype']})"
    )
