"""What the commands of this package share."""

from pathlib import Path

from tasks.ground.console import RefusedError
from tasks.ground.files import check_directory


def refuse_unwritable(directory: Path, option: str = "--runs") -> None:
    """Refuses, before hours of training, a place where nothing can be kept."""
    try:
        check_directory(directory)
    except OSError as error:
        raise RefusedError(f"{option}: {error}") from None
