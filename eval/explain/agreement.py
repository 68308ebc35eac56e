"""On how many words of each length range a program and a model agree, for typical words and for stress words.

Program and model agree on a word if their next-sets are equal after every prefix, up to the first letter that both
forbid. A next-set includes whether the word may end. A word that is drawn twice counts once. If too few different words
of a range are drawn, all words of the range that the program allows are tried instead.
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

# A program describes a range of lengths if it agrees with the model on at least these shares of the words.
TYPICAL_SHARE = 0.99  # of the typical words
STRESS_SHARE = 0.95  # of the stress words
FAR_SHARE = 0.95  # of either kind, in a range that begins past three times the training length
LEAST_WORDS = 100  # different words of each kind that a range needs, unless all words that there are were tried
AGAIN = 1_000_003  # added to the seed for another draw
DRAWS = 4  # how often words are drawn again if too few of them are different
FEW_WORDS = 400  # if the program allows at most so many words of each length, all of them can be tried

WordKind: TypeAlias = Literal["typical", "stress"]
WORD_KINDS: tuple[WordKind, ...] = ("typical", "stress")


@dataclass(frozen=True)
class WordAgreement:
    """How many different words of one kind and range agree (`agree`), of how many that were tried (`total`).

    `allowed` counts the words that the model allows to their last letter. `difference` is the shortest difference among
    the words, None if all agree. `whole` says that the words are all those of these lengths that the program allows.
    """

    agree: int
    total: int
    allowed: int
    difference: SetDifference | None
    whole: bool = False

    @property
    def enough(self) -> bool:
        """Whether there are enough words to conclude something about the range."""
        return self.total >= LEAST_WORDS or (self.whole and self.total > 0)

    @property
    def share(self) -> float:
        """The share of the words that agree; 0 if there are no words."""
        return self.agree / self.total if self.total else 0.0

    def record(self) -> dict[str, Any]:
        """The counts and the Wilson interval of the share, as JSON data."""
        interval = list(wilson(self.agree, self.total)) if self.total else None
        counts = {"agree": self.agree, "total": self.total, "interval": interval, "allowed": self.allowed}
        return {**counts, "all_words": self.whole}

    @property
    def in_words(self) -> str:
        """The count, and the share in percent with its Wilson interval."""
        if not self.total:
            return "no words"
        low, high = wilson(self.agree, self.total)
        total = f"all {self.total}" if self.whole else f"{self.total}"
        return f"{self.agree} of {total}, {percent(self.share)}% ({percent(low)}–{percent(high)})"


@dataclass(frozen=True)
class RangeAgreement:
    """The agreement on one range of lengths, for both kinds of words.

    `far` says that the range begins past three times the training length.
    """

    lengths: tuple[int, int]
    typical: WordAgreement
    stress: WordAgreement
    far: bool

    @property
    def typical_holds(self) -> bool:
        """Whether a large enough share of the typical words agrees."""
        return self.typical.share >= (FAR_SHARE if self.far else TYPICAL_SHARE)

    @property
    def stress_holds(self) -> bool:
        """Whether a large enough share of the stress words agrees."""
        return self.stress.share >= (FAR_SHARE if self.far else STRESS_SHARE)

    @property
    def enough(self) -> bool:
        """Whether there were enough words of both kinds."""
        return self.typical.enough and self.stress.enough

    def record(self) -> dict[str, Any]:
        """The range as JSON data: counts of typical words on the top level, those of stress words under `stress`."""
        return {"lengths": list(self.lengths), **self.typical.record(), "stress": self.stress.record()}


@dataclass(frozen=True)
class Trial:
    """How words are drawn on which something is tried: the task, the number for each kind and range, and the seed.

    Without a task, typical words are random walks.
    """

    task: Task | None
    words: int
    seed: int = 0

    def drawn(self, kind: WordKind, allowed: NextSets, lengths: tuple[int, int], draw: int = 0) -> Words:
        """Different words of one kind and range; fewer than asked for if words repeat or walks stop early.

        Typical words come from the task's sampler, or are uniform walks if there is no task or it has no words of these
        lengths. Stress words are stress walks.

        Args:
            kind: The kind of words.
            allowed: What walks follow: a letter is appended only if it is allowed.
            lengths: The least and the greatest length.
            draw: Added to the seed, so that another number gives another draw.
        """
        rng = generator("explain", kind, lengths, self.seed + draw)
        if kind == "typical" and self.task is not None:
            with suppress(ValueError):  # the task has no words of these lengths
                return distinct(task_words(self.task, rng, lengths, self.words))
        walks = uniform_walks if kind == "typical" else stress_walks
        return distinct(_of_range(walks(allowed, rng, _lengths(rng, lengths, self.words)), lengths))

    def words_end(self, lengths: tuple[int, int]) -> bool:
        """Whether there is a task some of whose words of these lengths may end.

        Words of a task that is given by a program may all have to continue.
        """
        if self.task is None:
            return False
        try:
            batch = self.task.sample(generator("explain", "end", lengths, self.seed), lengths, LEAST_WORDS)
        except ValueError:  # the task has no words of these lengths
            return False
        last = batch.judged.shape[1] - 1 - batch.judged[:, ::-1].argmax(axis=1)
        return bool(batch.targets[np.arange(len(last)), last, -1].any())  # `<eos>` is the last of the outputs

    def tried(self, kind: WordKind, allowed: NextSets, lengths: tuple[int, int]) -> tuple[Words, bool]:
        """The words to try, and whether they are all words of the kind and range that `allowed` permits.

        If even repeated draws give too few different words, all words are listed, provided that each length has few.
        """
        found = self.drawn(kind, allowed, lengths)
        for draw in range(1, DRAWS + 1):
            if len(found.lengths) >= min(self.words, LEAST_WORDS):
                return found, False
            again = self.drawn(kind, allowed, lengths, AGAIN * draw)
            found = some_of(distinct(joined(found, again)), self.words)
        every = allowed_prefixes(allowed, lengths, most_words=FEW_WORDS)
        if every is None:
            return found, False
        if kind == "typical" and self.task is not None:  # typical words of a task are members, so they have to end
            ends = may_end(allowed, every)
            every = Words(every.tokens[ends], every.lengths[ends])
        rng = generator("explain", f"all {kind}", lengths, self.seed)
        mixed = rng.permutation(len(every.lengths))
        whole = distinct(joined(found, Words(every.tokens[mixed], every.lengths[mixed])))
        return some_of(whole, self.words), len(whole.lengths) <= self.words


def compare_ranges(
    model: NextSets, described: NextSets, trial: Trial, ranges: tuple[tuple[int, int], ...], *, far_from: int
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...]]:
    """How far a model and what describes it agree on each range, and the ranges that are too long for the model.

    Args:
        model: The model.
        described: The program or automaton that describes it; walks follow what it allows.
        trial: How the words are drawn.
        ranges: The least and the greatest length of each range.
        far_from: A range counts as far if its least length is greater than this.

    Returns:
        The agreement on each range that the model can read, and the ranges that it cannot read.
    """
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
    """The walks that reached the least length of the range; a walk stops where nothing may follow."""
    kept = words.lengths >= lengths[0]
    return Words(words.tokens[kept], words.lengths[kept])
