"""What a forecast is asked for: the training length, and the lengths that must work."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from tasks.ground.console import RefusedError

TRAIN_LENGTH: Final = 50
FARTHER: Final = (3, 10)  # times the training length, where no test length is named
LONGEST_LENGTH: Final = 10**9

TrainLength = Annotated[
    int | None,
    typer.Option(
        "--train-length",
        metavar="N",
        show_default=False,
        help="Beside the theorem, forecast runs that were trained on words to this length; 50 where only "
        "--test-length is given.",
    ),
]
TestLengths = Annotated[
    str | None,
    typer.Option(
        "--test-length",
        metavar="N[,N...]",
        show_default=False,
        help="The lengths that must work; 3 and 10 times the training length where only --train-length is given.",
    ),
]


@dataclass(frozen=True)
class ForecastQuestion:
    """Runs trained on words to `train_length`, tested at each of `test_lengths`, which ascend and are no shorter."""

    train_length: int
    test_lengths: tuple[int, ...]


def forecast_question(
    train_length: int | None, test_length: str | int | Sequence[int] | None, *, option: str = ""
) -> ForecastQuestion | None:
    """What is asked for, None where nothing is.

    Args:
        train_length: The longest training words.
        test_length: The lengths to forecast, as numbers, or as a text with commas between them.
        option: What stands before an option's name in messages.

    Raises:
        RefusedError: A length is no length, or a test length is below the training length.
    """
    if train_length is None and test_length is None:
        return None
    train = TRAIN_LENGTH if train_length is None else train_length
    name = f"{option}{'train-length' if option else 'train_length'}"
    if not 1 <= train <= LONGEST_LENGTH:
        raise RefusedError(f"{name}: expected a length from 1 to {LONGEST_LENGTH:,}, found {train}")
    if test_length is None:
        return ForecastQuestion(train, tuple(times * train for times in FARTHER))
    name = f"{option}{'test-length' if option else 'test_length'}"
    lengths = _lengths(test_length, name)
    below = next((length for length in lengths if length < train), None)
    if below is not None:
        raise RefusedError(
            f"{name}: {below} is below the training length {train}: a run that fits is "
            "right there, by what fitting means"
        )
    return ForecastQuestion(train, tuple(sorted(set(lengths))))


def _lengths(given: str | int | Sequence[int], name: str) -> list[int]:
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(",")]
        wrong = next((part for part in parts if not re.fullmatch(r"[0-9]{1,10}", part)), None)
        if wrong is not None:
            raise RefusedError(f"{name}: expected whole numbers with commas between them, found {wrong!r} in {given!r}")
        lengths = [int(part) for part in parts]
    else:
        lengths = [given] if isinstance(given, int) else list(given)
    if not lengths:
        raise RefusedError(f"{name}: expected at least one length, found none")
    wrong_length = next((length for length in lengths if not 1 <= length <= LONGEST_LENGTH), None)
    if wrong_length is not None:
        raise RefusedError(f"{name}: expected lengths from 1 to {LONGEST_LENGTH:,}, found {wrong_length}")
    return lengths


def check_forecastable(name: str, outputs: Sequence[Hashable]) -> None:
    """RefusedError for a language of no word or of every word: of its minimal automaton's outputs all are alike."""
    if len(set(outputs)) > 1:
        return
    which = "every word over its alphabet" if outputs[0] else "no word at all"
    raise RefusedError(
        f"{name}: this language has {which}: one answer is always right, and there is nothing to forecast"
    )
