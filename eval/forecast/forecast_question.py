"""What a forecast is asked for: the training length, and the lengths that must work."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from eval.measuring.measurement import TRAIN_LENGTH
from tasks.ground.console import RefusedError

FARTHER: Final = (3, 10)  # times the training length, where no test length is named
LONGEST_LENGTH: Final = 10**9


@dataclass(frozen=True)
class MeasuredModel:
    """A model that fits its training lengths, and how many words of one to two times these it gets right."""

    name: str
    pe: str | None  # None where neither the model nor the person says
    train_length: int
    lengths: tuple[int, int]
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """The share of words that are right."""
        return self.correct / self.total

    @property
    def in_words(self) -> str:
        """The count, its lengths and its share."""
        a, b = self.lengths
        return f"{self.correct:,} of {self.total:,} words of lengths {a}-{b} right ({self.accuracy:.1%})"

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {"model": self.name, "lengths": list(self.lengths), "correct": self.correct, "total": self.total}


@dataclass(frozen=True)
class ForecastQuestion:
    """Runs trained on words to `train_length`, tested at each of `test_lengths`, which ascend and are no shorter.

    With `measured` it is asked of one model.
    """

    train_length: int
    test_lengths: tuple[int, ...]
    measured: MeasuredModel | None = None


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


def question_of_model(
    model: MeasuredModel, test_length: str | int | Sequence[int] | None, *, option: str = ""
) -> ForecastQuestion:
    """What is asked of one model, at these lengths or at 3 and 10 times its training length; raises as above."""
    question = forecast_question(model.train_length, test_length, option=option)
    assert question is not None
    return replace(question, measured=model)


def _lengths(given: str | int | Sequence[int], name: str) -> list[int]:
    if isinstance(given, str):
        parts = [part.strip() for part in given.split(",")]
        wrong = next((part for part in parts if not re.fullmatch(r"[0-9]+", part)), None)
        if wrong is not None:
            raise RefusedError(f"{name}: expected whole numbers with commas between them, found {wrong!r} in {given!r}")
        too_large = next((part for part in parts if len(part.lstrip("0")) > len(str(LONGEST_LENGTH))), None)
        if too_large is not None:
            raise RefusedError(f"{name}: expected lengths from 1 to {LONGEST_LENGTH:,}, found {too_large}")
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
