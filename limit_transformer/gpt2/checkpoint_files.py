"""The files of a compiled machine's GPT-2 directory: what its config says, how it generates, and its weights."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.gpt2_shape import SPECIAL, Shape
from tasks.ground.models.gpt2_directory import Stock, dump

BOS, EOS, PAD, ACCEPT = SPECIAL
TYPE_NAMES = {"float32": "F32", "float64": "F64"}  # the names of the types in a safetensors header


def stock_of(shape: Shape, dtype: str, epsilon: float) -> Stock:
    """Return what the directory says of the model besides its weights.

    Args:
        shape: The shape of the model.
        dtype: The type of its numbers.
        epsilon: The epsilon of its LayerNorms.
    """
    alphabet = shape.parts.machine.alphabet
    return Stock(
        tokens=(*alphabet, *SPECIAL),
        letters=len(alphabet),
        positions=shape.tokens,
        width=shape.width,
        layers=len(shape.blocks),
        heads=shape.heads,
        inner=shape.inner,
        activation="relu",
        epsilon=epsilon,
        tied=False,
        dtype=dtype,
    )


def write_generation(directory: Path, shape: Shape) -> None:
    """Write `generation_config.json`: words are sampled, end with `<eos>`, and hold no other special token.

    Words are sampled for two reasons. Of several allowed tokens the greatest is no better than the others. And if a
    number type is too narrow for the weights, torch refuses to sample.
    """
    ids = {token: number for number, token in enumerate((*shape.parts.machine.alphabet, *SPECIAL))}
    config = {
        "bos_token_id": ids[BOS],
        "eos_token_id": ids[EOS],
        "pad_token_id": ids[PAD],
        "suppress_tokens": [ids[BOS], ids[PAD], ids[ACCEPT]],
        "do_sample": True,
        "temperature": 1.0,
        "top_k": 0,
        "top_p": 1.0,
        "max_length": shape.tokens,
    }
    dump(directory / "generation_config.json", config)


def write_weights(path: Path, number: int, arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Write a safetensors file of named arrays, with only one array in memory at a time.

    The writer of the safetensors library does not offer that. The header comes first in the file but is known last, so
    room is kept for it; the rest of that room is blank, as the format allows.

    Args:
        path: The file.
        number: The number of arrays.
        arrays: The arrays with their names.
    """
    room = 256 * (number + 1)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    with path.open("wb") as file:
        file.seek(8 + room)
        for name, values in arrays:
            file.write(np.ascontiguousarray(values).data)
            header[name] = {
                "dtype": TYPE_NAMES[str(values.dtype)],
                "shape": list(values.shape),
                "data_offsets": [end, end + values.nbytes],
            }
            end += values.nbytes
        text = json.dumps(header).encode()
        assert len(text) <= room
        file.seek(0)
        file.write(room.to_bytes(8, "little") + text.ljust(room))
