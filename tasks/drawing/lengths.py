"""Lengths of words: which of them exist, how they are drawn, and which columns of an array lie inside a word."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below

WIDEST_COLUMNS = 512  # columns; up to here masks are copied from a table


def inside(lengths: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
    """Return, for each row, which of `width` columns lie before the row's length.  (rows, width)"""
    most: NDArray[np.int64] = np.clip(lengths, 0, width)
    if width <= WIDEST_COLUMNS and width <= len(lengths):
        rows: NDArray[np.bool_] = _prefixes(width).take(most, axis=0)
        return rows
    number: type[np.signedinteger] = np.int16 if width < 2**15 else np.int64
    within: NDArray[np.bool_] = np.arange(width, dtype=number) < most.astype(number)[:, None]
    return within


@lru_cache(maxsize=64)
def _prefixes(width: int) -> NDArray[np.bool_]:
    """Return a table whose row n marks the first n columns.  (width + 1, width)

    To copy a row is several times as fast as to make it.
    """
    marked = np.tri(width + 1, width, -1, dtype=np.bool_)
    marked.flags.writeable = False
    return marked


def lengths_from(shortest: int, longest: int | None = None) -> Callable[[int], NDArray[np.bool_]]:
    """Return a rule by which every length from `shortest` to `longest` has words; None: there is no longest length.

    The rule takes a longest length that is asked about, and marks the lengths 0..that length.
    """

    def exist(asked: int) -> NDArray[np.bool_]:
        lengths = np.arange(asked + 1)
        within: NDArray[np.bool_] = (lengths >= shortest) & (lengths <= (asked if longest is None else longest))
        return within

    return exist


def draw_lengths(
    rng: np.random.Generator, task: str, lengths: tuple[int, int], size: int, exist: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return lengths drawn evenly from those of the range that have words.  (size,)

    Args:
        rng: The source of randomness.
        task: The name of the task, for the message.
        lengths: The shortest and the longest length, both included.
        size: The number of lengths to draw.
        exist: (longest + 1,) Which lengths have words.

    Raises:
        ValueError: No length of the range has words.
    """
    shortest, longest = lengths
    candidates = shortest + np.flatnonzero(exist[shortest : longest + 1])
    if not len(candidates):
        raise ValueError(f"{task} has no words of lengths {shortest}-{longest}")
    return candidates[integers_below(rng, np.full(size, len(candidates)))]


def check_request(lengths: tuple[int, int], size: int) -> None:
    """Raise ValueError unless 0 <= shortest <= longest and `size` is not negative."""
    shortest, longest = lengths
    if not 0 <= shortest <= longest:
        raise ValueError(f"expected lengths A-B with 0 <= A <= B, found {shortest}-{longest}")
    if size < 0:
        raise ValueError(f"expected a number of words, found size={size}")
