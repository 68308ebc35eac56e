"""Files that are never half-written: a temporary name beside the target, then a rename."""

import os
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Make the file hold the text, all or nothing; OSError where it cannot, and the old content stays.

    A symbolic link is followed, permissions of an existing file are kept.
    """
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
