"""Judgement: the theory's prediction beside the measurement; users write `from eval import predict, measure`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.api import measure, predict

__all__ = ["measure", "predict"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A name of the library, imported when it is first asked for, so that commands start fast."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from eval import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        """The library's names beside the module's own."""
        return sorted({*globals(), *__all__})
