"""Accuracy by length for anything that answers: `python -m eval.measure`."""

import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, assert_never

import typer

from crasp.artifact import CERTIFICATE, PROGRAM, ArtifactError
from crasp.errors import CraspError, Source
from crasp.loader import LIBRARY, LoadError, library_hint, load_program, read_program
from eval import intervals
from eval.answers import Answerer, MachineAnswerer, ProgramAnswerer, UnfitError
from eval.console import AsJson, TaskName
from eval.given import Adversary, ProgramFile, chosen_task
from eval.longest import Longest, longest_right
from eval.verdicts import LEAST_OF_EACH, kinds_of, too_few
from tasks.console import Recognition
from tasks.ground.console import RefusedError, new_app, print_json, run_command
from tasks.ground.options import Alphabet, Ands, Called, Dfa, Nots, Regex, language_text
from tasks.randomness import generator
from tasks.task import Task
from train.accuracy import BinAccuracy, batch_accuracy
from train.result import FITS, MeasuredVerdict, measured_verdict, strata_record

TRAIN_LENGTH = 50  # of models that do not say
REPEATED = 10  # words are few where each is drawn so often
SEARCH_WORDS = 500  # of each length that the search for the longest tries

app = new_app(
    "Measure accuracy by length of a program or of a model's directory.",
    "python -m eval.measure --task dyck1 --model lib:dyck1",
)


@dataclass(frozen=True)
class Measurement:
    """How many words of each range of lengths were wholly right; `trained_to`: the longest word trained on.

    `programmed`: it was written or compiled, not trained.
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
            "bins": [
                _bin_record(each) | ({} if kinds is None else dict(zip(("members", "others"), kinds, strict=True)))
                for each, kinds in zip(self.bins, self.kinds or (None,) * len(self.bins), strict=True)
            ],
            "interval": intervals.NAME,
            "verdict": self.verdict,
            **({"found": list(self.found)} if self.found else {}),
        }


def _bin_record(each: BinAccuracy) -> dict[str, Any]:
    by_length = [_counts(n, correct, total) for n, correct, total in each.by_length]
    counts = _counts(None, each.correct, each.total)
    return {"lengths": list(each.lengths), **counts, "by_length": by_length, **strata_record(each)}


def _counts(length: int | None, correct: int, total: int) -> dict[str, Any]:
    counts = {"correct": correct, "total": total, "interval": list(intervals.wilson(correct, total))}
    return counts if length is None else {"length": length, **counts}


def ranges_of(train_length: int) -> tuple[tuple[int, int], ...]:
    """The lengths of the training, and twice the next as many."""
    return tuple((k * train_length + 1, (k + 1) * train_length) for k in range(3))


def measure(
    answerer: Answerer,
    task: Task,
    lengths: tuple[tuple[int, int], ...] | None = None,
    *,
    words: int = 2000,
    seed: int = 0,
    trained_to: int | None = None,
) -> Measurement:
    """The accuracy on fresh words of each range; with seed 0, the words that trained models are tested on.

    `trained_to` is by default what the answerer says, or 50; the ranges by default those that it makes. ValueError
    where the task has no word of such a length, UnfitError where the answerer cannot be asked.
    """
    longest = trained_to or answerer.trained_to or TRAIN_LENGTH
    ranges = lengths or ranges_of(longest)
    bins, kinds = [], []
    for bounds in ranges:
        batch = task.sample(generator(task.name, "test", bounds, seed), bounds, words)
        bins.append(batch_accuracy(bounds, batch, answerer.right(task, batch)))
        kinds.append(kinds_of(task, batch))
    found = tuple(task.found(bounds) for bounds in ranges) if task.found is not None else ()
    few = any(too_few(task, each) for each in kinds[:2])
    programmed = isinstance(answerer, ProgramAnswerer | MachineAnswerer)
    return Measurement(task.shown, answerer.name, tuple(bins), longest, programmed, tuple(kinds), found, few)


def load_answerer(name: str, vocabulary: Path | None = None) -> Answerer:
    """The program `lib:NAME` or `FILE.crasp`, or what the directory of that name holds.

    That is a compiled program where it has a certificate, else a model that `transformers` loads. UnfitError,
    LoadError and CraspError where it cannot be had.
    """
    if name.startswith(LIBRARY) or name.endswith(".crasp"):
        return ProgramAnswerer(name, load_program(name))
    directory = Path(name)
    if not directory.is_dir():
        missing = f"{name}: expected lib:NAME, FILE.crasp or a model's directory, which is not there"
        raise UnfitError(f"{missing}{library_hint(name)}")
    if vocabulary is None and (directory / CERTIFICATE).is_file():
        return _load_compiled(directory)
    from eval.models import load_model

    return load_model(directory, vocabulary)


def _load_compiled(directory: Path) -> Answerer:
    from crasp.targets import load_machine

    try:
        text, machine = load_machine(directory)
    except ArtifactError as error:
        raise UnfitError(str(error)) from None
    program = read_program(Source(str(directory / PROGRAM), text))
    return MachineAnswerer(str(directory), program.alphabet, machine)


@app.command("measure", epilog="Try: python -m eval.measure --task dyck1 --model lib:dyck1")
def measure_command(
    model: Annotated[str, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="What is judged.")],
    task: TaskName = None,
    program: ProgramFile = None,
    regex: Regex = None,
    dfa: Dfa = None,
    ands: Ands = None,
    nots: Nots = None,
    alphabet: Alphabet = None,
    called: Called = None,
    recognition: Recognition = False,
    adversary: Adversary = None,
    vocab: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The model's tokens, one a line, where it has no tokenizer.")
    ] = None,
    lengths: Annotated[
        str | None, typer.Option(help="Ranges of lengths, as 1-50,51-100,101-150; else by the training length.")
    ] = None,
    train_length: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="The longest training word; else the run's own, or 50.")
    ] = None,
    longest: Annotated[
        bool, typer.Option("--longest", help="Also search the longest length at which 99% of the words are right.")
    ] = False,
    up_to: Annotated[int, typer.Option(min=1, max=10_000, help="Where that search ends.")] = 2048,
    words: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="Words for each range.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how many words of each range of lengths are wholly right."""
    text = language_text(regex, dfa, alphabet, ands, nots, called)
    chosen = chosen_task(task, program=program, text=text, recognize=recognition, adversary=adversary)
    try:
        ranges = None if lengths is None else read_ranges(lengths)
        answerer = load_answerer(model, vocab)
        found = measure(answerer, chosen, ranges, words=words, seed=seed, trained_to=train_length)
        reach = (
            longest_right(answerer, chosen, words=min(words, SEARCH_WORDS), limit=up_to, seed=seed) if longest else None
        )
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise RefusedError(str(error)) from None
    if as_json:
        print_json(found.record() | ({"longest": reach.record()} if reach is not None else {}))
        return
    print(f"{found.task}, {found.model}: {words} words a range, seed {seed}; {intervals.NAME}")
    for line in [*lines_of(found), *([] if reach is None else [_in_words(reach)])]:
        print(f"  {line}")


