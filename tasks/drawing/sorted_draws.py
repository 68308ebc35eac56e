"""Randomised positions (Ruoss et al. 2023): for each word a sorted draw, without repeats, from a longer range."""

import numpy as np
from numpy.typing import NDArray

CROWDED_PLACES = 2  # below so many places for each number, all places are shuffled instead


def sorted_draws(rng: np.random.Generator, sizes: NDArray[np.int64], width: int, largest: int) -> NDArray[np.int64]:
    """For each size a set of so many of 0..largest-1, every such set alike likely, in order: (sizes, width).

    Past a set's size the row is 0. ValueError where a size is above `largest` or `width`.
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
    """What comes a second time is drawn anew until nothing does: each new number is any of those that are left."""
    beyond = largest + np.arange(inside.shape[1])  # in the places that are empty: never alike, and after all others
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
