"""The horizon of any model or program: the length up to which it is right."""

from collections.abc import Callable

from eval.answering.answerers import Answerer, TooLongError
from eval.measuring.judging import Judge, judge_words
from tasks.drawing.randomness import generator
from tasks.task import Task
from train.ledger.accuracy import BinAccuracy, batch_accuracy
from train.ledger.horizon import CRITERIA, Horizon, around, find_horizon


def answerer_horizon(
    answerer: Answerer, task: Task, *, start: int, limit: int, words: int, seed: int = 0, judge: Judge = "all"
) -> Horizon:
    """Return the horizon, searched up to the limit, or as far as the answerer can read.

    With 200 words and seed 0, a trained run is tested on the words with which its own horizon was searched.

    Args:
        answerer: The model or program.
        task: The task whose words are drawn.
        start: The first length that is tried, usually the longest training length.
        limit: The longest length that is tried.
        words: How many words are drawn near each length.
        seed: Another seed draws other words.
        judge: Whether the end of an answer is judged too.

    Raises:
        UnfitError: The answerer cannot be asked at all.
    """
    tried: dict[int, BinAccuracy | None] = {}

    def probe(length: int) -> BinAccuracy | None:
        if length not in tried:
            lengths = around(length)
            try:
                batch = task.sample(generator(task.name, "horizon", lengths, seed), lengths, words)
            except ValueError:
                tried[length] = None
            else:
                tried[length] = batch_accuracy(lengths, batch, judge_words(answerer, task, batch, judge).right)
        return tried[length]

    return find_horizon(probe, start, _readable(probe, start, limit))


def _readable(probe: Callable[[int], BinAccuracy | None], start: int, limit: int) -> int:
    """Return the longest length that the answerer can read, at most the limit, by doubling and bisection.

    The limit is returned as soon as a length is not right, because longer ones are then not tried.
    """
    good, length = 0, min(start, limit)
    while True:
        try:
            found = probe(length)
        except TooLongError:
            bad = length
            break
        if length == limit or (found is not None and not CRITERIA["90"](found)):
            return limit  # the search then tries nothing longer
        good, length = length, min(2 * length, limit)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            probe(middle)
        except TooLongError:
            bad = middle
        else:
            good = middle
    return good


def horizon_in_words(found: Horizon) -> str:
    """Return the horizons in one line of text."""
    if not found.tested:
        return "horizon: no words to try"
    parts = [_part(found, names) for names in (("90", "99"), ("worst_90", "worst_99"))]
    return f"horizon (tried to {found.tested}): {parts[0]}; of each stratum {parts[1]}"


def _part(found: Horizon, names: tuple[str, str]) -> str:
    shares = (f"{name.removeprefix('worst_')}% right to length {found.lengths[name]}" for name in names)
    return ", ".join(shares)
