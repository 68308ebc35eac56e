"""A machine in floating-point arithmetic, with a certificate for the length up to which its decisions are exact.

Counts are summed as integers and then divided once. A head that looks at one token adds up the tokens at its lags, the
begin marker, and all other tokens by a running sum. So a run costs about (entries of the machine's matrices) x (words x
positions) operations, however long the words are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.floating.certificate import FloatCertificate, float_certificate_of
from limit_transformer.floating.rounding_errors import PRECISIONS
from limit_transformer.machine.answers import Booleans, blocks, padded_words, within
from limit_transformer.machine.machine import Head, Layer, LimitTransformer
from limit_transformer.machine.matrix import Integers, SparseMatrix
from limit_transformer.values.machine_values import machine_values

Floats = NDArray[Any]  # in the certificate's floating-point type
CoordinateValues = dict[int, Floats]  # coordinate -> values (words, positions); a coordinate that is absent is 0


@dataclass(frozen=True)
class FloatRealization:
    """A machine that runs in the certificate's floating-point type, with the begin marker at position `offset`.

    logits[l][h] is what head h of layer l adds to phi(lag): for the begin marker, and for letters. It is None for a
    uniform head.
    """

    machine: LimitTransformer
    certificate: FloatCertificate
    logits: tuple[tuple[tuple[int, int] | None, ...], ...]
    offset: int = 0

    @property
    def max_length(self) -> int:
        """The number of letters up to which answers are certified."""
        return self.certificate.max_length

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the machine's outputs."""
        return self.machine.outputs

    @property
    def letters(self) -> int:
        """The number of letters in the alphabet."""
        return len(self.machine.alphabet)

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Return where each output holds, as `Realization.answers` does."""
        padded = padded_words(tokens, lengths, letters=len(self.machine.alphabet), max_length=self.max_length)
        shape = (padded.shape[0], padded.shape[1] + 1, len(self.outputs))
        found = np.zeros(shape, dtype=bool)
        for block in blocks(shape[0], shape[1] * self.machine.width):
            for row, logits in self.output_logits(padded[block]).items():
                found[block, :, row] = logits > 0
        return within(found, lengths)

    def output_logits(self, padded: NDArray[np.int64]) -> CoordinateValues:
        """Return the logits of each output, for words as `padded_words` returns them; an absent output has logit 0."""
        *_, last = self.streams(padded)
        return _times(self.machine.unembedding, last)

    def streams(self, padded: NDArray[np.int64]) -> Iterator[CoordinateValues]:
        """Yield the stream after the embedding and after each layer, without coordinates that nothing later reads.

        A coordinate that is not needed any more is dropped one layer later.
        """
        columns = _embed(self.machine, padded, self.offset, self.certificate.dtype)
        yield columns
        for layer, logits, kept in zip(self.machine.layers, self.logits, _needed(self.machine), strict=True):
            columns = {place: column for place, column in columns.items() if place in kept}
            columns = _advance(layer, logits, columns, self.certificate)
            yield columns


def realize_float(
    machine: LimitTransformer, dtype: str, *, max_length: int | None = None, offset: int = 0
) -> FloatRealization:
    """Return the machine in a floating-point type, certified up to a length.

    Args:
        machine: The machine.
        dtype: "float32" or "float64".
        max_length: The number of letters; None: as many as can be certified.
        offset: The position of the begin marker.

    Raises:
        LengthError: `max_length` cannot be certified, but a smaller length can.
        UncertifiedError: No length can be certified.
    """
    values = machine_values(machine)
    certificate = float_certificate_of(machine, values, PRECISIONS[dtype], max_length)
    logits = tuple(tuple(head.logits for head in layer.heads) for layer in values.layers)
    return FloatRealization(machine, certificate, logits, offset)


def _needed(machine: LimitTransformer) -> list[frozenset[int]]:
    """Return for each layer the coordinates that it or something after it reads."""
    needed = set(machine.unembedding.columns.tolist())
    result = []
    for layer in reversed(machine.layers):
        needed.update(layer.feed_forward.read.columns.tolist())
        for head in layer.heads:
            needed.update(head.value.columns.tolist())
        result.append(frozenset(needed))
    return result[::-1]


def _embed(machine: LimitTransformer, padded: NDArray[np.int64], offset: int, dtype: str) -> CoordinateValues:
    """Return the token embedding plus the residues of positions; past a word's end the first letter is read."""
    letters = np.full((padded.shape[0], padded.shape[1] + 1), len(machine.alphabet), dtype=np.int64)
    letters[:, 1:] = np.maximum(padded, 0)
    columns: CoordinateValues = {}
    for coordinate, letter, weight in machine.embedding.entries:
        _add(columns, coordinate, (letters == letter) * np.dtype(dtype).type(weight))
    places = np.arange(letters.shape[1])
    for block in machine.positions:
        for residue in range(block.modulus):
            here = np.broadcast_to((places + offset % block.modulus) % block.modulus == residue, letters.shape)
            _add(columns, block.first + residue, here.astype(dtype))
    return columns


