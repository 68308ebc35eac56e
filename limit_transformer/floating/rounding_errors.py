"""Bounds for how far a floating-point run of a machine can be from the exact run, for every coordinate and unit.

Let u be the unit roundoff, gamma(k) = k u / (1 - k u), and s the number of visible tokens. The rules are:

1. Integers are exact, in any order of summation, while no partial sum can exceed 1/u.
2. A sum of k products is within gamma(k + 2) of the sum of their sizes, in any order.
3. An average of exact integers is an exact sum that is divided once by an exact count: it is within u of its size.
4. Any other average of s values is within gamma(s + 2) of their size, in any order. If its weights are off by a factor
   of at most 1 + w, it is within 2 c / (1 - c), where c = w + gamma(s + 2) + what underflows.

Each bound holds for all positions with at most s visible tokens, and grows with s. The bounds are computed in double
precision; the factor SLACK covers the error of that many times over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, inf, log

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.machine import FeedForward, Head, LimitTransformer
from limit_transformer.machine.matrix import Integers, SparseMatrix
from limit_transformer.values.ranges import HeadValues, MachineValues, UnitValues, Value

Reals = NDArray[np.float64]

SLACK = 1 + 1e-6


@dataclass(frozen=True)
class BinaryFormat:
    """A binary floating-point format.

    digits    bits of the significand, the leading 1 included
    largest   the largest power of 2 that is used
    smallest  the smallest normal number
    """

    name: str
    digits: int
    largest: float
    smallest: float

    @property
    def roundoff(self) -> float:
        """The unit roundoff u, the largest relative error of one rounding."""
        return 2.0**-self.digits

    @property
    def exact(self) -> float:
        """1/u: integers up to here are exact."""
        return 2.0**self.digits

    def gamma(self, count: float) -> float:
        """Return the relative error of `count` roundings, gamma(count); infinity if there is no bound."""
        product = count * self.roundoff
        return product / (1 - product) if product < 0.5 else inf

    def gammas(self, counts: Reals) -> Reals:
        """Return `gamma` of each count."""
        products = counts * self.roundoff
        found = np.full(len(counts), inf)
        np.divide(products, 1 - products, out=found, where=products < 0.5)
        return found


FLOAT32 = BinaryFormat("float32", 24, 2.0**120, 2.0**-126)
FLOAT64 = BinaryFormat("float64", 53, 2.0**1000, 2.0**-1022)
PRECISIONS = {precision.name: precision for precision in (FLOAT32, FLOAT64)}


@dataclass(frozen=True)
class RoundedMatrix:
    """A sparse matrix by the sizes of its weights, with what each row adds up."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    sizes: Reals
    count: Reals  # (rows,) the number of terms, the bias included
    bias: Reals  # (rows,) the size of the bias


@dataclass(frozen=True)
class RoundingBounds:
    """For coordinates, units or rows: the largest size, the error, and whether the exact value is an integer."""

    size: Reals
    error: Reals
    is_integer: NDArray[np.bool_]


@dataclass(frozen=True)
class Certified:
    """The errors and the margins of the arguments of steps, both (units,); without a step, a margin is infinite."""

    error: Reals
    margin: Reals

    @property
    def ratio(self) -> float:
        """The largest error relative to its margin; below 1, the signs of all arguments are right."""
        return float(np.max(self.ratios, initial=0.0))

    @property
    def ratios(self) -> Reals:
        """Each error relative to its margin."""
        is_step = self.margin < inf
        result = np.zeros(len(self.error))
        result[is_step & (self.error > 0)] = inf
        np.divide(self.error, self.margin, out=result, where=is_step & (self.margin > 0))
        return result


