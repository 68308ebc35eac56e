"""Words of a program's language, members and others equally likely: drawn where draws meet them, else found.

Half of the words are random, all letters equally likely, or walks along what the program allows; a quarter of letters
that repeat themselves; a quarter are made of members: of a kind that no draw meets all are.
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

BLOCK_LENGTHS = 50  # lengths whose members are looked for together
EDIT_TRIES = 2  # how often an edited word is tried before one that was found is taken as it is
ASKED_WORDS = 1_000  # random words by which the share of members among them is told
MANY_NUMBERS = 4  # numbers that follow one step are not all written from so many on


class NoWordsError(ValueError):
    """No word of the lengths was found."""


@dataclass(frozen=True)
class Vocabulary:
    """What words are drawn of: a goal for them, under a name, and the numbers of the tokens that are letters."""

    name: str
    goal: Goal
    letters: NDArray[np.int64]
    found: Callable[[int], Found]

    def within(self, lengths: tuple[int, int]) -> Found:
        """What was found of these lengths."""
        first, last = ((n - 1) // BLOCK_LENGTHS if n else 0 for n in lengths)
        blocks = [self.found(number) for number in range(first, last + 1)]
        words = joined(*(block.words for block in blocks))
        member = np.concatenate([block.member for block in blocks])
        rows = (words.lengths >= lengths[0]) & (words.lengths <= lengths[1])
        return Found(words.at(rows), member[rows])


def vocabulary(name: str, goal: Goal, letters: Sequence[int]) -> Vocabulary:
    """The words that satisfy the goal; words of equal names are equal."""
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
    """Words of lengths that have members and others, evenly, which are members, half of those of a length, and strata.

    Where no length has both, each kind gets its own lengths. With `one_sided` there may be no others at all, or no
    end that makes a member; else NoWordsError says which kind was not found.
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
    """Members of these lengths; words of length 0 where none were found."""
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
    """A member and another word of these lengths, as far as the first draws meet some."""
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
    return f"{which} searched by drawing words, growing shorter ones and mending others"


def _drawn(
    vocabulary: Vocabulary, rng: np.random.Generator, found: Found, lengths: NDArray[np.int64], wanted: Flags
) -> tuple[Words, Strata]:
    """A word of each length and kind: the first of several candidates that is one, and at last one that was found.

    With the stratum of each, by its number in `tasks.drawing.mixture.STRATA`: a word made of members is in the last.
    """
    size, goal, letters = len(lengths), vocabulary.goal, vocabulary.letters
    kept = found.words.at(_one_of(rng, found, lengths, wanted))
    known = vocabulary.found(0)
    sources = known.words.at(known.member) if known.member.any() else known.words
    made = kept.with_rows(np.arange(size), repeated(rng, sources, lengths))
    made = made.with_rows(np.flatnonzero(~wanted), edited(letters, rng, made).at(~wanted))  # members narrowly missed
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
    """For each length and kind the row of one of the words that were found, which there are."""
    kinds = 2 * found.words.lengths + found.member
    order = np.argsort(kinds, kind="stable")
    ordered, asked = kinds[order], 2 * lengths + wanted
    first, last = (np.searchsorted(ordered, asked, side=side) for side in ("left", "right"))
    return np.asarray(order[first + integers_below(rng, last - first)])


def describe(vocabulary: Vocabulary, lengths: tuple[int, int]) -> str:
    """How many random words are members, and at which lengths members were found, in a sentence."""
    if vocabulary.goal.end is None:
        return f"Of {_of_lengths(lengths)} no word ends: there are no members."
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
    """Ascending numbers as 1, 4-9, 11, 13, ..., 49; where there are many, those that follow one step are cut short."""
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
