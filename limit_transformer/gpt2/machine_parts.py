"""The parts of a machine as a GPT-2 sees them: kinds and ranges of coordinates, rows of heads, forms of units.

Only machines as the compiler makes them are understood; any other is refused, with a message that says what was not
understood. The argument of a step unit is never 0, which `values` proves. Times the number s of visible tokens it is an
integer; without s if the unit reads no share. A head is uniform, or looks at the begin marker alone, or looks at one
lag and, if there is no such token, at the begin marker.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from limit_transformer.machine.machine import Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix
from limit_transformer.machine.simulator import simulate
from limit_transformer.values.machine_values import Value, machine_values, problems_of

CoordinateKind: TypeAlias = Literal["fixed", "residue", "integer", "received", "share"]
IntegerTerms: TypeAlias = tuple[tuple[int, int], ...]  # (coordinate, weight)
LEAK = Fraction(1, 64)  # the most attention that a sharp head gives to tokens other than the wanted one
SUMS = 4096  # the most values of a sum of integers that are listed


class Gpt2Error(ValueError):
    """The machine, at this length, cannot be written as a GPT-2; the message says why."""


class HeadOutput(NamedTuple):
    """What a head adds to a coordinate: the average of a sum of terms, weighted by attention.

    For a head that looks at one token, it is the sum at that token.

    by_letter  the part of the sum that the letter decides: for each letter, and last for the begin marker
    gates      the terms that the letter does not decide
    begin      the sum at the begin marker
    low, high  the range of the sum, the begin marker included
    """

    target: int
    terms: IntegerTerms
    by_letter: tuple[int, ...]
    gates: IntegerTerms
    begin: int
    low: int
    high: int

    @property
    def is_reciprocal(self) -> bool:
        """Whether the average is a constant over s, because only the begin marker contributes."""
        return not self.gates and not any(self.by_letter[:-1])


@dataclass(frozen=True)
class Looking:
    """A head that is uniform, or looks at one token.

    In the second case it looks at lag `lag`, if there is one and the token exists, and else at the begin marker, which
    it knows by coordinate `begin`.
    """

    name: str
    uniform: bool
    lag: int | None
    begin: int | None
    rows: tuple[HeadOutput, ...]


@dataclass(frozen=True)
class UnitArgument:
    """The argument of a unit: a bias, shares, a part that the letter decides, and other integers (`gates`).

    `sums` lists the values that the bias and all terms but the shares can add up to; None if there are too many.
    """

    shares: IntegerTerms
    by_letter: tuple[int, ...]
    gates: IntegerTerms
    terms: IntegerTerms
    bias: int
    is_step: bool
    sums: tuple[int, ...] | None


@dataclass(frozen=True)
class LayerParts:
    """A layer: its heads, its units, and for each coordinate that units write, (unit, weight) of each of these units.

    `together` says how many of a coordinate's steps can be 1 at once.
    """

    heads: tuple[Looking, ...]
    units: tuple[UnitArgument, ...]
    written: MappingProxyType[int, IntegerTerms]
    together: Mapping[int, int]


@dataclass(frozen=True)
class MachineParts:
    """A machine that is understood, with the kind and the range of each coordinate."""

    machine: LimitTransformer
    kinds: tuple[CoordinateKind, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    reciprocals: MappingProxyType[int, int]  # coordinate -> c, if its value is c / s
    counted: MappingProxyType[int, HeadOutput]  # for each coordinate that a uniform head writes
    layers: tuple[LayerParts, ...]
    letters: tuple[
        IntegerTerms, ...
    ]  # the embedding of each coordinate as (letter, value); the begin marker is the last letter


def parts_of(machine: LimitTransformer) -> MachineParts:
    """Return the parts of a machine.

    Raises:
        Gpt2Error: The machine is not as the compiler makes them.
    """
    return _LayerWalk(machine).parts()


class _LayerWalk:
    """A walk through the layers that learns what each coordinate is when it is written."""

    def __init__(self, machine: LimitTransformer) -> None:
        self.machine = machine
        width, letters = machine.embedding.shape
        letter_values = np.zeros((width, letters), dtype=object)
        for coordinate, letter, weight in machine.embedding.entries:
            letter_values[coordinate, letter] = weight
        self.letter_values = letter_values
        self.values = machine_values(machine, leak=LEAK)
        if not self.values.is_certified:
            raise Gpt2Error(f"a decision is not certain: {problems_of(machine, self.values)[0]}")
        # A run on the empty word, because the stream at the begin marker is the same in every word.
        streams = simulate(machine, np.zeros((1, 0), dtype=np.int64)).streams
        self.at_begin = [[stream.coordinate(k).fraction(0, 0) for k in range(width)] for stream in streams]
        self.kinds: list[CoordinateKind | None] = [None] * width
        self._range(self.values.embedding)
        self.reciprocals: dict[int, int] = {}
        self.counted: dict[int, HeadOutput] = {}
        for coordinate in set(machine.embedding.rows.tolist()):
            self._know(coordinate, "fixed")
        for block in machine.positions:
            for coordinate in range(block.first, block.first + block.modulus):
                self._know(coordinate, "residue")

    def parts(self) -> MachineParts:
        """Return the parts of the machine, by a walk through all layers in order."""
        layers = []
        for number, layer in enumerate(self.machine.layers):
            heads = tuple(self._head(head, number, place) for place, head in enumerate(layer.heads))
            for head in heads:
                for row in head.rows:
                    self._receive(head, row)
            self._range(self.values.layers[number].attended)
            block = layer.feed_forward
            reads = by_row(block.read)
            units = tuple(
                self._form(reads.get(unit, ()), int(block.bias[unit]), bool(block.steps[unit]))
                for unit in range(len(block.names))
            )
            written = by_row(block.write)
            for coordinate, terms in written.items():
                self._write(coordinate, terms, units)
            self._range(self.values.layers[number].stream)
            layers.append(LayerParts(heads, units, MappingProxyType(written), self.values.layers[number].together))
        embedding = by_row(self.machine.embedding)
        kinds = tuple(kind or "fixed" for kind in self.kinds)
        return MachineParts(
            self.machine,
            kinds,
            tuple(self.low),
            tuple(self.high),
            MappingProxyType(self.reciprocals),
            MappingProxyType(self.counted),
            tuple(layers),
            tuple(embedding.get(k, ()) for k in range(self.machine.width)),
        )

    def _know(self, coordinate: int, kind: CoordinateKind) -> None:
        if self.kinds[coordinate] is not None:
            raise Gpt2Error(f"coordinate {self.machine.coordinates[coordinate]!r} is written twice")
        self.kinds[coordinate] = kind

    def _range(self, values: tuple[Value, ...]) -> None:
        self.low = [floor(value.low) for value in values]
        self.high = [ceil(value.high) for value in values]

    def _split(self, terms: IntegerTerms) -> tuple[tuple[int, ...], IntegerTerms, IntegerTerms]:
        """Return the part of a sum that the letter decides, the terms of other integers, and the terms of shares."""
        by_letter = np.zeros(self.letter_values.shape[1], dtype=object)
        gates, shares = [], []
        for coordinate, weight in terms:
            match self.kinds[coordinate]:
                case "fixed" | None:  # None: nothing has written the coordinate, so it is 0
                    by_letter = by_letter + weight * self.letter_values[coordinate]
                case "share":
                    shares.append((coordinate, weight))
                case "residue" | "integer" | "received":
                    gates.append((coordinate, weight))
        return tuple(int(value) for value in by_letter), tuple(gates), tuple(shares)

    def _head(self, head: Head, number: int, place: int) -> Looking:
        lag, begin = self._target(head)
        before = self.at_begin[number]
        moved = dict(self.values.layers[number].heads[place].moved)
        rows = []
        for target, terms in by_row(head.value).items():
            by_letter, gates, shares = self._split(terms)
            if shares:
                raise Gpt2Error(f"head {head.name}: moves the share {self.machine.coordinates[shares[0][0]]!r}")
            low, high = floor(moved[target].low), ceil(moved[target].high)
            at_begin = int(sum(weight * before[k] for k, weight in terms))
            rows.append(HeadOutput(target, terms, by_letter, gates, at_begin, low, high))
        return Looking(head.name, head.is_uniform, lag, begin, tuple(rows))

    def _target(self, head: Head) -> tuple[int | None, int | None]:
        """Return the lag, and the coordinate that marks the begin marker, of a head that looks at one token."""
        if head.is_uniform:
            return None, None
        entries = list(head.content.entries)
        letters = self.machine.embedding.shape[1] - 1
        if len(entries) == 1 and len(head.lags) <= 1:
            key, query, bonus = entries[0]
            is_begin = self._letters_alone(key) and list(self.letter_values[key]) == [0] * letters + [1]
            is_one = self._letters_alone(query) and list(self.letter_values[query]) == [1] * (letters + 1)
            if is_begin and is_one and bonus > 0 and all(logit > bonus for _, logit in head.lags):
                return (head.lags[0][0] if head.lags else None), key
        raise Gpt2Error(f"head {head.name}: expected a uniform head, or one that looks at a lag or the begin marker")

    def _letters_alone(self, coordinate: int) -> bool:
        return self.kinds[coordinate] == "fixed"

    def _receive(self, head: Looking, row: HeadOutput) -> None:
        if not head.uniform:
            self._know(row.target, "received")
            return
        self._know(row.target, "share")
        self.counted[row.target] = row
        if row.is_reciprocal:
            self.reciprocals[row.target] = row.begin

    def _form(self, terms: IntegerTerms, bias: int, is_step: bool) -> UnitArgument:
        by_letter, gates, shares = self._split(terms)
        received = [weight for k, weight in gates if self.kinds[k] == "received"]
        if received and (shares or bias % 2 == 0 or any(weight % 2 for _, weight in terms)):
            raise Gpt2Error("expected what reads a sharp head's output to be odd, and to read no share")
        sums = _sums(by_letter, [(weight * self.low[k], weight * self.high[k], weight) for k, weight in gates], bias)
        return UnitArgument(shares, by_letter, gates, terms, bias, is_step, sums if shares or not is_step else None)

    def _write(self, coordinate: int, terms: IntegerTerms, units: tuple[UnitArgument, ...]) -> None:
        steps = {units[unit].is_step for unit, _ in terms}
        if len(steps) != 1:
            raise Gpt2Error(f"coordinate {self.machine.coordinates[coordinate]!r} sums steps and other units")
        self._know(coordinate, "integer" if steps == {True} else "share")


def by_row(matrix: SparseMatrix) -> dict[int, IntegerTerms]:
    """Return for each row with entries its (column, weight) pairs."""
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, column, weight in matrix.entries:
        rows.setdefault(row, []).append((column, weight))
    return {row: tuple(terms) for row, terms in rows.items()}


def _sums(by_letter: Iterable[int], gates: Iterable[tuple[int, int, int]], bias: int) -> tuple[int, ...] | None:
    """Return every value of bias + letter's part + gates, each gate on its own; None for more than SUMS values."""
    found = {bias + value for value in by_letter}
    for first, last, weight in gates:
        low, high = sorted((first, last))
        if (high - low) // abs(weight) * len(found) > 16 * SUMS:
            return None
        found = {value + step for value in found for step in range(low, high + 1, abs(weight))}
        if len(found) > SUMS:
            return None
    return tuple(sorted(found))
