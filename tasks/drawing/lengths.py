"""Lengths: which exist, how they are drawn, and what lies inside them."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below

WIDEST_COLUMNS = 512  # columns of a table of prefixes


def inside(lengths: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
    """Which of `width` columns lie before each row's length.  (rows, width)"""
    most: NDArray[np.int64] = np.clip(lengths, 0, width)
    if width <= WIDEST_COLUMNS and width <= len(lengths):
        rows: NDArray[np.bool_] = _prefixes(width).take(most, axis=0)
        return rows
    number: type[np.signedinteger] = np.int16 if width < 2**15 else np.int64
    within: NDArray[np.bool_] = np.arange(width, dtype=number) < most.astype(number)[:, None]
    return within


@lru_cache(maxsize=64)
def _prefixes(width: int) -> NDArray[np.bool_]:
    """Row n marks the first n columns: rows are copied several times as fast as they are made.  (width + 1, width)"""
    marked = np.tri(width + 1, width, -1, dtype=np.bool_)
    marked.flags.writeable = False
    return marked


def lengths_from(shortest: int, longest: int | None = None) -> Callable[[int], NDArray[np.bool_]]:
    """A rule of lengths by which words have every length from `shortest` on, up to `longest` if that is given."""

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
