"""How many words of each range a program and a model treat alike: typical words, and words under stress.

A word agrees if all its next-sets do, the end among them, up to the first letter that both forbid. Words that are drawn
twice count once; where a language has too few words of a range to draw, all of them are tried.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from eval.answering.answerers import TooLongError
from eval.explain.next_sets import DEAD, Masks, NextSets
from eval.explain.word_walks import (
    SetDifference,
    agreeing,
    allowed_prefixes,
    distinct,
    shortest_difference,
    some_of,
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
LEAST_WORDS = 100  # different ones, of either kind of a range, or all that the program allows: fewer say nothing
AGAIN = 1_000_003  # added to the seed for another draw
DRAWS = 4  # times that words are drawn again where too few of them differ
FEW_WORDS = 400  # of each length: where the program allows no more of them, all can be tried

WordKind: TypeAlias = Literal["typical", "stress"]
WORD_KINDS: tuple[WordKind, ...] = ("typical", "stress")


@dataclass(frozen=True)
class WordAgreement:
    """Of different words of one kind and range: how many agree, of how many; how many the model allows wholly.

    `whole`: they are all that the program allows of these lengths.
    """

    agree: int
    total: int
    allowed: int
    difference: SetDifference | None
    whole: bool = False

    @property
    def enough(self) -> bool:
        """Whether the words are enough to say something of the range."""
        return self.total >= LEAST_WORDS or (self.whole and self.total > 0)

    @property
    def share(self) -> float:
        """The share of words that agree; none of no words."""
        return self.agree / self.total if self.total else 0.0

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        interval = list(wilson(self.agree, self.total)) if self.total else None
        counts = {"agree": self.agree, "total": self.total, "interval": interval, "allowed": self.allowed}
        return {**counts, "all_words": self.whole}

    @property
    def in_words(self) -> str:
        """The count and the share with its interval."""
        if not self.total:
            return "no words"
        low, high = wilson(self.agree, self.total)
        total = f"all {self.total}" if self.whole else f"{self.total}"
        return f"{self.agree} of {total}, {percent(self.share)}% ({percent(low)}–{percent(high)})"


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
        """Whether enough words under stress agree."""
        return self.stress.share >= (FAR_SHARE if self.far else STRESS_SHARE)

    @property
    def enough(self) -> bool:
        """Whether there were enough words of both kinds."""
        return self.typical.enough and self.stress.enough

    def record(self) -> dict[str, Any]:
        """As JSON data: the counts of typical words, and those of stress words under a name of their own."""
        return {"lengths": list(self.lengths), **self.typical.record(), "stress": self.stress.record()}


@dataclass(frozen=True)
class Trial:
    """The words that something is tried on: a task's, or walks where there is no task; so many a range."""

    task: Task | None
    words: int
    seed: int = 0

    def drawn(self, kind: WordKind, allowed: NextSets, lengths: tuple[int, int], draw: int = 0) -> Words:
        """Different words: the task's own, else even walks along what is allowed; or walks with long runs."""
        rng = generator("explain", kind, lengths, self.seed + draw)
        if kind == "typical" and self.task is not None:
            with suppress(ValueError):  # the task has no words of these lengths
                return distinct(task_words(self.task, rng, lengths, self.words))
        walks = uniform_walks if kind == "typical" else stress_walks
        return distinct(_of_range(walks(allowed, rng, _lengths(rng, lengths, self.words)), lengths))

    def words_end(self, lengths: tuple[int, int]) -> bool:
        """Whether typical words are a task's, and some may end: those of a program may all have to go on."""
        if self.task is None:
            return False
        try:
            batch = self.task.sample(generator("explain", "end", lengths, self.seed), lengths, LEAST_WORDS)
        except ValueError:  # the task has no words of these lengths
            return False
        last = batch.judged.shape[1] - 1 - batch.judged[:, ::-1].argmax(axis=1)
        return bool(batch.targets[np.arange(len(last)), last, -1].any())  # `<eos>` is the last of the outputs

    def tried(self, kind: WordKind, allowed: NextSets, lengths: tuple[int, int]) -> tuple[Words, bool]:
        """Words to try, and whether they are all that there are: where few are drawn, all are looked for."""
        found = self.drawn(kind, allowed, lengths)
        for draw in range(1, DRAWS + 1):
            if len(found.lengths) >= min(self.words, LEAST_WORDS):
                return found, False
            again = self.drawn(kind, allowed, lengths, AGAIN * draw)
            found = some_of(distinct(joined(found, again)), self.words)
        every = allowed_prefixes(allowed, lengths, most_words=FEW_WORDS)
        if every is None:
            return found, False
        if kind == "typical" and self.task is not None:  # its words are members of a language
            ends = may_end(allowed, every)
            every = Words(every.tokens[ends], every.lengths[ends])
        rng = generator("explain", f"all {kind}", lengths, self.seed)
        mixed = rng.permutation(len(every.lengths))
        whole = distinct(joined(found, Words(every.tokens[mixed], every.lengths[mixed])))
        return some_of(whole, self.words), len(whole.lengths) <= self.words


def compare_ranges(
    model: NextSets, described: NextSets, trial: Trial, ranges: tuple[tuple[int, int], ...], *, far_from: int
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...]]:
    """How far the two agree on each range, and the ranges that do not fit into the model."""
    found, unread = [], []
    for lengths in ranges:
        try:
            typical, stress = (
                _compared(model, described, *trial.tried(kind, described, lengths)) for kind in WORD_KINDS
            )
        except TooLongError:
            unread.append(lengths)
            continue
        found.append(RangeAgreement(lengths, typical, stress, lengths[0] > far_from))
    return tuple(found), tuple(unread)


def _compared(model: NextSets, described: NextSets, words: Words, whole: bool) -> WordAgreement:
    if not len(words.lengths):
        return WordAgreement(0, 0, 0, None, whole)
    one, other = model.masks(words), described.masks(words)
    alike = agreeing(one, other)
    allowed = int(wholly_allowed(one, words).sum())
    return WordAgreement(int(alike.sum()), len(alike), allowed, shortest_difference(one, other, words), whole)


def may_end(allowed: NextSets, words: Words) -> NDArray[np.bool_]:
    """Whether each word is allowed to its last letter and may end there, (words,)."""
    last = allowed.masks(words)[np.arange(len(words.lengths)), words.lengths]
    return np.asarray((last != DEAD) & (last >> len(allowed.alphabet) & 1 == 1))


def _lengths(rng: np.random.Generator, lengths: tuple[int, int], number: int) -> Masks:
    return np.asarray(lengths[0] + np.floor(rng.random(number) * (lengths[1] - lengths[0] + 1)), dtype=np.int64)


def _of_range(words: Words, lengths: tuple[int, int]) -> Words:
    """The walks that came so far."""
    kept = words.lengths >= lengths[0]
    return Words(words.tokens[kept], words.lengths[kept])
