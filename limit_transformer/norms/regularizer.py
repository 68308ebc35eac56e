"""The terms of the regulariser R(T) of arXiv 2410.02140, each under its own name, for an idealised machine.

R(T) is the sum of the terms. They are kept apart, because the paper's norms and weights can be read in several ways.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from limit_transformer.machine.machine import Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix

Norm: TypeAlias = int | float  # an integer if it is exact, or if no float is large enough
DENSE_ROWS = 400  # up to so many rows and columns, a spectral norm is taken from a singular value decomposition
ROUNDS = 2000  # the most steps of the power iteration
TOLERANCE = 1e-12  # the relative change at which the power iteration ends


@dataclass(frozen=True)
class RegularizerTerms:
    """The terms of R(T).

    For a machine, spectral norms are floats with a relative error of about 1e-6; everything else is exact or a rounded
    square root.

    layers, heads         the number of layers; the largest number of heads in a layer
    precision             the fractional bits of the parameters; 0: all are integers
    value_rank            the largest rank of a value matrix
    attention_norm        the largest spectral norm of K^T Q
    value_norm            the largest spectral norm of a value matrix
    read_norm, write_norm the largest Frobenius norms of A and B
    unembedding_norm      the spectral norm of U
    position_norm         the largest Euclidean norm of p_i
    embedding_norm        the largest Euclidean norm of E_sigma
    bias_norm             the largest Euclidean norm of b
    positional            equation (8): the sum over heads and lags of phi squared; None if some K^T Q relates positions
                          at every distance, so that the sum has no bound
    """

    layers: int
    heads: int
    precision: int
    value_rank: int
    attention_norm: Norm
    value_norm: Norm
    read_norm: Norm
    write_norm: Norm
    unembedding_norm: Norm
    position_norm: Norm
    embedding_norm: Norm
    bias_norm: Norm
    positional: Norm | None

    def as_dict(self) -> dict[str, Norm | None]:
        """Return the terms by name."""
        return asdict(self)


def regularizer_terms(machine: LimitTransformer) -> RegularizerTerms:
    """Return every term of R(T) for the machine."""
    heads = [head for layer in machine.layers for head in layer.heads]
    blocks = [layer.feed_forward for layer in machine.layers]
    columns: dict[int, list[int]] = {}
    for _, letter, weight in machine.embedding.entries:
        columns.setdefault(letter, []).append(weight)
    return RegularizerTerms(
        layers=len(machine.layers),
        heads=machine.heads,
        precision=0,
        value_rank=max((rank(head.value) for head in heads), default=0),
        attention_norm=max((spectral_norm(head.content) for head in heads), default=0),
        value_norm=max((spectral_norm(head.value) for head in heads), default=0),
        read_norm=max((_euclidean(block.read.weights.tolist()) for block in blocks), default=0),
        write_norm=max((_euclidean(block.write.weights.tolist()) for block in blocks), default=0),
        unembedding_norm=spectral_norm(machine.unembedding),
        position_norm=_euclidean([1] * len(machine.positions)),
        embedding_norm=max(map(_euclidean, columns.values()), default=0),
        bias_norm=max((_euclidean(block.bias.tolist()) for block in blocks), default=0),
        positional=_positional(machine, heads),
    )


def _positional(machine: LimitTransformer, heads: list[Head]) -> int | None:
    """Return the sum of phi squared; None if some K^T Q reads residues on both sides, or else they add nothing."""
    residues = {block.first + k for block in machine.positions for k in range(block.modulus)}
    if any(row in residues and column in residues for head in heads for row, column, _ in head.content.entries):
        return None
    return sum(logit**2 for head in heads for _, logit in head.lags)


def rank(matrix: SparseMatrix) -> int:
    """Return the rank of the matrix, by exact elimination."""
    rows: dict[int, dict[int, Fraction]] = {}
    for row, column, weight in matrix.entries:
        rows.setdefault(row, {})[column] = Fraction(weight)
    pivots: dict[int, dict[int, Fraction]] = {}
    # Short rows come first: most have a single entry, and eliminating with these creates no further entries.
    for current in sorted(rows.values(), key=len):
        while current:
            column = min(current)
            if column not in pivots:
                pivots[column] = current
                break
            factor = current[column] / pivots[column][column]
            changed = {c: current.get(c, Fraction(0)) - factor * x for c, x in pivots[column].items()}
            current = {c: x for c, x in (current | changed).items() if x}
    return len(pivots)


def spectral_norm(matrix: SparseMatrix) -> Norm:
    """Return the largest singular value, with a relative error of about 1e-6."""
    if not len(matrix):
        return 0
    largest = max(abs(weight) for weight in matrix.weights.tolist())
    values = np.array([float(Fraction(weight, largest)) for weight in matrix.weights.tolist()])
    _, rows = np.unique(matrix.rows, return_inverse=True)
    _, columns = np.unique(matrix.columns, return_inverse=True)
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    if min(shape) == 1:
        return _euclidean(matrix.weights.tolist())
    if max(shape) <= DENSE_ROWS:
        full = np.zeros(shape)
        full[rows, columns] = values
        found = float(np.linalg.norm(full, 2))
    else:
        found = _power_iteration(rows, columns, values, shape)
    return _scaled(largest, found)


def _power_iteration(
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    columns: np.ndarray[tuple[int], np.dtype[np.int64]],
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    shape: tuple[int, int],
) -> float:
    """Return the square root of the largest eigenvalue of W^T W, from a fixed start vector in general position."""
    vector = 1 + np.sin(np.arange(1, shape[1] + 1) ** 2)
    found = 0.0
    for _ in range(ROUNDS):
        vector = vector / np.linalg.norm(vector)
        image = np.bincount(rows, values * vector[columns], minlength=shape[0])
        before, found = found, float(np.linalg.norm(image))
        vector = np.bincount(columns, values * image[rows], minlength=shape[1])
        if abs(found - before) <= TOLERANCE * found:
            break
    return found


def _euclidean(weights: Iterable[int]) -> Norm:
    """Return the square root of the sum of squares, as an integer if it is one."""
    total = sum(weight * weight for weight in weights)
    root = math.isqrt(total)
    return root if root * root == total or total.bit_length() > 1000 else math.sqrt(total)


def _scaled(largest: int, norm: float) -> Norm:
    """Return largest * norm, as an integer if no float can hold it."""
    return float(largest) * norm if largest.bit_length() < 900 else int(largest * Fraction(norm))
