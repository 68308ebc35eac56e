"""Reads program texts from files, from standard input, and from the library as `lib:NAME`."""

import re
from pathlib import Path

from crasp.errors import CraspError, Problem, Source, Span
from crasp.spelling import near
from tasks.ground.files import LoadError, read_bytes

LARGEST_FILE_BYTES = 4 * 1024 * 1024
LIBRARY = "lib:"
PROGRAMS = Path(__file__).parents[1] / "programs"


def load_source(name: str) -> Source:
    """The text that a name stands for.

    Args:
        name: The path of a file, `lib:NAME` for a program of the library, or `-` for standard input.

    Raises:
        LoadError: The file or the library's program does not exist, or the file cannot be read.
        CraspError: The file is not UTF-8 text. The error points at the first byte that is not.
    """
    if name.startswith(LIBRARY):
        return _library_source(name)
    try:
        content = read_bytes(name, LARGEST_FILE_BYTES)
    except LoadError as error:
        raise LoadError(f"{error}{library_hint(name)}") from None
    return Source(name, _decoded(name, content))


def library_names() -> tuple[str, ...]:
    """The names of the library's programs, sorted."""
    return tuple(sorted(path.stem for path in PROGRAMS.glob("*.crasp")))


def library_hint(name: str) -> str:
    """An addition to a message about a file that does not exist: the library's program of that name or the nearest one.

    The addition is empty if the library has no such program.
    """
    if not re.fullmatch(r"\w{1,60}(\.crasp)?", name) or Path(name).exists():
        return ""
    guess = name.removesuffix(".crasp")
    if guess in library_names():
        return f"; the library has it as {LIBRARY}{guess}"
    nearest = near(guess, library_names()) if guess == name else None
    return "" if nearest is None else f"; the nearest of the library is {LIBRARY}{nearest}"


def _library_source(name: str) -> Source:
    wanted = name.removeprefix(LIBRARY)
    known = library_names()
    if wanted not in known:
        guess = near(wanted, known)
        hint = "" if guess is None else f"; the nearest is lib:{guess}"
        raise LoadError(f"{name}: the library has no program `{wanted}`{hint}")
    return Source(name, (PROGRAMS / f"{wanted}.crasp").read_text(encoding="utf-8"))


def _decoded(name: str, content: bytes) -> str:
    """The content as text; raises CraspError at the first byte that is not UTF-8 text, or is null."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        raise CraspError(
            Source(name, before), (Problem(_end_of(before), "expected UTF-8 text, found a byte that is not"),)
        ) from None
    if "\0" in text:
        before = text[: text.index("\0")]
        raise CraspError(Source(name, before), (Problem(_end_of(before), "expected text, found a null byte"),))
    return text


def _end_of(text: str) -> Span:
    line = text.count("\n") + 1
    column = len(text) - (text.rfind("\n") + 1) + 1
    return Span(line, column, line, column)
