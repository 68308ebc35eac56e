"""Pairs for recognition: a member and a non-member that differ in one early letter alone.

Both words are z, then one letter, then v = b s..s t. The different letters lead to different states. The word b leads
these two states to two states that s leads back to themselves. The word t is the shortest after which only one of the
two may end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below
from tasks.ground.automata.automaton import LetterNumbers
from tasks.languages.automaton import TaskAutomaton
from tasks.languages.language import Lengths, Letters
from tasks.languages.letter_arrangement import Pieces, in_rounds, pieces_of, placed, repeated
from tasks.languages.letter_walks import Walks, walk_cells
from tasks.languages.needed_memory import (
    MOST_SEEN_PAIRS,
    Table,
    complete,
    pair_loops,
    run,
    successor_table,
    telling_word,
)

ROUNDS = 8  # how often a word is tried for that does not come out at its length
MOST_PLANS = 1024
ENOUGH_PAIRS = 400  # pairs of states after which the search for a shorter loop ends


@dataclass(frozen=True)
class VerdictPlan:
    """How a pair is made: after `state`, the letter `member` begins the member and `other` the non-member.

    Both words then go on with `before`, `loop` repeated, and `tells`.
    """

    state: int
    member: int
    other: int
    before: LetterNumbers
    loop: LetterNumbers
    tells: LetterNumbers


@dataclass(frozen=True)
class VerdictTables:
    """The plans as arrays, sorted by the state in which they begin.

    The plans of state q are the `number[q]` plans from `first[q]` on.
    """

    walks: Walks
    letters: int
    first: NDArray[np.int64]
    number: NDArray[np.int64]
    member: NDArray[np.int64]
    other: NDArray[np.int64]
    before: Pieces
    loop: Pieces
    tells: Pieces


def verdict_tables(automaton: TaskAutomaton, walks: Walks) -> VerdictTables | None:
    """Return the tables for words up to the longest length of `walks`; None if there is no plan.

    Args:
        automaton: The language.
        walks: The table of its uniform members.
    """
    table = successor_table(automaton)
    plans = verdict_plans(table, np.array(automaton.accepting))
    if not plans:
        return None
    number = np.bincount([plan.state for plan in plans], minlength=len(table))
    return VerdictTables(
        walks=walks,
        letters=table.shape[1],
        first=np.cumsum(number) - number,
        number=number,
        member=np.array([plan.member for plan in plans]),
        other=np.array([plan.other for plan in plans]),
        before=pieces_of(tuple(plan.before for plan in plans)),
        loop=pieces_of(tuple(plan.loop for plan in plans)),
        tells=pieces_of(tuple(plan.tells for plan in plans)),
    )


def verdict_plans(table: Table, accepting: NDArray[np.bool_]) -> tuple[VerdictPlan, ...]:
    """Return a plan for each state and each two letters after it for which one is found, up to about MOST_PLANS.

    Args:
        table: The successors of the automaton.
        accepting: (states,) Whether a word may end in the state.
    """
    whole, seen = complete(table), np.append(accepting, False).astype(np.int64)
    loops = {(loop.one, loop.other): loop.word for loop in reversed(pair_loops(whole))}
    tails: dict[tuple[int, int], tuple[LetterNumbers, LetterNumbers, LetterNumbers, bool] | None] = {}
    plans = []
    for state in range(len(table)):
        for one in range(table.shape[1]):
            for other in range(one):
                pair = int(whole[state, one]), int(whole[state, other])
                if pair[0] == pair[1]:
                    continue
                if pair not in tails:
                    tails[pair] = _tail(whole, seen, loops, pair)
                tail = tails[pair]
                if tail is not None:
                    before, loop, tells, first_is_member = tail
                    letters = (one, other) if first_is_member else (other, one)
                    plans.append(VerdictPlan(state, *letters, before, loop, tells))
        if len(plans) > MOST_PLANS:
            break
    return tuple(plans)


def _tail(
    table: Table, seen: NDArray[np.int64], loops: dict[tuple[int, int], LetterNumbers], pair: tuple[int, int]
) -> tuple[LetterNumbers, LetterNumbers, LetterNumbers, bool] | None:
    """Return a way from two states to a loop, the loop, the word that tells them apart, and which of them accepts.

    The last item is True if the first state accepts after that word. The loop is the shortest that is found, and of
    these the nearest, so that words with it come out at every length. Returns None if there is none.
    """
    queue: list[tuple[tuple[int, int], LetterNumbers]] = [(pair, ())]
    known = {pair}
    best: tuple[LetterNumbers, LetterNumbers, LetterNumbers, bool] | None = None
    for (one, other), word in queue:  # grows while it is read
        loop = loops.get((min(one, other), max(one, other)))
        if loop is not None and (best is None or len(loop) < len(best[1])):
            tells = telling_word(table, seen, one, other)
            if tells is not None:
                best = word, loop, tells, bool(seen[run(table, one, tells)])
        if best is not None and (len(best[1]) == 1 or len(known) > ENOUGH_PAIRS):
            break
        for letter in range(table.shape[1]):
            after = int(table[one, letter]), int(table[other, letter])
            if after[0] != after[1] and after not in known and len(known) < MOST_SEEN_PAIRS:
                known.add(after)
                queue.append((after, (*word, letter)))
    return best


def draw_verdict_pairs(
    rng: np.random.Generator, tables: VerdictTables, lengths: Lengths, member: NDArray[np.bool_]
) -> tuple[Letters, NDArray[np.bool_]]:
    """Return members and non-members made by the plans, and which rows have one; the other rows hold `<pad>`.

    Args:
        rng: The source of randomness.
        tables: The plans.
        lengths: (words,) The lengths; each has members.
        member: (words,) Which words are to be members.
    """
    return in_rounds(tables.letters, lengths, ROUNDS, lambda rows, _: _tried(rng, tables, lengths[rows], member[rows]))


def _tried(
    rng: np.random.Generator, tables: VerdictTables, lengths: Lengths, member: NDArray[np.bool_]
) -> tuple[Letters, NDArray[np.bool_]]:
    early = np.floor(lengths * rng.random(len(lengths)) ** 3 / 2).astype(
        np.int64
    )  # letters before the one that decides
    cells = walk_cells(rng, tables.walks, tables.walks.start[lengths], int(early.max(initial=0)))
    state = (cells[early, np.arange(len(early))] // (len(tables.walks.thresholds) + 1) - 1) % len(tables.number)
    plan = tables.first[state] + integers_below(rng, tables.number[state])
    fits = tables.number[state] > 0
    plan = np.where(fits, plan, 0)
    left = lengths - early - 1 - tables.before.lengths[plan] - tables.tells.lengths[plan]
    loop = tables.loop.lengths[plan]
    fits &= (left >= loop) & (left % loop == 0)
    rows, plan = np.flatnonzero(fits), plan[fits]
    letter = np.where(member[rows], tables.member[plan], tables.other[plan])
    parts = [
        Pieces(tables.walks.letters.take(cells[:-1]).T[rows], early[rows]),
        Pieces(letter[:, None], np.ones(len(rows), dtype=np.int64)),
        Pieces(tables.before.letters[plan], tables.before.lengths[plan]),
        repeated(tables.loop, plan, (left // loop)[rows]),
        Pieces(tables.tells.letters[plan], tables.tells.lengths[plan]),
    ]
    return placed(parts, tables.letters), fits
