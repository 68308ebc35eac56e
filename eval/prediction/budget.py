"""Predictions of regular languages within some seconds: the verdict always, what shows it if it comes in time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crasp.regular.automata.automaton import SizeError
from crasp.regular.proving import end_progress, progress
from crasp.regular.worker import OutOfTimeError, Worker
from eval.prediction.decided import NOT_WRITTEN, given_language, predict_language
from eval.prediction.prediction import Prediction
from tasks.ground.automata.language import Language
from tasks.task import Encoding


def predictions_within(
    language: Language, encodings: Sequence[Encoding], seconds: float | None, go_on: str
) -> tuple[list[Prediction], tuple[str, ...]]:
    """The prediction for each encoding, and what is worth a remark about the language.

    Args:
        language: A regular language; RefusedError where it is too large to be decided.
        encodings: The positional encodings.
        seconds: How long a program or a certificate may take; 0 for the verdict alone, None for no limit.
        go_on: The command that goes on where the seconds are over.
    """
    given = given_language(language)
    if seconds is None:
        return [predict_language(given, pe) for pe in encodings], given.remarks
    found = [predict_language(given, pe, write=False, certified=False) for pe in encodings]
    if seconds > 0:
        with Worker() as worker:
            found = [_shown(alone, worker, language, seconds, go_on) for alone in found]
    return found, given.remarks


def _shown(alone: Prediction, worker: Worker, language: Language, seconds: float, go_on: str) -> Prediction:
    """The prediction with what shows it, or the verdict alone and why there is no more."""
    what = "a program" if alone.verdict == "generalizes" else "a certificate"
    doing = progress(seconds, f"writing {what}")
    because = alone.because.partition(NOT_WRITTEN)[0]
    try:
        (found,) = worker.items(_whole, language, alone.pe, seconds=seconds, on_wait=doing)
    except OutOfTimeError:
        late = f"There is {what}, not written in {seconds:g} seconds; to go on: `{go_on}`."
        return replace(alone, because=f"{because} {late}")
    except SizeError as error:
        return replace(alone, because=f"{because} There is {what}, and it was not written: {error}.")
    finally:
        end_progress()
    return found


def _whole(language: Language, pe: Encoding) -> Iterator[Prediction]:
    yield predict_language(given_language(language), pe)