def lines_of(found: Measurement) -> list[str]:
    """The measurement in words: a line for each range, and the verdict."""
    lines = []
    for each in found.bins:
        (a, b), (low, high) = each.lengths, intervals.wilson(each.correct, each.total)
        share = f"{intervals.percent(each.accuracy)}% ({intervals.percent(low)}–{intervals.percent(high)})"
        lines.append(f"lengths {a:>4}-{b:<4} {each.correct:>6} of {each.total} right   {share}{_few(each)}")
    lines += [f"words: {sentence}" for sentence in found.found]
    if found.few:
        least = f"{LEAST_OF_EACH} members and {LEAST_OF_EACH} others"
        return [*lines, f"no verdict: it rests on at least {least} of each range; -n draws more words"]
    if found.verdict is None:
        first, second = (f"{a}-{b}" for a, b in ranges_of(found.trained_to)[:2])
        return [*lines, f"no verdict: that is given on the training lengths and the next, --lengths {first},{second}"]
    fit = f" (under {FITS:.0%} of the first range)" if measured_verdict(found.bins) == "did not fit" else ""
    return [*lines, *_worst(found.bins), f"verdict: {found.verdict}{fit}"]


def _few(each: BinAccuracy) -> str:
    """Of words that are few and drawn again and again: how many there are, and the first length that is wrong."""
    if each.distinct is None or each.distinct * REPEATED > each.total:
        return ""
    first = each.first_wrong_length
    return f"   {each.distinct} different words, {'all right' if first is None else f'the first wrong has {first}'}"


def _worst(bins: tuple[BinAccuracy, ...]) -> list[str]:
    """The stratum that fared worst in each range, where words have strata."""
    worst = [(each.lengths, each.worst_stratum) for each in bins]
    parts = [
        f"{name} at {a}-{b}, {intervals.percent(correct / total)}%"
        for (a, b), (name, correct, total) in ((lengths, found) for lengths, found in worst if found is not None)
    ]
    return [f"worst stratum: {'; '.join(parts)}"] if parts else []


def _in_words(found: Longest) -> str:
    each = found.tried[0].total
    if found.length is None:
        (shortest, _) = found.tried[0].lengths
        return f"longest: none, words of length {shortest} are right in under {FITS:.0%} of {each} words"
    match found.stopped_by:
        case "accuracy":
            beyond = min(t.lengths[0] for t in found.tried if t.lengths[0] > found.length)
            why = f"not at {beyond}"
        case "positions":
            why = "longer words do not fit in"
        case "limit":
            why = "longer ones were not tried"
        case _:
            assert_never(found.stopped_by)
    return f"longest: at least {FITS:.0%} of {each} words of length {found.length} are right; {why}"


def read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges as `1-50,51-100`; ValueError where they are none, or meet."""
    parts = [re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*", part) for part in text.split(",")]
    found = tuple((int(part[1]), int(part[2])) for part in parts if part)
    if len(found) < len(parts) or any(a > b for a, b in found):
        raise ValueError(f"expected ranges of lengths as 1-50,51-100, found {text!r}")
    if any(b >= a for (_, b), (a, _) in pairwise(found)):
        raise ValueError(f"expected ranges that ascend and do not meet, found {text!r}")
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.measure")


if __name__ == "__main__":
    sys.exit(main())
