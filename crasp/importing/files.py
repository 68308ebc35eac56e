"""Reads the statements of a `.cr` file and of the files that it imports, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crasp.errors import CraspError, Problem, Source
from crasp.importing.lexer import Statement, Token, lex, statements
from crasp.text.sources import load_source
from tasks.ground.files import STANDARD_INPUT, LoadError

MOST_FILES = 100
MOST_CHARACTERS = 1 << 20  # of all files together


@dataclass(frozen=True)
class FilePart:
    """A part of a file: its statements up to an import or to its end.

    `main` is true for the file that was asked for.
    """

    source: Source
    statements: tuple[Statement, ...]
    main: bool


def read_parts(name: str) -> tuple[FilePart, ...]:
    """The parts of the file and of all files that it imports, in order. Each file is read once.

    Raises:
        LoadError: The file cannot be read.
        CraspError: A text is refused, or an import is. An import is refused if the file is not beside the importing
            file or below it, if it leads back to a file that is being imported, or if there are more than MOST_FILES
            files.
    """
    return tuple(_parts(_Importing(name, name, ()), {}))


@dataclass(frozen=True)
class _Importing:
    """A file to read: its name, its name in messages, and the files whose imports have led to it."""

    name: str
    shown: str
    stack: tuple[Path, ...]


def _parts(file: _Importing, seen: dict[Path, int]) -> Iterator[FilePart]:
    loaded = load_source(file.name)
    source = Source(file.shown, loaded.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    path = Path.cwd() / "-" if file.name == STANDARD_INPUT else Path(file.name).resolve()
    seen[path] = len(source.text)
    if sum(seen.values()) > MOST_CHARACTERS:
        raise LoadError(f"{file.shown}: the program is longer than {MOST_CHARACTERS:,} characters, the limit here")
    lexed = lex(source.text)
    if lexed.problems:
        raise CraspError(source, lexed.problems)
    waiting: list[Statement] = []
    for statement in statements(lexed):
        if statement.tokens[0].kind != "import":
            waiting.append(statement)
            continue
        yield FilePart(source, tuple(waiting), not file.stack)
        waiting = [Statement((), statement.above, statement.beside)] if statement.above or statement.beside else []
        yield from _imported(statement.tokens[0], source, path, file.stack, seen)
    yield FilePart(source, tuple(waiting), not file.stack)


def _imported(
    token: Token, source: Source, path: Path, stack: tuple[Path, ...], seen: dict[Path, int]
) -> Iterator[FilePart]:
    wanted = _wanted(token, source)
    try:
        target = _found(path.parent, wanted)
    except (OSError, ValueError):
        raise _refused(source, token, f"`{wanted}` is not the name of a file") from None
    if target is None:
        raise _refused(source, token, "a file may import only files in its own directory or below it")
    if target in (path, *stack):
        chain = " imports ".join(each.name for each in (*stack, path, target))
        raise _refused(source, token, f"this import leads back to the same file: {chain}")
    if target in seen:
        return
    if len(seen) >= MOST_FILES:
        raise _refused(source, token, f"more than {MOST_FILES} files are imported, the limit here")
    if target.exists() and not target.is_file():
        raise _refused(source, token, f"`{wanted}` is not a text file")
    shown = str(Path(source.name).parent / target.relative_to(path.parent))
    try:
        yield from _parts(_Importing(str(target), shown, (*stack, path)), seen)
    except LoadError as error:
        raise _refused(source, token, str(error)) from None


def _wanted(token: Token, source: Source) -> str:
    """The name in `#import name`, `#import "name.cr"` or `#import <name.cr>`."""
    text = token.text[1:].lstrip().removeprefix("import").split("//")[0].strip().removesuffix(";").strip()
    if len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("'", "'"), ("<", ">")):
        text = text[1:-1]
    if not text or any(c.isspace() or not c.isprintable() for c in text):
        raise _refused(source, token, "expected the name of one file, as `#import NAME.cr`")
    return text


def _found(directory: Path, wanted: str) -> Path | None:
    """The path of the file with this name, where `.cr` may be left out.

    None if the file is not in the directory or below it.
    """
    if Path(wanted).is_absolute() or ".." in Path(wanted).parts:
        return None
    target = directory / wanted
    if not target.exists() and not wanted.endswith(".cr"):
        target = directory / f"{wanted}.cr"
    resolved = target.resolve()
    return resolved if resolved.is_relative_to(directory.resolve()) else None


def _refused(source: Source, token: Token, message: str) -> CraspError:
    return CraspError(source, (Problem(token.span, message),))
