"""Words drawn letter by letter along a table of chances, uniformly among the members of a length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.languages.automaton import TaskAutomaton
from tasks.languages.members import DrawnMembers, packed
from tasks.words import PAD, SPECIAL

ROOM_LETTERS = 64
MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class Walks:
    """How to draw words; a row stands for a state and the letters still to go, row 0 for a word that has ended.

    In a row the c-th choice is made where c thresholds are <= u, u uniform in [0, 1).

    thresholds  (choices - 1, rows)   the chances of the first choice, of the first two, ...
    successors  (rows * choices,)     the row after row r and choice c, at r * choices + c
    letters     (rows * choices,)     the number of the letter drawn, of `<pad>` where the word has ended
    allowed     (rows,)               the outputs that may come next, packed; none in row 0
    start       (longest + 1,)        the row in which words of each length begin
    exist       (longest + 1,) bool   the lengths that have words
    """

    thresholds: NDArray[np.float64]
    successors: NDArray[np.int64]
    letters: NDArray[np.int16]
    allowed: NDArray[np.generic]
    start: NDArray[np.int64]
    exist: NDArray[np.bool_]


def room(longest: int) -> int:
    """A table that is large enough for this length, and is the same for many."""
    return -(-longest // ROOM_LETTERS) * ROOM_LETTERS


def draw_walks(rng: np.random.Generator, walks: Walks, lengths: NDArray[np.int64]) -> DrawnMembers:
    """Words of these lengths, all of which exist, and what may come after each of their prefixes."""
    return draw_from(rng, walks, walks.start[lengths], int(lengths.max(initial=0)))


def draw_letters(rng: np.random.Generator, walks: Walks, lengths: NDArray[np.int64]) -> NDArray[np.int16]:
    """The words of `draw_walks` alone."""
    return letters_from(rng, walks, walks.start[lengths], int(lengths.max(initial=0)))


def draw_from(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> DrawnMembers:
    """Words of at most `steps` letters that begin in these rows, and what may come after each of their prefixes."""
    cells, choices = walk_cells(rng, walks, rows, steps), len(walks.thresholds) + 1
    return DrawnMembers(walks.letters.take(cells[:-1]).T, walks.allowed.take(cells // choices).T)


def letters_from(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> NDArray[np.int16]:
    """The words of `draw_from` alone."""
    return walks.letters.take(walk_cells(rng, walks, rows, steps)[:-1]).T


def walk_cells(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """After each prefix of each word its row and its choice there, row * choices + choice.  (prefixes, words)"""
    choices = len(walks.thresholds) + 1
    cells = np.empty((steps + 1, len(rows)), dtype=np.int64)
    row = rows.copy()
    chance, threshold = np.empty(len(rows)), np.empty(len(rows))
    for cell in cells[:steps]:
        rng.random(out=chance)
        np.multiply(row, choices, out=cell)
        for thresholds in walks.thresholds:
            thresholds.take(row, out=threshold, mode="clip")  # all are in range; the default mode would copy
            cell += threshold <= chance
        walks.successors.take(cell, out=row, mode="clip")
    np.multiply(row, choices, out=cells[steps])
    return cells


def automaton_walks(automaton: TaskAutomaton, longest: int) -> Walks:
    """Members of 0..longest letters, their paths to acceptance counted in exact integers.

    A member of length n is then drawn with probability 1 / (number of members of length n), up to the
    rounding of each chance to a float: the chances along a word multiply to that, its counts cancelling.
    ValueError for more states and lengths than are counted in a few seconds.
    """
    states = len(automaton.successors)
    if states * longest > MOST_ROWS:
        raise ValueError(f"words of an automaton of {states} states are drawn to length {MOST_ROWS // states} at most")
    moves = [[(letter, to) for letter, to in enumerate(row) if to is not None] for row in automaton.successors]
    choices = max(1, *map(len, moves))
    rows = 1 + (longest + 1) * states
    thresholds = np.ones((choices - 1, rows))
    successors = np.zeros((rows, choices), dtype=np.int64)
    letters = np.full((rows, choices), no_letter(automaton), dtype=np.int16)
    for state, goes in enumerate(moves):  # a row's successors lie one block of states before it
        letters[1 + states + state :: states, : len(goes)] = [letter for letter, _ in goes]
        blocks = np.arange(longest)[:, None] * states
        successors[1 + states + state :: states, : len(goes)] = 1 + blocks + [to for _, to in goes]
    counts = [int(accepts) for accepts in automaton.accepting]
    exist = [counts[0] > 0]
    for remaining in range(1, longest + 1):
        fewer, counts = counts, []
        for state, goes in enumerate(moves):
            ways = [fewer[to] for _, to in goes]
            counts.append(sum(ways))
            if counts[state]:
                chances = [sum(ways[: choice + 1]) / counts[state] for choice in range(len(goes) - 1)]
                thresholds[: len(chances), 1 + remaining * states + state] = chances
        exist.append(counts[0] > 0)
    nothing = np.zeros((1, len(automaton.alphabet) + 1), dtype=np.bool_)
    return Walks(
        thresholds=thresholds,
        successors=successors.reshape(-1),
        letters=letters.reshape(-1),
        allowed=packed(np.concatenate([nothing, np.tile(allowed_after(automaton), (longest + 1, 1))])),
        start=1 + np.arange(longest + 1) * states,
        exist=np.array(exist),
    )


def allowed_after(automaton: TaskAutomaton) -> NDArray[np.bool_]:
    """Which outputs may come next in each state: the letters that go on, and the end.  (states, outputs)"""
    rows = zip(automaton.successors, automaton.accepting, strict=True)
    return np.array([[*(to is not None for to in row), accepts] for row, accepts in rows])


def no_letter(automaton: TaskAutomaton) -> int:
    """The number that `<pad>` has in the vocabulary of the automaton's task."""
    return len(automaton.alphabet) + SPECIAL.index(PAD)
