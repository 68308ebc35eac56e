"""Prediction and measurement, side by side. Users write `from eval import predict, measure`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.api import measure, predict

__all__ = ["measure", "predict"]

if not TYPE_CHECKING:
    from tasks.ground.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, __all__)
