"""Small transformers, trained fast: GPT-2 arithmetic with a leading model axis."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.api import Choices, TrainedModel, run

__all__ = ["Choices", "TrainedModel", "run"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A name of the library, imported when it is first asked for, so that commands start fast."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from train import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        """The library's names beside the module's own."""
        return sorted({*globals(), *__all__})
