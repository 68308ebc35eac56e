"""What the theory says about a task of the benchmark; its witness is compared with the task's labels."""

from collections.abc import Sequence
from functools import cache

from crasp.errors import Source
from crasp.meaning.ir import Program
from crasp.text.loader import read_program
from crasp.text.sources import LIBRARY, load_source
from eval.answering.answerers import ProgramAnswerer
from eval.prediction.agreement import compare
from eval.prediction.prediction import Agreement, Prediction
from tasks.task import Encoding, Task


@cache
def witness_program(name: str, text: str) -> Program:
    """The program with that name and text, parsed only once."""
    return read_program(Source(name, text))


def predict_task(task: Task, pe: Encoding, *, check: bool = True) -> Prediction:
    """What the theory says about a task.

    The witness is read from the library and compared with the task's labels. If it differs from them, the verdict
    becomes `unknown`, and the prediction is `contradicted`.

    Args:
        task: The task.
        pe: Whether models have positions.
        check: Whether the witness is compared.
    """
    return predict_encodings(task, (pe,), check=check)[0]


def predict_encodings(task: Task, encodings: Sequence[Encoding], *, check: bool = True) -> list[Prediction]:
    """The predictions of `predict_task` for each encoding; a witness of several encodings is compared once.

    Args:
        task: The task.
        encodings: Whether models have positions, for each prediction.
        check: Whether witnesses are compared.
    """
    witnesses = {task.theory[pe].witness for pe in encodings} - {None}
    agreements = {name: _agreement(task, LIBRARY + str(name)) for name in witnesses if check}
    return [_predict_encoding(task, pe, agreements.get(task.theory[pe].witness)) for pe in encodings]


def _agreement(task: Task, name: str) -> Agreement:
    return compare(ProgramAnswerer(name, witness_program(name, load_source(name).text)), task)


def _predict_encoding(task: Task, pe: Encoding, agreement: Agreement | None) -> Prediction:
    theory = task.theory[pe]
    verdict, because, standing = theory.verdict, theory.because, theory.standing
    if theory.witness is None:
        return Prediction(task.name, pe, verdict, because, theory.reference, standing, witness=None)
    name = LIBRARY + theory.witness
    checked = None if agreement is None else agreement.in_words
    if agreement is not None and agreement.difference is not None:
        verdict, standing = "unknown", "conjecture"
        because = (
            f"{name} is recorded as the witness, but {checked}. So it is no witness, and nothing else is known here."
        )
    text = load_source(name).text
    return Prediction(task.name, pe, verdict, because, theory.reference, standing, text, name, checked, agreement)
