"""The features of a program, levels and flags, and the table of what they and the latest letters show."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from crasp.regular.automata.moore_machine import START
from crasp.regular.families.potentials import numbered
from crasp.regular.witnesses.product_machine import NO_LETTER, ProductMachine
from crasp.regular.witnesses.short_conditions import Column, VariableCase, VariableTable

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

    @cached_property
    def column(self) -> Column:
        """The value before each place is left, as a column."""
        return Column.of(self.values)


class Following:
    """A product, the features found so far, and the table of what is visible as each letter is read at each place."""

    def __init__(self, product: ProductMachine) -> None:
        self.product = product
        self.features: list[Feature] = []
        self.letters = len(product.machine.alike)  # letters that act alike are one
        self.situations = [(place, a) for place in range(len(product.places)) for a in range(self.letters)]
        self.sources = np.repeat(np.arange(len(product.places)), self.letters)
        self.targets = np.array(product.steps, dtype=np.int64).ravel()
        letters = Column(list(range(self.letters)), np.tile(np.arange(self.letters), len(product.places)))
        # By place: the letters before it and the position's residue.
        self.shown = [Column.of(column) for column in zip(*product.shown, strict=True)]
        visible = VariableTable((letters, *(column.at(self.sources) for column in self.shown)))
        self._tables = [visible]  # with ever more features
        self._names = [numbered(product.shown)]  # of what is shown at each place, with ever more features

    @property
    def visible_variables(self) -> int:
        """How many variables come before the features."""
        return 1 + len(self.shown)

    def table(self) -> VariableTable:
        """(situations, variables): what is visible, and the features before the letter."""
        for feature in self.features[len(self._tables) - 1 :]:
            self._tables.append(self._tables[-1].wider(feature.column.at(self.sources)))
        return self._tables[len(self.features)]

    def answering(self, rows: Sequence[int], letters: Sequence[int], *, after: bool) -> VariableTable:
        """What is visible in these situations, if their letters are these, and the features before or after the letter.

        The last row is position 0, where no letter is.
        """
        number = np.array([*rows, 0])
        places = self.sources[number]
        beginning = [NO_LETTER] * self.product.lookback + ([0] if self.product.modulus > 1 else [])
        shown = [
            Column.of([*(column.values[k] for k in column.numbers[places[:-1]].tolist()), first])
            for column, first in zip(self.shown, beginning, strict=True)
        ]
        if after:
            places = self.targets[number]
        places[-1] = START
        features = [feature.column.at(places) for feature in self.features]
        return VariableTable((Column.of([*letters, NO_LETTER]), *shown, *features))

    def replace(self, first: int, features: Sequence[Feature]) -> None:
        """Puts these features in the place of the one of that number and those after it."""
        self.features[first:] = features
        del self._tables[first + 1 :]
        del self._names[first + 1 :]

    def costs(self) -> list[float]:
        """How much each variable adds to a program: its depth, and a little for what is farther back."""
        lookback = self.product.lookback
        lags = [1 + back / 1000 for back in range(lookback)]
        residue = [0.5] if self.product.modulus > 1 else []
        return [0.0, *lags, *residue, *(float(feature.depth) for feature in self.features)]

    def classes(self, region: Sequence[int]) -> list[int]:
        """The places of a region by what is known of them: residue, latest letters, features."""
        for feature in self.features[len(self._names) - 1 :]:
            self._names.append(numbered(list(zip(self._names[-1], feature.values, strict=True))))
        names = self._names[len(self.features)]
        return numbered([names[place] for place in region])


def depth_of(condition: Sequence[VariableCase], costs: Sequence[float]) -> int:
    """How many counts a condition nests."""
    return max((int(costs[v]) for case in condition for v, _, _ in case.allowed), default=0)
