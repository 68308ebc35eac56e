"""The longest length at which at least 99% of the words are right, by doubling and bisection."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from eval.answering.answerers import Answerer, TooLongError
from eval.measuring.judging import Judge, judge_words
from tasks.drawing.randomness import generator
from tasks.task import Task
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import FITS

START_LENGTH = 16
StoppedBy: TypeAlias = Literal["accuracy", "positions", "limit"]


@dataclass(frozen=True)
class Longest:
    """The length (None: not even the shortest words are right), what ended the search, and what was tried.

    It is the greatest length that was tried and right; lengths between two that were tried are taken to be right
    where both are.
    """

    length: int | None
    stopped_by: StoppedBy
    tried: tuple[BinAccuracy, ...]

    def record(self) -> dict[str, Any]:
        """The search as JSON data."""
        tried = [{"length": each.lengths[0], "correct": each.correct, "total": each.total} for each in self.tried]
        return {"length": self.length, "stopped_by": self.stopped_by, "tried": tried}


def longest_right(
    answerer: Answerer, task: Task, *, words: int, limit: int, seed: int = 0, judge: Judge = "all"
) -> Longest:
    """The search on fresh words of single lengths up to the limit; lengths without words are passed over.

    ValueError where the task has no words up to the limit, UnfitError where the answerer cannot be asked.
    """
    search = _LengthSearch(answerer, task, words, seed, judge, [])
    good, bad = 0, limit + 1
    stopped_by: StoppedBy = "limit"
    probe = min(START_LENGTH, limit)
    while bad - good > 1:
        ended = search.ended(good, probe)
        if ended is None:
            good = probe
        else:
            bad, stopped_by = ended
        # Doubling until something ends it, then halving what lies between.
        probe = min(2 * good, limit) if bad == limit + 1 else (good + bad) // 2
    right = [each.lengths[0] for each in search.tried if each.accuracy >= FITS]
    if not search.tried:
        raise ValueError(f"{task.shown} has no words of lengths 1-{limit} that {answerer.name} can read")
    tried = tuple(sorted(search.tried, key=lambda each: each.lengths))
    return Longest(max(right, default=None), stopped_by, tried)


@dataclass(frozen=True)
class _LengthSearch:
    """What is searched, and the lengths that were tried so far."""

    answerer: Answerer
    task: Task
    words: int
    seed: int
    judge: Judge
    tried: list[BinAccuracy]

    def ended(self, above: int, length: int) -> tuple[int, StoppedBy] | None:
        """None where the greatest length with words in (above, length] is right, or there is none; else it and why."""
        for n in range(length, above, -1):
            try:
                batch = self.task.sample(generator(self.task.name, "longest", (n, n), self.seed), (n, n), self.words)
            except ValueError:
                continue
            try:
                right = int(judge_words(self.answerer, self.task, batch, self.judge).right.sum())
            except TooLongError:
                return n, "positions"
            self.tried.append(BinAccuracy((n, n), right, self.words))
            return None if right / self.words >= FITS else (n, "accuracy")
        return None
