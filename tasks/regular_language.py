"""A regular language for the samplers: members and non-members by counting paths."""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tasks.automaton import Automaton, difference, other_words, unfinished_words
from tasks.language import Language, Lengths, Letters, pad_letter
from tasks.walks import Walks, automaton_walks, draw_letters, draw_walks, room


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

    return Language(
        letters=len(alphabet),
        exist=lambda longest: exist_of(build, longest),
        draw=lambda rng, lengths: draw_walks(rng, walks_for(build, lengths), lengths),
        others_exist=lambda longest: exist_of(others, longest),
        draw_others=lambda rng, lengths: draw_letters(rng, walks_for(others, lengths), lengths),
        draw_near=draw_near,
        accepts=lambda words, _: _accepts(build(), words),
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
