"""TOML files, read with bounds on their size and on the time that reading takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

from tasks.ground.files import LoadError, read_bytes, why_unreadable

LARGEST_FILE_BYTES = 1 << 20  # bytes
MOST_PARTS = 100  # parts of a dotted key; the time to read a key grows with their square


def read_toml(path: Path) -> dict[str, Any]:
    """Return what the file holds.

    Raises:
        LoadError: The file cannot be read, or is not TOML; the message names it.
    """
    try:
        text = read_bytes(str(path), LARGEST_FILE_BYTES).decode("utf-8")
        if any(run[0].count(".") > MOST_PARTS for run in re.finditer(r"[\w\-'. \t]+", _without_strings(text))):
            raise LoadError(f"{path}: a key has more than {MOST_PARTS} parts, this implementation's limit")
        return tomllib.loads(text)
    except RecursionError:
        raise LoadError(f"{path}: is nested too deeply to be read") from None
    except ValueError as error:  # raised for bad TOML, bad UTF-8, or numbers with too many digits
        raise LoadError(f"{path}: no TOML: {why_unreadable(error)}") from None


def _without_strings(text: str) -> str:
    """Return the text with `''` for each string of one line, because dots in a string do not divide a key."""
    return re.sub(r""""(?:\\.|[^"\\\n])*"|'[^'\n]*'""", "''", text)
