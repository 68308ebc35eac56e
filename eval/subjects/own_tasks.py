"""Tasks that users gave: they are made again from what a run records of them, with what theory says of them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from crasp.errors import CraspError, Source
from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Accept
from eval.encodings.answer_rule import AnswerRule
from eval.prediction.decided_prediction import GivenLanguage, given_language, predict_language
from eval.prediction.prediction import Prediction, under
from eval.prediction.program_prediction import explored
from eval.prediction.task_ladder import ladder_of_task, rule_of_task
from eval.prediction.task_prediction import predict_task
from eval.subjects.members_prediction import on_members
from eval.subjects.program_task import task_of_source
from tasks.ground.console import RefusedError
from tasks.language_tasks import task_of_language
from tasks.languages.task_origin import Origin, language_of_origin
from tasks.position_schemes import PositionScheme
from tasks.registry import UnknownTask, get_task
from tasks.task import ENCODINGS, Encoding, Task, TheoryRecord
from tasks.words import SEP
from train.ledger.result import Result

AT_SEP = "This is about acceptance at an end marker, because recognition answers at <sep>."
AT_THE_LAST_LETTER = (
    "This holds for acceptance at the last letter, which a model shows by whether it lets the word end there."
)
NOT_DECIDED = "It is not decided: {why}. Nothing else is known of it here."


def task_of_result(result: Result) -> Task | None:
    """Return the task of a run.

    It is None if the task is not one of the benchmark's, and the run does not record what it was given by.
    """
    if result.origin is not None:
        return task_of_origin(result.origin)
    try:
        return get_task(result.task)
    except UnknownTask:
        return None


@lru_cache(maxsize=256)
def task_of_origin(origin: Origin) -> Task | None:
    """Return the task that was given by this origin.

    The result is None if the task cannot be made again, for example because another version read it.
    """
    try:
        if origin.kind == "program":
            source = Source(origin.name, origin.text)
            task = task_of_source(source, origin.name, recognize=origin.recognition, chosen=origin.chosen)
        else:
            task = task_of_language(language_of_origin(origin), recognize=origin.recognition)
    except (CraspError, ValueError):
        return None
    return replace(task, origin=origin)


def predict_under(task: Task, scheme: PositionScheme, *, check: bool) -> Prediction:
    """Return what can be predicted of a task with an encoding that has parameters.

    Args:
        task: A task of the benchmark or of a user.
        scheme: The encoding.
        check: Whether the witness is run against the labels; for a user's regular language, whether it is written.
    """
    if task.origin is not None:
        repeats = getattr(scheme, "modulus", None)  # the verdict depends on the modulus that a program needs
        found = predict_origin(task.origin, write=check or repeats is not None, repeats=repeats)["ape"]
        judged = replace(found, scheme=scheme) if found.ladder is None else under(scheme, found)
        if task.origin.kind != "program" or judged.verdict == "generalizes":
            return judged
        return _of_what_it_computes(task.origin, scheme, write=check) or judged
    found = predict_task(task, "ape", check=check)
    return under(scheme, replace(found, rule=rule_of_task(task), ladder=ladder_of_task(task)))


def _of_what_it_computes(origin: Origin, scheme: PositionScheme, *, write: bool) -> Prediction | None:
    """Return what is predicted of what a program computes, for which another program may need less than it does.

    It is None if no small automaton answers as the program does, or if it cannot be decided.
    """
    accept: Accept = "end" if origin.recognition else "last"
    try:
        asked = explored(Source(origin.name, origin.text), "nope", accept)
        if isinstance(asked, Prediction):
            return None
        asked = replace(asked, repeats=getattr(scheme, "modulus", None))
        found = predict_language(asked, "ape")
    except (RefusedError, SizeError, CraspError, ValueError):
        return None
    if _continues(asked) and not origin.recognition:
        found = on_members(asked, found, write=write)
    judged = under(scheme, found)
    because = f"{asked.explored} {judged.because}"
    return replace(judged, subject=origin.name, because=because, standing="conjecture")


@lru_cache(maxsize=256)
def predict_origin(origin: Origin, *, write: bool, repeats: int | None = None) -> Mapping[Encoding, Prediction]:
    """Return what theory says of a user's task, for each encoding.

    Args:
        origin: What the task was given by.
        write: Whether the witness programs of regular languages are written too.
        repeats: The number modulo which alone positions are known; None if they are known otherwise.
    """
    return {pe: replace(_predict_origin(origin, pe, write, repeats), subject=origin.name) for pe in ENCODINGS}


def _predict_origin(origin: Origin, pe: Encoding, write: bool, repeats: int | None) -> Prediction:
    accept: Accept = "end" if origin.recognition else "last"
    try:
        if origin.kind == "program":
            asked = explored(Source(origin.name, origin.text), pe, accept)
            if isinstance(asked, Prediction):
                return asked
            asked = replace(asked, repeats=repeats)
            found = predict_language(asked, pe)
            return on_members(asked, found, write=write) if _continues(asked) and not origin.recognition else found
        given = replace(given_language(language_of_origin(origin), AnswerRule(accept)), repeats=repeats)
        found = predict_language(given, pe, write=write)
        found = replace(found, because=f"{found.because} {AT_SEP if origin.recognition else AT_THE_LAST_LETTER}")
        return found if origin.recognition else on_members(given, found, write=write)
    except (RefusedError, SizeError, CraspError, ValueError) as error:
        because = NOT_DECIDED.format(why=str(error).rstrip("."))
        return Prediction(origin.name, pe, "unknown", because, "none", "conjecture", None)


def _continues(asked: GivenLanguage) -> bool:
    """Whether the program says after each letter what may follow, rather than answers after `<sep>`."""
    return asked.outputs is not None and SEP not in asked.automaton.alphabet


def decided(task: Task) -> Task:
    """Return the task with the decided verdicts as its theory, if it is a user's; otherwise the task as it is."""
    if task.origin is None:
        return task
    predictions = predict_origin(task.origin, write=False)
    records = {pe: TheoryRecord(p.verdict, p.because, p.reference, p.standing) for pe, p in predictions.items()}
    return replace(task, theory=records)
