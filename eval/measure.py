"""Accuracy by length for anything that answers: `python -m eval.measure`."""

import json
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from crasp.errors import CraspError
from crasp.loader import LIBRARY, LoadError, load_program
from eval.answers import Answerer, ProgramAnswerer, UnfitError, load_model
from eval.console import AsJson, BadInputError, TaskName, new_app, run_command
from eval.given import ProgramFile, chosen_task
from tasks.console import Alphabet, Dfa, Recognition, Regex
from tasks.randomness import generator
from tasks.task import Task
from train.result import FITS, BinAccuracy, MeasuredVerdict, measured_verdict

app = new_app(
    "Measure accuracy by length of a program or of a model's directory.", "measure --task dyck1 --model lib:dyck1"
)


@dataclass(frozen=True)
class Measurement:
    """How many words of each range of lengths were wholly right; no verdict from a single range."""

    task: str
    model: str
    bins: tuple[BinAccuracy, ...]

    @property
    def verdict(self) -> MeasuredVerdict | None:
        """The measured verdict, by the rule for trained models; the first range is that of the training lengths."""
        return measured_verdict(self.bins) if len(self.bins) > 1 else None

    def record(self) -> dict[str, Any]:
        """The measurement as JSON data."""
        bins = [{"lengths": list(b.lengths), "correct": b.correct, "total": b.total} for b in self.bins]
        return {"task": self.task, "model": self.model, "bins": bins, "verdict": self.verdict}


def measure(
    answerer: Answerer, task: Task, lengths: tuple[tuple[int, int], ...], *, words: int = 2000, seed: int = 0
) -> Measurement:
    """The accuracy on fresh words of each range; with seed 0, the words that trained models are tested on.

    ValueError where the task has no word of such a length, UnfitError where the answerer cannot be asked.
    """
    bins = []
    for bounds in lengths:
        batch = task.sample(generator(task.name, "test", bounds, seed), bounds, words)
        bins.append(BinAccuracy(bounds, int(answerer.right(task, batch).sum()), words))
    return Measurement(task.name, answerer.name, tuple(bins))


def load_answerer(name: str) -> Answerer:
    """The program `lib:NAME` or `FILE.crasp`, or the model in the directory of that name."""
    if name.startswith(LIBRARY) or name.endswith(".crasp"):
        return ProgramAnswerer(name, load_program(name))
    if not Path(name).is_dir():
        raise UnfitError(f"{name}: expected lib:NAME, FILE.crasp or a model's directory, which is not there")
    return load_model(Path(name))


@app.command("measure", epilog="Try: python -m eval.measure --task dyck1 --model lib:dyck1")
def measure_command(
    model: Annotated[str, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="What is judged.")],
    task: TaskName = None,
    program: ProgramFile = None,
    regex: Regex = None,
    dfa: Dfa = None,
    alphabet: Alphabet = None,
    recognition: Recognition = False,
    lengths: Annotated[str, typer.Option(help="Ranges of lengths; the first is that of the training.")] = (
        "1-50,51-100,101-150"
    ),
    words: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="Words for each range.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how many words of each range of lengths are wholly right."""
    chosen = chosen_task(task, program=program, regex=regex, dfa=dfa, alphabet=alphabet, recognize=recognition)
    try:
        found = measure(load_answerer(model), chosen, read_ranges(lengths), words=words, seed=seed)
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise BadInputError(str(error)) from None
    if as_json:
        print(json.dumps(found.record(), indent=2))
        return
    print(f"{found.task}, {found.model}: {words} words a range, seed {seed}")
    for each in found.bins:
        a, b = each.lengths
        print(f"  lengths {a:>4}-{b:<4} {each.correct:>6} of {each.total} right   {100 * each.accuracy:.1f}%")
    if found.verdict is not None:
        print(
            f"  verdict: {found.verdict}"
            + (f" (under {FITS:.0%} of the first range)" if "fit" in found.verdict else "")
        )


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
