"""Lengths: which exist, how they are drawn, and what lies inside them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.randomness import integers_below


def inside(lengths: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
    """Which of `width` columns lie before each row's length.  (rows, width)"""
    number: type[np.signedinteger] = (
        np.int16 if width < 2**15 else np.int64
    )  # small numbers are compared several times as fast
    within: NDArray[np.bool_] = np.arange(width, dtype=number) < np.minimum(lengths, width).astype(number)[:, None]
    return within


def lengths_from(shortest: int, longest: int | None = None) -> Callable[[int], NDArray[np.bool_]]:
    """The lengths from `shortest` on, up to `longest` if that is given, exist."""

    def exist(asked: int) -> NDArray[np.bool_]:
        lengths = np.arange(asked + 1)
        within: NDArray[np.bool_] = (lengths >= shortest) & (lengths <= (asked if longest is None else longest))
        return within

    return exist


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
