"""Exact runs: every coordinate at every position after every layer, as a rational number.

A run costs about (entries of the machine's matrices) x (words x positions) operations: machine operations while
numerators stay below 2^62, and operations on Python's integers after that. A head whose logits depend on the key and
the lag alone, as all heads of the compiler do, is a running sum. A head whose logits depend on query and key together
costs (positions)^2 for each word. Coordinates that a layer does not change share their memory with the layer before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.attention import attend
from limit_transformer.machine.machine import FeedForward, Layer, LimitTransformer
from limit_transformer.machine.matrix import Integers, sparse
from limit_transformer.machine.rationals import Denominators, RationalColumn, add, combine, compact, constant

Base: TypeAlias = int | Literal["prefix"]


@dataclass(frozen=True)
class Rationals:
    """Exact values: numerators (words, positions) over positive denominators (words or 1, positions)."""

    numerators: Integers
    denominators: Integers

    def fraction(self, word: int, position: int) -> Fraction:
        """Return the value at one position of one word."""
        denominators = np.broadcast_to(self.denominators, self.numerators.shape)
        return Fraction(int(self.numerators[word, position]), int(denominators[word, position]))


@dataclass(frozen=True, eq=False)
class Stream:
    """The residual stream after some layer, as a column for each coordinate."""

    columns: tuple[RationalColumn, ...]
    table: Denominators

    def coordinate(self, number: int) -> Rationals:
        """Return one coordinate at every position of every word."""
        column = self.columns[number]
        return Rationals(column.numerators, self.table[column.denominator])

    def linear(self, rows: Sequence[tuple[Iterable[tuple[int, int]], int]]) -> tuple[Rationals, ...]:
        """Return for each row its linear combination of coordinates, plus its bias.

        Args:
            rows: For each row its (coordinate, weight) pairs, and its bias.
        """
        entries = {(row, place): weight for row, (terms, _) in enumerate(rows) for place, weight in terms}
        matrix = sparse((len(rows), len(self.columns)), entries)
        found = combine(matrix, self.columns, self.table, np.array([bias for _, bias in rows], dtype=object))
        columns = (found[row] for row in range(len(rows)))
        return tuple(Rationals(column.numerators, self.table[column.denominator]) for column in columns)


@dataclass(frozen=True, eq=False)
class ExactRun:
    """An exact run: `streams[l]` is the stream after layer l, `streams[0]` the embedding.

    Values after a word's end have no meaning.
    """

    machine: LimitTransformer
    streams: tuple[Stream, ...]

    def answers(self) -> NDArray[np.bool_]:
        """Return where each output's logit is positive, (words, positions 0..n, outputs)."""
        last = self.streams[-1]
        rows = combine(self.machine.unembedding, last.columns, last.table)
        shape = (*last.columns[0].numerators.shape, len(self.machine.outputs))
        found = np.zeros(shape, dtype=bool)
        for row, column in rows.items():
            found[..., row] = column.numerators > 0
        return found


def simulate(machine: LimitTransformer, tokens: NDArray[Any], *, offset: int = 0, base: Base = "prefix") -> ExactRun:
    """Return the machine's exact run on words.

    Args:
        machine: The machine.
        tokens: (words, positions 1..n) The numbers of the letters, -1 after a word's end.
        offset: The position of the begin marker.
        base: N. "prefix": the prefix length at each position. A number: at least the length of the longest word with
            its begin marker.

    Raises:
        LogitError: A logit is not an integer.
        ValueError: An argument is out of range, or there is no word.
    """
    positions = tokens.shape[1] + 1
    if offset < 0:
        raise ValueError(f"expected an offset of 0 or more, found {offset}")
    if base != "prefix" and base < positions:
        raise ValueError(f"expected a base N of {positions} or more, the tokens read, found {base}")
    if len(tokens) == 0:
        raise ValueError("expected one word or more, found none")
    if tokens.size and not (tokens.min() >= -1 and tokens.max() < len(machine.alphabet)):
        raise ValueError(f"expected letters from 0 to {len(machine.alphabet) - 1}")
    lengths = np.arange(1, positions + 1)[None, :]  # (1, positions)
    bases = lengths if base == "prefix" else compact(np.full((1, positions), base, dtype=object))
    table = Denominators(positions)
    streams = [Stream(_embed(machine, tokens, offset), table)]
    for layer in machine.layers:
        streams.append(Stream(_advance(layer, streams[-1].columns, bases, table), table))
    return ExactRun(machine, tuple(streams))


def _embed(machine: LimitTransformer, tokens: NDArray[Any], offset: int) -> tuple[RationalColumn, ...]:
    """Return the token embedding plus the residues of positions; past a word's end the first letter is read."""
    shape = (tokens.shape[0], tokens.shape[1] + 1)
    letters = np.full(shape, len(machine.alphabet), dtype=np.int64)
    letters[:, 1:] = np.maximum(tokens, 0)
    columns: list[NDArray[Any]] = [constant(0, shape)] * machine.width
    for coordinate, letter, weight in machine.embedding.entries:
        columns[coordinate] = columns[coordinate] + (letters == letter) * np.array(weight)
    places = np.arange(shape[1], dtype=object) + offset
    for block in machine.positions:
        residues = (places % block.modulus).astype(np.int64)
        for residue in range(block.modulus):
            place = block.first + residue
            columns[place] = columns[place] + np.broadcast_to(residues == residue, shape)
    return tuple(RationalColumn(column, 0) for column in columns)


def _advance(
    layer: Layer, columns: tuple[RationalColumn, ...], bases: Integers, table: Denominators
) -> tuple[RationalColumn, ...]:
    attended = list(columns)
    for head in layer.heads:
        for place, column in attend(head, columns, bases, table).items():
            attended[place] = add(attended[place], column, table)
    for place, column in _feed(layer.feed_forward, attended, table).items():
        attended[place] = add(attended[place], column, table)
    return tuple(attended)


def _feed(block: FeedForward, columns: list[RationalColumn], table: Denominators) -> dict[int, RationalColumn]:
    """Return what the feed-forward block adds to each coordinate that it writes."""
    inputs = combine(block.read, columns, table, block.bias)
    units = []
    for unit, is_step in enumerate(block.steps.tolist()):
        column = inputs[unit]
        if is_step:
            units.append(RationalColumn((column.numerators > 0).astype(np.int64), 0))
        else:
            units.append(RationalColumn(np.maximum(column.numerators, 0), column.denominator))
    return combine(block.write, units, table)