def _advance(
    layer: Layer,
    logits: tuple[tuple[int, int] | None, ...],
    columns: CoordinateValues,
    certificate: FloatCertificate,
) -> CoordinateValues:
    attended = dict(columns)
    for head, own in zip(layer.heads, logits, strict=True):
        for place, moved in _times(head.value, columns).items():
            _add(attended, place, _averages(moved) if own is None else _received(head, own, moved, certificate.base))
    block = layer.feed_forward
    like = next(iter(columns.values()))
    units: CoordinateValues = {}
    arguments = _times(block.read, attended, block.bias, like)
    for unit, is_step in enumerate(block.steps.tolist()):
        z = arguments[unit]
        units[unit] = (z > 0).astype(z.dtype) if is_step else np.maximum(z, 0)
    for place, column in _times(block.write, units).items():
        _add(attended, place, column)
    return attended


def _averages(moved: Floats) -> Floats:
    """Return the mean over all visible tokens: sums that are exact while they are integers below 1/u, divided once."""
    counts = np.arange(1, moved.shape[-1] + 1).astype(moved.dtype)
    return np.asarray(np.cumsum(moved, axis=-1, dtype=moved.dtype) / counts)


def _received(head: Head, logits: tuple[int, int], moved: Floats, base: int) -> Floats:
    """Return what a head that is not uniform receives.

    Its weights are N^a, scaled so that the largest is 1. The begin marker and the letters at phi's lags have logits of
    their own; all other letters share one.
    """
    begin, letter = logits
    positions = np.arange(moved.shape[-1])
    phi = [(lag, logit) for lag, logit in head.lags if lag < len(positions)]
    of_begin = np.full(len(positions), float(begin))
    for lag, logit in phi:
        of_begin[lag] += logit
    near = sum(((positions > lag) for lag, _ in phi), np.zeros(len(positions), dtype=np.int64))
    others = positions - near
    top = np.where(others > 0, np.maximum(of_begin, letter), of_begin)
    for lag, logit in phi:
        top[lag + 1 :] = np.maximum(top[lag + 1 :], letter + logit)
    to_begin, to_other = (_weights(base, a - top, moved.dtype) for a in (of_begin, float(letter)))
    numerators, totals = to_begin * moved[:, :1], to_begin + to_other * others.astype(moved.dtype)
    rest = np.cumsum(moved, axis=-1, dtype=moved.dtype) - moved[:, :1]
    for lag, logit in phi:
        later = slice(lag + 1, None)
        there = moved[:, 1 : moved.shape[-1] - lag]
        weights = _weights(base, (letter + logit) - top[later], moved.dtype)
        rest[:, later] -= there
        numerators[:, later] += weights * there
        totals[later] += weights
    return np.asarray((numerators + to_other * rest) / totals)


def _weights(base: int, exponents: NDArray[np.float64], dtype: np.dtype[Any]) -> Floats:
    """Return N^a for exponents of at most 0.

    An exponent is above 0 only where no letter is visible yet; it counts as 0, and its weight is not used.
    """
    return np.asarray(np.exp(np.minimum(exponents, 0) * np.log(float(base))), dtype=dtype)


def _times(
    matrix: SparseMatrix, columns: Mapping[int, Floats], bias: Integers | None = None, like: Floats | None = None
) -> CoordinateValues:
    """Return the matrix times the columns, plus the bias; without a bias, rows without entries are absent."""
    result: CoordinateValues = {}
    if bias is not None and like is not None:
        result = {row: np.full_like(like, float(value)) for row, value in enumerate(bias.tolist())}
    for row, column, weight in matrix.entries:
        if column in columns:
            _add(result, row, columns[column] * columns[column].dtype.type(weight))
    return result


def _add(columns: CoordinateValues, place: int, added: Floats) -> None:
    columns[place] = columns[place] + added if place in columns else added
