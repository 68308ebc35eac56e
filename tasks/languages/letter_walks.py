"""Words drawn letter by letter along a table of chances, so that all members of a length are equally likely."""

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
    """A table from which words are drawn.

    A row stands for a state and a number of letters that are still to come; row 0 stands for a word that has ended. A
    choice in a row is one of the letters that may come. It is made with a number u, uniform in [0, 1): choice c is
    taken if exactly c of the row's thresholds are <= u.

    thresholds  (choices - 1, rows)   the chance of the first choice, of the first two together, ...
    successors  (rows * choices,)     the row after choice c in row r, at index r * choices + c
    letters     (rows * choices,)     the number of the letter of that choice; that of `<pad>` if the word has ended
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
    """Return this length, rounded up to a multiple of ROOM_LETTERS, so that one table serves many lengths."""
    return -(-longest // ROOM_LETTERS) * ROOM_LETTERS


def draw_walks(rng: np.random.Generator, walks: Walks, lengths: NDArray[np.int64]) -> DrawnMembers:
    """Return random words of these lengths, and what may come after each of their prefixes; each length has words."""
    return draw_from(rng, walks, walks.start[lengths], int(lengths.max(initial=0)))


def draw_letters(rng: np.random.Generator, walks: Walks, lengths: NDArray[np.int64]) -> NDArray[np.int16]:
    """Return the words that `draw_walks` draws, without what may come next."""
    return letters_from(rng, walks, walks.start[lengths], int(lengths.max(initial=0)))


def draw_from(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> DrawnMembers:
    """Return random words that begin in these rows, and what may come after each of their prefixes.

    Args:
        rng: The source of randomness.
        walks: The table.
        rows: (words,) The row of the table in which each word begins.
        steps: The length of the longest word.
    """
    cells, choices = walk_cells(rng, walks, rows, steps), len(walks.thresholds) + 1
    return DrawnMembers(walks.letters.take(cells[:-1]).T, walks.allowed.take(cells // choices).T)


def letters_from(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> NDArray[np.int16]:
    """Return the words that `draw_from` draws, without what may come next."""
    return walks.letters.take(walk_cells(rng, walks, rows, steps)[:-1]).T


def walk_cells(rng: np.random.Generator, walks: Walks, rows: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """Return for each prefix of each word its row and the choice made there, as row * choices + choice.

    Args:
        rng: The source of randomness.
        walks: The table.
        rows: (words,) The row of the table in which each word begins.
        steps: The number of letters to draw.

    Returns:
        (steps + 1, words). After the last letter the choice is 0.
    """
    choices = len(walks.thresholds) + 1
    cells = np.empty((steps + 1, len(rows)), dtype=np.int64)
    row = rows.copy()
    chance, threshold = np.empty(len(rows)), np.empty(len(rows))
    for cell in cells[:steps]:
        rng.random(out=chance)
        np.multiply(row, choices, out=cell)
        for thresholds in walks.thresholds:
            thresholds.take(row, out=threshold, mode="clip")  # no index is out of range; the default mode would copy
            cell += threshold <= chance
        walks.successors.take(cell, out=row, mode="clip")
    np.multiply(row, choices, out=cells[steps])
    return cells


def automaton_walks(automaton: TaskAutomaton, longest: int) -> Walks:
    """Return the table for members of 0..longest letters, in which paths to acceptance are counted in exact integers.

    Each member of length n is drawn with probability 1 / (number of members of length n), up to the rounding of each
    chance to a float: in the product of the chances along a word all other counts cancel.

    Raises:
        ValueError: The table would have more than MOST_ROWS rows, and take more than a few seconds.
    """
    states = len(automaton.successors)
    if states * longest > MOST_ROWS:
        raise ValueError(
            f"expected a length of at most {MOST_ROWS // states} for words of an automaton of {states} states"
        )
    moves = [[(letter, to) for letter, to in enumerate(row) if to is not None] for row in automaton.successors]
    choices = max(1, *map(len, moves))
    rows = 1 + (longest + 1) * states
    thresholds = np.ones((choices - 1, rows))
    successors = np.zeros((rows, choices), dtype=np.int64)
    letters = np.full((rows, choices), no_letter(automaton), dtype=np.int16)
    for state, goes in enumerate(moves):  # with one letter fewer to come, successors lie one block of states earlier
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
    """Return which outputs may come next in each state: letters with a successor, and the end.  (states, outputs)"""
    rows = zip(automaton.successors, automaton.accepting, strict=True)
    return np.array([[*(to is not None for to in row), accepts] for row, accepts in rows])


def no_letter(automaton: TaskAutomaton) -> int:
    """Return the number of `<pad>` in the vocabulary of the automaton's task."""
    return len(automaton.alphabet) + SPECIAL.index(PAD)
