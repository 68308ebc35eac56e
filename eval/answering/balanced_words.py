"""Words of a program's language, with members and other words equally likely, drawn at random or else found.

Half of the words are random with equally likely letters, or walks along what the program allows. A quarter have letters
that repeat themselves, and a quarter are made of members. If random draws never give a word of the wanted kind, all
words are made in the last way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from eval.answering.member_search import LONG_LENGTH, NOTHING, Found, find_words, walks
from eval.answering.membership import Flags, Goal, judge
from eval.answering.word_edits import edited, random_letters, repeated, sticky_letters
from tasks.drawing.mixture import SHARES, STRATA, Strata
from tasks.drawing.randomness import generator, integers_below

BLOCK_LENGTHS = 50  # the members of so many lengths are searched for together
EDIT_TRIES = 2  # how many edited words are tried before a word that was found is taken unchanged
ASKED_WORDS = 1_000  # random words on which the share of members is estimated
MANY_NUMBERS = 4  # an arithmetic progression of at least so many numbers is abbreviated


class NoWordsError(ValueError):
    """No word of the lengths, or none of a wanted kind, was found."""


@dataclass(frozen=True)
class Vocabulary:
    """What words are drawn of: the goal that makes a word a member, the tokens that are letters, and what was found.

    `name` seeds the search, so that equal names give equal words. `found` maps the number of a block of lengths to the
    words that were found for it.
    """

    name: str
    goal: Goal
    letters: NDArray[np.int64]
    found: Callable[[int], Found]

    def within(self, lengths: tuple[int, int]) -> Found:
        """The words that were found of these lengths."""
        first, last = ((n - 1) // BLOCK_LENGTHS if n else 0 for n in lengths)
        blocks = [self.found(number) for number in range(first, last + 1)]
        words = joined(*(block.words for block in blocks))
        member = np.concatenate([block.member for block in blocks])
        rows = (words.lengths >= lengths[0]) & (words.lengths <= lengths[1])
        return Found(words.at(rows), member[rows])


def vocabulary(name: str, goal: Goal, letters: Sequence[int]) -> Vocabulary:
    """The vocabulary of a goal; vocabularies of the same name and goal give the same words.

    Args:
        name: The name that seeds the search.
        goal: What makes a word a member.
        letters: The numbers of the tokens that words are made of.
    """
    numbers = np.array(letters, dtype=np.int64)

    @lru_cache(maxsize=64)
    def found(block: int) -> Found:
        bounds = (BLOCK_LENGTHS * block + (1 if block else 0), BLOCK_LENGTHS * (block + 1))
        known = found(0) if block else NOTHING
        return find_words(goal, numbers, generator(name, "found", bounds, 0), bounds, known)

    return Vocabulary(name, goal, numbers, found)


def draw_balanced(
    vocabulary: Vocabulary, rng: np.random.Generator, lengths: tuple[int, int], size: int, *, one_sided: bool
) -> tuple[Words, Flags, Strata]:
    """Words that are members or not with equal chances, which of them are members, and the stratum of each.

    The lengths are those at which both kinds were found. If there is no such length, each kind has the lengths at which
    it was found. If no word can end, all words are non-members.

    Args:
        vocabulary: What words are drawn of.
        rng: The source of randomness.
        lengths: The least and the greatest length.
        size: The number of words.
        one_sided: Whether all words may be members if no others were found.

    Raises:
        NoWordsError: No words of a kind were found; the message says of which kind.
    """
    found = vocabulary.within(lengths)
    of_members, of_others = (found.lengths_of(member=kind) for kind in (True, False))
    has_end = vocabulary.goal.end is not None
    if not len(of_members) and (has_end or not len(of_others)):
        raise NoWordsError(f"no member of {_of_lengths(lengths)} was found: {_searched(lengths)}")
    if not len(of_others) and not one_sided:
        raise NoWordsError(f"every word of {_of_lengths(lengths)} that was found is a member: {_searched(lengths)}")
    wanted = rng.random(size) < 0.5
    chance = rng.random(size)
    if not len(of_members) or not len(of_others):
        wanted[:] = len(of_members) > 0
    both = np.intersect1d(of_members, of_others)
    chosen = np.empty(size, dtype=np.int64)
    for kind, own in ((True, of_members), (False, of_others)):
        rows = np.flatnonzero(wanted == kind)
        among = both if len(both) else own
        chosen[rows] = among[np.floor(chance[rows] * len(among)).astype(np.int64)] if len(rows) else 0
    words, strata = _drawn(vocabulary, rng, found, chosen, wanted)
    return words, wanted, strata


def draw_members(vocabulary: Vocabulary, rng: np.random.Generator, lengths: NDArray[np.int64]) -> Words:
    """Members of these lengths; a word of length 0 stands where no member was found.

    Args:
        vocabulary: What words are drawn of.
        rng: The source of randomness.
        lengths: The length of each word, (words,).
    """
    if not len(lengths):
        return Words(np.empty((0, 0), dtype=np.int64), lengths)
    found = vocabulary.within((int(lengths.min()), int(lengths.max())))
    there = np.isin(lengths, found.lengths_of(member=True))
    rows = np.flatnonzero(there)
    drawn, _ = _drawn(vocabulary, rng, found, lengths[rows], np.ones(len(rows), dtype=bool))
    tokens = np.full((len(lengths), int(lengths.max())), -1)
    tokens[rows, : drawn.tokens.shape[1]] = drawn.tokens
    return Words(tokens, np.where(there, lengths, 0))


def few_of_each(vocabulary: Vocabulary, lengths: tuple[int, int]) -> Words:
    """At most one member and one other word of these lengths, from a fixed number of random draws."""
    rng = generator(vocabulary.name, "examples", lengths, 0)
    drawn = lengths[0] + integers_below(rng, np.full(ASKED_WORDS, lengths[1] - lengths[0] + 1))
    words = random_letters(vocabulary.letters, rng, drawn)
    if vocabulary.goal.path:
        words = walks(vocabulary.goal, rng, drawn)
    came, ends = judge(vocabulary.goal, words)
    came &= words.lengths >= lengths[0]
    rows = [np.flatnonzero(came & (ends == kind))[:1] for kind in (True, False)]
    return words.at(np.concatenate(rows))


def _of_lengths(lengths: tuple[int, int]) -> str:
    first, last = lengths
    return f"length {first}" if first == last else f"lengths {first}-{last}"


def _searched(lengths: tuple[int, int]) -> str:
    number = lengths[1] - lengths[0] + 1
    which = "the length was" if number == 1 else f"{number} lengths were"
    return f"{which} searched by drawing words, extending shorter ones and repairing others"


def _drawn(
    vocabulary: Vocabulary, rng: np.random.Generator, found: Found, lengths: NDArray[np.int64], wanted: Flags
) -> tuple[Words, Strata]:
    """A word of each length and kind, and the stratum of each as a number in `tasks.drawing.mixture.STRATA`.

    The word is the first of several candidates that is of the wanted kind, and at last a word that was found. A word
    that is not the candidate of the planned stratum is in the last stratum, whose words are made of members.
    """
    size, goal, letters = len(lengths), vocabulary.goal, vocabulary.letters
    kept = found.words.at(_one_of(rng, found, lengths, wanted))
    known = vocabulary.found(0)
    sources = known.words.at(known.member) if known.member.any() else known.words
    made = kept.with_rows(np.arange(size), repeated(rng, sources, lengths))
    made = made.with_rows(np.flatnonzero(~wanted), edited(letters, rng, made).at(~wanted))  # near members
    stratum = rng.random(size)
    borders = SHARES[0], SHARES[0] + SHARES[1]
    even = np.flatnonzero(stratum < borders[0])
    sticky = np.flatnonzero((stratum >= borders[0]) & (stratum < borders[1]))
    own = made.with_rows(sticky, sticky_letters(letters, rng, lengths[sticky]))
    along = goal.path and int(lengths.max(initial=0)) <= LONG_LENGTH
    drawn = walks(goal, rng, lengths[even]) if along else random_letters(letters, rng, lengths[even])
    own = own.with_rows(even, drawn)
    candidates = [own, made, *(edited(letters, rng, kept) for _ in range(EDIT_TRIES))]
    came, ends = judge(goal, joined(*candidates))
    right = (came & (ends == np.tile(wanted, len(candidates)))).reshape(len(candidates), size)
    result = kept
    for number in reversed(range(len(candidates))):
        rows = np.flatnonzero(right[number])
        result = result.with_rows(rows, candidates[number].at(rows))
    planned = np.searchsorted(borders, stratum, side="right")
    return result, np.where(right[0], planned, len(STRATA) - 1).astype(np.int8)


def _one_of(rng: np.random.Generator, found: Found, lengths: NDArray[np.int64], wanted: Flags) -> NDArray[np.int64]:
    """For each length and kind the row of a random word among those that were found, of which there must be one."""
    kinds = 2 * found.words.lengths + found.member
    order = np.argsort(kinds, kind="stable")
    ordered, asked = kinds[order], 2 * lengths + wanted
    first, last = (np.searchsorted(ordered, asked, side=side) for side in ("left", "right"))
    return np.asarray(order[first + integers_below(rng, last - first)])


def describe(vocabulary: Vocabulary, lengths: tuple[int, int]) -> str:
    """A sentence that says how many random words are members, and at which lengths members were found."""
    if vocabulary.goal.end is None:
        return f"No word of {_of_lengths(lengths)} may end, so there are no members."
    rng = generator(vocabulary.name, "share", lengths, 0)
    drawn = lengths[0] + integers_below(rng, np.full(ASKED_WORDS, lengths[1] - lengths[0] + 1))
    came, ends = judge(vocabulary.goal, random_letters(vocabulary.letters, rng, drawn))
    found = vocabulary.within(lengths)
    without = np.setdiff1d(np.arange(lengths[0], lengths[1] + 1), found.lengths_of(member=True))
    number = lengths[1] - lengths[0] + 1
    said = f"Of {ASKED_WORDS:,} random words of {_of_lengths(lengths)}, {(came & ends).sum():,} are members"
    where = f"members were found at {number - len(without)} of {number} lengths"
    left_out = f", none at {listed(without.tolist())}" if len(without) else ""
    return f"{said}; {where}{left_out}."


def listed(numbers: Sequence[int]) -> str:
    """Ascending numbers as text, such as 1, 4-9, 11, 13, ..., 49; long arithmetic progressions are abbreviated."""
    parts: list[list[int]] = []
    for number in numbers:
        part = parts[-1] if parts else []
        if len(part) == 1 or (len(part) > 1 and number - part[-1] == part[-1] - part[-2]):
            part.append(number)
        elif len(part) == 2:
            parts.append([part.pop(), number])
        else:
            parts.append([number])
    return ", ".join(map(_progression, parts))


def _progression(part: Sequence[int]) -> str:
    if len(part) < MANY_NUMBERS:
        return ", ".join(map(str, part))
    return f"{part[0]}-{part[-1]}" if part[1] == part[0] + 1 else f"{part[0]}, {part[1]}, ..., {part[-1]}"
