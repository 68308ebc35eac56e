"""Members of a regular language, drawn uniformly among those of a length by counting paths."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tasks.automaton import Automaton
from tasks.continuation import DrawnMembers, continuation_sampler
from tasks.task import Sampler


@dataclass(frozen=True)
class Paths:
    """How to draw a letter with k letters to go: row k * states + q is for state q.

    The letter drawn is the number of thresholds in the row that are <= u, u uniform in [0, 1).

    thresholds  (rows, letters - 1)  the chances of the first letter, of the first two, ...
    successors  (rows * letters,)    the row after row r and letter a, at r * letters + a
    exist       (longest + 1,) bool  the lengths that have members
    """

    states: int
    letters: int
    thresholds: NDArray[np.float64]
    successors: NDArray[np.int64]
    exist: NDArray[np.bool_]


def count_paths(automaton: Automaton, longest: int) -> Paths:
    """The paths of 0..longest letters to acceptance, counted in exact integers, as chances of each letter.

    A member of length n is then drawn with probability 1 / (number of members of length n), up to the
    rounding of each chance to a float: the chances along a word multiply to that, its counts cancelling.
    """
    states, letters = len(automaton.successors), len(automaton.alphabet)
    counts = [int(accepts) for accepts in automaton.accepting]
    thresholds = np.ones((longest + 1, states, letters - 1))
    successors = np.zeros((longest + 1, states, letters), dtype=np.int64)
    exist = [counts[0] > 0]
    for remaining in range(1, longest + 1):
        fewer, counts = counts, []
        for state, row in enumerate(automaton.successors):
            ways = [0 if to is None else fewer[to] for to in row]
            counts.append(sum(ways))
            successors[remaining, state] = [(remaining - 1) * states + (to or 0) for to in row]
            if counts[state]:
                thresholds[remaining, state] = [
                    sum(ways[: letter + 1]) / counts[state] for letter in range(letters - 1)
                ]
        exist.append(counts[0] > 0)
    # A finished word stays where it is.
    successors[0] = np.arange(states)[:, None]
    return Paths(
        states,
        letters,
        thresholds.reshape((longest + 1) * states, letters - 1),
        successors.reshape(-1),
        np.array(exist),
    )


def draw_path(
    rng: np.random.Generator, paths: Paths, lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Letters (words, longest) and states (words, longest + 1) of uniform members of the given lengths."""
    steps = int(lengths.max(initial=0))
    chances = rng.random((steps, len(lengths), 1))  # (steps, words, 1)
    letters = np.zeros((steps, len(lengths)), dtype=np.int64)
    rows = np.empty((steps + 1, len(lengths)), dtype=np.int64)
    row = rows[0] = lengths * paths.states
    for step in range(steps):
        letter = (paths.thresholds.take(row, axis=0) <= chances[step]).sum(axis=1)  # (words,)
        letters[step] = letter
        row = rows[step + 1] = paths.successors.take(row * paths.letters + letter)
    return letters.T, (rows % paths.states).T


def path_sampler(task: str, alphabet: tuple[str, ...], build: Callable[[], Automaton]) -> Sampler:
    """A sampler of members, uniform among those of a length, and of what may follow each prefix."""

    @lru_cache(maxsize=8)
    def paths_to(longest: int) -> Paths:
        return count_paths(build(), longest)

    def draw(rng: np.random.Generator, lengths: NDArray[np.int64]) -> DrawnMembers:
        letters, states = draw_path(rng, paths_to(int(lengths.max(initial=0))), lengths)
        return DrawnMembers(letters, _allowed_after(build())[states])

    return continuation_sampler(task, alphabet, lambda longest: paths_to(longest).exist, draw)


@lru_cache(maxsize=64)
def _allowed_after(automaton: Automaton) -> NDArray[np.bool_]:
    """Which outputs may come next in each state: the letters that go on, and the end.  (states, outputs)"""
    rows = zip(automaton.successors, automaton.accepting, strict=True)
    return np.array([[*(to is not None for to in row), accepts] for row, accepts in rows])
