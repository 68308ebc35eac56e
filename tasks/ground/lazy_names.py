"""What a package gives, imported when it is first asked for: importing the package itself loads next to nothing."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module


def lazy_names(package: str, names: Sequence[str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package whose public names stand in its module `api`."""

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.api"), name)

    def known() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return get, known
