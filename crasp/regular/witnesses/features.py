"""The features that a program counts, levels and flags, and the table of what they and the latest letters show."""

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
    """A quantity that a program counts: a *level* (a number) or a *flag* (whether something has happened).

    `values` has its value at each place before the next letter is read, and UNKNOWN where it means nothing. The value
    of a level is the sum over `terms` of the coefficient times the number of letters so far that met the condition. A
    flag is whether that sum is more than 0. The variables of a condition are the letter, the letters before it, the
    residue of the position, and the features before this one, in this order.
    """

    kind: Literal["level", "flag"]
    values: tuple[int, ...]  # (places,)
    terms: tuple[tuple[int, tuple[VariableCase, ...]], ...]
    depth: int

    @cached_property
    def column(self) -> Column:
        """The values at each place as a column of a table."""
        return Column.of(self.values)


class Following:
    """A product machine, the features found so far for it, and the table of what a program sees in each situation.

    A situation is a place together with the letter that is read there.
    """

    def __init__(self, product: ProductMachine) -> None:
        self.product = product
        self.features: list[Feature] = []
        self.letters = len(product.machine.alike)  # groups of letters that act alike; each group is one letter here
        self.situations = [(place, a) for place in range(len(product.places)) for a in range(self.letters)]
        self.sources = np.repeat(np.arange(len(product.places)), self.letters)
        self.targets = np.array(product.steps, dtype=np.int64).ravel()
        letters = Column(list(range(self.letters)), np.tile(np.arange(self.letters), len(product.places)))
        # For each place: the letters before it, and the residue of the position.
        self.shown = [Column.of(column) for column in zip(*product.shown, strict=True)]
        visible = VariableTable((letters, *(column.at(self.sources) for column in self.shown)))
        self._tables = [visible]  # table k has the first k features
        self._names = [numbered(product.shown)]  # the classes of places that what is shown and k features give

    @property
    def visible_variables(self) -> int:
        """How many variables come before the features."""
        return 1 + len(self.shown)

    def table(self) -> VariableTable:
        """(situations, variables): what a program sees in each situation, with the features before the letter."""
        for feature in self.features[len(self._tables) - 1 :]:
            self._tables.append(self._tables[-1].wider(feature.column.at(self.sources)))
        return self._tables[len(self.features)]

    def answering(self, rows: Sequence[int], letters: Sequence[int], *, after: bool) -> VariableTable:
        """The table for the answer in these situations, with one row more for position 0, where there is no letter.

        Args:
            rows: The numbers of the situations.
            letters: For each of them the value of the variable for the letter.
            after: Whether the features are given after the letter, and not before it.
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
        """Replaces the features from number `first` on by these."""
        self.features[first:] = features
        del self._tables[first + 1 :]
        del self._names[first + 1 :]

    def costs(self) -> list[float]:
        """For each variable what it costs a program to read it.

        The cost is its counting depth, and for older letters a little more.
        """
        lookback = self.product.lookback
        lags = [1 + back / 1000 for back in range(lookback)]
        residue = [0.5] if self.product.modulus > 1 else []
        return [0.0, *lags, *residue, *(float(feature.depth) for feature in self.features)]

    def classes(self, region: Sequence[int]) -> list[int]:
        """The places of a region in classes: places of one class show the same residue, latest letters and features."""
        for feature in self.features[len(self._names) - 1 :]:
            self._names.append(numbered(list(zip(self._names[-1], feature.values, strict=True))))
        names = self._names[len(self.features)]
        return numbered([names[place] for place in region])


def depth_of(condition: Sequence[VariableCase], costs: Sequence[float]) -> int:
    """The counting depth of a condition."""
    return max((int(costs[v]) for case in condition for v, _, _ in case.allowed), default=0)
