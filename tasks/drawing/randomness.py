"""Random numbers: generators made from names, and draws whose streams do not change between versions.

Only `Generator.random`, 53 bits of one PCG64 output each, and the outputs themselves are used: the streams of the
other methods may change with numpy.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray


def generator(task: str, split: str, lengths: tuple[int, int], seed: int) -> np.random.Generator:
    """The generator of `task/split/length/seed`: equal names give equal words, others share nothing."""
    if "/" in split:
        raise ValueError(f"expected a split without a slash, found split={split!r}")
    name = f"{task}/{split}/{lengths[0]}-{lengths[1]}/{seed}"
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def integers_below(rng: np.random.Generator, bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """One integer 0 <= x < bound, evenly (up to 2**-53), for each of the bounds."""
    return np.floor(rng.random(bounds.shape) * bounds).astype(np.int64)


def bits(rng: np.random.Generator, rows: int, width: int) -> NDArray[np.uint8]:
    """Even bits (rows, width)."""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-rows * width // 64)), dtype="<u8")
    return np.unpackbits(outputs.view(np.uint8), count=rows * width).reshape(rows, width)


def letters_below(rng: np.random.Generator, rows: int, width: int, letters: int) -> NDArray[np.uint8]:
    """Numbers of at most 256 letters (rows, width), even up to a share of letters**2 / 2**31."""
    spare = np.uint32(letters.bit_length())  # so many bits the product with the number of letters needs
    draws = halves(rng, rows * width)
    draws >>= spare
    draws *= np.uint32(letters)
    draws >>= np.uint32(32) - spare
    return draws.astype(np.uint8).reshape(rows, width)


def permutations(rng: np.random.Generator, sizes: NDArray[np.int64], width: int) -> NDArray[np.unsignedinteger]:
    """A uniform permutation of 0..size-1 in the first columns of each row, the rest of 0..width-1 after it.

    Uniform up to 2**-23 (to 256 columns; 2**-47 beyond): that is how often two keys agree. Returns (rows, width).
    """
    keys, places = _keys(rng, sizes, width)
    keys.sort(axis=1)
    keys &= places
    return keys


def subsets(
    rng: np.random.Generator, sizes: NDArray[np.int64], numbers: NDArray[np.int64], width: int
) -> NDArray[np.bool_]:
    """The given number of the first `size` columns of each row, as evenly as permutations are.  (rows, width)"""
    keys, _ = _keys(rng, sizes, width)
    ranked = np.sort(keys, axis=1)
    last = ranked[np.arange(len(sizes)), np.maximum(numbers - 1, 0)]  # (rows,)
    chosen: NDArray[np.bool_] = (keys <= last[:, None]) & (numbers > 0)[:, None]
    return chosen


def _keys(
    rng: np.random.Generator, sizes: NDArray[np.int64], width: int
) -> tuple[NDArray[np.unsignedinteger], np.unsignedinteger]:
    """Keys in random order (rows, width), the largest past a row's size, and the bits that hold each one's column."""
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
    """Even numbers of 32 bits (size,): halves of outputs, the lower first."""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-size // 2)), dtype="<u8")
    return outputs.view("<u4")[:size].astype(np.uint32, copy=False)


def quarters(rng: np.random.Generator, size: int) -> NDArray[np.uint16]:
    """Even numbers of 16 bits (size,): quarters of outputs, the lowest first."""
    outputs = np.asarray(rng.bit_generator.random_raw(-(-size // 4)), dtype="<u8")
    return outputs.view("<u2")[:size].astype(np.uint16, copy=False)
