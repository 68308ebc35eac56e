"""The ladder of a task of the benchmark, which says of each family of programs whether it has one for the task.

It is decided if the task is regular; otherwise it is what the task's theory record shows.
"""

from collections.abc import Sequence
from dataclasses import replace

from crasp.meaning.measures import measure
from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES
from crasp.text.sources import LIBRARY, load_source
from eval.encodings.answer_rule import AnswerRule
from eval.encodings.family_ladder import (
    FamilyLadder,
    FamilyRung,
    ladder_of_families,
    ladder_of_program,
    with_parameters,
)
from eval.encodings.judgement import judge_encoding
from eval.prediction.decided_prediction import with_certificate
from eval.prediction.measured_training_length import measured_smallest
from eval.prediction.prediction import Prediction, under
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from eval.prediction.task_prediction import predict_encodings, witness_program
from tasks.position_schemes import PositionScheme
from tasks.task import Encoding, Task


def rule_of_task(task: Task) -> AnswerRule:
    """How a task is judged: after `<sep>`, or by the predicted end token; both mark the end of a word."""
    return AnswerRule("end", "membership" if task.format == "continuations" or task.name in EXPRESSIONS else "next")


def complete(prediction: Prediction, task: Task, scheme: PositionScheme | None = None) -> Prediction:
    """The prediction for a task with its answer rule, its ladder, and a certificate if it fails.

    Args:
        prediction: The prediction.
        task: The task.
        scheme: Another encoding, under which the prediction is judged.
    """
    found = replace(prediction, rule=rule_of_task(task), ladder=ladder_of_task(task))
    if scheme is None:
        return with_certificate(found)
    assert found.ladder is not None
    return with_certificate(under(scheme, found), judge_encoding(scheme, found.ladder).against)


def predict_completely(
    task: Task, encodings: Sequence[Encoding], scheme: PositionScheme | None = None
) -> list[Prediction]:
    """All that is predicted for a task of the benchmark, as in `complete`, for each encoding.

    Without `scheme`, each prediction also has the training length that sufficed in runs.

    Args:
        task: The task.
        encodings: Whether models have positions, for each prediction.
        scheme: Another encoding, under which the predictions are judged.
    """
    completed = [complete(prediction, task, scheme) for prediction in predict_encodings(task, encodings)]
    if scheme is not None:
        return completed
    return [replace(each, measured=measured_smallest(task.name, each.pe)) for each in completed]


def ladder_of_task(task: Task) -> FamilyLadder:
    """Which families have a program for a task, with the parameters of its program in the library."""
    witness = task.theory["ape"].witness
    shown = None if witness is None else _ladder_of_witness(f"{LIBRARY}{witness}")
    if task.name not in EXPRESSIONS:
        return _recorded(task, shown)
    rule = rule_of_task(task)
    ladder = ladder_of_families(decide(machine_of(automaton_of_task(task.name), accept=rule.accept)))
    for rung in shown or ():
        if rung.modulus is not None and rung.lookback is not None:
            return with_parameters(ladder, rung.family, rung.modulus, rung.lookback, rung.depth)
    return ladder


def _ladder_of_witness(name: str) -> FamilyLadder:
    return ladder_of_program(measure(witness_program(name, load_source(name).text)))


def _recorded(task: Task, shown: FamilyLadder | None) -> FamilyLadder:
    """What the theory record of a task that is not regular shows: a program of a family, or that there is none."""
    if shown is None:
        missing = task.theory["ape"].verdict == "fails"
        return tuple(FamilyRung(family, False if missing else None) for family in FAMILIES)
    without = task.theory["nope"]
    if without.verdict == "fails" and without.standing in ("excluded", "theorem"):
        return tuple(replace(rung, answer=False) if rung.family == "plain" else rung for rung in shown)
    return shown
