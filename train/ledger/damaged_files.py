"""Files that are whole or absent, even if a process is killed while it writes; damaged ones are named and set aside."""

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tasks.ground.files import read_inside, sync, why_unreadable
from tasks.ground.json_text import read_json_text

T = TypeVar("T")


def name_finished_directory(temporary: Path, path: Path) -> bool:
    """Rename a directory of finished files, and return True; return False and rename nothing if the name is taken.

    The files are on disk before the directory gets its name, so a directory of that name is always whole.
    """
    for file in temporary.iterdir():
        sync(file)
    sync(temporary)
    try:
        temporary.rename(path)
    except OSError:
        if path.exists():
            return False
        raise
    sync(path.parent)
    return True


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Yield a directory to write a run's files into; it gets the name `path` when the block ends without an error.

    Files that a killed process left unfinished are deleted. If `path` exists already, it stays as it is, and the new
    files are deleted.
    """
    temporary = path.with_name(f".{path.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        name_finished_directory(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def set_aside(path: Path, why: str) -> None:
    """Rename a damaged file or directory out of the way if that is possible, and say on standard error what is wrong.

    Args:
        path: The file or directory. It becomes `NAME.damaged-1`, or the next number that is free.
        why: What is wrong with it.
    """
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            break
    try:
        path.rename(aside)
    except FileNotFoundError:  # another process was faster
        return
    except OSError as error:  # the directory cannot be written: the caller goes on without this file
        print(f"{path}: {why}; left out, because it cannot be set aside: {error.strerror or error}", file=sys.stderr)
        return
    print(f"{path}: {why}; set aside as {aside.name}, and run again", file=sys.stderr)


def read_json_lines(path: Path, read: Callable[[Any], T]) -> Iterator[T]:
    """Yield what `numbered_json_lines` does, without the lines' numbers."""
    return (found for _, found in numbered_json_lines(path, read))


def numbered_json_lines(path: Path, read: Callable[[Any], T]) -> Iterator[tuple[int, T]]:
    """Yield each line's number and what `read` makes of its JSON value; name unreadable lines on standard error.

    Blank lines are passed over.

    Args:
        path: The file.
        read: Reads a value. It refuses one by raising ValueError, KeyError or TypeError.

    Raises:
        OSError: The file cannot be read.
    """
    for number, line in enumerate(read_inside(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = read(read_json_text(line.decode()))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            print(f"{path}:{number}: unreadable result: {why_unreadable(error)}", file=sys.stderr)
        else:
            yield number, found
