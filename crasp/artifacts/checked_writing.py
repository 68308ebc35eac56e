"""Compiles a program into a directory with the model, the text and the certificate.

A model in floating-point numbers is tested against the program before it is put in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from crasp.artifacts.directory import (
    FORMAT,
    GPT2_FORMAT,
    GPTNEOX_FORMAT,
    TORCH_FORMAT,
    ArtifactError,
    CompiledCertificate,
    write_directory,
)
from crasp.artifacts.targets import machine_in, read_realization, write_realization
from crasp.artifacts.verify import verify
from crasp.compiler.compiler import CompiledProgram
from crasp.errors import Source
from crasp.text.sources import LIBRARY
from limit_transformer.floating.certificate import ModelClaims
from tasks.ground.console import RefusedError

TargetName: TypeAlias = Literal["limit", "torch", "gpt2", "gptneox"]
DtypeName: TypeAlias = Literal["float32", "float64"]
FORMAT_OF: Mapping[TargetName, str] = {
    "limit": FORMAT,
    "torch": TORCH_FORMAT,
    "gpt2": GPT2_FORMAT,
    "gptneox": GPTNEOX_FORMAT,
}
CHECKED_WORDS = 40  # random words, beside all short ones, on which a model is tested before it is put in place
CHECKED_LENGTH = 200  # the largest length of these words, in tokens


@dataclass(frozen=True)
class CompiledDirectory:
    """A compiled program in its directory, with its size and its certificate.

    `max_length` is the largest length in tokens that is certified, None if every length is. `dtype` is the number
    format of the certificate, "rational" for exact numbers.
    """

    directory: Path
    target: TargetName
    layers: int
    heads: int
    width: int
    max_length: int | None
    dtype: str
    certificate: CompiledCertificate


def compile_into(
    compiled: CompiledProgram,
    source: Source,
    directory: Path,
    target: TargetName,
    *,
    max_length: int | None = None,
    dtype: DtypeName | None = None,
    overwrite: bool = False,
) -> CompiledDirectory:
    """Compiles a program into a directory, and tests a model in floating-point numbers before it is put in place.

    Args:
        compiled: The program, compiled.
        source: Its text and its name.
        directory: The directory. It may hold an earlier compilation.
        target: The kind of model to write.
        max_length: The length in tokens to certify; None for the usual length of the target.
        dtype: The number format to certify; None for the usual one of the target.
        overwrite: Whether to write even if the directory holds something else.

    Raises:
        RefusedError: The length, the number format or the directory is not possible. Then nothing is written.
    """
    try:
        certificate = _written(compiled, source, directory, target, max_length, dtype, overwrite=overwrite)
    except ArtifactError as error:
        raise RefusedError(str(error)) from None
    machine = certificate.get("model", certificate["machine"])
    return CompiledDirectory(
        directory=directory,
        target=target,
        layers=machine["layers"],
        heads=machine["heads"],
        width=machine["width"],
        max_length=certificate["max_length"],
        dtype=certificate["dtype"],
        certificate=certificate,
    )


def _written(
    compiled: CompiledProgram,
    source: Source,
    directory: Path,
    target: TargetName,
    max_length: int | None,
    dtype: DtypeName | None,
    *,
    overwrite: bool,
) -> CompiledCertificate:
    """The certificate of a model that was written. A model in floating-point numbers is tested first."""
    format_ = FORMAT_OF[target]

    def write(draft: Path) -> ModelClaims:
        named = Source(model_name(source.name), source.text)
        said = write_realization(compiled, named, format_, max_length, dtype, draft)
        if target == "limit" and dtype is None:  # it is exact at every length, and so at the length that is asked for
            return said
        if target == "limit":
            machine = machine_in(compiled.machine, said["max_length"], said["dtype"])
        else:
            machine = read_realization(draft, format_, said)
        found = verify(compiled.program, machine, random=CHECKED_WORDS, longest=CHECKED_LENGTH)
        if found.difference is not None:
            raise AssertionError(f"the model that was written differs from its program: {found.difference}")
        checked = {"words": found.words, "all_to_length": found.exhaustive, "longest": found.longest}
        return {**said, "checked": checked}

    try:
        return write_directory(compiled, source.text, directory, format_, write, overwrite=overwrite)
    except ArtifactError:
        raise
    except ValueError as error:  # a length, a size or a margin that is not possible; the message says which
        raise RefusedError(str(error)) from None


def model_name(file: str) -> str:
    """The name of a model that is compiled from this file."""
    return file.removeprefix(LIBRARY) if file.startswith(LIBRARY) else Path(file).stem.strip("-") or "program"
