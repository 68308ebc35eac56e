"""The language C-RASP[periodic, local]: parse, check, run, trace and compile programs, decide regular languages."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crasp.api import CraspError, LoadedProgram, LoadError, RefusedError, check, compile, decide, load, run, trace

__all__ = [
    "CraspError",
    "LoadError",
    "LoadedProgram",
    "RefusedError",
    "check",
    "compile",
    "decide",
    "load",
    "run",
    "trace",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A name of the library, imported when it is first asked for, so that commands start fast."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from crasp import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        """The library's names beside the module's own."""
        return sorted({*globals(), *__all__})
