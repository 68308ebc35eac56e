"""The work of the command `predict`: it decides and prints the prediction of one subject, or of every task.

Modules that only tasks, programs or forecasts need are imported where these are asked about, so that a regular language
does without them.
"""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from crasp.errors import CraspError
from eval.commands.prediction_text import PrintedOpening, print_full, print_lines
from eval.encodings.answer_rule import AnswerRule
from eval.prediction.decided_subject import DecidedQuestion, DecidedSubject
from eval.prediction.prediction import Prediction
from eval.subjects.asked_subject import AskedSubject
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import RefusedError
from tasks.ground.files import LoadError
from tasks.position_schemes import PositionScheme, read_scheme
from tasks.task import ENCODINGS, Encoding, Task

if TYPE_CHECKING:
    from eval.forecast.forecast_question import ForecastQuestion

MOST_LINES = 200  # the most lines of a program from which evidence is gathered, which takes about 10,000 labels


@dataclass(frozen=True)
class AskedForecast:
    """What is asked of the forecast, as the options give it.

    Attributes:
        train_length: The longest training length of the runs.
        test_length: The lengths that must work, as text.
        measured: One model: its directory, or a run of the ledger.
        runs: The ledger's directory.
    """

    train_length: int | None
    test_length: str | None
    measured: str | None
    runs: Path

    @property
    def asked(self) -> bool:
        """Whether a forecast is asked for."""
        return (self.train_length, self.test_length, self.measured) != (None, None, None)

    def question(self, subject: AskedSubject, pe: str | None) -> "ForecastQuestion | None":
        """Return the forecast's question, or None if none is asked for.

        Args:
            subject: The subject.
            pe: The encoding that is asked about.

        Raises:
            RefusedError: The lengths are not valid, or the model is of another task or encoding.
        """
        if not self.asked:
            return None
        from eval.forecast.forecast_question import forecast_question, question_of_model

        if self.measured is None:
            return forecast_question(self.train_length, self.test_length, option="--")
        from eval.forecast.measured_model import measured_model

        task = _task_of_words(subject)
        model = measured_model(self.measured, task, pe=pe, train_length=self.train_length, runs=self.runs, option="--")
        return question_of_model(model, self.test_length, option="--")


@dataclass(frozen=True)
class AskedPrediction:
    """One subject, and what is asked of it. `evidence` says whether the evidence of its labels is wanted too."""

    subject: AskedSubject
    pe: str | None
    rule: AnswerRule | None
    forecast: AskedForecast
    evidence: bool


def given_subject(task: str | None, program: str | None, text: LanguageText) -> AskedSubject:
    """Return the subject that is given, read once.

    Raises:
        RefusedError: It cannot be read.
    """
    try:
        if task is not None:
            return AskedSubject(task=_task_called(task))
        if program is not None:
            from crasp.text.sources import load_source

            return AskedSubject(source=load_source(program))
        return AskedSubject(language=read_language(text))
    except (LoadError, CraspError, LanguageError) as error:
        raise RefusedError(str(error)) from None


def _task_called(name: str) -> Task:
    from tasks.registry import UnknownTask, get_task

    try:
        return get_task(name)
    except UnknownTask as error:
        raise RefusedError(str(error)) from None


def predict_subject(asked: AskedPrediction, limit: float | None, go_on: str, *, as_json: bool) -> None:
    """Print the prediction for a subject.

    Args:
        asked: The subject, and what is asked of it.
        limit: How many seconds may be spent on writing what shows a verdict; None for no limit.
        go_on: The command that goes on if the time is over.
        as_json: Whether JSON alone is printed, at the end.

    Raises:
        RefusedError: The subject cannot be read, or what is asked of it is not valid.
        Exit: With status 1, if a witness does not compute its task.
    """
    subject, opening = asked.subject, None

    def shown(decided: DecidedSubject) -> list[Prediction]:
        nonlocal opening
        for remark in decided.remarks:
            print(f"note: {remark}", file=sys.stderr)
        # With a forecast nothing is printed early: it may be refused later, and then standard output has to be empty.
        opening = None if as_json or question is not None else PrintedOpening(decided.verdicts)
        found = decided.shown(limit, go_on, None if opening is None else opening.parameters)
        return found if question is None else decided.with_allowed_parameters(found)

    try:
        question, pe = asked.forecast.question(subject, asked.pe), asked.pe
        if question is not None and question.measured is not None:
            pe = question.measured.pe
        predictions = subject.predictions(DecidedQuestion(*_encodings(pe, asked.rule)), shown)
        if question is not None:
            predictions = _with_forecasts(predictions, question, subject)
        if asked.evidence or (subject.task is not None and any(p.verdict == "unknown" for p in predictions)):
            predictions = _with_evidence(predictions, subject)
    except (LoadError, CraspError, LanguageError) as error:
        raise RefusedError(str(error)) from None
    _print(predictions, opening, as_json=as_json)


def predict_one_architecture(kind: str, assume: str | None, *, as_json: bool) -> None:
    """Print the theorems on an architecture under the given assumptions."""
    from eval.prediction.architectures.architecture_prediction import predict_architecture, show

    show(predict_architecture(kind, assume), as_json=as_json)


def predict_all(pe: str | None, *, as_json: bool) -> None:
    """Print a line for each task and encoding; the whole predictions as JSON, or if the encoding has parameters."""
    from eval.prediction.task_ladder import predict_completely
    from eval.prediction.task_prediction import predict_encodings
    from tasks.registry import TASKS

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


def _encodings(
    pe: str | None, rule: AnswerRule | None = None
) -> tuple[tuple[Encoding, ...], AnswerRule | None, PositionScheme | None]:
    """Return the encodings that are asked about, the rule, and the parameters of the encoding, if it has any.

    An encoding with parameters is judged by the families of APE.
    """
    scheme = None if pe is None or pe in ENCODINGS else read_scheme(pe)
    return tuple(e for e in ENCODINGS if pe in (None, e)) if scheme is None else ("ape",), rule, scheme


def _with_forecasts(
    predictions: list[Prediction], question: "ForecastQuestion", subject: AskedSubject
) -> list[Prediction]:
    from eval.forecast.forecasting import forecast_all

    return forecast_all(predictions, question, source=subject.source, language=subject.language)


def _with_evidence(predictions: list[Prediction], subject: AskedSubject) -> list[Prediction]:
    """Return the predictions with the evidence of the labels.

    RefusedError is raised for a program that would take too long to ask.
    """
    from crasp.text.loader import read_program
    from eval.prediction.evidence import gather

    if subject.source is not None and len(read_program(subject.source).lines) > MOST_LINES:
        raise RefusedError(f"{subject.source.name}: evidence is gathered from programs of up to {MOST_LINES:,} lines")
    gathered = gather(_task_of_words(subject))
    return [replace(p, evidence=gathered) for p in predictions]


def _task_of_words(subject: AskedSubject) -> Task:
    """Return the task whose words are drawn.

    RefusedError is raised if the language has no words that can be drawn.
    """
    try:
        return subject.task_of_words()
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _print(predictions: list[Prediction], opening: PrintedOpening | None, *, as_json: bool) -> None:
    """Print the predictions; raise Exit with status 1 if a witness does not compute its task."""
    if as_json:
        records = [p.record() for p in predictions]
        print(json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False))
    else:
        print_full(predictions, opening)
    if any(p.contradicted for p in predictions):
        raise typer.Exit(1)
