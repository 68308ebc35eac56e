"""Machines as plain data for JSON, and back.

Integers of size 2^53 or more are written as hexadecimal text, which has no limit of size.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer, ResidueBlock
from limit_transformer.machine.matrix import SparseMatrix, integer_array

Data: TypeAlias = Any  # a JSON value
LARGEST_EXACT_INTEGER = 2**53  # every JSON reader keeps integers below this exactly


def machine_data(machine: LimitTransformer) -> dict[str, Data]:
    """Return the machine as dictionaries, lists, texts and integers."""
    return {
        "alphabet": list(machine.alphabet),
        "coordinates": list(machine.coordinates),
        "embedding": _matrix_data(machine.embedding),
        "positions": [[block.modulus, block.first] for block in machine.positions],
        "layers": [_layer_data(layer) for layer in machine.layers],
        "outputs": list(machine.outputs),
        "unembedding": _matrix_data(machine.unembedding),
    }


def read_machine_data(data: Mapping[str, Data]) -> LimitTransformer:
    """Return the machine that `machine_data` made the data of.

    Raises:
        KeyError: A part of the data is missing.
        TypeError: A part is of another type than `machine_data` writes.
        ValueError: The parts do not make a machine.
    """
    return LimitTransformer(
        _texts(data["alphabet"]),
        _texts(data["coordinates"]),
        _matrix(data["embedding"]),
        tuple(ResidueBlock(_integer(modulus), _integer(first)) for modulus, first in data["positions"]),
        tuple(_layer(layer) for layer in data["layers"]),
        _texts(data["outputs"]),
        _matrix(data["unembedding"]),
    )


def _layer_data(layer: Layer) -> dict[str, Data]:
    block = layer.feed_forward
    return {
        "heads": [
            {
                "name": head.name,
                "content": _matrix_data(head.content),
                "lags": [[_number(lag), _number(logit)] for lag, logit in head.lags],
                "value": _matrix_data(head.value),
            }
            for head in layer.heads
        ],
        "feed_forward": {
            "names": list(block.names),
            "read": _matrix_data(block.read),
            "bias": [_number(bias) for bias in block.bias.tolist()],
            "steps": block.steps.tolist(),
            "write": _matrix_data(block.write),
        },
    }


def _layer(data: Mapping[str, Data]) -> Layer:
    heads = tuple(
        Head(
            _text(head["name"]),
            _matrix(head["content"]),
            tuple((_integer(lag), _integer(logit)) for lag, logit in head["lags"]),
            _matrix(head["value"]),
        )
        for head in data["heads"]
    )
    block = data["feed_forward"]
    steps = np.array([_flag(step) for step in block["steps"]], dtype=bool)
    bias = integer_array(_integer(value) for value in block["bias"])
    return Layer(
        heads, FeedForward(_texts(block["names"]), _matrix(block["read"]), bias, steps, _matrix(block["write"]))
    )


def _matrix_data(matrix: SparseMatrix) -> dict[str, Data]:
    return {
        "shape": list(matrix.shape),
        "rows": matrix.rows.tolist(),
        "columns": matrix.columns.tolist(),
        "weights": [_number(weight) for weight in matrix.weights.tolist()],
    }


def _matrix(data: Mapping[str, Data]) -> SparseMatrix:
    rows, columns = data["shape"]
    return SparseMatrix(
        (_integer(rows), _integer(columns)),
        np.array([_integer(row) for row in data["rows"]], dtype=np.int64),
        np.array([_integer(column) for column in data["columns"]], dtype=np.int64),
        integer_array(_integer(weight) for weight in data["weights"]),
    )


def _number(value: int) -> int | str:
    return value if -LARGEST_EXACT_INTEGER < value < LARGEST_EXACT_INTEGER else hex(value)


def _integer(data: Data) -> int:
    if isinstance(data, str):
        return int(data, 16)
    if type(data) is not int:
        raise TypeError(f"expected an integer, found {data!r}")
    return data


def _flag(data: Data) -> bool:
    if type(data) is not bool:
        raise TypeError(f"expected true or false, found {data!r}")
    return data


def _text(data: Data) -> str:
    if not isinstance(data, str):
        raise TypeError(f"expected a text, found {data!r}")
    return data


def _texts(data: Sequence[Data]) -> tuple[str, ...]:
    return tuple(_text(text) for text in data)
