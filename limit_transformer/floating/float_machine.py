"""A machine in floating-point arithmetic, with a certificate that says up to which length it decides as the exact one.

Counts are sums of integers first, divided once; a head that looks at one token gathers the tokens at its lags and
the begin marker, and has what is left as a running sum. So a run costs about (entries of the machine's matrices) x
(words x positions), however long the words are.
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

Floats = NDArray[Any]  # of the certificate's type
CoordinateValues = dict[int, Floats]  # coordinate to its values, (words, positions); coordinates that are absent are 0


@dataclass(frozen=True)
class FloatRealization:
    """A machine that is run in the certificate's floating-point type, with the begin marker at position `offset`.

    logits[l][h] are what head h of layer l adds to phi(lag) for the begin marker and for letters; None: uniform.
    """

    machine: LimitTransformer
    certificate: FloatCertificate
    logits: tuple[tuple[tuple[int, int] | None, ...], ...]
    offset: int = 0

    @property
    def max_length(self) -> int:
        """The certified length."""
        return self.certificate.max_length

    @property
    def outputs(self) -> tuple[str, ...]:
        """The machine's outputs."""
        return self.machine.outputs

    @property
    def letters(self) -> int:
        """How many letters the alphabet has."""
        return len(self.machine.alphabet)

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """As `Realization`."""
        padded = padded_words(tokens, lengths, letters=len(self.machine.alphabet), max_length=self.max_length)
        shape = (padded.shape[0], padded.shape[1] + 1, len(self.outputs))
        found = np.zeros(shape, dtype=bool)
        for block in blocks(shape[0], shape[1] * self.machine.width):
            for row, logits in self.output_logits(padded[block]).items():
                found[block, :, row] = logits > 0
        return within(found, lengths)

    def output_logits(self, padded: NDArray[np.int64]) -> CoordinateValues:
        """Each output's logit; one that is absent is 0. Words as `padded_words` gives them."""
        *_, last = self.streams(padded)
        return _times(self.machine.unembedding, last)

    def streams(self, padded: NDArray[np.int64]) -> Iterator[CoordinateValues]:
        """The stream after the embedding and after each layer; what nothing later reads is dropped a layer later."""
        columns = _embed(self.machine, padded, self.offset, self.certificate.dtype)
        yield columns
        for layer, logits, kept in zip(self.machine.layers, self.logits, _needed(self.machine), strict=True):
            columns = {place: column for place, column in columns.items() if place in kept}
            columns = _advance(layer, logits, columns, self.certificate)
            yield columns


def realize_float(
    machine: LimitTransformer, dtype: str, *, max_length: int | None = None, offset: int = 0
) -> FloatRealization:
    """The machine in float32 or float64 for words up to that length, or to the largest that can be certified.

    LengthError and UncertifiedError as `float_certificate_of`.
    """
    values = machine_values(machine)
    certificate = float_certificate_of(machine, values, PRECISIONS[dtype], max_length)
    logits = tuple(tuple(head.logits for head in layer.heads) for layer in values.layers)
    return FloatRealization(machine, certificate, logits, offset)


def _needed(machine: LimitTransformer) -> list[frozenset[int]]:
    """For each layer the coordinates that it or something after it reads."""
    needed = set(machine.unembedding.columns.tolist())
    result = []
    for layer in reversed(machine.layers):
        needed.update(layer.feed_forward.read.columns.tolist())
        for head in layer.heads:
            needed.update(head.value.columns.tolist())
        result.append(frozenset(needed))
    return result[::-1]


def _embed(machine: LimitTransformer, padded: NDArray[np.int64], offset: int, dtype: str) -> CoordinateValues:
    """Token embedding plus residues; what follows a word's end is read as the first letter."""
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
    """The mean of what is visible: exact sums while they are integers below 1/u, divided once."""
    counts = np.arange(1, moved.shape[-1] + 1).astype(moved.dtype)
    return np.asarray(np.cumsum(moved, axis=-1, dtype=moved.dtype) / counts)


def _received(head: Head, logits: tuple[int, int], moved: Floats, base: int) -> Floats:
    """Weights N^a, the largest 1, on the begin marker, on the letters at phi's lags, and on all other letters alike."""
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
    """N^a for exponents of 0 or less; where letters are not seen yet their exponent may be more, and is not used."""
    return np.asarray(np.exp(np.minimum(exponents, 0) * np.log(float(base))), dtype=dtype)


def _times(
    matrix: SparseMatrix, columns: Mapping[int, Floats], bias: Integers | None = None, like: Floats | None = None
) -> CoordinateValues:
    """The matrix times the columns, plus the bias; rows without entries are absent unless there is a bias."""
    result: CoordinateValues = {}
    if bias is not None and like is not None:
        result = {row: np.full_like(like, float(value)) for row, value in enumerate(bias.tolist())}
    for row, column, weight in matrix.entries:
        if column in columns:
            _add(result, row, columns[column] * columns[column].dtype.type(weight))
    return result


def _add(columns: CoordinateValues, place: int, added: Floats) -> None:
    columns[place] = columns[place] + added if place in columns else added
