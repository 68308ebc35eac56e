"""Measures accuracy by length: it draws words of each range, judges them, and counts those that are wholly right."""

from eval.answering.answerers import Answerer, MachineAnswerer, ProgramAnswerer, TooLongError
from eval.answering.recognition_answers import kinds_of, too_few
from eval.measuring.judging import Judge, JudgedParts, judge_words
from eval.measuring.measurement import TRAIN_LENGTH, Measurement, ranges_of
from tasks.drawing.randomness import generator
from tasks.task import Task
from train.ledger.accuracy import BinAccuracy, batch_accuracy


def measure_answerer(
    answerer: Answerer,
    task: Task,
    lengths: tuple[tuple[int, int], ...] | None = None,
    *,
    words: int = 2000,
    seed: int = 0,
    trained_to: int | None = None,
    judge: Judge = "all",
) -> Measurement:
    """Return the accuracy on drawn words of each range of lengths.

    Ranges that the answerer cannot read are named in the measurement and left out.

    Args:
        answerer: The model or program.
        task: The task.
        lengths: The ranges; by default three ranges as wide as the training range.
        words: How many words of each range are drawn.
        seed: With 0 they are the words that trained models are tested on.
        trained_to: The longest training length; by default what the answerer says, or 50.
        judge: Whether the end of an answer is judged too.

    Raises:
        ValueError: The task has no word of such a length.
        UnfitError: The answerer cannot be asked, or reads none of the ranges.
    """
    longest = trained_to or answerer.trained_to or TRAIN_LENGTH
    ranges = lengths or ranges_of(longest)
    bins: list[BinAccuracy] = []
    parts: list[JudgedParts | None] = []
    kinds: list[tuple[int, int] | None] = []
    unread: list[tuple[tuple[int, int], TooLongError]] = []
    for bounds in ranges:
        batch = task.sample(generator(task.name, "test", bounds, seed), bounds, words)
        try:
            judged = judge_words(answerer, task, batch, judge)
        except TooLongError as error:
            unread.append((bounds, error))
            continue
        bins.append(batch_accuracy(bounds, batch, judged.right))
        parts.append(judged.parts)
        kinds.append(kinds_of(task, batch))
    if not bins:
        raise unread[0][1]
    return Measurement(
        task.shown,
        answerer.name,
        tuple(bins),
        longest,
        programmed=isinstance(answerer, ProgramAnswerer | MachineAnswerer),
        kinds=tuple(kinds),
        found=() if task.found is None else tuple(task.found(each.lengths) for each in bins),
        few=any(too_few(task, each) for each in kinds[:2]),
        parts=tuple(parts),
        judged=judge,
        unread=tuple(bounds for bounds, _ in unread),
        because=str(unread[0][1]) if unread else None,
    )
