"""The command `compile`: a program to a machine in a directory, with its certificate, and to a page."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from crasp.console import File, Json
from crasp.loader import load_source, read_program
from tasks.ground.console import RefusedError, json_text
from tasks.ground.files import check_writable, replace_text

if TYPE_CHECKING:
    from crasp.compiler import CompiledProgram
    from crasp.errors import Source
    from crasp.ir import Program
    from crasp.verification import Machine


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
    from crasp.artifact import ArtifactError, write_machine
    from crasp.compiler import compile_program
    from crasp.footprint import CapacityError
    from crasp.picture import PictureError, draw

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
            writer = _WRITERS[target](compiled, max_length, None if dtype is None else dtype.value)
            source = replace(source, name=_name(file))
            certificate = _publish(compiled, source, out, target, writer, force=force)
    except (ArtifactError, CapacityError, PictureError) as error:
        raise RefusedError(str(error)) from None
    if html is not None and page is not None:
        replace_text(html, page)
        print(f"wrote {html}", file=sys.stderr)
    print(json_text(certificate, indent=2) if as_json else _summary(file, out, certificate))


Written: TypeAlias = tuple[Mapping[str, Any], "Machine"]  # what the certificate says, and the model read back


def _write_limit(compiled: "CompiledProgram", max_length: int | None, dtype: str | None) -> Callable[[Path], Written]:
    """Writes the exact machine, with the certificate of its run in floating-point numbers."""
    from crasp.artifact import write_machine_file
    from limit_transformer.floats import realize_float

    def write(draft: Path) -> Written:
        run = realize_float(compiled.machine, dtype or "float32", max_length=max_length)
        write_machine_file(compiled, draft)
        return run.certificate.as_dict(), run

    return write


def _write_torch(compiled: "CompiledProgram", max_length: int | None, dtype: str | None) -> Callable[[Path], Written]:
    """Writes the machine as a plain torch module."""
    from limit_transformer.realization import TorchRealization, load, realize_torch, save

    def write(draft: Path) -> Written:
        made = realize_torch(compiled.machine, dtype or "float32", max_length=max_length)
        save(made.module, draft)
        return made.certificate.as_dict(), TorchRealization(load(draft))

    return write


def _write_gpt2(compiled: "CompiledProgram", max_length: int | None, dtype: str | None) -> Callable[[Path], Written]:
    """Writes the machine as a stock GPT-2, in float64 where float32 was not asked for and is not enough."""
    from limit_transformer.gpt2 import load_gpt2, write_gpt2

    def write(draft: Path) -> Written:
        return write_gpt2(compiled, draft, max_length=max_length, dtype=dtype), load_gpt2(draft)

    return write


_WRITERS = {Target.limit: _write_limit, Target.torch: _write_torch, Target.gpt2: _write_gpt2}


def _publish(
    compiled: "CompiledProgram",
    source: "Source",
    out: Path,
    target: Target,
    write: Callable[[Path], Written],
    *,
    force: bool,
) -> Mapping[str, Any]:
    """The model in its directory, asked before it is published whether it is its program."""
    from crasp.artifact import FORMAT, GPT2_FORMAT, TORCH_FORMAT, ArtifactError, publish
    from crasp.modelcard import CARD, model_card
    from crasp.verification import verify

    def write_model(draft: Path) -> Mapping[str, Any]:
        said, machine = write(draft)
        found = verify(compiled.program, machine, random=CHECKED_WORDS, longest=CHECKED_LENGTH)
        if found.difference is not None:
            raise AssertionError(f"the model written is not the program: {found.difference}")
        if target is Target.gpt2:
            (draft / CARD).write_text(model_card(source.name, compiled.program, source.text, said), encoding="utf-8")
        checked = {"words": found.words, "all_to_length": found.exhaustive, "longest": found.longest}
        return {**said, "checked": checked}

    format_ = {Target.limit: FORMAT, Target.torch: TORCH_FORMAT, Target.gpt2: GPT2_FORMAT}[target]
    try:
        return publish(compiled, source.text, out, format_, write_model, overwrite=force)
    except ArtifactError:
        raise
    except ValueError as error:  # a length, a size or a margin that cannot be had: each says so itself
        raise RefusedError(str(error)) from None


def _name(file: str) -> str:
    """What a model of this file is called."""
    return file.removeprefix("lib:") if file.startswith("lib:") else Path(file).stem.strip("-") or "program"


def _shown_word(program: "Program", word: str | None) -> tuple[str, ...]:
    from crasp.interpreter import WordError, encode, split_word

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
