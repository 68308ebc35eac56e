"""Limit Transformers, the idealised machines of the theory: exact runs of them, and ordinary GPT-2s read as them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limit_transformer.api import LimitTransformer, load, read, run, terms

__all__ = ["LimitTransformer", "load", "read", "run", "terms"]

if not TYPE_CHECKING:
    from tasks.ground.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, __all__)
