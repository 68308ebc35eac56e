"""Predictions of regular languages in limited time: always the verdict, and what shows it if it comes in time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from crasp.regular.automata.automaton import SizeError
from crasp.regular.families.family import Family
from crasp.regular.timed_proofs import end_progress, progress
from eval.prediction.decided_prediction import (
    NOT_WRITTEN,
    GivenLanguage,
    predict_language,
    prediction_steps,
)
from eval.prediction.prediction import Prediction
from tasks.ground.limited_process import OutOfTimeError, Worker
from tasks.task import Encoding


def verdicts(asked: Mapping[Encoding, Prediction | GivenLanguage]) -> list[Prediction]:
    """The prediction for each encoding; those that are computed here have no program and no certificate.

    Raises:
        SizeError: A language is too large to be decided.
    """
    return [
        found if isinstance(found, Prediction) else predict_language(found, pe, write=False, certified=False)
        for pe, found in asked.items()
    ]


def shown_in_time(
    alone: Prediction,
    language: GivenLanguage,
    worker: Worker,
    seconds: float | None,
    go_on: str,
    *,
    whole: bool = True,
    against: Family | None = None,
    on_parameters: Callable[[Prediction], None] = lambda _: None,
) -> Prediction:
    """The prediction with the program or certificate that shows it, or the verdict alone and why there is no more.

    Args:
        alone: The verdict.
        language: The language that it is about.
        worker: The process in which the work is done.
        seconds: How long a program or a certificate may take; 0 for the verdict alone, None for no limit.
        go_on: The command that continues the search, which is shown if the time is up.
        whole: Whether the parameters of the other rungs of the ladder are computed in what is left of the seconds.
        against: A family for which a certificate is wanted if there is no certificate for another one.
        on_parameters: Called as soon as the modulus and the look-back of a program are known.
    """
    if seconds == 0:
        said, not_written, _ = alone.because.partition(NOT_WRITTEN)
        return replace(alone, because=f"{said}{NOT_WRITTEN}, for --witness-seconds is 0.") if not_written else alone
    what = "a program" if alone.verdict == "generalizes" else "a certificate"
    doing = progress(seconds, f"writing {what}")
    because = alone.because.partition(NOT_WRITTEN)[0]
    parameters, found = alone.parameters, alone
    try:
        for found in worker.items(_steps, language, alone.pe, whole, against, seconds=seconds, on_wait=doing):
            if parameters is None and found.parameters is not None:
                parameters = found.parameters
                end_progress()
                on_parameters(found)
    except OutOfTimeError:
        if found.witness is not None or found.certificate is not None:  # only other rungs are unfinished
            return found
        late = f"There is {what}, but it was not written in {seconds:g} seconds. This command goes on: `{go_on}`."
        return replace(alone, because=f"{because} {late}", parameters=parameters, ladder=found.ladder)
    except SizeError as error:
        late = f"There is {what}, but it was not written: {error}."
        return replace(alone, because=f"{because} {late}", parameters=parameters)
    finally:
        end_progress()
    return found


def _steps(language: GivenLanguage, pe: Encoding, whole: bool, against: Family | None) -> Iterator[Prediction]:
    yield from prediction_steps(language, pe, whole=whole, against=against)
