"""The layout of a flat array that holds all arrays of a model, one behind the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ArrayShape:
    """The name of one array, and its shape with the inputs first."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers the array holds."""
        return math.prod(self.shape)


def arrays_by_name(flat: "Tensor", layout: Sequence[ArrayShape]) -> "dict[str, Tensor]":
    """Return the arrays by name, each (models, *shape), as views of the flat array.

    Args:
        flat: The flat array (models, numbers).
        layout: The arrays in the order in which they lie in it.
    """
    from torch import split

    parts = split(flat, [each.size for each in layout], dim=1)
    return {each.name: part.view(-1, *each.shape) for each, part in zip(layout, parts, strict=True)}
