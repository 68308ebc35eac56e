"""Compiled programs on disk: a directory with a model, the program's text and a certificate.

The certificate is written last and records the hashes of the other files. So a directory that was only half written, or
was damaged later, is recognised.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path, PurePath
from typing import Any, TypeAlias, TypedDict, cast

from crasp.compiler.assembly import Coordinate
from crasp.compiler.compiler import BooleanReading, CompiledProgram, CountReading
from limit_transformer.floating.certificate import ModelClaims
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.serialization import machine_data, read_machine_data
from limit_transformer.norms.regularizer import regularizer_terms
from tasks.ground.files import draft_of, read_inside
from tasks.ground.json_text import RepeatedKeyError, read_json_text

MACHINE = "machine.json"
PROGRAM = "program.crasp"
CERTIFICATE = "certificate.json"
FORMAT = "crasp limit transformer 1"
GPT2_FORMAT = "crasp gpt2 1"
GPTNEOX_FORMAT = "crasp gptneox 1"
TORCH_FORMAT = "crasp torch 1"
EXACT = "rational"  # the dtype of a certificate for exact arithmetic
FORMATS = (FORMAT, TORCH_FORMAT, GPT2_FORMAT, GPTNEOX_FORMAT)
ARGUMENT = (
    "The machine's weights and attention logits are integers, and the base N of the attention weights N^a is one too, "
    "so every attention weight and every coordinate is a rational number, computed without rounding. Each step unit "
    "is one of the gadgets of crasp/compiler/gadgets.py, whose comments prove that its argument has the right sign, "
    "and is never 0, for every word, every position, every offset of the positions and every N that is at least the "
    "number of tokens read. Positions enter only as residues (PERIODIC), distances only through finitely many lags "
    "(LOCAL). So the outputs are the program's at every length."
)

OutputReading: TypeAlias = BooleanReading | CountReading


class MachineSize(TypedDict):
    """The size of the machine that a program compiles to; heads and units are the most of any layer."""

    layers: int
    heads: int
    width: int
    units: int


class CompiledCertificate(ModelClaims):
    """The content of `certificate.json`.

    It has claims about the model, the size of the machine, the regulariser's terms, and the hashes of the files.
    """

    format: str
    program_sha256: str
    machine: MachineSize
    regularizer: dict[str, float | str | None]
    files: dict[str, str]


class ArtifactError(ValueError):
    """A directory cannot be written, or does not hold a compiled program. The message says why."""


@dataclass(frozen=True)
class StoredMachine:
    """What a directory holds: the machine, how each definition is read, the program's text, and the certificate."""

    machine: LimitTransformer
    coordinates: tuple[Coordinate, ...]
    readings: tuple[tuple[str, OutputReading], ...]
    text: str
    certificate: CompiledCertificate


def write_exact(compiled: CompiledProgram, directory: Path) -> ModelClaims:
    """Writes the exact machine into a directory, and returns what its certificate claims."""
    write_machine_file(compiled, directory)
    return {"max_length": None, "dtype": EXACT, "argument": ARGUMENT, "checked": {"read_back": True}}


def write_machine_file(compiled: CompiledProgram, directory: Path) -> None:
    """Writes the exact machine into a directory, after checking that it is read back unchanged."""
    text = json.dumps(_record(compiled), ensure_ascii=False)
    if read_machine_data(read_json_text(text)["machine"]) != compiled.machine:
        raise AssertionError("the machine read back is not the machine written")
    (directory / MACHINE).write_bytes(text.encode("utf-8"))


