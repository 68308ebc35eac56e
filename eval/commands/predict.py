"""The theory's verdict, with its witness or its reason: `python -m eval.predict`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crasp.console import WitnessSeconds, same_command, witness_seconds
from crasp.errors import CraspError
from crasp.text.loader import LoadError, load_program, load_source
from eval.commands.prediction_text import PrintedOpening, print_full, print_lines
from eval.console import AsJson
from eval.encodings.family_ladder import AnswerRule, answer_rule
from eval.forecast.forecast_question import (
    ForecastQuestion,
    Measured,
    TestLengths,
    TrainLength,
    forecast_question,
    question_of_model,
)
from eval.prediction.evidence import gather
from eval.prediction.prediction import Prediction, predict_encodings
from tasks.given_tasks import task_of_language
from tasks.ground.automata.language import Language, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import Alphabet, Ands, Dfa, Nots, Regex, language_text
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import RefusedError, new_app, run_command
from tasks.position_schemes import PositionScheme, read_scheme
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import ENCODINGS, Encoding, Task
from train.ledger import RUNS

if TYPE_CHECKING:
    from eval.prediction.decided_subject import DecidedSubject

ASSUME_HELP = (
    "With --architecture, words with commas: single-layer|diffeo|any-capacity (of the output map), bias|no-bias (of "
    "its layer), cube|full|states|finite|grid|band[=WIDTH] (support), realisable|not-realisable, square|not-square, "
    "sum|mean|earlier|released, blocks=N (models one after the other), reach=T_max (relative positions), zeros "
    "(Assumption 13: each of their maps has a zero), thought (chain of thought), fills=T (tokens after which a "
    "recurrence's states fill their space), or inputs=N and states=M, which draw data and compute that; bounded, with "
    "epsilon=, lipschitz=, radius=, parameters=; finite-class, length=T (the longest training length)."
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
        bool,
        typer.Option(
            "--evidence",
            help="Also print what the labels alone show; without this option they are asked "
            "only if nothing else is known.",
        ),
    ] = False,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="KIND", help="Print theorems on an architecture: deepset, softmax, sigmoid, linear, ssm or rnn."
        ),
    ] = None,
    assume: Annotated[str | None, typer.Option(metavar="WORDS", help=ASSUME_HELP)] = None,
    train_length: TrainLength = None,
    test_length: TestLengths = None,
    measured: Measured = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory, for --measured RUN.")] = RUNS,
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
    question = forecast_question(train_length, test_length, option="--")
    if architecture is not None:
        _refuse_other_subjects_options([pe, rule, evidence or None, question, measured])
        from eval.prediction.architectures.architecture_prediction import predict_architecture, show

        show(predict_architecture(architecture, assume), as_json=as_json)
        return
    if assume is not None:
        raise RefusedError("--assume goes with --architecture")
    if measured is not None:
        if every:
            raise RefusedError("--measured is asked of one subject, not with --all")
        from eval.forecast.measured_model import measured_model

        subject = _subject_of_measuring(task, program, language)
        model = measured_model(measured, subject, pe=pe, train_length=train_length, runs=runs, option="--")
        pe, question = model.pe, question_of_model(model, test_length, option="--")
    scheme = None if pe is None or pe in ENCODINGS else read_scheme(pe)
    encodings = tuple(e for e in ENCODINGS if pe in (None, e)) if scheme is None else ("ape",)
    if evidence and every:
        raise RefusedError("--evidence is gathered of one task, program or language, not with --all")
    if (rule is not None or question is not None) and every:
        raise RefusedError(
            "--accept, --target, --train-length and --test-length are asked of one subject, not with --all"
        )
    opening = None
    try:
        if (task is not None and rule is None) or every:
            subjects = list(TASKS.values()) if task is None else [get_task(task)]
            predictions = _of_tasks(subjects, encodings, scheme, brief=every and not as_json)
        else:
            decided = _decided(task, program, language, encodings, rule, scheme)
            # A forecast may be refused once the program is known, and then nothing is to stand on standard output.
            opening = None if as_json or question is not None else PrintedOpening(decided.verdicts)
            on_parameters = None if opening is None else opening.parameters
            predictions = decided.shown(limit, same_command(context, seconds="none"), on_parameters)
        if question is not None:
            predictions = _forecast(predictions, question, program, language)
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
        raise RefusedError("--pe, --accept, --target, --evidence and forecasts do not go with --architecture")


def _of_tasks(
    subjects: Sequence[Task], encodings: Sequence[Encoding], scheme: PositionScheme | None, *, brief: bool
) -> list[Prediction]:
    """The predictions for tasks; unless brief, with certificates where there are some to be had, and the ladder."""
    if brief and scheme is None:
        return [p for subject in subjects for p in predict_encodings(subject, encodings)]
    from eval.prediction.task_ladder import predict_completely

    return [p for subject in subjects for p in predict_completely(subject, encodings, scheme)]


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


def _forecast(
    predictions: list[Prediction], question: ForecastQuestion, program: str | None, language: Language | None
) -> list[Prediction]:
    """The predictions with their forecasts; what they are learnt with loads only here."""
    from eval.forecast.forecasting import forecast_all

    source = None if program is None else load_source(program)
    return forecast_all(predictions, question, source=source, language=language)


def _subject_of_evidence(task: str | None, program: str | None, language: Language | None) -> Task:
    """The task whose labels are looked at; RefusedError for a program that would take too long to ask."""
    if program is not None and len(load_program(program).lines) > MOST_LINES:
        raise RefusedError(f"{program}: evidence is gathered from programs of up to {MOST_LINES:,} lines")
    return _subject_of_measuring(task, program, language)


def _subject_of_measuring(task: str | None, program: str | None, language: Language | None) -> Task:
    """The task that words are drawn of."""
    from eval.subjects.asked_task import chosen_task

    if language is None:
        return chosen_task(task, program=program)
    try:
        return task_of_language(language)
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _print(predictions: list[Prediction], *, as_json: bool, every: bool, opening: PrintedOpening | None) -> None:
    if as_json:
        records = [p.record() for p in predictions]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
    elif every:
        print_lines(predictions)
    else:
        print_full(predictions, opening)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.predict")
