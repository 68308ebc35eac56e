"""The public names of a package, imported when they are first used, so that importing the package loads little."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType


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


def callable_as_its_name(module: str) -> None:
    """Let a module be called as the public function of its package that has its name.

    Importing a module sets it as an attribute of its package. So after `import package.name`, `package.name` is the
    module where it was the function before.

    Args:
        module: The full name of the module.
    """
    package, _, name = module.rpartition(".")

    class CallableModule(ModuleType):
        """A module that is called as a public function of its package."""

        def __call__(self, *values: object, **named: object) -> object:
            """Return what the function returns."""
            return getattr(import_module(f"{package}.api"), name)(*values, **named)

    sys.modules[module].__class__ = CallableModule
