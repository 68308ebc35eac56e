"""A regular language for the samplers: members and non-members by counting paths."""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tasks.automaton import Automaton, difference, other_words, unfinished_words
from tasks.continuation import DrawnMembers, packed
from tasks.language import Language, Lengths, Letters, pad_letter
from tasks.memory import table_of
from tasks.pairs import PairTables, draw_pairs, pair_tables
from tasks.sticky import Sticky, sticky_rows, sticky_tables
from tasks.verdict_pairs import VerdictTables, draw_verdict_pairs, verdict_tables
from tasks.walks import (
    Walks,
    allowed_after,
    automaton_walks,
    draw_from,
    draw_letters,
    draw_walks,
    letters_from,
    room,
)


def regular_language(
    alphabet: tuple[str, ...], build: Callable[[], Automaton], near: Callable[[], Automaton] | None = None
) -> Language:
    """The language of the automaton that `build` gives.

    Words that miss it narrowly are those of `near` that are no members; without it those that begin a member.
    All words of a kind and length are equally likely.
    """

    @cache
    def others() -> Automaton | None:
        return other_words(build())

    @cache
    def narrow() -> Automaton | None:
        return unfinished_words(build()) if near is None else difference(near(), build())

    @lru_cache(maxsize=8)
    def walks_of(kind: Callable[[], Automaton | None], space: int) -> Walks | None:
        automaton = kind()
        return None if automaton is None else automaton_walks(automaton, space)

    def exist_of(kind: Callable[[], Automaton | None], longest: int) -> NDArray[np.bool_]:
        walks = walks_of(kind, room(longest))
        return np.zeros(longest + 1, dtype=np.bool_) if walks is None else walks.exist[: longest + 1]

    def walks_for(kind: Callable[[], Automaton | None], lengths: Lengths) -> Walks:
        walks = walks_of(kind, room(int(lengths.max(initial=0))))
        if walks is None:
            raise ValueError("the language has no such words")
        return walks

    def draw_near(rng: np.random.Generator, lengths: Lengths) -> Letters:
        found = exist_of(narrow, int(lengths.max(initial=0)))[lengths]
        words = np.full((len(lengths), int(lengths.max(initial=0))), pad_letter(len(alphabet)), dtype=np.int16)
        for kind, rows in ((narrow, found), (others, ~found)):
            if rows.any():
                drawn = draw_letters(rng, walks_for(kind, lengths[rows]), lengths[rows])
                words[rows, : drawn.shape[1]] = drawn
        return words

    @lru_cache(maxsize=4)
    def sticky_of(kind: Callable[[], Automaton | None], space: int) -> Sticky:
        automaton = kind()
        if automaton is None:
            raise ValueError("the language has no such words")
        return sticky_tables(automaton, space)

    @lru_cache(maxsize=4)
    def pairs_of(space: int) -> PairTables | None:
        walks = walks_of(build, space)
        return None if walks is None else pair_tables(build(), walks)

    @lru_cache(maxsize=4)
    def verdict_pairs_of(space: int) -> VerdictTables | None:
        walks = walks_of(build, space)
        return None if walks is None else verdict_tables(build(), walks)

    def draw_sticky(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        longest = int(lengths.max(initial=0))
        sticky = sticky_of(build, room(longest))
        return draw_from(rng, sticky.walks, sticky_rows(rng, sticky, lengths), longest)

    def draw_sticky_others(rng: np.random.Generator, lengths: Lengths) -> Letters:
        longest = int(lengths.max(initial=0))
        sticky = sticky_of(others, room(longest))
        return letters_from(rng, sticky.walks, sticky_rows(rng, sticky, lengths), longest)

    def draw_pair_members(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        """By the plans; words that are too short for any, and those of a language without one, uniformly."""
        longest = int(lengths.max(initial=0))
        tables = pairs_of(room(longest))
        if tables is None:
            return draw_walks(rng, walks_for(build, lengths), lengths)
        words, found = draw_pairs(rng, tables, lengths)
        if not found.all():
            drawn = draw_letters(rng, walks_for(build, lengths), lengths[~found])
            words[~found, : drawn.shape[1]] = drawn
        return _read(build(), words)

    def draw_verdicts(rng: np.random.Generator, lengths: Lengths, member: NDArray[np.bool_]) -> Letters:
        """By the plans; where there is none, a member uniformly, and for the other one that is narrowly none."""
        words = np.full((len(lengths), int(lengths.max(initial=0))), pad_letter(len(alphabet)), dtype=np.int16)
        found = np.zeros(len(lengths), dtype=np.bool_)
        paired = exist_of(build, int(lengths.max(initial=0)))[lengths]
        tables = verdict_pairs_of(room(int(lengths.max(initial=0))))
        if tables is not None and paired.any():
            drawn, found[paired] = draw_verdict_pairs(rng, tables, lengths[paired], member[paired])
            words[paired, : drawn.shape[1]] = drawn
        for draw, rows in ((walks_of_members, ~found & member), (draw_narrow, ~found & ~member)):
            if rows.any():
                drawn = draw(rng, lengths[rows])
                words[rows, : drawn.shape[1]] = drawn
        return words

    def walks_of_members(rng: np.random.Generator, lengths: Lengths) -> Letters:
        return draw_letters(rng, walks_for(build, lengths), lengths)

    def draw_narrow(rng: np.random.Generator, lengths: Lengths) -> Letters:
        words = draw_near(rng, lengths)
        members = np.flatnonzero(_accepts(build(), words))
        if len(members):
            drawn = draw_letters(rng, walks_for(others, lengths[members]), lengths[members])
            words[members, : drawn.shape[1]] = drawn
        return words

    return Language(
        letters=len(alphabet),
        exist=lambda longest: exist_of(build, longest),
        draw=lambda rng, lengths: draw_walks(rng, walks_for(build, lengths), lengths),
        draw_sticky=draw_sticky,
        draw_pairs=draw_pair_members,
        others_exist=lambda longest: exist_of(others, longest),
        draw_others=lambda rng, lengths: draw_letters(rng, walks_for(others, lengths), lengths),
        draw_sticky_others=draw_sticky_others,
        draw_near=draw_near,
        draw_verdict_pairs=draw_verdicts,
        accepts=lambda words, _: _accepts(build(), words),
        depths=lambda words, _: _distances(build())[_states(build(), words)].max(axis=0),
    )


def _accepts(automaton: Automaton, words: Letters) -> NDArray[np.bool_]:
    """Which words the automaton accepts; `<pad>` after a word changes nothing."""
    states, letters = len(automaton.successors), len(automaton.alphabet)
    table = np.full((states + 1, letters + 1), states)  # the last state is dead, the last letter stands for <pad>
    table[:states, :letters] = [[states if to is None else to for to in row] for row in automaton.successors]
    table[:, letters] = np.arange(states + 1)
    rows = (table * (letters + 1)).reshape(-1)  # for each row and letter where the next row begins
    row = np.zeros(len(words), dtype=np.int64)
    cell = np.empty_like(row)
    for letter in np.ascontiguousarray(np.minimum(words, letters).T):
        np.add(row, letter, out=cell)
        rows.take(cell, out=row, mode="clip")  # all are in range; the default mode would copy
    return np.array([*automaton.accepting, False])[row // (letters + 1)]


def _read(automaton: Automaton, words: Letters) -> DrawnMembers:
    """Members with what may follow each of their prefixes."""
    states = _states(automaton, words)
    allowed = allowed_after(automaton)
    outputs = packed(np.concatenate([allowed, np.zeros((1, allowed.shape[1]), dtype=np.bool_)]))
    return DrawnMembers(words, np.ascontiguousarray(outputs.take(states.T)))


def _states(automaton: Automaton, words: Letters) -> NDArray[np.int64]:
    """The state after each prefix; past the end of a word, and where no member goes on, one more.  (prefixes, words)"""
    table, letters = table_of(automaton), len(automaton.alphabet)
    states = len(table)
    after = np.full((states + 1, letters + 1), states)  # the last state is that past the end, the last letter <pad>
    after[:states, :letters] = np.where(table < 0, states, table)
    rows = after.reshape(-1) * (letters + 1)  # for each row and letter where the next row begins
    steps = np.ascontiguousarray(np.minimum(words, letters).T)
    found = np.zeros((len(steps) + 1, len(words)), dtype=np.int64)  # (prefixes, words)
    cell = np.empty(len(words), dtype=np.int64)
    for place, letter in enumerate(steps):
        np.add(found[place], letter, out=cell)
        rows.take(cell, out=found[place + 1], mode="clip")  # all are in range; the default mode would copy
    return found // (letters + 1)


def _distances(automaton: Automaton) -> NDArray[np.int64]:
    """How many letters away from the start each state is; 0 for the one more.  (states + 1,)"""
    away = np.zeros(len(automaton.successors) + 1, dtype=np.int64)
    seen, reached = {0}, [0]
    for state in reached:  # grows while it is read
        for to in automaton.successors[state]:
            if to is not None and to not in seen:
                seen.add(to)
                reached.append(to)
                away[to] = away[state] + 1
    return away
