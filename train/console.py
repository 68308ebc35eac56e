"""What the commands of this package share."""

import tempfile
from pathlib import Path


class RefusedError(Exception):
    """Bad input: the message goes to standard error, the status is 2."""


def check_writable(directory: Path) -> None:
    """Refuses, before hours of training, a place where nothing can be kept."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise RefusedError(f"--out: cannot write into {directory}: {error.strerror}") from None
