"""Checks what the certificate of a directory claims, by compiling its program again and comparing.

The argument for a certified length is about the weights that the compiler writes. So the program is compiled again
for the claimed length and number format. The weights, the other files and every claim of the certificate have to be
equal to the result. This comparison also checks the fields of the certificate, so that no model of them, such as one of
pydantic, is needed.
"""

import json
from collections.abc import Iterator, Mapping
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crasp.artifacts.directory import CERTIFICATE, FORMAT, PROGRAM, TORCH_FORMAT, CompiledCertificate, certificate_of
from crasp.artifacts.model_card import CARD
from crasp.artifacts.targets import write_realization
from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.text.loader import read_program

NOT_COMPARED = ("files", "checked")  # hashes are compared with the files, and words are run again
TOLERATED_SHARE = 1e-5  # relative tolerance for numbers in a certificate, which may be summed in another order
ULPS = 16  # tolerance for weights, in units in the last place: sines and roots differ between machines


def broken_claims(directory: Path, certificate: CompiledCertificate, text: str) -> list[str]:
    """Sentences about what the certificate or the files claim and the program does not support; none if all holds.

    Args:
        directory: The directory of the compiled program.
        certificate: Its certificate.
        text: The text of its program.

    Raises:
        CraspError: The text is no program.
        CapacityError: The program is too large to be compiled.
    """
    compiled = compile_program(read_program(Source(str(directory / PROGRAM), text)))
    with TemporaryDirectory(prefix="crasp-verify-") as name:
        again = Path(name)
        source = Source(_card_name(directory), text)
        length, dtype = certificate["max_length"], certificate["dtype"]
        try:
            said = write_realization(compiled, source, certificate["format"], length, dtype, again)
        except ValueError as error:
            return [f"{directory / CERTIFICATE}: max_length {length} in {dtype} cannot be certified: {error}"]
        files = {entry.name for entry in again.iterdir()} | {PROGRAM}
        if certificate["format"] in (FORMAT, TORCH_FORMAT) and CARD not in certificate["files"]:
            files.discard(CARD)  # directories of earlier versions have no card
        digests = dict.fromkeys(files, "") | {PROGRAM: certificate["files"][PROGRAM]}
        expected = json.loads(json.dumps(certificate_of(compiled, certificate["format"], said, digests)))
        return [*_differing(directory, certificate, expected), *_other_files(directory, certificate, again, files)]


def _card_name(directory: Path) -> str:
    """The name that the model card gives the model. No claim depends on it."""
    try:
        lines = (directory / CARD).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return next((line[2:] for line in lines if line.startswith("# ")), "")


def _differing(directory: Path, certificate: Mapping[str, object], expected: Mapping[str, Any]) -> Iterator[str]:
    place = directory / CERTIFICATE
    for key in sorted((certificate.keys() | expected.keys()) - set(NOT_COMPARED)):
        found, wanted = certificate.get(key), expected.get(key)
        if not _same(found, wanted):
            yield f"{place}: {key} is {_shown(found)}; compiling its program gives {_shown(wanted)}"
    checked = certificate.get("checked")
    for key in ("period", "locality"):
        found = checked.get(key) if isinstance(checked, dict) else None
        if found != expected["checked"][key]:
            yield f"{place}: checked.{key} is {_shown(found)}; the machine has {expected['checked'][key]}"


def _same(found: Any, wanted: Any) -> bool:
    """Whether two values are equal; floating-point numbers may differ by rounding."""
    if isinstance(found, float) and isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=TOLERATED_SHARE)
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in found)
    return type(found) is type(wanted) and bool(found == wanted)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _other_files(directory: Path, certificate: CompiledCertificate, again: Path, files: set[str]) -> Iterator[str]:
    """Yields sentences about files that differ from those that the program compiles to."""
    recorded = certificate["files"].keys()
    for name in sorted(files - recorded):
        yield f"{directory / CERTIFICATE}: does not record {name}, which belongs to the model"
    for name in sorted(recorded - files):
        yield f"{directory / name}: is recorded in {CERTIFICATE}, but it is not a file of the model"
    for name in sorted((files & recorded) - {PROGRAM}):
        if not _equal(directory / name, again / name):
            yield f"{directory / name}: differs from the file that compiling the program gives"


def _equal(found: Path, wanted: Path) -> bool:
    """Whether two files have the same bytes, or hold arrays that are equal up to rounding."""
    if found.stat().st_size == wanted.stat().st_size:
        with found.open("rb") as one, wanted.open("rb") as other:
            while (block := one.read(1 << 20)) == other.read(1 << 20):
                if not block:
                    return True
    return found.suffix == ".safetensors" and _close(found, wanted)


def _close(found: Path, wanted: Path) -> bool:
    import numpy as np
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(found, framework="np") as one, safe_open(wanted, framework="np") as other:
            names = set(other.keys())
            if set(one.keys()) != names:
                return False
            for name in names:
                left, right = one.get_tensor(name), other.get_tensor(name)
                if left.dtype != right.dtype or left.shape != right.shape:
                    return False
                slack = ULPS * np.finfo(right.dtype).eps if right.dtype.kind == "f" else 0.0
                if not np.allclose(left, right, rtol=slack, atol=0):
                    return False
    except (SafetensorError, OSError, ValueError):
        return False
    return True
