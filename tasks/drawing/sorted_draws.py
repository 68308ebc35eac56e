"""Randomised positions (Ruoss et al. 2023): each word gets a sorted draw, without repeats, from a longer range."""

import numpy as np
from numpy.typing import NDArray

CROWDED_PLACES = 2  # with fewer places than this for each number to draw, all places are shuffled instead


def sorted_draws(rng: np.random.Generator, sizes: NDArray[np.int64], width: int, largest: int) -> NDArray[np.int64]:
    """Return for each size that many of the numbers 0..largest-1, in ascending order.  (sizes, width)

    Every set of that size is equally likely. Columns past a set's size hold 0.

    Args:
        rng: The source of randomness.
        sizes: (sizes,) How many numbers each row draws.
        width: The number of columns.
        largest: How many numbers there are to draw from.

    Raises:
        ValueError: A size is above `largest` or `width`.
    """
    most = int(sizes.max(initial=0))
    if most > min(width, largest):
        raise ValueError(f"{most} of {largest} positions cannot be drawn into {width} columns")
    column = np.arange(most)
    inside = column < sizes[:, None]
    if CROWDED_PLACES * most > largest:
        keys = np.argsort(rng.random((len(sizes), largest)), axis=1)[:, :most]
        found = np.sort(np.where(inside, keys, largest + column), axis=1)
    else:
        found = _by_rejection(rng, inside, largest)
    made = np.zeros((len(sizes), width), dtype=np.int64)
    made[:, :most] = np.where(inside, found, 0)
    return made


def _by_rejection(rng: np.random.Generator, inside: NDArray[np.bool_], largest: int) -> NDArray[np.int64]:
    """Return the sorted draws by redrawing every number that repeats, until none does.

    A number that is redrawn ends as any of those that are left, each with equal chance.
    """
    beyond = largest + np.arange(inside.shape[1])  # fills the empty places: never equal, and sorted last
    found = np.where(inside, np.floor(rng.random(inside.shape) * largest).astype(np.int64), beyond)
    found.sort(axis=1)
    waiting = np.arange(len(found))  # the rows that may have repeats
    while len(waiting):
        part = found[waiting]
        again = np.zeros(part.shape, dtype=bool)
        again[:, 1:] = part[:, 1:] == part[:, :-1]
        part[again] = np.floor(rng.random(int(again.sum())) * largest).astype(np.int64)
        part.sort(axis=1)
        found[waiting] = part
        waiting = waiting[again.any(axis=1)]
    return found
