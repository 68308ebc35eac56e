"""Training of small transformers: GPT-2's arithmetic with a leading model axis, so that several are trained at once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.api import Choices, TrainedModel, run

__all__ = ["Choices", "TrainedModel", "run"]

if not TYPE_CHECKING:
    from tasks.ground.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, __all__)
