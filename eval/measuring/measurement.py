"""A measurement: counts for each range of lengths and the verdict on them, as JSON data and in words."""

from dataclasses import dataclass
from typing import Any

from eval.answering.recognition_answers import LEAST_WORDS_OF_EACH
from eval.measuring import confidence_intervals as intervals
from eval.measuring.judging import Judge, JudgedParts
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import FITS, MeasuredVerdict, measured_verdict, strata_record

TRAIN_LENGTH = 50  # the training length that is assumed for models that do not say
REPEATED_TIMES = 10  # words are called few if each is drawn this often on average


@dataclass(frozen=True)
class Measurement:
    """How many words of each range of lengths were wholly right.

    Attributes:
        task: The task's name as a person reads it.
        model: The model's name.
        bins: The counts of each range.
        trained_to: The longest training length.
        programmed: Whether the model was written or compiled, not trained.
        kinds: The numbers of members and of other words in each range, if members were searched for.
        found: A sentence for each range on how members were found.
        few: Whether members or other words are too few for a verdict.
        parts: The counts of answers and ends in each range; None for a task without answers.
        judged: Which of them are judged.
        unread: The ranges that the model could not read.
        because: Why it could not read them.
    """

    task: str
    model: str
    bins: tuple[BinAccuracy, ...]
    trained_to: int = TRAIN_LENGTH
    programmed: bool = False
    kinds: tuple[tuple[int, int] | None, ...] = ()
    found: tuple[str, ...] = ()
    few: bool = False
    parts: tuple[JudgedParts | None, ...] = ()
    judged: Judge = "all"
    unread: tuple[tuple[int, int], ...] = ()
    because: str | None = None

    @property
    def verdict(self) -> MeasuredVerdict | None:
        """The measured verdict by the rule for trained models; None if the ranges are not those of the rule.

        The rule needs the training lengths and the next range of the same width, such as 1-50 and 51-100. A program has
        nothing to fit, so it "fails" if it is wrong on the first range.
        """
        ranges = tuple(each.lengths for each in self.bins[:2])
        if self.few or ranges != ranges_of(self.trained_to)[:2]:
            return None
        verdict = measured_verdict(self.bins)
        return "fails" if self.programmed and verdict == "did not fit" else verdict

    def record(self) -> dict[str, Any]:
        """Return the measurement as JSON data."""
        return {
            "task": self.task,
            "model": self.model,
            "judged": self.judged,
            "bins": [self._bin_record(number) for number in range(len(self.bins))],
            "unread": [list(each) for each in self.unread],
            "interval": intervals.NAME,
            "verdict": self.verdict,
            **({"found": list(self.found)} if self.found else {}),
        }

    def _bin_record(self, number: int) -> dict[str, Any]:
        """Return what is known of one range, with `answer`, `end`, `members` and `others` if there are such counts."""
        parts = self.parts[number] if self.parts else None
        kinds = self.kinds[number] if self.kinds else None
        counted = {} if kinds is None else dict(zip(("members", "others"), kinds, strict=True))
        return _bin_record(self.bins[number]) | _parts_record(parts) | counted


def _bin_record(each: BinAccuracy) -> dict[str, Any]:
    by_length = [_counts(n, correct, total) for n, correct, total in each.by_length]
    counts = _counts(None, each.correct, each.total)
    return {"lengths": list(each.lengths), **counts, "by_length": by_length, **strata_record(each)}


def _parts_record(parts: JudgedParts | None) -> dict[str, Any]:
    if parts is None:
        return {}
    return {name: {"correct": getattr(parts, name), "total": parts.total} for name in ("answer", "end")}


def _counts(length: int | None, correct: int, total: int) -> dict[str, Any]:
    counts = {"correct": correct, "total": total, "interval": list(intervals.wilson(correct, total))}
    return counts if length is None else {"length": length, **counts}


def ranges_of(train_length: int) -> tuple[tuple[int, int], ...]:
    """Return the training lengths and the next two ranges of the same width."""
    return tuple((k * train_length + 1, (k + 1) * train_length) for k in range(3))


def lines_of(found: Measurement) -> list[str]:
    """Return the measurement in words: a line for each range, and the verdict."""
    lines = []
    for each, parts in zip(found.bins, found.parts or (None,) * len(found.bins), strict=True):
        (a, b), (low, high) = each.lengths, intervals.wilson(each.correct, each.total)
        share = f"{intervals.percent(each.accuracy)}% ({intervals.percent(low)}–{intervals.percent(high)})"
        said = "" if parts is None else f"   {in_parts(parts)}"
        lines.append(f"lengths {a:>4}-{b:<4} {each.correct:>6} of {each.total} right   {share}{said}{_few(each)}")
    if found.unread:
        lines.append(f"not read: lengths {', '.join(f'{a}-{b}' for a, b in found.unread)}, because {found.because}")
    lines += [f"words: {sentence}" for sentence in found.found]
    if found.few:
        least = f"{LEAST_WORDS_OF_EACH} members and {LEAST_WORDS_OF_EACH} others"
        return [*lines, f"no verdict: a verdict needs at least {least} in each range; -n draws more words"]
    if found.verdict is None:
        first, second = (f"{a}-{b}" for a, b in ranges_of(found.trained_to)[:2])
        return [
            *lines,
            f"no verdict: a verdict needs the training lengths and the range after them, --lengths {first},{second}",
        ]
    fit = f" (under {FITS:.0%} of the first range)" if measured_verdict(found.bins) == "did not fit" else ""
    judged = {"all": " by answer and end", "answer": " by the answer alone"}[found.judged] if any(found.parts) else ""
    return [*lines, *_worst(found.bins), f"verdict: {found.verdict}{fit}{judged}"]


def _few(each: BinAccuracy) -> str:
    """Return a remark on a range with few different words: their number, and the first length that is wrong."""
    if each.distinct is None or each.distinct * REPEATED_TIMES > each.total:
        return ""
    first = each.first_wrong_length
    return f"   {each.distinct} different words, {'all right' if first is None else f'the first wrong has {first}'}"


def in_parts(parts: JudgedParts) -> str:
    """Return in words which share of the answers is right, and of the ends after them."""
    return f"answer {intervals.percent(parts.answer / parts.total)}%, end {intervals.percent(parts.end / parts.total)}%"


def _worst(bins: tuple[BinAccuracy, ...]) -> list[str]:
    """Return a line that names the stratum with the smallest share in each range; empty if words have no strata."""
    worst = [(each.lengths, each.worst_stratum) for each in bins]
    parts = [
        f"{name} at {a}-{b}, {intervals.percent(correct / total)}%"
        for (a, b), (name, correct, total) in ((lengths, found) for lengths, found in worst if found is not None)
    ]
    return [f"worst stratum: {'; '.join(parts)}"] if parts else []
