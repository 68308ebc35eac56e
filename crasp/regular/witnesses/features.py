"""The features of a program, levels and flags, and the table of what they and the latest letters show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crasp.regular.families.potentials import numbered
from crasp.regular.witnesses.product_machine import ProductMachine
from crasp.regular.witnesses.short_conditions import Array, VariableCase, VariableTable

LETTER = 0  # the first variable of every condition


@dataclass(frozen=True)
class Feature:
    """Something counted: its value before each place is left, UNKNOWN where it means nothing.

    The value is the sum over `terms` of the coefficient times the number of letters so far that met the condition;
    of a flag, whether that is more than 0. Conditions are over the letter, the letters before it, the residue, and
    the features before, in this order.
    """

    kind: Literal["level", "flag"]
    values: tuple[int, ...]  # (places,)
    terms: tuple[tuple[int, tuple[VariableCase, ...]], ...]
    depth: int


class Following:
    """A product, the features found so far, and the table of what is visible as each letter is read at each place."""

    def __init__(self, product: ProductMachine) -> None:
        self.product = product
        self.features: list[Feature] = []
        self.letters = len(product.machine.alike)  # letters that act alike are one
        self.situations = [(place, a) for place in range(len(product.places)) for a in range(self.letters)]
        self.sources = np.repeat(np.arange(len(product.places)), self.letters)
        self.targets = np.array(product.steps, dtype=np.int64).ravel()
        visible = [[letter, *product.shown[place]] for place, letter in self.situations]
        # (situations, 1 + look-back + residue): the letter, the letters before it, the position's residue.
        self._visible: Array = np.array(visible, dtype=np.int64)
        self._tables = [VariableTable(self._visible)]  # with ever more features

    @property
    def visible_variables(self) -> int:
        """How many variables come before the features."""
        return int(self._visible.shape[1])

    def table(self) -> VariableTable:
        """(situations, variables): what is visible, and the features before the letter."""
        shown = len(self._tables) - 1
        for feature in self.features[shown:]:
            column = np.array(feature.values, dtype=np.int64)[self.sources]
            last = self._tables[-1]
            self._tables.append(VariableTable(np.column_stack([last.cells, column]), last))
        return self._tables[len(self.features)]

    def cells_after(self) -> Array:
        """(situations, variables): what is visible, and the features after the letter."""
        columns = [np.array(feature.values, dtype=np.int64)[self.targets] for feature in self.features]
        return np.column_stack([self._visible, *columns])

    def replace(self, first: int, features: Sequence[Feature]) -> None:
        """Puts these features in the place of the one of that number and those after it."""
        self.features[first:] = features
        del self._tables[first + 1 :]

    def costs(self) -> list[float]:
        """How much each variable adds to a program: its depth, and a little for what is farther back."""
        lookback = self.product.lookback
        lags = [1 + back / 1000 for back in range(lookback)]
        residue = [0.5] if self.product.modulus > 1 else []
        return [0.0, *lags, *residue, *(float(feature.depth) for feature in self.features)]

    def classes(self, region: Sequence[int]) -> list[int]:
        """The places of a region by what is known of them: residue, latest letters, features."""
        return numbered([(*self.product.shown[p], *(f.values[p] for f in self.features)) for p in region])


def depth_of(condition: Sequence[VariableCase], costs: Sequence[float]) -> int:
    """How many counts a condition nests."""
    return max((int(costs[v]) for case in condition for v, _, _ in case.allowed), default=0)
