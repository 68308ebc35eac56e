"""The files of a compiled machine's GPT-2 directory: what its config says, how it generates, its weights."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.gpt2_shape import SPECIAL, Shape
from tasks.ground.models.gpt2_directory import Stock, dump

BOS, EOS, PAD, ACCEPT = SPECIAL
TYPE_NAMES = {"float32": "F32", "float64": "F64"}  # in a safetensors header


def stock_of(shape: Shape, dtype: str, epsilon: float) -> Stock:
    """What the directory says of the model beside its weights."""
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
    """generation_config.json: words are sampled, end with <eos>, and hold no other special token.

    Sampled, for where several tokens are allowed the first is no better than the others, and where numbers are too
    narrow to be right torch refuses to sample.
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
    """A safetensors file of `number` named arrays.

    One array is in memory at a time, which the library's own writer does not offer. The header comes first and is
    known last: room is kept for it, and what it does not need is blank, as the format allows.
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
