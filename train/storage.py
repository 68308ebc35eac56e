"""Files that are whole or absent, whatever is killed when; damaged ones are named and set aside."""

import itertools
import os
import sys
from pathlib import Path


def replace_durably(temporary: Path, path: Path) -> None:
    """Gives the finished file its name, taking the place of what had it; on disk before it has."""
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def publish_directory(temporary: Path, path: Path) -> bool:
    """Gives a directory of finished files its name, at once; False, and the temporary one stays, where it is taken."""
    for file in temporary.iterdir():
        _sync(file)
    _sync(temporary)
    try:
        temporary.rename(path)
    except OSError:
        if path.exists():
            return False
        raise
    _sync(path.parent)
    return True


def set_aside(path: Path, why: str) -> None:
    """Says on standard error what is wrong with a file or directory, and renames it out of the way."""
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            break
    try:
        path.rename(aside)
    except FileNotFoundError:  # another process was faster
        return
    print(f"{path}: {why}; set aside as {aside.name}, and run again", file=sys.stderr)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
