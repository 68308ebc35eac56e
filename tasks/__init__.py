"""What is to be learnt: tasks, each with a sampler of words and with labels that depend on no program."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.api import get, names, sample

__all__ = ["get", "names", "sample"]

if not TYPE_CHECKING:
    from tasks.ground.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, __all__)