def write_directory(
    compiled: CompiledProgram,
    source_text: str,
    directory: Path | str,
    format_: str,
    write_model: Callable[[Path], ModelClaims],
    *,
    overwrite: bool = False,
) -> CompiledCertificate:
    """Makes the directory hold a model, the program and the certificate, all or nothing.

    A directory of an earlier compilation is replaced. With `overwrite`, files are put into a directory that holds
    something else, and the other files there are left alone.

    Args:
        compiled: The program, compiled.
        source_text: The program's text.
        directory: The directory.
        format_: The format of the model, one of FORMATS.
        write_model: Writes the model's files into a given directory, and returns what the certificate claims of them.
        overwrite: Whether to write even if the directory holds something else.

    Returns:
        The certificate. It has the claims, the machine's size, the regulariser's terms, and the hash of every file.

    Raises:
        ArtifactError: The directory cannot be written, or holds something else.
    """
    target = Path(os.path.realpath(directory))
    _refuse_foreign(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(target) as held:
            draft = held / target.name
            draft.mkdir()
            said = write_model(draft)
            (draft / PROGRAM).write_bytes(source_text.encode("utf-8"))
            files = {entry.name: _digest(entry) for entry in sorted(draft.iterdir())}
            certificate = certificate_of(compiled, format_, said, files)
            (draft / CERTIFICATE).write_text(json.dumps(certificate, ensure_ascii=False, indent=2) + "\n", "utf-8")
            _put_in_place(draft, target)
    except OSError as error:
        raise ArtifactError(f"{directory}: cannot be written: {error.strerror or error}") from None
    return certificate


def read_certificate(directory: Path | str) -> CompiledCertificate:
    """The certificate of a directory, after every file that it records was compared with its hash.

    Raises:
        ArtifactError: There is no certificate, or a file is missing or was changed.
    """
    certificate = parse_certificate(directory)
    for problem in changed_files(directory, certificate):
        raise ArtifactError(problem)
    return certificate


def parse_certificate(directory: Path | str) -> CompiledCertificate:
    """What the certificate of a directory says, without comparing it with the files.

    Raises:
        ArtifactError: There is no certificate, or it is not one of a compiled program.
    """
    place = Path(directory) / CERTIFICATE
    certificate = _json(Path(directory), CERTIFICATE)
    if not isinstance(certificate, dict) or certificate.get("format") not in FORMATS:
        expected = " or ".join(map(repr, FORMATS))
        raise ArtifactError(f"{place}: expected the format {expected}; this is another one")
    recorded = certificate.get("files")
    if not isinstance(recorded, dict) or PROGRAM not in recorded:
        raise ArtifactError(f"{place}: does not record {PROGRAM}; it was changed or damaged")
    for name, digest in recorded.items():
        if not isinstance(digest, str) or PurePath(name).name != name:
            raise ArtifactError(f"{place}: expected files of the directory with their hashes, found {name!r}")
    length, dtype = certificate.get("max_length", "none at all"), certificate.get("dtype")
    if not (length is None or type(length) is int) or not isinstance(dtype, str):
        raise ArtifactError(f"{place}: expected a length and a type of numbers, found {length!r} and {dtype!r}")
    return cast(CompiledCertificate, certificate)


def changed_files(directory: Path | str, certificate: CompiledCertificate) -> Iterator[str]:
    """Yields a sentence for each file that the certificate records and that is missing or was changed."""
    folder = Path(directory)
    for name, digest in certificate["files"].items():
        if not (folder / name).exists():
            yield f"{folder}: holds no {name}, so it is only part of what was compiled"
        elif not (folder / name).is_file() or _digest(folder / name) != digest:
            yield f"{folder / name}: is not the file that {CERTIFICATE} records; it was changed or damaged"


def unrecorded_files(directory: Path | str, certificate: CompiledCertificate) -> Iterator[str]:
    """Yields a sentence for each file in the directory that the certificate does not record."""
    for entry in sorted(Path(directory).iterdir()):
        if entry.name != CERTIFICATE and entry.name not in certificate["files"]:
            yield f"{entry}: is not among the files that {CERTIFICATE} records"


def read_text(directory: Path | str) -> str:
    """The program's text in a directory.

    Raises:
        ArtifactError: There is no such file, or it is not UTF-8 text.
    """
    try:
        return _content(Path(directory), PROGRAM).decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError(f"{Path(directory) / PROGRAM}: expected UTF-8 text") from None


def read_machine(directory: Path | str) -> StoredMachine:
    """The exact machine in a directory.

    Raises:
        ArtifactError: A file is missing or damaged, or the directory holds something else.
    """
    folder = Path(directory)
    certificate = read_certificate(folder)
    if certificate["format"] != FORMAT or MACHINE not in certificate["files"]:
        raise ArtifactError(f"{folder / CERTIFICATE}: expected the format {FORMAT!r}; this is another one")
    data = _json(folder, MACHINE)
    try:
        return StoredMachine(
            read_machine_data(data["machine"]),
            tuple(Coordinate(**coordinate) for coordinate in data["coordinates"]),
            tuple((entry["name"], _reading(entry)) for entry in data["definitions"]),
            read_text(folder),
            certificate,
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, IndexError, MemoryError) as error:
        raise ArtifactError(f"{folder / MACHINE}: expected a machine as `crasp compile` writes it: {error}") from None


# --- records -------------------------------------------------------------------------------------------------


def _record(compiled: CompiledProgram) -> dict[str, Any]:
    definitions = []
    for definition in compiled.program.definitions:
        reading = compiled.booleans.get(definition.line) or compiled.counts.get(definition.line)
        if reading is not None:
            kind = compiled.program.lines[definition.line].kind
            definitions.append({"name": definition.display, "kind": kind, **_reading_record(reading)})
    return {
        "machine": machine_data(compiled.machine),
        "coordinates": [asdict(coordinate) for coordinate in compiled.coordinates],
        "definitions": definitions,
    }


def _reading_record(reading: OutputReading) -> dict[str, Any]:
    """The fields of a reading.

    Integers are written as hexadecimal text, because JSON readers may not keep large ones.
    """
    record: dict[str, Any] = {"terms": _pairs(reading.terms), "constant": hex(reading.constant), "layer": reading.layer}
    return record | {"shares": _pairs(reading.shares)} if isinstance(reading, CountReading) else record


def _pairs(terms: tuple[tuple[int, int], ...]) -> list[list[int | str]]:
    return [[place, hex(weight)] for place, weight in terms]


def _reading(entry: Mapping[str, Any]) -> OutputReading:
    terms = tuple((int(place), int(weight, 16)) for place, weight in entry["terms"])
    constant, layer = int(entry["constant"], 16), int(entry["layer"])
    if entry["kind"] == "boolean":
        return BooleanReading(terms, constant, layer)
    shares = tuple((int(place), int(weight, 16)) for place, weight in entry["shares"])
    return CountReading(shares, terms, constant, layer)


def certificate_of(
    compiled: CompiledProgram, format_: str, said: ModelClaims, files: Mapping[str, str]
) -> CompiledCertificate:
    """The certificate, from the claims about the model, the compiled machine, and the hashes of the files."""
    machine = compiled.machine
    checked = said.get("checked", {}) | {"period": machine.period, "locality": machine.locality}
    return {
        "format": format_,
        "program_sha256": files[PROGRAM],
        **said,
        "checked": checked,
        "machine": {
            "layers": len(machine.layers),
            "heads": machine.heads,
            "width": machine.width,
            "units": machine.units,
        },
        "regularizer": {
            name: hex(value) if isinstance(value, int) and abs(value) >= 2**53 else value
            for name, value in regularizer_terms(machine).as_dict().items()
        },
        "files": dict(files),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# --- directories ---------------------------------------------------------------------------------------------


def _refuse_foreign(target: Path, *, overwrite: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise ArtifactError(f"{target}: expected a directory, found a file")
    held = sorted(entry.name for entry in target.iterdir())
    if held and not overwrite and not _is_ours(target, held):
        shown = ", ".join(held[:3]) + (", ..." if len(held) > 3 else "")
        raise ArtifactError(
            f"{target}: the directory holds something else ({shown}); --force writes into it all the same"
        )


def _is_ours(target: Path, held: list[str]) -> bool:
    """Whether the directory holds a compiled program and nothing else."""
    try:
        certificate = _json(target, CERTIFICATE)
    except ArtifactError:
        return False
    if not isinstance(certificate, dict) or certificate.get("format") not in FORMATS:
        return False
    recorded = certificate.get("files")
    return isinstance(recorded, dict) and set(held) <= {*recorded, CERTIFICATE}


def _put_in_place(draft: Path, target: Path) -> None:
    """Moves the draft to the target.

    If the target holds nothing, the directory is moved as a whole. Otherwise the old certificate is removed first, then
    the files of an earlier compilation, and then the new files are moved, the certificate last. So a target that is
    half done never looks complete.
    """
    held = sorted(entry.name for entry in target.iterdir()) if target.exists() else []
    if not held:
        draft.replace(target)
        return
    ours = _is_ours(target, held)
    (target / CERTIFICATE).unlink(missing_ok=True)
    for name in held if ours else ():
        (target / name).unlink(missing_ok=True)
    for name in sorted((entry.name for entry in draft.iterdir()), key=lambda name: name == CERTIFICATE):
        (draft / name).replace(target / name)


def _content(folder: Path, name: str) -> bytes:
    try:
        return read_inside(folder / name)
    except FileNotFoundError:
        if not folder.exists():
            raise ArtifactError(f"{folder}: there is no such directory") from None
        raise ArtifactError(f"{folder}: holds no {name}, so it is no compiled program or only part of one") from None
    except NotADirectoryError:
        raise ArtifactError(f"{folder}: expected a directory, found a file") from None
    except OSError as error:
        raise ArtifactError(f"{folder / name}: cannot be read: {error.strerror or error}") from None


def _json(folder: Path, name: str) -> Any:
    content = _content(folder, name)
    try:
        return read_json_text(content)
    except RepeatedKeyError as error:
        raise ArtifactError(f"{folder / name}: {error}") from None
    except RecursionError:
        raise ArtifactError(f"{folder / name}: is nested too deeply to be read") from None
    except ValueError:
        raise ArtifactError(f"{folder / name}: expected JSON, found something else") from None
