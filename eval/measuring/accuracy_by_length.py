"""Words of each range are drawn and judged, and those that are wholly right are counted."""

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
    """The accuracy on fresh words of each range; with seed 0, the words that trained models are tested on.

    `trained_to` is by default what the answerer says, or 50; the ranges by default those that it makes. Ranges that
    the answerer cannot read are named and left out. ValueError where the task has no word of such a length, UnfitError
    where the answerer cannot be asked, or reads none of the ranges.
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
