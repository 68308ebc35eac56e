"""A note on the terminal that a large library is being loaded, when that takes longer than about a second."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import Timer
from types import ModuleType

SLOW = ("torch", "transformers")
PATIENCE_SECONDS = 1.0


@contextmanager
def told_when_slow(names: Sequence[str] = SLOW, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Within this block, an import of one of these libraries that takes long is reported on standard error.

    Nothing is reported unless standard error is a terminal.

    Args:
        names: The libraries.
        patience: After how many seconds an import is reported.
    """
    if not sys.stderr.isatty():
        yield
        return
    finder = _SlowFinder(names, patience)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _SlowFinder(MetaPathFinder):
    """Finds these libraries as Python does, and has their loading timed."""

    def __init__(self, names: Sequence[str], patience: float) -> None:
        self._names = names
        self._patience = patience

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the library's own spec with a timed loader; None for every other module."""
        if fullname not in self._names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            _time(spec.loader, fullname, self._patience)
        return spec


def _time(loader: Loader, name: str, patience: float) -> None:
    """Make this one loader say what it loads if it is not done in `patience` seconds."""
    execute = loader.exec_module

    def timed(module: ModuleType) -> None:
        timer = Timer(patience, lambda: print(f"loading {name} ...", file=sys.stderr, flush=True))
        timer.daemon = True
        timer.start()
        try:
            execute(module)
        finally:
            timer.cancel()

    loader.exec_module = timed  # type: ignore[method-assign]
