"""The theory's verdict, with its witness or its reason: `python -m eval.predict`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from crasp.console import WitnessSeconds, same_command, witness_seconds
from crasp.errors import CraspError
from crasp.text.loader import read_program
from crasp.text.sources import load_source
from eval.commands.prediction_text import PrintedOpening, print_full, print_lines
from eval.encodings.family_ladder import AnswerRule, answer_rule
from eval.forecast.forecast_question import (
    ForecastQuestion,
    MeasuredOption,
    TestLengths,
    TrainLength,
    forecast_question,
    question_of_model,
)
from eval.prediction.decided_subject import DecidedQuestion, DecidedSubject
from eval.prediction.evidence import gather
from eval.prediction.prediction import Prediction, predict_encodings
from eval.prediction.task_ladder import predict_completely
from eval.subjects.asked_subject import AskedSubject
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import language_text
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import AsJson, RefusedError, main_of
from tasks.ground.files import LoadError
from tasks.ground.option_groups import with_options
from tasks.position_schemes import PositionScheme, read_scheme
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import ENCODINGS, Encoding, Task
from train.ledger import RUNS

ASSUME_HELP = (
    "With --architecture, words with commas: single-layer|diffeo|any-capacity (of the output map), bias|no-bias (of "
    "its layer), cube|full|states|finite|grid|band[=WIDTH] (support), realisable|not-realisable, square|not-square, "
    "sum|mean|earlier|released, blocks=N (models one after the other), reach=T_max (relative positions), zeros "
    "(Assumption 13: each of their maps has a zero), thought (chain of thought), fills=T (tokens after which a "
    "recurrence's states fill their space), or inputs=N and states=M, which draw data and compute that; bounded, with "
    "epsilon=, lipschitz=, radius=, parameters=; finite-class, length=T (the longest training length)."
)
MOST_LINES = 200  # of a program that is asked for some ten thousand labels


def _rule(
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
) -> AnswerRule | None:
    return answer_rule(accept, target, option="--")


@dataclass(frozen=True, kw_only=True)
class _AskedForecast:
    """What is asked beside the theorem: lengths, or one model."""

    train_length: TrainLength = None
    test_length: TestLengths = None
    measured: MeasuredOption = None
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory, for --measured RUN.")] = RUNS

    def question(self) -> ForecastQuestion | None:
        """What is asked of any run."""
        return forecast_question(self.train_length, self.test_length, option="--")

    def of_model(self, task: Task, pe: str | None) -> ForecastQuestion:
        """What is asked of the one model, measured; RefusedError where it is of another task or encoding."""
        from eval.forecast.measured_model import measured_model

        assert self.measured is not None
        model = measured_model(self.measured, task, pe=pe, train_length=self.train_length, runs=self.runs, option="--")
        return question_of_model(model, self.test_length, option="--")


@with_options(text=language_text, rule=_rule, forecast=_AskedForecast)
def predict_command(
    context: typer.Context,
    *,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="A task of the benchmark.")] = None,
    program: Annotated[str | None, typer.Option(metavar="FILE", help="A program's file, or lib:NAME.")] = None,
    text: LanguageText,
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
    rule: AnswerRule | None,
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
    forecast: _AskedForecast,
    seconds: WitnessSeconds = "10",
    as_json: AsJson = False,
) -> None:
    """Predict whether transformers trained on short words work on long ones, and say why.

    Status 1 where a witness is found not to compute its task.
    """
    limit, question = witness_seconds(seconds), forecast.question()
    given = [task, program, text.regex, text.dfa, architecture, True if every else None]
    _check_one_subject(given, text)
    if architecture is not None:
        if (pe, rule, evidence, question, forecast.measured) != (None, None, False, None, None):
            raise RefusedError("--pe, --accept, --target, --evidence and forecasts do not go with --architecture")
        _predict_architecture(architecture, assume, as_json=as_json)
        return
    if assume is not None:
        raise RefusedError("--assume goes with --architecture")
    if every:
        _check_alone(rule, question, forecast.measured, evidence=evidence)
        _predict_all(pe, as_json=as_json)
        return
    opening = None

    def shown(decided: DecidedSubject) -> list[Prediction]:
        nonlocal opening
        for remark in decided.remarks:
            print(f"note: {remark}", file=sys.stderr)
        # A forecast may be refused once the program is known, and then nothing is to stand on standard output.
        opening = None if as_json or question is not None else PrintedOpening(decided.verdicts)
        on_parameters = None if opening is None else opening.parameters
        return decided.shown(limit, same_command(context, seconds="none"), on_parameters)

    try:
        subject = _subject(task, program, text)
        if forecast.measured is not None:
            question = forecast.of_model(_task_of_words(subject), pe)
            assert question.measured is not None
            pe = question.measured.pe
        predictions = subject.predictions(DecidedQuestion(*_encodings(pe, rule)), shown)
        if question is not None:
            predictions = _forecast(predictions, question, subject)
        if evidence or (task is not None and any(p.verdict == "unknown" for p in predictions)):
            gathered = gather(_asked_for_labels(subject))
            predictions = [replace(p, evidence=gathered) for p in predictions]
    except (UnknownTask, LoadError, CraspError, LanguageError, RefusedError) as error:
        raise RefusedError(str(error)) from None
    _print(predictions, opening, as_json=as_json)


def _check_one_subject(given: Sequence[object | None], text: LanguageText) -> None:
    """RefusedError where not exactly one subject is given, or options of a language for another one."""
    if given.count(None) < 5 or (given.count(None) == 6 and not text.given):
        raise RefusedError(
            "expected one of --task TASK, --program FILE, --regex R, --dfa FILE, --architecture KIND and --all"
        )
    if text.regex is text.dfa is None and given.count(None) == 5 and text != LanguageText():
        raise RefusedError("--alphabet goes with --regex and --dfa, as --and and --not do: all else has its own words")


def _check_alone(
    rule: AnswerRule | None, question: ForecastQuestion | None, measured: str | None, *, evidence: bool
) -> None:
    """RefusedError for what is asked of one subject, where all tasks are asked about."""
    if measured is not None:
        raise RefusedError("--measured is asked of one subject, not with --all")
    if evidence:
        raise RefusedError("--evidence is gathered of one task, program or language, not with --all")
    if rule is not None or question is not None:
        raise RefusedError(
            "--accept, --target, --train-length and --test-length are asked of one subject, not with --all"
        )


def _subject(task: str | None, program: str | None, text: LanguageText) -> AskedSubject:
    """The one that is given, read once."""
    if task is not None:
        return AskedSubject(task=get_task(task))
    if program is not None:
        return AskedSubject(source=load_source(program))
    return AskedSubject(language=read_language(text))


def _encodings(
    pe: str | None, rule: AnswerRule | None = None
) -> tuple[tuple[Encoding, ...], AnswerRule | None, PositionScheme | None]:
    """The encodings that are asked about, the rule, and the encoding with parameters, which is judged by APE's."""
    scheme = None if pe is None or pe in ENCODINGS else read_scheme(pe)
    return tuple(e for e in ENCODINGS if pe in (None, e)) if scheme is None else ("ape",), rule, scheme


