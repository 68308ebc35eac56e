"""Where program texts come from: files, and the library as `lib:NAME`."""

from importlib.resources import files
from pathlib import Path

from crasp import ir
from crasp.checker import check
from crasp.errors import CraspError, Problem, Source, Span
from crasp.parser import parse_leniently
from crasp.spelling import near

LARGEST_FILE = 4 * 1024 * 1024  # bytes
LIBRARY = "lib:"


class LoadError(Exception):
    """A file cannot be read as a program text; the message says why."""


def load_source(name: str) -> Source:
    """The text of a file or of a library program; LoadError or CraspError says why there is none."""
    if name.startswith(LIBRARY):
        return _library_source(name)
    path = Path(name)
    try:
        if path.is_dir():
            raise LoadError(f"{name}: expected a file, found a directory")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise LoadError(f"{name}: {_reason(error)}") from None
    except ValueError:
        raise LoadError(f"{name!r}: expected the name of a file") from None
    if len(content) > LARGEST_FILE:
        raise LoadError(f"{name}: the file is longer than {LARGEST_FILE:,} bytes, this implementation's limit")
    return Source(name, _decoded(name, content))


def read_program(source: Source) -> ir.Program:
    """The meaning of a text; CraspError with every problem, of the syntax and of the rest, if there is one."""
    parsed = parse_leniently(source)
    return check(parsed.program, source, problems=parsed.problems, unreadable=parsed.unreadable)


def load_program(name: str) -> ir.Program:
    """The program in a file or in the library (`lib:NAME`)."""
    return read_program(load_source(name))


def library_names() -> tuple[str, ...]:
    """The names of the library's programs, sorted."""
    entries = files("crasp.programs").iterdir()
    return tuple(sorted(e.name.removesuffix(".crasp") for e in entries if e.name.endswith(".crasp")))


def _library_source(name: str) -> Source:
    wanted = name.removeprefix(LIBRARY)
    known = library_names()
    if wanted not in known:
        guess = near(wanted, known)
        hint = "" if guess is None else f"; the nearest is lib:{guess}"
        raise LoadError(f"{name}: the library has no program `{wanted}`{hint}")
    return Source(name, files("crasp.programs").joinpath(f"{wanted}.crasp").read_text(encoding="utf-8"))


def _reason(error: OSError) -> str:
    text = (error.strerror or str(error)).lower()
    return f"cannot be read: {text}"


def _decoded(name: str, content: bytes) -> str:
    """The text; CraspError at the first byte that is not UTF-8 or not text."""
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
