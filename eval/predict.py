"""The theory's verdict, with its witness or its reason: `python -m eval.predict`."""

import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from crasp.errors import CraspError
from crasp.loader import LIBRARY, LoadError, load_source, read_program
from crasp.measures import measure
from eval.agreement import compare, describe
from eval.answers import ProgramAnswerer
from eval.console import AsJson, BadInputError, new_app, run_command
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import Encoding, Standing, Task, Verdict

ENCODINGS: tuple[Encoding, ...] = ("ape", "nope")
PAPER = "Huang et al. 2025 (arXiv 2410.02140), Theorems 7 and 9"
NO_LENGTH = (
    "the theorem says that some training length suffices, not which: "
    "it holds for every large enough n, trained on the words to length n/2 (Theorem 7)"
)

app = new_app("Predict length generalisation from the theory.", "predict --task dyck1")


@dataclass(frozen=True)
class Prediction:
    """The verdict for one subject and encoding, with what makes it.

    `checked` says against what the witness was run; it is None where there is no witness, or no task.
    """

    subject: str
    pe: Encoding
    verdict: Verdict
    because: str
    reference: str
    standing: Standing
    witness: str | None
    witness_name: str | None = None
    checked: str | None = None

    def record(self) -> dict[str, Any]:
        """The prediction as JSON data."""
        return {
            "subject": self.subject,
            "pe": self.pe,
            "verdict": self.verdict,
            "because": self.because,
            "standing": self.standing,
            "witness": self.witness,
            "witness_name": self.witness_name,
            "witness_checked": self.checked,
            "certificate": None,
            "reference": self.reference,
            "sufficient_training_length": _training_length(self.verdict),
        }


def _training_length(verdict: Verdict) -> dict[str, Any]:
    because = NO_LENGTH if verdict == "generalizes" else "no training length is known to suffice"
    return {"kind": "none known", "value": None, "because": because}


def predict_task(task: Task, pe: Encoding, *, check: bool = True) -> Prediction:
    """What the theory says of a task; the witness is read from the library and run against the task's labels."""
    theory = task.theory[pe]
    text = checked = None
    if theory.witness is not None:
        source = load_source(LIBRARY + theory.witness)
        text = source.text
        if check:
            checked = describe(compare(ProgramAnswerer(source.name, read_program(source)), task))
    name = None if theory.witness is None else LIBRARY + theory.witness
    return Prediction(
        task.name, pe, theory.verdict, theory.because, theory.reference, theory.standing, text, name, checked
    )


def predict_program(file: str, pe: Encoding) -> Prediction:
    """What the theory says of the function that a program computes: the program itself is the witness.

    Without positions a program that uses some is no witness, and another one may or may not exist.
    """
    source = load_source(file)
    fragment = measure(read_program(source)).fragment
    if pe == "ape" or fragment == "C-RASP":
        setting = "a Limit Transformer" if pe == "ape" else "a Limit Transformer without positional encodings"
        because = f"The program is in {fragment}, so {setting} computes it, and is found at every large length."
        return Prediction(file, pe, "generalizes", because, PAPER, "theorem", source.text, file)
    because = f"The program is in {fragment}; whether a program of C-RASP computes the same is not known here."
    return Prediction(file, pe, "unknown", because, PAPER, "conjecture", None)


@app.command("predict", epilog="Try: python -m eval.predict --task aa_star --pe nope")
def predict_command(
    task: Annotated[str | None, typer.Option(metavar="TASK", help="A task of the benchmark.")] = None,
    program: Annotated[str | None, typer.Option(metavar="FILE", help="A program's file, or lib:NAME.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every task of the benchmark.")] = False,
    pe: Annotated[str | None, typer.Option(metavar="ape|nope", help="One positional encoding; else both.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict whether transformers trained on short words work on long ones, and say why."""
    if [task is not None, program is not None, every].count(True) != 1:
        raise BadInputError("expected one of --task TASK, --program FILE and --all")
    encodings = tuple(e for e in ENCODINGS if pe in (None, e))
    if not encodings:
        raise BadInputError(f"--pe: expected ape or nope, found {pe}")
    try:
        if program is not None:
            predictions = [predict_program(program, e) for e in encodings]
        else:
            subjects = list(TASKS.values()) if task is None else [get_task(task)]
            predictions = [predict_task(t, e, check=not every) for t in subjects for e in encodings]
    except (UnknownTask, LoadError, CraspError) as error:
        raise BadInputError(str(error)) from None
    if as_json:
        records = [p.record() for p in predictions]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
    elif every:
        _print_lines(predictions)
    else:
        _print_full(predictions)


def _print_lines(predictions: list[Prediction]) -> None:
    for p in predictions:
        print(f"{p.subject:<28} {p.pe.upper():<5} {p.verdict:<12} {p.standing:<16} {p.witness_name or '-'}")


def _print_full(predictions: list[Prediction]) -> None:
    for p in predictions:
        print(f"{p.subject}, {'APE' if p.pe == 'ape' else 'NoPE'}: {p.verdict} ({p.standing})")
        print(f"  because    {p.because}")
        print(f"  reference  {p.reference}")
        if p.witness_name is not None:
            print(f"  witness    {p.witness_name}" + (f", {p.checked}" if p.checked else ""))
    texts = {p.witness: p.witness_name for p in predictions if p.witness is not None}
    for text, name in texts.items():
        print(f"\n{name}:\n")
        print("\n".join(f"    {line}".rstrip() for line in (text or "").splitlines()))


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.predict")


if __name__ == "__main__":
    sys.exit(main())
