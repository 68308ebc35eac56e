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
    from tasks.ground.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, __all__)