class Rounding:
    """Error bounds for a machine in one floating-point format, for any number of visible tokens."""

    def __init__(self, machine: LimitTransformer, values: MachineValues, precision: BinaryFormat) -> None:
        self._machine = machine
        self._values = values
        self._precision = precision
        self._reads = [_terms(layer.feed_forward.read, layer.feed_forward.bias) for layer in machine.layers]
        self._writes = [_terms(layer.feed_forward.write) for layer in machine.layers]
        self._moves = [[_terms(head.value) for head in layer.heads] for layer in machine.layers]
        self._rows = _terms(machine.unembedding)
        self._embedding = _bounds(values.embedding)
        self._moved = [[_moved(head, len(machine.coordinates)) for head in layer.heads] for layer in values.layers]
        self._margins = [_margins(units) for units in (*(layer.units for layer in values.layers), values.outputs)]
        self._sizes = [
            (_bounds(layer.attended), _bounds([unit.argument for unit in layer.units]), _bounds(layer.stream))
            for layer in values.layers
        ]

    def steps(self, visible: int) -> tuple[Certified, ...]:
        """Return errors and margins of each layer's units, then of the outputs, with up to `visible` visible tokens."""
        result = []
        stream = self._embedding
        for number, layer in enumerate(self._machine.layers):
            attended, arguments, after = self._sizes[number]
            stream = self._attend(number, layer.heads, stream, attended, visible)
            inputs = self._product(self._reads[number], stream)
            result.append(_certified(inputs.error, self._margins[number], visible))
            outputs = _outputs(layer.feed_forward, arguments, inputs)
            added = self._product(self._writes[number], outputs)
            stream = self._sum(stream, [added], after)
        outputs_error = self._product(self._rows, stream).error
        result.append(_certified(outputs_error, self._margins[-1], visible))
        return tuple(result)

    def _product(self, terms: RoundedMatrix, columns: RoundingBounds) -> RoundingBounds:
        rows = len(terms.count)

        def add(weights: Reals) -> Reals:
            return np.bincount(terms.rows, weights, minlength=rows).astype(np.float64)

        mass = add(_times(terms.sizes, (columns.size + columns.error)[terms.columns])) + terms.bias
        carried = add(_times(terms.sizes, columns.error[terms.columns]))
        loose = add((~columns.is_integer | (columns.error > 0))[terms.columns].astype(np.float64)) > 0
        exact = ~loose & (mass <= self._precision.exact)
        gammas = self._precision.gammas(terms.count + 2)
        error = np.where(exact, 0.0, SLACK * (_times(gammas, mass) + carried))
        integer = add((~columns.is_integer)[terms.columns].astype(np.float64)) == 0
        return RoundingBounds(mass, np.where(mass < self._precision.largest, error, inf), integer)

    def _attend(
        self, number: int, heads: Sequence[Head], stream: RoundingBounds, target: RoundingBounds, visible: int
    ) -> RoundingBounds:
        added = []
        known = zip(self._values.layers[number].heads, self._moves[number], self._moved[number], strict=True)
        for head, (values, terms, size) in zip(heads, known, strict=True):
            moved = self._product(terms, stream)
            off = self._average(head, values, size, moved, visible)
            present = np.isin(np.arange(len(size)), terms.rows)
            added.append(RoundingBounds(np.where(present, size, 0.0), np.where(present, off, 0.0), ~present))
        return self._sum(stream, added, target)

    def _average(self, head: Head, values: HeadValues, size: Reals, moved: RoundingBounds, visible: int) -> Reals:
        """Return the error of what a head receives."""
        u, gamma = self._precision.roundoff, self._precision.gamma(visible + 2 + len(head.lags))
        exact = moved.is_integer & (moved.error == 0) & (visible * size <= self._precision.exact)
        if visible > self._precision.exact:
            return np.full(len(size), inf)
        if head.is_uniform:
            return np.where(exact, SLACK * u * size, SLACK * (moved.error + _times(gamma, size + moved.error)))
        if values.logits is None:
            return np.full(len(size), inf)
        off = _weight_error(head, values.logits, visible, self._precision) + gamma
        off += visible * self._precision.smallest
        if not off < 0.25:
            return np.full(len(size), inf)
        return SLACK * (moved.error + (2 * off / (1 - off) + 2 * u) * (size + moved.error))

    def _sum(self, stream: RoundingBounds, added: Sequence[RoundingBounds], target: RoundingBounds) -> RoundingBounds:
        """Return the bounds of the stream after additions in any order; an addition to 0 rounds nothing."""
        size, error, integer = stream.size.copy(), stream.error.copy(), stream.is_integer.copy()
        roundings = np.zeros(len(size))
        filled = size > 0
        for part in added:
            arrives = part.size > 0
            roundings += filled & arrives
            filled |= arrives
            size, error, integer = size + part.size, error + part.error, integer & part.is_integer
        exact = integer & (error == 0) & (size <= self._precision.exact)
        rounded = error + _times(SLACK * self._precision.roundoff * roundings, size + error)
        return RoundingBounds(target.size, np.where(exact, 0.0, rounded), target.is_integer)


