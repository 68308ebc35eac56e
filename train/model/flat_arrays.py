"""The arrays that lie one behind the other in a model's flat one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ArrayShape:
    """One array: its name and its shape (the inputs first)."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def arrays_by_name(flat: "Tensor", layout: Sequence[ArrayShape]) -> "dict[str, Tensor]":
    """The arrays, each (models, *shape): views of the flat array (models, numbers)."""
    from torch import split

    parts = split(flat, [each.size for each in layout], dim=1)
    return {each.name: part.view(-1, *each.shape) for each, part in zip(layout, parts, strict=True)}
