"""Checks that the commands of this package share."""

from pathlib import Path

from tasks.ground.console import RefusedError
from tasks.ground.files import check_directory


def refuse_unwritable(directory: Path, option: str = "--runs") -> None:
    """Raise RefusedError, before hours of training, if the directory cannot be written into.

    Args:
        directory: The directory that the results are to be kept in. It is made if it does not exist.
        option: The option that named it, for the message.
    """
    try:
        check_directory(directory)
    except OSError as error:
        raise RefusedError(f"{option}: {error}") from None