def _times(left: Reals | float, right: Reals) -> Reals:
    """Return the product of two bounds; 0 times infinity counts as infinity."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(left * right, nan=inf, posinf=inf)


def _weight_error(head: Head, logits: tuple[int, int], visible: int, precision: BinaryFormat) -> float:
    """Return the relative error of weights N^(a - largest a), computed as the exponential of a ln N less the largest.

    A logit is a sum of two terms, each off by at most 3 u of its size. The difference rounds once more. The exponential
    is assumed to be right to within 16 units in the last place.
    """
    largest = max(abs(logit) for logit in logits) + max((abs(logit) for _, logit in head.lags), default=0)
    off = 16 * precision.roundoff * largest * log(max(visible, 2))
    return expm1(off) + 32 * precision.roundoff if off < 1 else inf


def _outputs(block: FeedForward, arguments: RoundingBounds, inputs: RoundingBounds) -> RoundingBounds:
    """Return the bounds of what units give; a step whose sign is certain gives exactly 0 or 1."""
    return RoundingBounds(
        np.where(block.steps, 1.0, arguments.size),
        np.where(block.steps, 0.0, inputs.error),
        block.steps | arguments.is_integer,
    )


def _margins(units: Sequence[UnitValues]) -> tuple[Reals, Reals]:
    """Return for each unit the constant part of its margin, and the part over s.

    A part is infinite if the margin has no such part, and the constant part is 0 if the margin is unknown.
    """
    constants, shares = np.full(len(units), inf), np.full(len(units), inf)
    for k, unit in enumerate(units):
        if unit.is_step and unit.margin is None:
            constants[k] = 0.0
        elif unit.margin is not None:
            constants[k] = inf if unit.margin.constant is None else float(unit.margin.constant)
            shares[k] = inf if unit.margin.shares is None else float(unit.margin.shares)
    return constants, shares


def _certified(error: Reals, margins: tuple[Reals, Reals], visible: int) -> Certified:
    # The doubles nearest to the margins are off by far less than SLACK.
    return Certified(error, np.minimum(margins[0], margins[1] / visible) / SLACK)


def _bounds(values: Sequence[Value]) -> RoundingBounds:
    """Return bounds without error for exact values."""
    size = np.array([_float(value) for value in values], dtype=np.float64)
    integer = np.array([value.kind == "integer" for value in values], dtype=bool)
    return RoundingBounds(size, np.zeros(len(values)), integer)


def _moved(head: HeadValues, coordinates: int) -> Reals:
    """Return the size of what a head moves, for each coordinate."""
    size = np.zeros(coordinates)
    for row, value in head.moved:
        size[row] = float(value.size)
    return size


def _float(value: Value) -> float:
    size = value.size
    return float(size) if size < 10**300 else inf


def _terms(matrix: SparseMatrix, bias: Integers | None = None) -> RoundedMatrix:
    """Return the terms of the matrix's rows; a weight beyond the largest double counts as infinite."""
    sizes = np.array([_size(weight) for weight in matrix.weights.tolist()], dtype=np.float64)
    biases = np.zeros(matrix.shape[0])
    if bias is not None:
        biases = np.array([_size(weight) for weight in bias.tolist()], dtype=np.float64)
    count = np.bincount(matrix.rows, minlength=matrix.shape[0]).astype(np.float64) + (biases > 0)
    return RoundedMatrix(matrix.rows, matrix.columns, sizes, count, biases)


def _size(weight: int) -> float:
    return float(abs(weight)) if abs(weight) < 10**300 else inf
