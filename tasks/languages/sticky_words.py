"""Sticky members of a regular language: letters repeat, and some letters are far more frequent than others.

The probability of a member of a length is proportional to the product of its letters' weights. A letter that equals the
one before counts `repeat` times as much. Each word takes the weights and the `repeat` of one of a few tables.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import generator, integers_below
from tasks.languages.automaton import TaskAutomaton
from tasks.languages.letter_walks import Walks, allowed_after, no_letter
from tasks.languages.members import packed
from tasks.languages.needed_memory import Table, successor_table

FACTORS = (2.0, 4.7, 11.0, 25.6, 60.0) * 2  # `repeat` in each of the tables
DEVIATION = 1.0  # standard deviation of the logarithms of the letters' weights
MOST_CELLS = 4_000_000  # rows times choices of all tables together


def letter_weights(tables: int, letters: int) -> NDArray[np.float64]:
    """Return log-normal weights of the letters for each table; they are always the same.  (tables, letters)"""
    rng = generator("sticky", "weights", (tables, letters), 0)
    even, angle = 1.0 - rng.random((tables, letters)), rng.random((tables, letters))
    weights: NDArray[np.float64] = np.exp(DEVIATION * np.sqrt(-2 * np.log(even)) * np.cos(2 * math.pi * angle))
    return weights


@dataclass(frozen=True)
class Sticky:
    """All tables in one table of walks.

    start  (tables, lengths)  the row in which words of each length begin, in each of the tables
    """

    walks: Walks
    start: NDArray[np.int64]


def sticky_tables(automaton: TaskAutomaton, longest: int) -> Sticky:
    """Return the tables for members of 0..longest letters.

    A large automaton gets fewer tables, and its rows may not know the last letter, so that nothing is repeated more
    often.
    """
    table = successor_table(automaton)
    choices = max(1, int((table >= 0).sum(axis=1).max(initial=0)))
    nodes = _nodes(table)
    most = MOST_CELLS // ((longest + 1) * choices)
    if len(nodes) > most:
        nodes = [(state, -1) for state in range(len(table))]
    number = min(len(FACTORS), max(1, most // len(nodes)))
    chosen = np.linspace(0, len(FACTORS) - 1, number).astype(int) if number > 1 else np.array([len(FACTORS) // 2])
    half = letter_weights(len(FACTORS) // 2, len(automaton.alphabet))
    weights = np.concatenate([half, 1 / half])  # a letter that is frequent in one table is rare in another
    walks = _walks(automaton, table, nodes, weights[chosen], np.array(FACTORS)[chosen], longest)
    return Sticky(walks, walks.start + np.arange(number)[:, None] * (1 + (longest + 1) * len(nodes)))


def sticky_rows(rng: np.random.Generator, sticky: Sticky, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row in which each word begins, in a table drawn for the word.  (words,)"""
    return sticky.start[integers_below(rng, np.full(len(lengths), len(sticky.start))), lengths]


def _nodes(table: Table) -> list[tuple[int, int]]:
    """Return the nodes (state, last letter): the start with -1, and each state with each letter that leads to it."""
    reached = {(int(to), letter) for row in table for letter, to in enumerate(row.tolist()) if to >= 0}
    return [(0, -1), *sorted(reached)]


def _walks(
    automaton: TaskAutomaton,
    table: Table,
    nodes: list[tuple[int, int]],
    weights: NDArray[np.float64],
    repeat: NDArray[np.float64],
    longest: int,
) -> Walks:
    """Return one table of walks that holds a table for each row of `weights`.

    A row of it stands for a table, a node, and the number of letters that are still to come.
    """
    state, last = np.array(nodes).T  # (nodes,)
    places = {node: place for place, node in enumerate(nodes)}
    knows = len(nodes) > 1 and bool((last >= 0).any())
    moves = [[letter for letter, to in enumerate(table[s].tolist()) if to >= 0] for s in state.tolist()]
    choices = max(1, *map(len, moves))
    to = np.zeros((len(nodes), choices), dtype=np.int64)
    letter_of = np.full((len(nodes), choices), no_letter(automaton), dtype=np.int16)
    weight = np.zeros((len(weights), len(nodes), choices))
    for node, letters in enumerate(moves):
        for choice, letter in enumerate(letters):
            to[node, choice] = places[int(table[state[node], letter]), letter if knows else -1]
            letter_of[node, choice] = letter
            weight[:, node, choice] = weights[:, letter] * (repeat if letter == last[node] else 1.0)
    tables, rows = len(weights), 1 + (longest + 1) * len(nodes)
    thresholds = np.ones((choices - 1, tables, rows))
    successors = np.zeros((tables, rows, choices), dtype=np.int64)
    letters_drawn = np.full((rows, choices), no_letter(automaton), dtype=np.int16)
    ways = np.broadcast_to(np.array(automaton.accepting, dtype=float)[state], (tables, len(nodes)))
    exist = [bool(ways[0, 0])]
    for left in range(1, longest + 1):
        block = slice(1 + left * len(nodes), 1 + (left + 1) * len(nodes))
        so_far = (weight * ways[:, to]).cumsum(axis=2)  # (tables, nodes, choices)
        ways = so_far[:, :, -1]
        shares = np.divide(so_far, ways[:, :, None], out=np.ones_like(so_far), where=ways[:, :, None] > 0)
        thresholds[:, :, block] = shares[:, :, :-1].transpose(2, 0, 1)
        successors[:, block] = 1 + (left - 1) * len(nodes) + to
        letters_drawn[block] = letter_of
        exist.append(bool(ways[0, 0]))
        # Only proportions matter, so the numbers are scaled to stay within a float's range.
        ways = ways / np.maximum(ways.max(axis=1, keepdims=True), np.finfo(float).tiny)
    successors += rows * np.arange(tables)[:, None, None]
    allowed = allowed_after(automaton)
    nothing = np.zeros((1, allowed.shape[1]), dtype=np.bool_)
    may_follow = packed(np.concatenate([nothing, np.tile(allowed[state], (longest + 1, 1))]))
    return Walks(
        thresholds=thresholds.reshape(choices - 1, tables * rows),
        successors=successors.reshape(-1),
        letters=np.tile(letters_drawn, (tables, 1)).reshape(-1),
        allowed=np.tile(may_follow, (tables, *[1] * (may_follow.ndim - 1))),
        start=1 + np.arange(longest + 1) * len(nodes),
        exist=np.array(exist),
    )
