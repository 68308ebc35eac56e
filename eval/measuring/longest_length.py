"""The longest length at which at least 99% of the words are right, found by doubling and bisection."""

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
    """The result of the search.

    Attributes:
        length: The greatest length that was tried and right; None if there is none. Lengths between two tried ones are
            not tested.
        stopped_by: What ended the search: a length that is not right, too few positions, or the limit.
        tried: The counts of each length that was tried.
    """

    length: int | None
    stopped_by: StoppedBy
    tried: tuple[BinAccuracy, ...]

    def record(self) -> dict[str, Any]:
        """Return the search as JSON data."""
        tried = [{"length": each.lengths[0], "correct": each.correct, "total": each.total} for each in self.tried]
        return {"length": self.length, "stopped_by": self.stopped_by, "tried": tried}


def longest_right(
    answerer: Answerer, task: Task, *, words: int, limit: int, seed: int = 0, judge: Judge = "all"
) -> Longest:
    """Return the longest length that is right, searched on drawn words of single lengths.

    Lengths without words are passed over.

    Args:
        answerer: The model or program.
        task: The task.
        words: How many words of each length are drawn.
        limit: The longest length that is tried.
        seed: Another seed draws other words.
        judge: Whether the end of an answer is judged too.

    Raises:
        ValueError: The task has no words up to the limit that can be read.
        UnfitError: The answerer cannot be asked.
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
        # Lengths are doubled until something ends this; then the interval is bisected.
        probe = min(2 * good, limit) if bad == limit + 1 else (good + bad) // 2
    right = [each.lengths[0] for each in search.tried if each.accuracy >= FITS]
    if not search.tried:
        raise ValueError(f"{task.shown} has no words of lengths 1-{limit} that {answerer.name} can read")
    tried = tuple(sorted(search.tried, key=lambda each: each.lengths))
    return Longest(max(right, default=None), stopped_by, tried)


@dataclass(frozen=True)
class _LengthSearch:
    """What the search asks, and the lengths that were tried so far."""

    answerer: Answerer
    task: Task
    words: int
    seed: int
    judge: Judge
    tried: list[BinAccuracy]

    def ended(self, above: int, length: int) -> tuple[int, StoppedBy] | None:
        """Test the greatest length in (above, length] that has words.

        Return None if it is right or there is none; otherwise that length, and why the search ends there.
        """
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
