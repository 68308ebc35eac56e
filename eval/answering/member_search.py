"""Members and other words of a program's language, found for each length by drawing, growing and climbing.

Members may be so rare that random draws never give one. So words are also grown from members that were found, by edits
and by repeating parts of them. Others are climbed to, by edits that bring a word that is no member nearer to being one
(`eval.answering.membership`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from eval.answering.membership import Flags, Goal, LengthArray, distances, following, judge
from eval.answering.word_edits import edited, random_letters, repeated, sticky_letters
from tasks.drawing.randomness import integers_below

ENOUGH_WORDS, MOST_WORDS = 16, 48  # different words of a kind and length: so many are enough, and so many are kept
SHORT_LENGTH = 16  # lengths up to this one are searched first, since longer words grow from their members
EXHAUSTIVE_WORDS = 600  # if a length has at most so many words, all of them are tried
DRAWN_WORDS = 24  # words of each length that each way of drawing gives
ROUNDS = 4
MADE_WORDS = 1200  # words that a round grows in all if only few lengths lack words
CLIMBERS = 6  # words of each length that climb at once
STEPS, FEW_STEPS = 400, 60  # steps of a climb, and of one whose kind of words was found at other lengths
CELLS = 400_000_000  # the most values of program lines that a climb may compute
LONG_LENGTH = 200  # longer words are not drawn as walks
UPHILL_CHANCE = 0.02  # the chance that a climb accepts a word that is one step farther away


@dataclass(frozen=True)
class Found:
    """Different words whose letters are all allowed, and which of them are members, that is, may end."""

    words: Words
    member: Flags

    def lengths_of(self, *, member: bool) -> NDArray[np.int64]:
        """The lengths at which a member, or another word, was found, ascending."""
        return np.unique(self.words.lengths[self.member == member])

    def lacking(self, lengths: LengthArray, *, member: bool, enough: int = ENOUGH_WORDS) -> NDArray[np.int64]:
        """Those of the lengths at which fewer than `enough` words of the kind were found."""
        if not len(lengths):
            return lengths
        number = np.bincount(self.words.lengths[self.member == member], minlength=int(lengths.max(initial=0)) + 1)
        return lengths[number[lengths] < enough]

    def with_words(self, goal: Goal, words: Words, bounds: tuple[int, int]) -> "Found":
        """These words and some others: those of `words` with a length within the bounds whose letters are all allowed.

        At most MOST_WORDS words of each kind and length are kept.

        Args:
            goal: What makes a word a member.
            words: The other words.
            bounds: The least and the greatest length.
        """
        words = words.at((words.lengths >= bounds[0]) & (words.lengths <= bounds[1]))
        came, ends = judge(goal, words)
        together = joined(self.words, words.at(came))
        member = np.concatenate([self.member, ends[came]])
        keys = together.tokens.astype(np.int16 if together.tokens.max(initial=0) < 1 << 15 else np.int64)
        different = {row.tobytes(): number for number, row in reversed(list(enumerate(keys)))}
        kept = np.array(sorted(different.values()), dtype=np.int64)
        kept = kept[_number_among(2 * together.lengths[kept] + member[kept]) < MOST_WORDS]
        return Found(together.at(kept), member[kept])


def _number_among(kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each item the number of items of the same kind before it."""
    order = np.argsort(kinds, kind="stable")
    ordered = kinds[order]
    number = np.empty(len(kinds), dtype=np.int64)
    number[order] = np.arange(len(kinds)) - np.searchsorted(ordered, ordered)
    return number


NOTHING = Found(Words(np.empty((0, 0), dtype=np.int64), np.empty(0, dtype=np.int64)), np.empty(0, dtype=bool))


def find_words(
    goal: Goal, letters: NDArray[np.int64], rng: np.random.Generator, bounds: tuple[int, int], known: Found = NOTHING
) -> Found:
    """Members and other words of the lengths within the bounds, as far as they were found.

    The search is bounded, so there may be words of a kind and length at which none was found.

    Args:
        goal: What makes a word a member.
        letters: The numbers of the tokens that words are made of.
        rng: The source of randomness.
        bounds: The least and the greatest length.
        known: Words of other lengths, from which longer ones are grown.
    """
    search = _MemberSearch(goal, letters, rng, bounds, known)
    lengths = np.arange(bounds[0], bounds[1] + 1)
    found = search.drawn(NOTHING, lengths)
    for part in (lengths[lengths <= SHORT_LENGTH], lengths[lengths > SHORT_LENGTH]):
        if not len(part):
            continue
        found = search.grown(found, part)
        for member in (True, False) if goal.end is not None else (False,):
            missing = found.lacking(part[~_few_words(letters, part)], member=member, enough=1)
            if len(missing):
                found = search.grown(search.climbed(found, missing, member=member), part)
    return found


