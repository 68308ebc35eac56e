"""Members of a regular language in which a word is repeated so often that no window can tell two states apart.

A member has the form x s..s t u s..s t y. Here x leads to a state p that s leads back to itself, and u leads to another
such state q. The word t is the shortest after which different letters may follow for p and for q. After either run of s
the last letters are the same, so that whatever a window of them answers, it is wrong once.

If no member visits both states, the form is x s..s t y with one of them. A language whose state follows from a bounded
number of last letters has no such pair of states. Its members have the form x s..s y, where s leads some state back to
itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below
from tasks.ground.automata.automaton import LetterNumbers
from tasks.languages.automaton import TaskAutomaton
from tasks.languages.language import Lengths, Letters
from tasks.languages.letter_arrangement import Pieces, in_rounds, pieces_of, placed, repeated
from tasks.languages.letter_walks import Walks, allowed_after, walk_cells
from tasks.languages.needed_memory import (
    Loop,
    Table,
    completable,
    pair_loops,
    routes_to,
    run,
    state_loops,
    successor_table,
    telling_word,
)

RUN_LETTERS = 17  # least letters of a run together with the t after it, if the length has room for them
ROUNDS = 12  # how often a word is tried for that does not come out at its length


@dataclass(frozen=True)
class PairPlan:
    """How a member is made: a way to `first`, `loop` repeated, `tells`, `crosses`, `loop` repeated, `tells`, an end.

    `crosses` is None if the word has a single run; it then goes from the first `tells` to its end. `last` is the state
    in which the end begins.
    """

    first: int
    loop: LetterNumbers
    tells: LetterNumbers
    crosses: LetterNumbers | None
    last: int


def plans_of(table: Table, seen: NDArray[np.int64]) -> tuple[PairPlan, ...]:
    """Return the plans of a language; a finite language has none.

    Args:
        table: The successors of the automaton.
        seen: (states,) A number for what may follow each state.
    """
    loops = pair_loops(table)
    plans = [plan for loop in loops for plan in _plans(table, seen, loop)]
    return tuple(plans) or tuple(PairPlan(loop.one, loop.word, (), None, loop.one) for loop in state_loops(table))


def _plans(table: Table, seen: NDArray[np.int64], loop: Loop) -> list[PairPlan]:
    tells = telling_word(table, seen, loop.one, loop.other)
    if tells is None:
        return []
    plans = []
    for first, second in ((loop.one, loop.other), (loop.other, loop.one)):
        crosses = routes_to(table, second).word(table, run(table, first, tells))
        if crosses is not None:
            plans.append(PairPlan(first, loop.word, tells, crosses, run(table, second, tells)))
    single = [PairPlan(state, loop.word, tells, None, run(table, state, tells)) for state in (loop.one, loop.other)]
    return plans or single


@dataclass(frozen=True)
class PairTables:
    """The plans of one language as arrays with a row for each plan, and what is needed to reach a given length.

    table     (states, letters)   the successors
    walks                         the table of uniform members, by which words begin (x) and end (y)
    target    (plans,)            the row of the plan's first state in `distance` and `step`
    distance  (targets, states)   the letters from each state to the target; -1 if there is no way
    step      (targets, states)   the first letter of that way
    loop      plans               the words s; likewise `tells` the words t, and `crosses` the words u
    double    (plans,)            1 if the word has two runs, 0 if it has one
    last      (plans,)            the state in which the word's end begins
    end       (plans,)            the fewest letters from there to an end
    ends      (letters, states)   whether exactly so many more letters can end a word
    """

    table: Table
    walks: Walks
    target: NDArray[np.int64]
    distance: NDArray[np.int64]
    step: NDArray[np.int64]
    loop: Pieces
    tells: Pieces
    crosses: Pieces
    double: NDArray[np.int64]
    last: NDArray[np.int64]
    end: NDArray[np.int64]
    ends: NDArray[np.bool_]


def pair_tables(automaton: TaskAutomaton, walks: Walks) -> PairTables | None:
    """Return the tables for words up to the longest length of `walks`; None if the language has no plan.

    Args:
        automaton: The language.
        walks: The table of its uniform members.
    """
    table = successor_table(automaton)
    seen = np.unique(allowed_after(automaton), axis=0, return_inverse=True)[1].reshape(-1)
    plans = plans_of(table, seen)
    if not plans:
        return None
    ends = completable(table, np.array(automaton.accepting), len(walks.exist) - 1)
    firsts = sorted({plan.first for plan in plans})
    routes = [routes_to(table, first) for first in firsts]
    last = np.array([plan.last for plan in plans], dtype=np.int64)
    return PairTables(
        table=table,
        walks=walks,
        target=np.array([firsts.index(plan.first) for plan in plans], dtype=np.int64),
        distance=np.stack([each.distance for each in routes]),
        step=np.stack([each.letter for each in routes]),
        loop=pieces_of(tuple(plan.loop for plan in plans)),
        tells=pieces_of(tuple(plan.tells for plan in plans)),
        crosses=pieces_of(tuple(plan.crosses or () for plan in plans)),
        double=np.array([plan.crosses is not None for plan in plans], dtype=np.int64),
        last=last,
        end=ends.argmax(axis=0)[last],
        ends=ends,
    )


def draw_pairs(rng: np.random.Generator, tables: PairTables, lengths: Lengths) -> tuple[Letters, NDArray[np.bool_]]:
    """Return members of these lengths made by the plans, and which rows have one; the other rows hold `<pad>`.

    A row has none if its length is too short for the plans that were tried.
    """

    def tried(rows: NDArray[np.int64], round_: int) -> tuple[Letters, NDArray[np.bool_]]:
        return _tried(rng, tables, lengths[rows], free=round_ < ROUNDS // 3)

    return in_rounds(tables.table.shape[1], lengths, ROUNDS, tried)


@dataclass(frozen=True)
class _Sizes:
    """How long the parts of words are.

    x            letters of the beginning x
    once, again  how often s is repeated in the first run and in the second
    fits         whether the length has room for the plan at all
    """

    x: NDArray[np.int64]
    once: NDArray[np.int64]
    again: NDArray[np.int64]
    fits: NDArray[np.bool_]


def _sizes(
    rng: np.random.Generator, tables: PairTables, plan: NDArray[np.int64], lengths: Lengths, *, free: bool
) -> _Sizes:
    """Return how long the parts of words are: runs of the least length, and the remaining room shared out by chance.

    In every second word, if `free`, the beginning and the end get a share of it too.
    """
    double, loop = tables.double[plan], tables.loop.lengths[plan]
    tells = tables.tells.lengths[plan]
    needed = tables.distance[tables.target[plan], 0] + tells + tables.end[plan]
    needed += double * (tables.crosses.lengths[plan] + tells)
    room, runs = lengths - needed, 1 + double
    least = np.clip(-(-(RUN_LETTERS - tells) // loop), 1, np.maximum(room // (runs * loop), 1))
    spare = np.maximum(room - runs * least * loop, 0)
    shares = rng.random((4, len(plan)))
    shares[1] *= double
    shares[2:] *= (rng.random(len(plan)) < 0.5) & free
    shares *= spare / np.maximum(shares.sum(axis=0), 1e-9)
    once = least + (shares[0] // loop).astype(np.int64)
    again = double * (least + (shares[1] // loop).astype(np.int64))
    return _Sizes(shares[2].astype(np.int64), once, again, room >= runs * least * loop)


def _tried(
    rng: np.random.Generator, tables: PairTables, lengths: Lengths, *, free: bool
) -> tuple[Letters, NDArray[np.bool_]]:
    """Return words for those lengths that come out, and which these are; if `free`, x and y may get room."""
    plan = integers_below(rng, np.full(len(lengths), len(tables.double)))
    sizes = _sizes(rng, tables, plan, lengths, free=free)
    x, state = _beginning(rng, tables, lengths, np.where(sizes.fits, sizes.x, 0))
    way = tables.distance[tables.target[plan], state]
    loop, tells, double = tables.loop.lengths[plan], tables.tells.lengths[plan], tables.double[plan]
    left = lengths - x.lengths - np.maximum(way, 0) - tells - double * (tables.crosses.lengths[plan] + tells)
    left -= (sizes.once + sizes.again) * loop
    # In half of the words one of the runs takes what is left; in the others the end y takes it.
    longer = (rng.random(len(plan)) < 0.5) * np.maximum(left - tables.end[plan], 0) // loop
    second = (rng.random(len(plan)) < 0.5) & (double > 0)
    once, again = sizes.once + longer * ~second, sizes.again + longer * second
    left -= longer * loop
    fits = sizes.fits & (way >= 0) & (left >= 0)
    fits[fits] = tables.ends[left[fits], tables.last[plan[fits]]]
    if not fits.any():  # so it is in later rounds, when only lengths that are too short remain
        return np.empty((0, 0), dtype=np.int16), fits
    plan, rows = plan[fits], np.flatnonzero(fits)
    parts = [
        Pieces(x.letters[rows], x.lengths[rows]),
        _way(tables, plan, state[rows]),
        repeated(tables.loop, plan, once[rows]),
        Pieces(tables.tells.letters[plan], tables.tells.lengths[plan]),
        Pieces(tables.crosses.letters[plan], tables.crosses.lengths[plan]),
        repeated(tables.loop, plan, again[rows]),
        Pieces(tables.tells.letters[plan], tables.tells.lengths[plan] * tables.double[plan]),
        _end(rng, tables, tables.last[plan], left[rows]),
    ]
    return placed(parts, tables.table.shape[1]), fits


def _beginning(
    rng: np.random.Generator, tables: PairTables, lengths: Lengths, sizes: NDArray[np.int64]
) -> tuple[Pieces, NDArray[np.int64]]:
    """Return the first `sizes` letters of random members, and the state after them."""
    cells = walk_cells(rng, tables.walks, tables.walks.start[lengths], int(sizes.max(initial=0)))
    choices = len(tables.walks.thresholds) + 1
    row = cells[sizes, np.arange(len(sizes))] // choices
    return Pieces(tables.walks.letters.take(cells[:-1]).T, sizes), (row - 1) % len(tables.table)


def _way(tables: PairTables, plan: NDArray[np.int64], state: NDArray[np.int64]) -> Pieces:
    """Return the shortest way from each state to the first state of its plan."""
    target = tables.target[plan]
    lengths = tables.distance[target, state]
    letters = np.zeros((len(plan), int(lengths.max(initial=0))), dtype=np.int64)
    for column in letters.T:
        step = tables.step[target, state]  # -1 once the way has ended; then its letter has no meaning
        column[:] = step
        state = np.where(step < 0, state, tables.table[state, step])
    return Pieces(letters, lengths)


def _end(rng: np.random.Generator, tables: PairTables, state: NDArray[np.int64], lengths: NDArray[np.int64]) -> Pieces:
    """Return `lengths` letters from each state to acceptance, all such words equally likely."""
    rows = 1 + lengths * len(tables.table) + state
    cells = walk_cells(rng, tables.walks, rows, int(lengths.max(initial=0)))
    return Pieces(tables.walks.letters.take(cells[:-1]).T, lengths)
