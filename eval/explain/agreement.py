"""How many words of each range a program and a model treat alike: typical words, and words under stress.

A word agrees if all its next-sets do, the end among them, up to the first letter that both forbid.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from crasp.meaning.interpreter import Words
from eval.answering.answerers import TooLongError
from eval.explain.next_sets import Masks, NextSets
from eval.explain.word_walks import (
    SetDifference,
    agreeing,
    shortest_difference,
    stress_walks,
    task_words,
    uniform_walks,
    wholly_allowed,
)
from eval.measuring.confidence_intervals import percent, wilson
from tasks.drawing.randomness import generator
from tasks.task import Task

TYPICAL_SHARE = 0.99  # of the typical words of a range, at least, for the program to hold there
STRESS_SHARE = 0.95
FAR_SHARE = 0.95  # of either kind, past three times the training length


@dataclass(frozen=True)
class WordAgreement:
    """Of words of one kind and range: how many agree, of how many; how many the model allows wholly."""

    agree: int
    total: int
    allowed: int
    difference: SetDifference | None

    @property
    def share(self) -> float:
        """The share of words that agree; none of no words."""
        return self.agree / self.total if self.total else 0.0

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        interval = list(wilson(self.agree, self.total)) if self.total else None
        return {"agree": self.agree, "total": self.total, "interval": interval, "allowed": self.allowed}

    @property
    def in_words(self) -> str:
        """The count and the share with its interval."""
        if not self.total:
            return "no words"
        low, high = wilson(self.agree, self.total)
        return f"{self.agree} of {self.total}, {percent(self.share)}% ({percent(low)}–{percent(high)})"


@dataclass(frozen=True)
class RangeAgreement:
    """Both kinds of words of a range of lengths; `far`: past three times the training length."""

    lengths: tuple[int, int]
    typical: WordAgreement
    stress: WordAgreement
    far: bool

    @property
    def typical_holds(self) -> bool:
        """Whether enough typical words agree."""
        return self.typical.share >= (FAR_SHARE if self.far else TYPICAL_SHARE)

    @property
    def stress_holds(self) -> bool:
        """Whether enough words under stress agree; where there are none, there is nothing to hold."""
        return not self.stress.total or self.stress.share >= (FAR_SHARE if self.far else STRESS_SHARE)

    def record(self) -> dict[str, Any]:
        """As JSON data: the counts of typical words, and those of stress words under a name of their own."""
        return {"lengths": list(self.lengths), **self.typical.record(), "stress": self.stress.record()}


@dataclass(frozen=True)
class Trial:
    """The words that something is tried on: a task's, or walks where there is no task; so many a range."""

    task: Task | None
    words: int
    seed: int = 0

    def typical(self, allowed: NextSets, lengths: tuple[int, int]) -> Words:
        """The task's own words, else even walks along what is allowed."""
        rng = generator("explain", "typical", lengths, self.seed)
        if self.task is not None:
            try:
                return task_words(self.task, rng, lengths, self.words)
            except ValueError:  # the task has no words of these lengths
                pass
        return _of_range(uniform_walks(allowed, rng, _lengths(rng, lengths, self.words)), lengths)

    def stress(self, allowed: NextSets, lengths: tuple[int, int]) -> Words:
        """Walks with unequal chances and long runs along what is allowed."""
        rng = generator("explain", "stress", lengths, self.seed)
        return _of_range(stress_walks(allowed, rng, _lengths(rng, lengths, self.words)), lengths)


def compare_ranges(
    model: NextSets, described: NextSets, trial: Trial, ranges: tuple[tuple[int, int], ...], *, far_from: int
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...]]:
    """How far the two agree on each range, and the ranges that do not fit into the model."""
    found, unread = [], []
    for lengths in ranges:
        try:
            typical, stress = (
                _compared(model, described, words)
                for words in (trial.typical(described, lengths), trial.stress(described, lengths))
            )
        except TooLongError:
            unread.append(lengths)
            continue
        found.append(RangeAgreement(lengths, typical, stress, lengths[0] > far_from))
    return tuple(found), tuple(unread)


def _compared(model: NextSets, described: NextSets, words: Words) -> WordAgreement:
    if not len(words.lengths):
        return WordAgreement(0, 0, 0, None)
    one, other = model.masks(words), described.masks(words)
    alike = agreeing(one, other)
    return WordAgreement(
        int(alike.sum()), len(alike), int(wholly_allowed(one, words).sum()), shortest_difference(one, other, words)
    )


def _lengths(rng: np.random.Generator, lengths: tuple[int, int], number: int) -> Masks:
    return np.asarray(lengths[0] + np.floor(rng.random(number) * (lengths[1] - lengths[0] + 1)), dtype=np.int64)


def _of_range(words: Words, lengths: tuple[int, int]) -> Words:
    """The walks that came so far."""
    kept = words.lengths >= lengths[0]
    return Words(words.tokens[kept], words.lengths[kept])