@dataclass(frozen=True)
class _MemberSearch:
    """The goal, letters and lengths of a search, and known words of other lengths."""

    goal: Goal
    letters: NDArray[np.int64]
    rng: np.random.Generator
    bounds: tuple[int, int]
    known: Found

    def added(self, found: Found, words: Words) -> Found:
        """`found` with those of the words that can be used."""
        return found.with_words(self.goal, words, self.bounds)

    def drawn(self, found: Found, lengths: LengthArray) -> Found:
        """`found` with words that are drawn at random, and with all words of the lengths that have few."""
        each = np.repeat(lengths, DRAWN_WORDS)
        found = self.added(found, random_letters(self.letters, self.rng, each))
        found = self.added(found, sticky_letters(self.letters, self.rng, each))
        if self.goal.path:
            found = self.added(found, walks(self.goal, self.rng, each[each <= LONG_LENGTH]))
        for length in lengths[_few_words(self.letters, lengths)].tolist():
            found = self.added(found, every_word(self.letters, length))
        return found

    def grown(self, found: Found, lengths: LengthArray) -> Found:
        """`found` with words that repeat and edit words of either kind, for the lengths that have few of that kind."""
        for _ in range(ROUNDS):
            for member in (True, False):
                few = found.lacking(lengths, member=member)
                sources = [each.words.at(each.member == member) for each in (self.known, found)]
                source = joined(*sources)
                if not len(few) or not len(source.lengths):
                    continue
                made = repeated(
                    self.rng, source, np.repeat(few, min(4 * DRAWN_WORDS, max(DRAWN_WORDS, MADE_WORDS // len(few))))
                )
                found = self.added(found, joined(made, edited(self.letters, self.rng, made)))
            near = found.words.at(np.isin(found.words.lengths, found.lacking(lengths, member=True)))
            found = self.added(found, edited(self.letters, self.rng, near))
        return found

    def climbed(self, found: Found, lengths: LengthArray, *, member: bool) -> Found:
        """`found` with words of the lengths that edits brought nearer and nearer until they were of the kind."""
        each = np.repeat(lengths, CLIMBERS)
        kinds = [random_letters(self.letters, self.rng, each), sticky_letters(self.letters, self.rng, each)]
        if len(found.words.lengths):
            kinds.append(repeated(self.rng, found.words, each))
        words = kinds[0]
        far = distances(self.goal, words, member=member)
        for other in kinds[1:]:
            words, far = _nearer(
                words, far, other, np.where(other.lengths == each, distances(self.goal, other, member=member), far + 1)
            )
        spent, size = 0, len(self.goal.program.lines)
        for _ in range(FEW_STEPS if (found.member == member).any() else STEPS):
            if not len(words.lengths) or spent > CELLS:
                break
            there = far == 0
            if there.any():
                found = self.added(found, words.at(there))
                going = ~np.isin(words.lengths, words.lengths[there])
                words, far = words.at(going), far[going]
                continue
            spent += size * words.tokens.size + size * len(far)
            tried = edited(self.letters, self.rng, words)
            twice = self.rng.random(len(far)) < 0.5
            again = edited(self.letters, self.rng, tried)
            tried = Words(np.where(twice[:, None], again.tokens, tried.tokens), words.lengths)
            new = distances(self.goal, tried, member=member)
            words, far = _nearer(words, far, tried, new, uphill=self.rng.random(len(far)) < UPHILL_CHANCE)
        return found


def _nearer(
    words: Words, far: NDArray[np.int64], other: Words, new: NDArray[np.int64], uphill: Flags | bool = False
) -> tuple[Words, NDArray[np.int64]]:
    """Of each pair of words of one length the second, if it is not farther away, else the first; and their distances.

    With `uphill`, the second word is also taken if it is one step farther away.
    """
    taken = (new <= far) | (uphill & (new <= far + 1))
    width = words.tokens.shape[1]
    tokens = np.where(
        taken[:, None],
        np.pad(other.tokens, ((0, 0), (0, width - other.tokens.shape[1])), constant_values=-1),
        words.tokens,
    )
    return Words(tokens, words.lengths), np.where(taken, new, far)


def _few_words(letters: NDArray[np.int64], lengths: LengthArray) -> Flags:
    """Which of the lengths have so few words that all of them are tried."""
    return np.asarray(float(len(letters)) ** np.minimum(lengths, EXHAUSTIVE_WORDS) <= EXHAUSTIVE_WORDS)


def every_word(letters: NDArray[np.int64], length: int) -> Words:
    """All words of the length."""
    number = len(letters) ** length
    digits = np.arange(number)[:, None] // len(letters) ** np.arange(length)[::-1] % len(letters)
    return Words(letters[digits.reshape(number, length)], np.full(number, length))


def walks(goal: Goal, rng: np.random.Generator, lengths: LengthArray) -> Words:
    """Words whose next letter is drawn with equal chances among those that may follow.

    A word is shorter than asked for if no letter may follow.

    Args:
        goal: Its path says which letters may follow.
        rng: The source of randomness.
        lengths: The wanted length of each word, (words,).
    """
    tokens = np.full((len(lengths), int(lengths.max(initial=0))), -1)
    reached = lengths.copy()
    for step in range(tokens.shape[1]):
        rows = np.flatnonzero(reached > step)
        allowed = following(goal, Words(tokens[rows, :step], np.full(len(rows), step)))
        ways = allowed.sum(axis=1)
        choice = integers_below(rng, np.maximum(ways, 1))
        tokens[rows, step] = np.where(ways > 0, (allowed.cumsum(axis=1) > choice[:, None]).argmax(axis=1), -1)
        reached[rows[ways == 0]] = step
    return Words(tokens, reached)
