"""What the samplers of a language's tasks need of it, whichever way it is given; letters are numbers here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import inside
from tasks.drawing.randomness import letters_below, quarters
from tasks.languages.members import DrawMembers
from tasks.words import PAD, SPECIAL

Lengths: TypeAlias = NDArray[np.int64]
Letters: TypeAlias = NDArray[np.int16]
DrawLetters: TypeAlias = Callable[[np.random.Generator, Lengths], Letters]
Accepts: TypeAlias = Callable[[Letters, Lengths], NDArray[np.bool_]]

AnyInteger = TypeVar("AnyInteger", bound=np.integer)

REPEAT_CHANCES = (0.5, 0.98)  # the chances that a letter is the one before, of a sticky word, lie between
TRIES = 8  # how often an early letter is changed of a member that stays one


@dataclass(frozen=True)
class LetterLanguage:
    """A language over `letters` letters: which lengths it has words of, and how these are drawn.

    `exist` and `others_exist` mark the lengths 0..longest that have members and non-members. `draw` draws members
    uniformly among those of a length, `draw_others` non-members; `draw_near` words that miss the language narrowly,
    though some may be members. `draw_sticky`, `draw_sticky_others` and `draw_pairs` draw those of the other strata of
    `tasks.drawing.mixture`, and `draw_verdict_pairs` members and others, as its third argument says, that share all but
    an early letter. All take lengths that have such words (for `draw_near`: members and non-members), and give words
    (words, longest) filled up with the number of `<pad>`. `accepts` tells the members among such words, `depths` how
    far they go from where words begin: the most that any prefix has open, or wanted beyond one, of a first block, or,
    of an automaton, the most letters that a state on the way is away from the start.
    """

    letters: int
    exist: Callable[[int], NDArray[np.bool_]]
    draw: DrawMembers
    draw_sticky: DrawMembers
    draw_pairs: DrawMembers
    others_exist: Callable[[int], NDArray[np.bool_]]
    draw_others: DrawLetters
    draw_sticky_others: DrawLetters
    draw_near: DrawLetters
    draw_verdict_pairs: Callable[[np.random.Generator, Lengths, NDArray[np.bool_]], Letters]
    accepts: Accepts
    depths: Callable[[Letters, Lengths], NDArray[np.int64]]

    @property
    def draws(self) -> tuple[DrawMembers, DrawMembers, DrawMembers]:
        """How the members of each stratum are drawn, in the order of `tasks.drawing.mixture.STRATA`."""
        return self.draw, self.draw_sticky, self.draw_pairs


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


def random_others(letters: int, accepts: Accepts) -> DrawLetters:
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


def sticky_words(rng: np.random.Generator, letters: int, lengths: Lengths) -> Letters:
    """Words in which a letter is the one before with a chance of their own, else any.  (words, longest)"""
    words = random_words(rng, letters, lengths)
    low, high = REPEAT_CHANCES
    same = ((low + (high - low) * rng.random((len(lengths), 1))) * 2**16).astype(np.uint16)
    return filled_up(held(words, quarters(rng, words.size).reshape(words.shape) < same), lengths, pad_letter(letters))


def held(words: NDArray[AnyInteger], same: NDArray[np.bool_]) -> NDArray[AnyInteger]:
    """The words with each marked letter replaced by the one before it, from the left.  (words, longest)"""
    places = np.where(same, np.int16(0), np.arange(words.shape[1], dtype=np.int16))
    if words.shape[1]:
        np.maximum.accumulate(places, axis=1, out=places)
    chosen: NDArray[AnyInteger] = words.take(places + words.shape[1] * np.arange(len(words))[:, None])
    return chosen


def sticky_others(letters: int, accepts: Accepts) -> DrawLetters:
    """Sticky words that are no members, those drawn uniformly in place of members."""
    uniform = random_others(letters, accepts)

    def draw(rng: np.random.Generator, lengths: Lengths) -> Letters:
        words = sticky_words(rng, letters, lengths)
        members = np.flatnonzero(accepts(words, lengths))
        if len(members):
            drawn = uniform(rng, lengths[members])
            words[members, : drawn.shape[1]] = drawn
        return words

    return draw


def changed_early(
    letters: int, draw_pairs: DrawMembers, draw_others: DrawLetters, accepts: Accepts
) -> Callable[[np.random.Generator, Lengths, NDArray[np.bool_]], Letters]:
    """Members of the pairs, and others that are such a member but for one letter of its first quarter.

    Where no such change of several tried makes a non-member, one is drawn uniformly.
    """

    def draw(rng: np.random.Generator, lengths: Lengths, member: NDArray[np.bool_]) -> Letters:
        words = draw_pairs(rng, lengths).letters.copy()
        wanted = np.flatnonzero(~member)
        for _ in range(TRIES):
            changed, each = words[wanted], np.arange(len(wanted))
            place = np.floor(rng.random(len(wanted)) * np.maximum(lengths[wanted] / 4, 1)).astype(np.int64)
            by = 1 + np.floor(rng.random(len(wanted)) * max(1, letters - 1)).astype(np.int64)
            if changed.size:
                changed[each, place] = (changed[each, place] + by) % letters
            right = ~accepts(changed, lengths[wanted])
            words[wanted[right]] = changed[right]
            wanted = wanted[~right]
            if not len(wanted):
                return words
        drawn = draw_others(rng, lengths[wanted])
        words[wanted, : drawn.shape[1]] = drawn
        return words

    return draw
