"""The kinds of models that programs are compiled to: how each is written into a directory and read from it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from crasp.artifacts.directory import (
    EXACT,
    FORMAT,
    GPT2_FORMAT,
    GPTNEOX_FORMAT,
    TORCH_FORMAT,
    ArtifactError,
    read_certificate,
    read_machine,
    read_text,
    write_exact,
    write_machine_file,
)
from crasp.artifacts.model_card import CARD, model_card, own_card
from crasp.compiler.compiler import CompiledProgram
from crasp.errors import Source
from limit_transformer.floating.certificate import ModelClaims
from limit_transformer.floating.float_machine import realize_float
from limit_transformer.machine.answers import ExactRealization, Realization
from limit_transformer.machine.machine import LimitTransformer


def write_realization(
    compiled: CompiledProgram, source: Source, format_: str, max_length: int | None, dtype: str | None, directory: Path
) -> ModelClaims:
    """Writes a model and its card into a directory that exists, and returns what its certificate claims.

    Args:
        compiled: The program, compiled.
        source: Its text, and the name of the model.
        format_: One of the FORMATS of crasp/artifacts/directory.py.
        max_length: The length in tokens to certify; None for the usual length of the format.
        dtype: The number format; None for the usual one of the format.
        directory: Where the files go.

    Raises:
        ValueError: A length, a size or a margin is not possible. The message says which.
    """
    said = _WRITERS[format_](compiled, directory, max_length, dtype)
    card = own_card if format_ in (FORMAT, TORCH_FORMAT) else model_card
    shown = card(source.name, compiled.program, source.text, said, called=_CALLED[format_])
    (directory / CARD).write_text(shown, encoding="utf-8")
    return said


_ModelWriter: TypeAlias = Callable[[CompiledProgram, Path, int | None, str | None], ModelClaims]


def _write_limit(compiled: CompiledProgram, directory: Path, length: int | None, dtype: str | None) -> ModelClaims:
    if dtype in (None, EXACT):
        return write_exact(compiled, directory)
    assert dtype is not None
    certificate = realize_float(compiled.machine, dtype, max_length=length).certificate
    write_machine_file(compiled, directory)
    return certificate.claims()


def _write_torch(compiled: CompiledProgram, directory: Path, length: int | None, dtype: str | None) -> ModelClaims:
    from limit_transformer.floating.torch_directory import realize_torch, save

    made = realize_torch(compiled.machine, dtype or "float32", max_length=length)
    save(made.module, directory)
    return made.certificate.claims()


def _write_gpt2(compiled: CompiledProgram, directory: Path, length: int | None, dtype: str | None) -> ModelClaims:
    from limit_transformer.gpt2.directory import write_gpt2

    return write_gpt2(compiled, directory, max_length=length, dtype=dtype)


def _write_gptneox(compiled: CompiledProgram, directory: Path, length: int | None, dtype: str | None) -> ModelClaims:
    from limit_transformer.gpt2.neox_directory import write_gptneox

    return write_gptneox(compiled, directory, max_length=length, dtype=dtype)


_WRITERS: Mapping[str, _ModelWriter] = {
    FORMAT: _write_limit,
    TORCH_FORMAT: _write_torch,
    GPT2_FORMAT: _write_gpt2,
    GPTNEOX_FORMAT: _write_gptneox,
}
_CALLED: Mapping[str, str] = {
    FORMAT: "Limit Transformer",
    TORCH_FORMAT: "torch module",
    GPT2_FORMAT: "GPT-2",
    GPTNEOX_FORMAT: "GPT-NeoX",
}


def load_machine(directory: Path) -> tuple[str, Realization]:
    """The program's text and the model in a directory.

    Raises:
        ArtifactError: The directory is damaged, or holds something else.
    """
    certificate = read_certificate(directory)
    return read_text(directory), read_realization(directory, certificate["format"], certificate)


def read_realization(directory: Path, format_: str, said: ModelClaims) -> Realization:
    """The model in a directory.

    Args:
        directory: The directory.
        format_: The format of the model.
        said: What the certificate claims of it.

    Raises:
        ArtifactError: The directory is damaged, or holds something else.
    """
    try:
        if format_ == GPT2_FORMAT:
            from limit_transformer.gpt2.directory import load_compiled_gpt2

            return load_compiled_gpt2(directory)
        if format_ == GPTNEOX_FORMAT:
            from limit_transformer.gpt2.neox_directory import load_gptneox

            return load_gptneox(directory)
        if format_ == TORCH_FORMAT:
            from limit_transformer.floating.torch_directory import TorchRealization, load

            return TorchRealization(load(directory))
        return machine_in(read_machine(directory).machine, said["max_length"], said["dtype"])
    except ArtifactError:
        raise
    except ValueError as error:
        raise ArtifactError(str(error)) from None


def machine_in(machine: LimitTransformer, max_length: int | None, dtype: str) -> Realization:
    """A machine run in a number format, up to a length.

    Args:
        machine: The machine.
        max_length: The largest length in tokens; None for exact numbers, which have no largest length.
        dtype: "float32", "float64", or "rational" for exact numbers.

    Raises:
        ValueError: There is no such number format, or the length is too large for it.
    """
    if dtype == EXACT:
        return ExactRealization(machine)
    if dtype not in ("float32", "float64") or max_length is None:
        raise ArtifactError("expected a certificate with exact numbers, or with a length for floating-point numbers")
    return realize_float(machine, dtype, max_length=max_length)
