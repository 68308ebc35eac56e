"""What was measured: counts for each range of lengths and the verdict on them, as JSON data and in words."""

from dataclasses import dataclass
from typing import Any

from eval.answering.recognition_answers import LEAST_WORDS_OF_EACH
from eval.measuring import confidence_intervals as intervals
from eval.measuring.judging import Judge, JudgedParts
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import FITS, MeasuredVerdict, measured_verdict, strata_record

TRAIN_LENGTH = 50  # of models that do not say
REPEATED_TIMES = 10  # words are few where each is drawn so often


@dataclass(frozen=True)
class Measurement:
    """How many words of each range of lengths were wholly right; `trained_to`: the longest word trained on.

    `programmed`: it was written or compiled, not trained. For a task with an answer `parts` has the answers and the
    ends of each range; `judged` says which decide. `unread` are the ranges that it could not read, for `because`.
    Where members were searched for, `kinds` has the members and others of each range, `found` a sentence on them, and
    `few` says whether they are too few for a verdict.
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
        """The measured verdict, by the rule for trained models; None where the ranges are not those of the rule.

        It is on all training lengths and on the next as many: 1-50 and 51-100. A program has nothing to fit: where it
        is wrong on the first range, it fails.
        """
        ranges = tuple(each.lengths for each in self.bins[:2])
        if self.few or ranges != ranges_of(self.trained_to)[:2]:
            return None
        verdict = measured_verdict(self.bins)
        return "fails" if self.programmed and verdict == "did not fit" else verdict

    def record(self) -> dict[str, Any]:
        """The measurement as JSON data."""
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
        """What is known of one range; `answer` and `end`, `members` and `others` where there are such."""
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
    """The lengths of the training, and twice the next as many."""
    return tuple((k * train_length + 1, (k + 1) * train_length) for k in range(3))


def lines_of(found: Measurement) -> list[str]:
    """The measurement in words: a line for each range, and the verdict."""
    lines = []
    for each, parts in zip(found.bins, found.parts or (None,) * len(found.bins), strict=True):
        (a, b), (low, high) = each.lengths, intervals.wilson(each.correct, each.total)
        share = f"{intervals.percent(each.accuracy)}% ({intervals.percent(low)}–{intervals.percent(high)})"
        said = "" if parts is None else f"   {in_parts(parts)}"
        lines.append(f"lengths {a:>4}-{b:<4} {each.correct:>6} of {each.total} right   {share}{said}{_few(each)}")
    if found.unread:
        lines.append(f"not read: lengths {', '.join(f'{a}-{b}' for a, b in found.unread)}, for {found.because}")
    lines += [f"words: {sentence}" for sentence in found.found]
    if found.few:
        least = f"{LEAST_WORDS_OF_EACH} members and {LEAST_WORDS_OF_EACH} others"
        return [*lines, f"no verdict: it rests on at least {least} of each range; -n draws more words"]
    if found.verdict is None:
        first, second = (f"{a}-{b}" for a, b in ranges_of(found.trained_to)[:2])
        return [*lines, f"no verdict: that is given on the training lengths and the next, --lengths {first},{second}"]
    fit = f" (under {FITS:.0%} of the first range)" if measured_verdict(found.bins) == "did not fit" else ""
    judged = {"all": " by answer and end", "answer": " by the answer alone"}[found.judged] if any(found.parts) else ""
    return [*lines, *_worst(found.bins), f"verdict: {found.verdict}{fit}{judged}"]


def _few(each: BinAccuracy) -> str:
    """Of words that are few and drawn again and again: how many there are, and the first length that is wrong."""
    if each.distinct is None or each.distinct * REPEATED_TIMES > each.total:
        return ""
    first = each.first_wrong_length
    return f"   {each.distinct} different words, {'all right' if first is None else f'the first wrong has {first}'}"


def in_parts(parts: JudgedParts) -> str:
    """How many of the answers, and of the ends that follow them, are right."""
    return f"answer {intervals.percent(parts.answer / parts.total)}%, end {intervals.percent(parts.end / parts.total)}%"


def _worst(bins: tuple[BinAccuracy, ...]) -> list[str]:
    """The stratum that fared worst in each range, where words have strata."""
    worst = [(each.lengths, each.worst_stratum) for each in bins]
    parts = [
        f"{name} at {a}-{b}, {intervals.percent(correct / total)}%"
        for (a, b), (name, correct, total) in ((lengths, found) for lengths, found in worst if found is not None)
    ]
    return [f"worst stratum: {'; '.join(parts)}"] if parts else []
