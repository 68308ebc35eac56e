"""The public names of a package, imported when they are first used, so that importing the package loads little."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module


def lazy_names(package: str, names: Sequence[str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package whose public names are in its module `api`.

    Args:
        package: The name of the package.
        names: Its public names.
    """

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.api"), name)

    def known() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return get, known
