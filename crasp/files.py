"""Files: what is read is bounded and UTF-8, what is written is never half-written."""

import codecs
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 4 * 1024 * 1024  # bytes
STANDARD_INPUT = "-"


class LoadError(Exception):
    """A file cannot be read; the message says why."""


def open_bytes(name: str) -> AbstractContextManager[BinaryIO]:
    """The file, or standard input for `-`, which stays open; LoadError says why there is none."""
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise LoadError("standard input: cannot be read: it is closed")
        return nullcontext(sys.stdin.buffer)
    path = Path(name)
    try:
        if path.is_dir():
            raise LoadError(f"{name}: expected a file, found a directory")
        return path.open("rb")
    except OSError as error:
        raise LoadError(f"{name}: cannot be read: {_reason(error)}") from None
    except ValueError:
        raise LoadError(f"{name!r}: expected the name of a file") from None


def read_bytes(name: str, most: int) -> bytes:
    """The content of a file, or of standard input for `-`; LoadError where it is more than `most` bytes."""
    with open_bytes(name) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise LoadError(f"{shown(name)}: cannot be read: {_reason(error)}") from None
    if len(content) > most:
        raise LoadError(f"{shown(name)}: the file is longer than {most:,} bytes, this implementation's limit")
    return content


def text_lines(name: str) -> Iterator[str]:
    """The lines, without their ends, of a file or of standard input for `-`, a byte order mark left out.

    LoadError with the line for one that is not UTF-8, or longer than LONGEST_LINE.
    """
    number = 0
    with open_bytes(name) as file:
        while content := _line(file, name):
            place = f"{shown(name)}:{number + 1}"
            if len(content) > LONGEST_LINE:
                raise LoadError(f"{place}: the line is longer than {LONGEST_LINE:,} bytes, this implementation's limit")
            if number == 0:
                content = content.removeprefix(codecs.BOM_UTF8)
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:
                raise LoadError(f"{place}: expected UTF-8 text, found a byte that is not") from None
            for line in text.removesuffix("\n").removesuffix("\r").split("\r"):
                number += 1
                yield line


def shown(name: str) -> str:
    """What messages call the file."""
    return "standard input" if name == STANDARD_INPUT else name


def check_writable(path: Path) -> None:
    """OSError, before anything is done, where `replace_text` could not make the file."""
    target = path.resolve()
    if target.is_dir():
        raise OSError(f"{path}: cannot be written: it is a directory")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {_reason(error)}") from None


def replace_text(path: Path, text: str) -> None:
    """Make the file hold the text, all or nothing; OSError where it cannot, and the old content stays.

    A symbolic link is followed, permissions of an existing file are kept.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {_reason(error)}") from None


def _line(file: BinaryIO, name: str) -> bytes:
    try:
        return file.readline(LONGEST_LINE + 1)
    except OSError as error:
        raise LoadError(f"{shown(name)}: cannot be read: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
