"""Files that are whole or absent, whatever is killed when; damaged ones are named and set aside."""

import itertools
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tasks.ground.files import read_inside, sync, why_unreadable

T = TypeVar("T")


def name_finished_directory(temporary: Path, path: Path) -> bool:
    """Gives a directory of finished files its name, at once; False, and the temporary one stays, where it is taken."""
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
    """A directory to write a run's files into, which gets the path's name when they are all there.

    What a killed process left of one goes; where the path is taken, it stays as it is.
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
    """Says on standard error what is wrong with a file or directory, and renames it out of the way if it can."""
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            break
    try:
        path.rename(aside)
    except FileNotFoundError:  # another process was faster
        return
    except OSError as error:  # what reads a directory that cannot be written goes on without it
        print(f"{path}: {why}; left out, for it cannot be set aside: {error.strerror or error}", file=sys.stderr)
        return
    print(f"{path}: {why}; set aside as {aside.name}, and run again", file=sys.stderr)


def read_json_lines(path: Path, read: Callable[[Any], T]) -> Iterator[T]:
    """What `read` makes of each line's JSON value; a line that is bad JSON or refused is named on standard error.

    `read` refuses with ValueError, KeyError or TypeError. OSError where the file cannot be read.
    """
    for number, line in enumerate(read_inside(path).splitlines(), start=1):
        try:
            found = read(json.loads(line.decode()))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            print(f"{path}:{number}: unreadable result: {why_unreadable(error)}", file=sys.stderr)
        else:
            yield found
