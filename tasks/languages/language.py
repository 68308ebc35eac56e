"""What samplers need of a language, in whatever way the language is given. Here letters are numbers."""

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

REPEAT_CHANCES = (0.5, 0.98)  # least and greatest chance that a letter of a sticky word repeats the one before
TRIES = 8  # how often another early letter is changed when the word is still a member


@dataclass(frozen=True)
class LetterLanguage:
    """A language over `letters` letters: the lengths of which it has words, and how its words are drawn.

    exist, others_exist  given a longest length, mark the lengths 0..longest that have members, or non-members
    draw                 draws members, all of a length equally likely
    draw_sticky          draws members of the stratum `sticky` of `tasks.drawing.mixture`
    draw_pairs           draws members of the stratum `pairs`
    draw_others          draws non-members, all of a length equally likely
    draw_sticky_others   draws non-members of the stratum `sticky`
    draw_near            draws words that miss the language narrowly; some may be members
    draw_verdict_pairs   draws members, and non-members that differ from a member in an early letter alone;
                         its third argument marks the rows that are to be members
    accepts              tells which words are members
    depths               tells how far each word goes from where it begins

    All lengths that are asked for must have such words; for `draw_near` they must have both members and non-members.
    Words are (words, longest), filled up with the number of `<pad>`.

    The depth of a word is the greatest value over its prefixes. For brackets that value is how many are open. For
    expressions it is how many are wanted beyond one. For blocks it is the size of the first block. For an automaton it
    is the distance of the state from the start, in letters.
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
        """How members of each stratum are drawn, in the order of `tasks.drawing.mixture.STRATA`."""
        return self.draw, self.draw_sticky, self.draw_pairs


def pad_letter(letters: int) -> int:
    """Return the number of `<pad>` in the vocabulary of a task with this many letters."""
    return letters + SPECIAL.index(PAD)


def filled_up(rows: NDArray[np.generic], lengths: Lengths, filling: int) -> Letters:
    """Return the rows, with `filling` in the places past each row's length.  (rows, longest)"""
    filled = rows.astype(np.int16)
    np.copyto(filled, np.int16(filling), where=~inside(lengths, rows.shape[1]))
    return filled


def random_words(rng: np.random.Generator, letters: int, lengths: Lengths) -> Letters:
    """Return random words of these lengths, all words of a length equally likely.  (words, longest)"""
    words = letters_below(rng, len(lengths), int(lengths.max(initial=0)), letters)
    return filled_up(words, lengths, pad_letter(letters))


def random_others(letters: int, accepts: Accepts) -> DrawLetters:
    """Return a way to draw non-members, all of a length equally likely.

    It draws words until each is a non-member, so the language should have few members.
    """

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
    """Return words in which a letter repeats the one before with a chance drawn for the word.  (words, longest)

    A letter that does not repeat is any letter. The chance is drawn from the range REPEAT_CHANCES.
    """
    words = random_words(rng, letters, lengths)
    low, high = REPEAT_CHANCES
    same = ((low + (high - low) * rng.random((len(lengths), 1))) * 2**16).astype(np.uint16)
    return filled_up(held(words, quarters(rng, words.size).reshape(words.shape) < same), lengths, pad_letter(letters))


def held(words: NDArray[AnyInteger], same: NDArray[np.bool_]) -> NDArray[AnyInteger]:
    """Return the words with each marked letter replaced by the one before it, from left to right.  (words, longest)"""
    places = np.where(same, np.int16(0), np.arange(words.shape[1], dtype=np.int16))
    if words.shape[1]:
        np.maximum.accumulate(places, axis=1, out=places)
    chosen: NDArray[AnyInteger] = words.take(places + words.shape[1] * np.arange(len(words))[:, None])
    return chosen


def sticky_others(letters: int, accepts: Accepts) -> DrawLetters:
    """Return a way to draw sticky non-members; a sticky word that is a member is replaced by any non-member."""
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
    """Return a way to draw members of the pairs, and non-members that are such members with one early letter changed.

    The letter is in the first quarter of the word. If none of TRIES changes makes a non-member, any non-member is drawn
    instead.

    Args:
        letters: The size of the alphabet.
        draw_pairs: Draws members of the stratum `pairs`.
        draw_others: Draws non-members.
        accepts: Tells which words are members.

    Returns:
        A function of the generator, the lengths, and a mask of the rows that are to be members.
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
