"""Limit Transformers: the idealised machine of Huang et al. (arXiv 2410.02140), with integer weights.

The word w_1 ... w_n is read as n + 1 tokens: token 0 is the begin marker, then come the letters. Let y_i be the stream
at token i, N a base that is at least the number of tokens read, and o any offset of the positions. A layer computes

    a_ij = y_j^T K^T Q y_i + phi(i - j)                          for j <= i, an integer
    Y_i  = y_i + sum over heads of V (sum_j N^a_ij y_j) / (sum_j N^a_ij)
    y_i  = Y_i + B psi(A Y_i + b)

The machine is PERIODIC and LOCAL by construction: a position enters only as the one-hot of its residue, for each of
finitely many moduli, and phi is a finite table from lags to integers, 0 elsewhere.

Integer weights lose no generality: a Heaviside unit stays the same if its weights and bias are multiplied by a positive
number.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.matrix import Integers, SparseMatrix

Lags: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Head:
    """An attention head: what it looks for, and what it moves.

    content  (width, width)  the bilinear form K^T Q; row: the key's coordinate, column: the query's
    lags                     phi as pairs (lag, logit), lags ascending, no logit 0; phi is 0 for every other lag
    value    (width, width)  V; row: the coordinate that is written, column: the one that is read
    """

    name: str
    content: SparseMatrix
    lags: Lags
    value: SparseMatrix

    def __post_init__(self) -> None:
        lags = [lag for lag, _ in self.lags]
        if any(lag < 0 for lag in lags):
            raise ValueError(f"head {self.name}: expected lags of 0 or more, found {min(lags)}")
        if lags != sorted(set(lags)):
            raise ValueError(f"head {self.name}: expected ascending lags, found {lags}")
        for lag, logit in self.lags:
            if type(lag) is not int or type(logit) is not int or logit == 0:
                raise ValueError(
                    f"head {self.name}: expected an integer logit other than 0, found phi({lag}) = {logit!r}"
                )
        if self.content.shape != self.value.shape or len(set(self.content.shape)) != 1:
            raise ValueError(
                f"head {self.name}: expected two square matrices of one size, "
                f"found {self.content.shape} and {self.value.shape}"
            )

    @property
    def is_uniform(self) -> bool:
        """Whether every visible token gets the same weight."""
        return not self.lags and not len(self.content)


@dataclass(frozen=True, eq=False)
class FeedForward:
    """One hidden layer, B psi(A y + b), in which each unit is a Heaviside step [z > 0] or a ReLU max(z, 0).

    read   (units, width)  A
    bias   (units,)        b, integers
    steps  (units,)        True: the unit is a Heaviside step; False: it is a ReLU
    write  (width, units)  B
    """

    names: tuple[str, ...]
    read: SparseMatrix
    bias: Integers
    steps: NDArray[np.bool_]
    write: SparseMatrix

    def __post_init__(self) -> None:
        units = len(self.names)
        width = self.read.shape[1]
        found = (self.read.shape, self.bias.shape, self.steps.shape, self.write.shape)
        expected = ((units, width), (units,), (units,), (width, units))
        if found != expected:
            raise ValueError(f"expected shapes {expected} of A, b, psi, B for {units} units, found {found}")
        if self.bias.dtype != np.int64 and not all(type(bias) is int for bias in self.bias):
            raise ValueError(f"expected integer biases, found an array of type {self.bias.dtype}")
        if self.steps.dtype != np.bool_:
            raise ValueError(f"expected a Boolean for each unit, found {self.steps.dtype}")
        for array in (self.bias, self.steps):
            array.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FeedForward)
            and (self.names, self.read, self.write) == (other.names, other.read, other.write)
            and np.array_equal(self.bias, other.bias)
            and np.array_equal(self.steps, other.steps)
        )

    def __hash__(self) -> int:
        return hash((self.names, self.read, self.write))


@dataclass(frozen=True)
class Layer:
    """Heads that read the stream side by side, then a feed-forward block that reads the stream after them."""

    heads: tuple[Head, ...]
    feed_forward: FeedForward


@dataclass(frozen=True)
class ResidueBlock:
    """The one-hot of a position's residue: coordinate `first + (position + offset) mod modulus` is 1."""

    modulus: int
    first: int


@dataclass(frozen=True)
class LimitTransformer:
    """A Limit Transformer that is PERIODIC and LOCAL; output k holds where row k of the unembedding gives more than 0.

    embedding    (width, letters + 1)  a column for each letter in alphabet order, last that of the begin marker
    positions                          residues that are added to the embedding; none for a machine without positions
    unembedding  (outputs, width)
    """

    alphabet: tuple[str, ...]
    coordinates: tuple[str, ...]
    embedding: SparseMatrix
    positions: tuple[ResidueBlock, ...]
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    unembedding: SparseMatrix

    def __post_init__(self) -> None:
        for what, names in (("letters", self.alphabet), ("coordinates", self.coordinates), ("outputs", self.outputs)):
            if len(set(names)) != len(names):
                raise ValueError(f"expected {what} that differ, found one twice")
        expected = (self.width, len(self.alphabet) + 1)
        if self.embedding.shape != expected:
            raise ValueError(f"expected an embedding of shape {expected}, found {self.embedding.shape}")
        expected = (len(self.outputs), self.width)
        if self.unembedding.shape != expected:
            raise ValueError(f"expected an unembedding of shape {expected}, found {self.unembedding.shape}")
        for block in self.positions:
            if block.modulus < 1 or block.first < 0 or block.first + block.modulus > self.width:
                raise ValueError(f"expected residues within {self.width} coordinates, found {block}")
        for number, layer in enumerate(self.layers, 1):
            widths = {layer.feed_forward.read.shape[1]} | {head.value.shape[0] for head in layer.heads}
            if widths != {self.width}:
                raise ValueError(f"layer {number}: expected width {self.width}, found {sorted(widths)}")

    @property
    def width(self) -> int:
        """The number of coordinates of the stream."""
        return len(self.coordinates)

    @property
    def heads(self) -> int:
        """The largest number of heads in a layer."""
        return max((len(layer.heads) for layer in self.layers), default=0)

    @property
    def units(self) -> int:
        """The largest number of hidden units in a layer."""
        return max((len(layer.feed_forward.names) for layer in self.layers), default=0)

    @property
    def period(self) -> int:
        """The least Delta with p_i = p_(i + Delta) for all i; 1 for a machine without positions."""
        return math.lcm(*(block.modulus for block in self.positions))

    @property
    def locality(self) -> int:
        """The least tau with phi(i - j) = 0 whenever i - j > tau, over all heads."""
        lags = (lag for layer in self.layers for head in layer.heads for lag, _ in head.lags)
        return max(lags, default=0)
