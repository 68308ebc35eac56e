"""A machine at the begin marker, which sees itself alone, so that all values there are integers, for every offset."""

from dataclasses import dataclass

import numpy as np

from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.matrix import Integers, SparseMatrix

MOST_PRODUCTS = 20_000_000  # products of a weight and a value in the runs for all offsets together


@dataclass(frozen=True)
class BeginLayer:
    """One layer at the begin marker, as arrays of integers (coordinates or units, offsets).

    attended  the stream after the heads
    inputs    the arguments of the units
    stream    the stream after the layer
    """

    attended: Integers
    inputs: Integers
    stream: Integers


@dataclass(frozen=True)
class BeginRun:
    """The stream at the begin marker for each offset 0..period - 1: after the embedding, and in each layer."""

    embedding: Integers
    layers: tuple[BeginLayer, ...]


def begin_run(machine: LimitTransformer) -> BeginRun | None:
    """Return the run at the begin marker for all offsets; None if it would take more than MOST_PRODUCTS products."""
    matrices = [head.value for layer in machine.layers for head in layer.heads]
    matrices += [matrix for layer in machine.layers for matrix in (layer.feed_forward.read, layer.feed_forward.write)]
    if machine.period * (machine.width + sum(map(len, matrices))) > MOST_PRODUCTS:
        return None
    # The arrays hold Python's integers, because weights may have any size.
    stream: Integers = np.zeros((machine.width, machine.period), dtype=object)
    for row, letter, weight in machine.embedding.entries:
        if letter == len(machine.alphabet):
            stream[row] += weight
    offsets = np.arange(machine.period)
    for residues in machine.positions:
        stream[residues.first + offsets % residues.modulus, offsets] += 1
    embedding, layers = stream, []
    for layer in machine.layers:
        block = layer.feed_forward
        attended = stream.copy()
        for head in layer.heads:
            attended += times(head.value, stream)
        inputs = times(block.read, attended) + block.bias.astype(object)[:, None]
        outputs = np.where(block.steps[:, None], (inputs > 0).astype(int).astype(object), np.maximum(inputs, 0))
        stream = attended + times(block.write, outputs)
        layers.append(BeginLayer(attended, inputs, stream))
    return BeginRun(embedding, tuple(layers))


def times(matrix: SparseMatrix, values: Integers) -> Integers:
    """Return the matrix times the values (columns, offsets), in Python's integers."""
    result: Integers = np.zeros((matrix.shape[0], values.shape[1]), dtype=object)
    for row, column, weight in matrix.entries:
        result[row] += weight * values[column]
    return result
