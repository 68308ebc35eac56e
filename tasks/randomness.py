"""Random numbers: generators made from names, and draws whose streams do not change between versions.

Only `Generator.random` is used, 53 bits of one PCG64 output each: the streams of the other methods may change
with numpy.
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


def permutations(rng: np.random.Generator, sizes: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """A uniform permutation of 0..size-1 in the first columns of each row, the rest of 0..width-1 after it.

    Returns (rows, width).
    """
    keys = rng.random((len(sizes), width))  # (rows, width)
    keys[np.arange(width) >= sizes[:, None]] = 2.0  # sorts after all others
    return keys.argsort(axis=1, kind="stable").astype(np.int64, copy=False)


def draw_lengths(
    rng: np.random.Generator, task: str, lengths: tuple[int, int], size: int, exist: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """`size` lengths of the range, drawn evenly among those marked in `exist`, an array over 0..longest.

    ValueError, in the task's name, where the range has none.
    """
    shortest, longest = lengths
    candidates = shortest + np.flatnonzero(exist[shortest : longest + 1])
    if not len(candidates):
        raise ValueError(f"{task} has no words of lengths {shortest}-{longest}")
    return candidates[integers_below(rng, np.full(size, len(candidates)))]


def check_request(lengths: tuple[int, int], size: int) -> None:
    """ValueError unless the lengths are an ascending range of natural numbers and the size is one."""
    shortest, longest = lengths
    if not 0 <= shortest <= longest:
        raise ValueError(f"expected lengths A-B with 0 <= A <= B, found {shortest}-{longest}")
    if size < 0:
        raise ValueError(f"expected a number of words, found size={size}")
