"""Files: what is read is bounded in size and is UTF-8; what is written is never half-written."""

import codecs
import errno
import fcntl
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE_BYTES = 4 * 1024 * 1024  # bytes
STANDARD_INPUT = "-"
PIPE_SECONDS = 5.0  # how long to wait for somebody to open a pipe for writing


class LoadError(Exception):
    """A file cannot be read; the message says why."""


def open_bytes(name: str) -> AbstractContextManager[BinaryIO]:
    """Return the open file; `-` means standard input, which stays open after the block.

    Raises:
        LoadError: There is no such file, or it cannot be read.
    """
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise LoadError("standard input: cannot be read: it is closed")
        return nullcontext(sys.stdin.buffer)
    if not name:
        raise LoadError("expected the name of a file, found the empty text")
    path = Path(name)
    try:
        if path.is_dir():
            raise LoadError(f"{name}: expected a file, found a directory")
        return path.open("rb") if not path.is_fifo() else os.fdopen(_reading_end(path), "rb")
    except OSError as error:
        raise LoadError(f"{name}: cannot be read: {_reason(error)}") from None
    except ValueError:
        raise LoadError(f"{name!r}: expected the name of a file") from None


def _reading_end(pipe: Path) -> int:
    """Return the descriptor of a pipe that is open for reading.

    Raises:
        LoadError: Nobody opens the pipe for writing within PIPE_SECONDS; without a limit, opening it would wait for
            ever.
    """
    opened: list[int] = []
    waiting = threading.Thread(target=lambda: opened.append(os.open(pipe, os.O_RDONLY)), daemon=True)
    waiting.start()
    waiting.join(PIPE_SECONDS)
    if waiting.is_alive():
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))  # a writer, however short, ends the wait of the thread
        waiting.join()
        os.close(opened[0])
        raise LoadError(f"{pipe}: cannot be read: it is a pipe, and nobody writes to it")
    return opened[0]


def read_inside(path: Path) -> bytes:
    """Return the content of a file that belongs to a directory.

    Raises:
        OSError: It is not a regular file but, for example, a pipe or a device, or it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path.read_bytes()


def read_bytes(name: str, most: int) -> bytes:
    """Return the content of a file; `-` means standard input.

    Raises:
        LoadError: The file cannot be read, or has more than `most` bytes.
    """
    with open_bytes(name) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise LoadError(f"{shown(name)}: cannot be read: {_reason(error)}") from None
    if len(content) > most:
        raise LoadError(f"{shown(name)}: the file is longer than {most:,} bytes, this implementation's limit")
    return content


def text_lines(name: str) -> Iterator[str]:
    """Yield the lines of a file, without their ends and without a byte order mark; `-` means standard input.

    Raises:
        LoadError: A line is not UTF-8, or longer than LONGEST_LINE_BYTES; the message has its number.
    """
    for line in text_lines_or_errors(name):
        if isinstance(line, LoadError):
            raise line
        yield line


def text_lines_or_errors(name: str) -> Iterator[str | LoadError]:
    """Yield the lines as `text_lines` does, but for a line that cannot be read the error that says why."""
    number = 0
    with open_bytes(name) as file:
        while content := _line(file, name):
            place = f"{shown(name)}:{number + 1}"
            if number == 0:
                content = content.removeprefix(codecs.BOM_UTF8)
            if len(content) > LONGEST_LINE_BYTES:
                while not content.endswith(b"\n") and (content := _line(file, name)):
                    pass
                limit = f"{LONGEST_LINE_BYTES:,} bytes, this implementation's limit"
                number += 1
                yield LoadError(f"{place}: the line is longer than {limit}")
                continue
            try:
                lines = content.decode("utf-8").removesuffix("\n").removesuffix("\r").split("\r")
            except UnicodeDecodeError:
                number += 1
                yield LoadError(f"{place}: expected UTF-8 text, found a byte that is not")
                continue
            number += len(lines)
            yield from lines


def why_unreadable(error: Exception) -> str:
    """Return what is wrong with a content, in words; Python's message about text that is not UTF-8 speaks of bytes."""
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)


def shown(name: str) -> str:
    """Return what messages call the file."""
    return "standard input" if name == STANDARD_INPUT else name


def check_writable(path: Path) -> None:
    """Check, before any work is done, that `replace_text` can make the file.

    Raises:
        OSError: It cannot.
    """
    if path.is_dir():
        raise OSError(f"{path}: cannot be written: it is a directory")
    if _is_device(path):
        if not os.access(path, os.W_OK):
            raise OSError(f"{path}: cannot be written: permission denied")
        return
    try:
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {_reason(error)}") from None


def check_directory(directory: Path) -> None:
    """Make the directory if it is missing, and check that files can be written into it.

    Raises:
        OSError: They cannot.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise OSError(f"cannot write into {directory}: {error.strerror or error}") from None


def replace_text(path: Path, text: str) -> None:
    """Make the file hold the text in UTF-8, with \\n at the end of lines, as `replace_bytes` does."""
    replace_bytes(path, text.encode("utf-8"))


def replace_bytes(path: Path, content: bytes) -> None:
    """Make the file hold the content: either all of it, or the old content stays.

    The content is on the disk before the file gets its name. A symbolic link is followed, and an existing file keeps
    its permissions. What is not a regular file, such as a device or a pipe, is written to and never replaced.

    Raises:
        OSError: The file cannot be written.
    """
    try:
        if _is_device(path):
            with path.open("wb", buffering=0) as file:
                file.write(content)
            return
        target = path.resolve()
        with draft_of(target) as draft:
            made = draft / target.name
            with made.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                made.chmod(target.stat().st_mode & 0o777)
            made.replace(target)
        sync(target.parent)
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {_reason(error)}") from None


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Give a new directory beside the target, in which to prepare it; the directory is gone when the block ends.

    Drafts of the same target that a killed process left are removed first. A lock holds each draft and ends with its
    process, so a draft in use is never taken for a left one.
    """
    parent = target.parent
    with _locked(parent):
        _remove_remainders(target)
        draft = Path(tempfile.mkdtemp(prefix=_draft_prefix(target), dir=parent))
        draft.chmod(0o777 & ~_umask())
        handle = os.open(draft, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        os.close(handle)


def sync(path: Path) -> None:
    """Return once the content of the file or directory is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_device(path: Path) -> bool:
    """Return whether the path exists and is not a regular file: a device, a pipe, a socket or a directory."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _draft_prefix(target: Path) -> str:
    return f".{target.name[:100]}.draft-"


def _remove_remainders(target: Path) -> None:
    """Remove the target's drafts that no process holds; the caller has locked the directory."""
    prefix = _draft_prefix(target)
    for entry in target.parent.iterdir():
        if not entry.name.startswith(prefix) or not entry.is_dir() or entry.is_symlink():
            continue
        handle = os.open(entry, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _line(file: BinaryIO, name: str) -> bytes:
    try:
        return file.readline(LONGEST_LINE_BYTES + 1)
    except OSError as error:
        raise LoadError(f"{shown(name)}: cannot be read: {_reason(error)}") from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