def _predict_architecture(kind: str, assume: str | None, *, as_json: bool) -> None:
    from eval.prediction.architectures.architecture_prediction import predict_architecture, show

    show(predict_architecture(kind, assume), as_json=as_json)


def _predict_all(pe: str | None, *, as_json: bool) -> None:
    """Prints a line for each task and encoding; as JSON, or under another encoding, all that is predicted of it."""
    encodings, _, scheme = _encodings(pe)
    brief = scheme is None and not as_json
    predictions = [
        p
        for task in TASKS.values()
        for p in (predict_encodings(task, encodings) if brief else predict_completely(task, encodings, scheme))
    ]
    if as_json:
        _print(predictions, None, as_json=True)
    else:
        print_lines(predictions)


def _forecast(predictions: list[Prediction], question: ForecastQuestion, subject: AskedSubject) -> list[Prediction]:
    """The predictions with their forecasts; what they are learnt with loads only here."""
    from eval.forecast.forecasting import forecast_all

    return forecast_all(predictions, question, source=subject.source, language=subject.language)


def _asked_for_labels(subject: AskedSubject) -> Task:
    """The task whose labels are looked at; RefusedError for a program that would take too long to ask."""
    if subject.source is not None and len(read_program(subject.source).lines) > MOST_LINES:
        raise RefusedError(f"{subject.source.name}: evidence is gathered from programs of up to {MOST_LINES:,} lines")
    return _task_of_words(subject)


def _task_of_words(subject: AskedSubject) -> Task:
    """The task that words are drawn of; RefusedError where the language has none that can be drawn."""
    try:
        return subject.task_of_words()
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _print(predictions: list[Prediction], opening: PrintedOpening | None, *, as_json: bool) -> None:
    """Prints the predictions; Exit(1) where a witness was found not to compute its task."""
    if as_json:
        records = [p.record() for p in predictions]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
    else:
        print_full(predictions, opening)
    if any(p.contradicted for p in predictions):
        raise typer.Exit(1)


main = main_of(predict_command, "python -m eval.predict", "--task aa_star --pe nope")
