"""What the samplers of a language's tasks need of it, whichever way it is given; letters are numbers here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.continuation import DrawnMembers
from tasks.lengths import inside
from tasks.randomness import letters_below
from tasks.task import PAD, SPECIAL

Lengths: TypeAlias = NDArray[np.int64]
Letters: TypeAlias = NDArray[np.int16]
DrawLetters: TypeAlias = Callable[[np.random.Generator, Lengths], Letters]


@dataclass(frozen=True)
class Language:
    """A language over `letters` letters: which lengths it has words of, and how these are drawn.

    `exist` and `others_exist` mark the lengths 0..longest that have members and non-members. `draw` draws members
    uniformly among those of a length, `draw_others` non-members; `draw_near` words that miss the language narrowly,
    though some may be members. All take lengths that have such words (for `draw_near`: members and non-members),
    and give words (words, longest) filled up with the number of `<pad>`. `accepts` tells the members among such
    words.
    """

    letters: int
    exist: Callable[[int], NDArray[np.bool_]]
    draw: Callable[[np.random.Generator, Lengths], DrawnMembers]
    others_exist: Callable[[int], NDArray[np.bool_]]
    draw_others: DrawLetters
    draw_near: DrawLetters
    accepts: Callable[[Letters, Lengths], NDArray[np.bool_]]


def pad_letter(letters: int) -> int:
    """The number that `<pad>` has in the vocabulary of a task with so many letters."""
    return letters + SPECIAL.index(PAD)


def filled_up(rows: NDArray[np.generic], lengths: Lengths, filling: int) -> Letters:
    """The rows with one number past their lengths.  (rows, longest)"""
    filled = rows.astype(np.int16)
    np.copyto(filled, np.int16(filling), where=~inside(lengths, rows.shape[1]))
    return filled


def random_words(rng: np.random.Generator, letters: int, lengths: Lengths) -> Letters:
    """All words of a length equally likely.  (words, longest)"""
    words = letters_below(rng, len(lengths), int(lengths.max(initial=0)), letters)
    return filled_up(words, lengths, pad_letter(letters))


def random_others(letters: int, accepts: Callable[[Letters, Lengths], NDArray[np.bool_]]) -> DrawLetters:
    """Non-members, all of a length equally likely: words drawn until they are; for languages of few members."""

    def draw(rng: np.random.Generator, lengths: Lengths) -> Letters:
        words = random_words(rng, letters, lengths)
        wanted = np.flatnonzero(accepts(words, lengths))
        while len(wanted):
            drawn = random_words(rng, letters, lengths[wanted])
            words[wanted, : drawn.shape[1]] = drawn
            wanted = wanted[accepts(drawn, lengths[wanted])]
        return words

    return draw
