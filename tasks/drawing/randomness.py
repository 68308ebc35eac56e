"""Random numbers: generators that are made from names, and draws that stay the same in every version of numpy.

The draws use only the raw outputs of PCG64, and `Generator.random`, which takes 53 bits of one output. What the other
methods of numpy draw may change with its version.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray


def generator(task: str, split: str, lengths: tuple[int, int], seed: int) -> np.random.Generator:
    """Return the generator that a task, a split, a range of lengths and a seed name.

    Equal names give equal words, and generators of different names share no randomness.

    Args:
        task: The name of the task.
        split: The name of the split, without a slash.
        lengths: The shortest and the longest length.
        seed: Part of the name, which tells repetitions apart.

    Raises:
        ValueError: The name of the split has a slash.
    """
    if "/" in split:
        raise ValueError(f"expected a split without a slash, found split={split!r}")
    name = f"{task}/{split}/{lengths[0]}-{lengths[1]}/{seed}"
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def integers_below(rng: np.random.Generator, bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each bound one integer 0 <= x < bound, uniform up to 2**-53."""
    return np.floor(rng.random(bounds.shape) * bounds).astype(np.int64)


def bits(rng: np.random.Generator, rows: int, width: int) -> NDArray[np.uint8]:
    """Return fair random bits.  (rows, width)"""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-rows * width // 64)), dtype="<u8")
    return np.unpackbits(outputs.view(np.uint8), count=rows * width).reshape(rows, width)


def letters_below(rng: np.random.Generator, rows: int, width: int, letters: int) -> NDArray[np.uint8]:
    """Return uniform numbers from 0 to `letters` - 1, for at most 256 letters.  (rows, width)

    Each probability is exact up to a relative error of letters**2 / 2**31.
    """
    spare = np.uint32(letters.bit_length())  # bits that a draw must leave free for the product with `letters`
    draws = halves(rng, rows * width)
    draws >>= spare
    draws *= np.uint32(letters)
    draws >>= np.uint32(32) - spare
    return draws.astype(np.uint8).reshape(rows, width)


def permutations(rng: np.random.Generator, sizes: NDArray[np.int64], width: int) -> NDArray[np.unsignedinteger]:
    """Return for each row a uniform permutation of 0..size-1 in its first `size` columns.  (rows, width)

    The columns after these hold the rest of 0..width-1. The order of any two numbers is uniform up to 2**-23 for at
    most 256 columns, and up to 2**-47 for more, since their random keys are seldom equal.

    Args:
        rng: The source of randomness.
        sizes: (rows,) The size of each row, at most `width`.
        width: The number of columns.

    Raises:
        ValueError: `width` is above 2**16.
    """
    keys, places = _keys(rng, sizes, width)
    keys.sort(axis=1)
    keys &= places
    return keys


def subsets(
    rng: np.random.Generator, sizes: NDArray[np.int64], numbers: NDArray[np.int64], width: int
) -> NDArray[np.bool_]:
    """Return for each row a random set of its first columns, as a mask.  (rows, width)

    All sets are as evenly likely as in `permutations`.

    Args:
        rng: The source of randomness.
        sizes: (rows,) From how many first columns each row draws.
        numbers: (rows,) How many of these columns are drawn.
        width: The number of columns.
    """
    keys, _ = _keys(rng, sizes, width)
    ranked = np.sort(keys, axis=1)
    last = ranked[np.arange(len(sizes)), np.maximum(numbers - 1, 0)]  # (rows,)
    chosen: NDArray[np.bool_] = (keys <= last[:, None]) & (numbers > 0)[:, None]
    return chosen


def _keys(
    rng: np.random.Generator, sizes: NDArray[np.int64], width: int
) -> tuple[NDArray[np.unsignedinteger], np.unsignedinteger]:
    """Return random keys whose order is a permutation, and the mask of the bits that hold a key's column.

    The keys are (rows, width). The columns past a row's size have the largest keys, in ascending order.
    """
    number: type[np.unsignedinteger] = np.uint32 if width <= 2**8 else np.uint64
    places = number(2**8 - 1 if width <= 2**8 else 2**16 - 1)
    if width > 2**16:
        raise ValueError(f"expected at most {2**16} columns, found width={width}")
    size = len(sizes) * width
    draws = halves(rng, size) if width <= 2**8 else np.asarray(rng.bit_generator.random_raw(size), dtype=np.uint64)
    keys: NDArray[np.unsignedinteger] = draws.reshape(len(sizes), width)
    columns = np.arange(width, dtype=number)
    keys |= places
    keys ^= columns ^ places
    np.copyto(keys, columns | ~places, where=columns >= sizes.astype(number)[:, None])
    return keys, places


def halves(rng: np.random.Generator, size: int) -> NDArray[np.uint32]:
    """Return uniform 32-bit numbers: the halves of the generator's 64-bit outputs, the lower half first.  (size,)"""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-size // 2)), dtype="<u8")
    return outputs.view("<u4")[:size].astype(np.uint32, copy=False)


def quarters(rng: np.random.Generator, size: int) -> NDArray[np.uint16]:
    """Return uniform 16-bit numbers: the quarters of the generator's 64-bit outputs, the lowest first.  (size,)"""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-size // 4)), dtype="<u8")
    return outputs.view("<u2")[:size].astype(np.uint16, copy=False)
