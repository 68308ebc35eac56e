"""Pairs for recognition: a member and a non-member that share all but an early letter.

Both are z, a letter, and then v = b s..s t: after the letter the one word is in another state than the other, b brings
the two to states that s leads back to themselves, and t is the shortest word after which only one of them may end.
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

ROUNDS = 8  # how often a word is tried that does not come out at its length
MOST_PLANS = 1024
ENOUGH_PAIRS = 400  # pairs of states that a shorter loop is looked for among


@dataclass(frozen=True)
class VerdictPlan:
    """After `state` the letter `member` begins a member and `other` a non-member, both then `before loop.. tells`."""

    state: int
    member: int
    other: int
    before: LetterNumbers
    loop: LetterNumbers
    tells: LetterNumbers


@dataclass(frozen=True)
class VerdictTables:
    """Plans by the state that they begin in: those of state q are `first[q]` and the `number[q]` from there on."""

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
    """The tables for words to the length of `walks`, which are the uniform members'; None where there is no plan."""
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
    """For each state and two letters after it a plan with either letter for the member, where there is one."""
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
    """From two states on the way to a loop, the loop, what tells them apart, and whether the first then accepts.

    The shortest loop that is found, the nearest of these: words with it come to every length.
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
    """Members and non-members of these lengths, which exist for members, and which rows have one."""
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
