"""The theory's verdict, with its witness or its reason: `python -m eval.predict`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from crasp.console import WitnessSeconds, same_command, witness_seconds
from crasp.errors import CraspError
from crasp.text.loader import LoadError, load_program, load_source
from eval.console import AsJson
from eval.encodings.family_ladder import AnswerRule, answer_rule, ladder_lines
from eval.encodings.schemes import PositionScheme, read_scheme
from eval.prediction.architectures.architecture_prediction import ASSUME_HELP, predict_architecture, show
from eval.prediction.evidence import STANDING, gather
from eval.prediction.prediction import Prediction, predict_encodings
from eval.prediction.training_length import in_words
from tasks.given_tasks import task_of_language
from tasks.ground.automata.language import Language, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import Alphabet, Ands, Dfa, Nots, Regex, language_text
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import RefusedError, new_app, run_command
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import ENCODINGS, Encoding, Task

if TYPE_CHECKING:
    from eval.prediction.decided_subject import DecidedSubject

SEES_THE_LAST_LETTER = (
    "A model that predicts an end token right after the last letter, as those trained here do, sees that letter: "
    "--accept last."
)
MOST_LINES = 200  # of a program that is asked for some ten thousand labels

app = new_app("Predict length generalisation from the theory.", "python -m eval.predict --task dyck1")


@app.command("predict", epilog="Try: python -m eval.predict --task aa_star --pe nope")
def predict_command(
    context: typer.Context,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="A task of the benchmark.")] = None,
    program: Annotated[str | None, typer.Option(metavar="FILE", help="A program's file, or lib:NAME.")] = None,
    regex: Regex = None,
    dfa: Dfa = None,
    ands: Ands = None,
    nots: Nots = None,
    alphabet: Alphabet = None,
    every: Annotated[bool, typer.Option("--all", help="Every task of the benchmark.")] = False,
    pe: Annotated[
        str | None,
        typer.Option(
            metavar="ape|nope|rope|alibi|sinusoidal|randomized",
            help="One positional encoding; else APE and NoPE. Parameters follow a colon: rope:base=10000,width=64, or "
            "modulus=12 for angles of 2 pi r/12; the same of sinusoidal; alibi:heads=8 or alibi:slopes=0,1; "
            "randomized:largest=2048.",
        ),
    ] = None,
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="last|end",
            help="Judge a regular language at the last letter, or at an end marker after it; else as the task is "
            "judged, and an expression or an automaton at the end marker.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="membership|state|next",
            help="What is answered about a regular language: membership, the automaton's state, or the letters that "
            "may follow.",
        ),
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also what the labels show, as is shown where nothing else is known.")
    ] = False,
    architecture: Annotated[
        str | None, typer.Option(metavar="KIND", help="deepset, softmax, sigmoid, linear, ssm or rnn: theorems on it.")
    ] = None,
    assume: Annotated[str | None, typer.Option(metavar="WORDS", help=ASSUME_HELP)] = None,
    seconds: WitnessSeconds = "10",
    as_json: AsJson = False,
) -> None:
    """Predict whether transformers trained on short words work on long ones, and say why.

    Status 1 where a witness is found not to compute its task.
    """
    text, limit = language_text(regex, dfa, alphabet, ands, nots), witness_seconds(seconds)
    given = [task, program, regex, dfa, architecture, True if every else None]
    if given.count(None) < 5 or (given.count(None) == 6 and not text.given):
        raise RefusedError(
            "expected one of --task TASK, --program FILE, --regex R, --dfa FILE, --architecture KIND and --all"
        )
    language = _language(text, alone=given.count(None) - [regex, dfa].count(None) == 4)
    rule = answer_rule(accept, target, option="--")
    if architecture is not None:
        _refuse_other_subjects_options([pe, rule, evidence or None])
        show(predict_architecture(architecture, assume), as_json=as_json)
        return
    if assume is not None:
        raise RefusedError("--assume goes with --architecture")
    scheme = None if pe is None or pe in ENCODINGS else read_scheme(pe)
    encodings = tuple(e for e in ENCODINGS if pe in (None, e)) if scheme is None else ("ape",)
    if evidence and every:
        raise RefusedError("--evidence is gathered of one task, program or language, not with --all")
    if rule is not None and every:
        raise RefusedError("--accept and --target are asked of one language, not with --all")
    opening = None
    try:
        if (task is not None and rule is None) or every:
            subjects = list(TASKS.values()) if task is None else [get_task(task)]
            predictions = _of_tasks(subjects, encodings, scheme, brief=every and not as_json)
        else:
            decided = _decided(task, program, language, encodings, rule, scheme)
            opening = None if as_json else _Opening(decided.verdicts)
            on_parameters = None if opening is None else opening.parameters
            predictions = decided.shown(limit, same_command(context, seconds="none"), on_parameters)
    except (UnknownTask, LoadError, CraspError, RefusedError) as error:
        raise RefusedError(str(error)) from None
    if evidence or (task is not None and any(p.verdict == "unknown" for p in predictions)):
        gathered = gather(_subject_of_evidence(task, program, language))
        predictions = [replace(p, evidence=gathered) for p in predictions]
    _print(predictions, as_json=as_json, every=every, opening=opening)
    if any(p.contradicted for p in predictions):
        raise typer.Exit(1)


def _language(text: LanguageText, *, alone: bool) -> Language | None:
    """The regular language that is given, read once; None where something else is asked about."""
    if not alone:
        if text != LanguageText():
            raise RefusedError(
                "--alphabet goes with --regex and --dfa, as --and and --not do: all else has its own words"
            )
        return None
    try:
        return read_language(text)
    except LanguageError as error:
        raise RefusedError(str(error)) from None


def _refuse_other_subjects_options(given: list[object | None]) -> None:
    if given != [None] * len(given):
        raise RefusedError("--pe, --accept, --target and --evidence do not go with --architecture")


def _of_tasks(
    subjects: Sequence[Task], encodings: Sequence[Encoding], scheme: PositionScheme | None, *, brief: bool
) -> list[Prediction]:
    """The predictions for tasks; unless brief, with certificates where there are some to be had, and the ladder."""
    found = [(subject, p) for subject in subjects for p in predict_encodings(subject, encodings)]
    if brief and scheme is None:
        return [p for _, p in found]
    from eval.prediction.task_ladder import complete

    return [complete(p, subject, scheme) for subject, p in found]


def _decided(
    task: str | None,
    program: str | None,
    language: Language | None,
    encodings: tuple[Encoding, ...],
    rule: AnswerRule | None,
    scheme: PositionScheme | None,
) -> "DecidedSubject":
    """What is decided of the one that is given, its remarks told."""
    from eval.prediction.decided_subject import DecidedQuestion, DecidedSubject

    question = DecidedQuestion(encodings, rule, scheme)
    if task is not None:
        return DecidedSubject.of_task(get_task(task), question)
    if program is not None:
        return DecidedSubject.of_program(load_source(program), question)
    assert language is not None
    decided = DecidedSubject.of_language(language, question)
    for remark in decided.remarks:
        print(f"note: {remark}", file=sys.stderr)
    return decided


class _Opening:
    """The verdicts, printed before anything else is at hand; then the modulus and the look-back of each program."""

    def __init__(self, verdicts: Sequence[Prediction]) -> None:
        self._alone = len(verdicts) == 1
        self._printed = [_heading(p) for p in verdicts]
        print("\n".join(self._printed), flush=True)

    def parameters(self, prediction: Prediction) -> None:
        """Prints the parameters that a prediction has."""
        if self._alone:
            line = _line_of_parameters(prediction)
        else:
            line = f"{prediction.encoding}:{_line_of_parameters(prediction)[1:]}"
        self._printed.append(line)
        print(line, flush=True)

    def has(self, line: str) -> bool:
        """Whether this line stands above already, and nothing of another encoding since."""
        return self._alone and line in self._printed


def _subject_of_evidence(task: str | None, program: str | None, language: Language | None) -> Task:
    """The task whose labels are looked at; RefusedError for a program that would take too long to ask."""
    from eval.subjects.asked_task import chosen_task

    if program is not None and len(load_program(program).lines) > MOST_LINES:
        raise RefusedError(f"{program}: evidence is gathered from programs of up to {MOST_LINES:,} lines")
    if language is None:
        return chosen_task(task, program=program)
    try:
        return task_of_language(language)
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _print(predictions: list[Prediction], *, as_json: bool, every: bool, opening: _Opening | None) -> None:
    if as_json:
        records = [p.record() for p in predictions]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
    elif every:
        _print_lines(predictions)
    else:
        _print_full(predictions, opening)


def _print_lines(predictions: list[Prediction]) -> None:
    for p in predictions:
        differs = f"  {p.checked}" if p.contradicted else ""
        name = p.pe.upper() if p.scheme is None else p.encoding
        print(f"{p.subject:<28} {name:<5} {p.verdict:<12} {p.standing:<16} {p.witness_name or '-'}{differs}")


def _shown(prediction: Prediction) -> str:
    return prediction.subject or "(the empty word)"


def _heading(prediction: Prediction) -> str:
    return f"{_shown(prediction)}, {prediction.encoding}: {prediction.verdict} ({prediction.standing})"


def _line_of_parameters(prediction: Prediction) -> str:
    assert prediction.parameters is not None
    return f"  with       {prediction.parameters.in_words or 'counting alone'}"


def _print_full(predictions: list[Prediction], opening: _Opening | None) -> None:
    if opening is not None and len(predictions) > 1:
        print()
    for p in predictions:
        lines = [_heading(p), *([] if p.parameters is None else [_line_of_parameters(p)])]
        for line in lines if opening is None else [line for line in lines if not opening.has(line)]:
            print(line)
        print(f"  because    {p.because}")
        print(f"  reference  {p.reference}")
        if p.witness_name is not None:
            print(f"  witness    {p.witness_name}" + (f", {p.checked}" if p.checked else ""))
        if p.carried is not None:
            print(f"  holds for  {p.carried.in_words}: {p.carried.why}")
        if p.scheme is None:
            print(f"  length     {in_words(p.training_length)}")
        if p.certificate is not None:
            about = f" about {p.certificate['regex']}" if "regex" in p.certificate else ""
            print(f"  shown by   a certificate{about}, in the JSON of --json")
            print("             `python -m crasp decide --check` verifies it")
    _print_ladder(predictions)
    if predictions[0].evidence is not None:
        seen = predictions[0].evidence
        print(f"\n{_shown(predictions[0])}, {STANDING}:")
        print(f"  halves     {seen.halves_in_words}\n  letters    {seen.sensitivity_in_words}")
    texts = {p.witness: p.witness_name for p in predictions if p.witness is not None}
    for text, name in texts.items():
        print(f"\n{name}:\n")
        print("\n".join(f"    {line}".rstrip() for line in (text or "").splitlines()))


def _print_ladder(predictions: list[Prediction]) -> None:
    first = predictions[0]
    if first.rule is None or first.ladder is None:
        return
    print(f"\n{_shown(first)}, {first.rule.in_words}:")
    print("\n".join(ladder_lines(first.ladder, [p.pe for p in predictions if p.scheme is None])))
    if first.other_rule is not None:
        print(f"  note: {first.other_rule}")
        if first.rule.accept == "end":
            print(f"  {SEES_THE_LAST_LETTER}")


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.predict")
