"""A regular language as samplers need it: members and non-members are drawn by counting paths of automata."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.languages.automaton import TaskAutomaton, difference, other_words, unfinished_words
from tasks.languages.language import Lengths, LetterLanguage, Letters, pad_letter
from tasks.languages.letter_walks import (
    Walks,
    allowed_after,
    automaton_walks,
    draw_from,
    draw_letters,
    draw_walks,
    letters_from,
    room,
)
from tasks.languages.members import DrawnMembers, packed
from tasks.languages.needed_memory import successor_table
from tasks.languages.repetition_pairs import PairTables, draw_pairs, pair_tables
from tasks.languages.sticky_words import Sticky, sticky_rows, sticky_tables
from tasks.languages.verdict_pairs import VerdictTables, draw_verdict_pairs, verdict_tables

AutomatonMaker: TypeAlias = Callable[
    [], TaskAutomaton | None
]  # makes the automaton of the words of one kind; None if there are no such words


def regular_language(
    alphabet: tuple[str, ...], build: Callable[[], TaskAutomaton], near: Callable[[], TaskAutomaton] | None = None
) -> LetterLanguage:
    """Return the language of the automaton that `build` makes.

    All words of a kind and length are equally likely, except in the strata of sticky words and of pairs.

    Args:
        alphabet: The letters.
        build: Makes the automaton of the members.
        near: Makes an automaton; its words that are not members are those that miss the language narrowly. Without it,
            these are the words that begin a member but are none.
    """
    of = _tables(build, near)
    return LetterLanguage(
        letters=len(alphabet),
        exist=lambda longest: of.exist(build, longest),
        draw=lambda rng, lengths: draw_walks(rng, of.walks_for(build, lengths), lengths),
        draw_sticky=lambda rng, lengths: draw_from(rng, *of.sticky_for(build, rng, lengths)),
        draw_pairs=lambda rng, lengths: _draw_pairs(rng, of, lengths),
        others_exist=lambda longest: of.exist(of.others, longest),
        draw_others=lambda rng, lengths: of.draw(rng, of.others, lengths),
        draw_sticky_others=lambda rng, lengths: letters_from(rng, *of.sticky_for(of.others, rng, lengths)),
        draw_near=lambda rng, lengths: _draw_near(rng, of, lengths),
        draw_verdict_pairs=lambda rng, lengths, member: _draw_verdict_pairs(rng, of, lengths, member),
        accepts=lambda words, _: _accepts(build(), words),
        depths=lambda words, _: _distances(build())[_states(build(), words)].max(axis=0),
    )


@dataclass(frozen=True)
class _Tables:
    """The tables from which words of a language are drawn; each is made when it is first asked for.

    An integer argument is the longest length that the table is to cover.
    """

    members: Callable[[], TaskAutomaton]
    others: AutomatonMaker
    narrow: AutomatonMaker
    walks: Callable[[AutomatonMaker, int], Walks | None]
    sticky: Callable[[AutomatonMaker, int], Sticky | None]
    pairs: Callable[[int], PairTables | None]
    verdict_pairs: Callable[[int], VerdictTables | None]

    def exist(self, kind: AutomatonMaker, longest: int) -> NDArray[np.bool_]:
        """Return which of the lengths 0..longest have words of the kind."""
        walks = self.walks(kind, room(longest))
        return np.zeros(longest + 1, dtype=np.bool_) if walks is None else walks.exist[: longest + 1]

    def walks_for(self, kind: AutomatonMaker, lengths: Lengths) -> Walks:
        """Return the table for words of the kind of these lengths.

        Raises:
            ValueError: There are no words of the kind at all.
        """
        walks = self.walks(kind, room(int(lengths.max(initial=0))))
        if walks is None:
            raise ValueError("the language has no such words")
        return walks

    def draw(self, rng: np.random.Generator, kind: AutomatonMaker, lengths: Lengths) -> Letters:
        """Return words of the kind; all words of a length are equally likely."""
        return draw_letters(rng, self.walks_for(kind, lengths), lengths)

    def sticky_for(
        self, kind: AutomatonMaker, rng: np.random.Generator, lengths: Lengths
    ) -> tuple[Walks, NDArray[np.int64], int]:
        """Return the tables of sticky words, the row in which each word begins, and the greatest length."""
        longest = int(lengths.max(initial=0))
        sticky = self.sticky(kind, room(longest))
        if sticky is None:
            raise ValueError("the language has no such words")
        return sticky.walks, sticky_rows(rng, sticky, lengths), longest

    def blank(self, lengths: Lengths) -> Letters:
        """Return rows of `<pad>` with room for words of these lengths."""
        pad = pad_letter(len(self.members().alphabet))
        return np.full((len(lengths), int(lengths.max(initial=0))), pad, dtype=np.int16)


def _tables(build: Callable[[], TaskAutomaton], near: Callable[[], TaskAutomaton] | None) -> _Tables:
    @lru_cache(maxsize=8)
    def walks(kind: AutomatonMaker, space: int) -> Walks | None:
        automaton = kind()
        return None if automaton is None else automaton_walks(automaton, space)

    @lru_cache(maxsize=4)
    def sticky(kind: AutomatonMaker, space: int) -> Sticky | None:
        automaton = kind()
        return None if automaton is None else sticky_tables(automaton, space)

    @lru_cache(maxsize=4)
    def pairs(space: int) -> PairTables | None:
        made = walks(build, space)
        return None if made is None else pair_tables(build(), made)

    @lru_cache(maxsize=4)
    def verdict_pairs(space: int) -> VerdictTables | None:
        made = walks(build, space)
        return None if made is None else verdict_tables(build(), made)

    return _Tables(
        members=build,
        others=cache(lambda: other_words(build())),
        narrow=cache(lambda: unfinished_words(build()) if near is None else difference(near(), build())),
        walks=walks,
        sticky=sticky,
        pairs=pairs,
        verdict_pairs=verdict_pairs,
    )


def _draw_near(rng: np.random.Generator, of: _Tables, lengths: Lengths) -> Letters:
    found = of.exist(of.narrow, int(lengths.max(initial=0)))[lengths]
    words = of.blank(lengths)
    for kind, rows in ((of.narrow, found), (of.others, ~found)):
        if rows.any():
            drawn = of.draw(rng, kind, lengths[rows])
            words[rows, : drawn.shape[1]] = drawn
    return words


def _draw_pairs(rng: np.random.Generator, of: _Tables, lengths: Lengths) -> DrawnMembers:
    """Return members made by the plans; a word that fits no plan is any member of its length."""
    tables = of.pairs(room(int(lengths.max(initial=0))))
    if tables is None:
        return draw_walks(rng, of.walks_for(of.members, lengths), lengths)
    words, found = draw_pairs(rng, tables, lengths)
    if not found.all():
        drawn = of.draw(rng, of.members, lengths[~found])
        words[~found, : drawn.shape[1]] = drawn
    return _read(of.members(), words)


def _draw_verdict_pairs(rng: np.random.Generator, of: _Tables, lengths: Lengths, member: NDArray[np.bool_]) -> Letters:
    """Return members, and non-members that differ from one in an early letter alone, made by the plans.

    A word that fits no plan is any member of its length, or else a word that misses the language narrowly.
    """
    words, found = of.blank(lengths), np.zeros(len(lengths), dtype=np.bool_)
    paired = of.exist(of.members, int(lengths.max(initial=0)))[lengths]
    tables = of.verdict_pairs(room(int(lengths.max(initial=0))))
    if tables is not None and paired.any():
        drawn, found[paired] = draw_verdict_pairs(rng, tables, lengths[paired], member[paired])
        words[paired, : drawn.shape[1]] = drawn
    rows = np.flatnonzero(~found & member)
    if len(rows):
        drawn = of.draw(rng, of.members, lengths[rows])
        words[rows, : drawn.shape[1]] = drawn
    rows = np.flatnonzero(~found & ~member)
    if len(rows):
        drawn = _draw_near(rng, of, lengths[rows])
        words[rows, : drawn.shape[1]] = drawn
        rows = rows[_accepts(of.members(), drawn)]
    if len(rows):
        drawn = of.draw(rng, of.others, lengths[rows])
        words[rows, : drawn.shape[1]] = drawn
    return words


def _accepts(automaton: TaskAutomaton, words: Letters) -> NDArray[np.bool_]:
    """Return which words the automaton accepts; `<pad>` after a word changes nothing."""
    states, letters = len(automaton.successors), len(automaton.alphabet)
    table = np.full((states + 1, letters + 1), states)  # the last state is dead, the last letter stands for <pad>
    table[:states, :letters] = [[states if to is None else to for to in row] for row in automaton.successors]
    table[:, letters] = np.arange(states + 1)
    rows = (table * (letters + 1)).reshape(-1)  # for each row and letter, the index at which the next row begins
    row = np.zeros(len(words), dtype=np.int64)
    cell = np.empty_like(row)
    for letter in np.ascontiguousarray(np.minimum(words, letters).T):
        np.add(row, letter, out=cell)
        rows.take(cell, out=row, mode="clip")  # all are in range; the default mode would copy
    return np.array([*automaton.accepting, False])[row // (letters + 1)]


def _read(automaton: TaskAutomaton, words: Letters) -> DrawnMembers:
    """Return the members with what may follow each of their prefixes."""
    states = _states(automaton, words)
    allowed = allowed_after(automaton)
    outputs = packed(np.concatenate([allowed, np.zeros((1, allowed.shape[1]), dtype=np.bool_)]))
    return DrawnMembers(words, np.ascontiguousarray(outputs.take(states.T)))


def _states(automaton: TaskAutomaton, words: Letters) -> NDArray[np.int64]:
    """Return the state after each prefix of each word.  (prefixes, words)

    Past the end of a word, and if no member goes on, it is one more than the last state.
    """
    table, letters = successor_table(automaton), len(automaton.alphabet)
    states = len(table)
    after = np.full((states + 1, letters + 1), states)  # the extra state lies past the end; the extra letter is <pad>
    after[:states, :letters] = np.where(table < 0, states, table)
    rows = after.reshape(-1) * (letters + 1)  # for each row and letter, the index at which the next row begins
    steps = np.ascontiguousarray(np.minimum(words, letters).T)
    found = np.zeros((len(steps) + 1, len(words)), dtype=np.int64)  # (prefixes, words)
    cell = np.empty(len(words), dtype=np.int64)
    for place, letter in enumerate(steps):
        np.add(found[place], letter, out=cell)
        rows.take(cell, out=found[place + 1], mode="clip")  # all are in range; the default mode would copy
    return found // (letters + 1)


def _distances(automaton: TaskAutomaton) -> NDArray[np.int64]:
    """Return each state's distance from the start in letters, and 0 for the extra state of `_states`.  (states + 1,)"""
    away = np.zeros(len(automaton.successors) + 1, dtype=np.int64)
    seen, reached = {0}, [0]
    for state in reached:  # grows while it is read
        for to in automaton.successors[state]:
            if to is not None and to not in seen:
                seen.add(to)
                reached.append(to)
                away[to] = away[state] + 1
    return away
