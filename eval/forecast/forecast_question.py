"""What a forecast is asked for: the training length, and the lengths at which a run has to be right."""

import re
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import index
from typing import Any, Final

from eval.measuring.measurement import TRAIN_LENGTH
from tasks.ground.console import RefusedError

FARTHER: Final = (3, 10)  # the multiples of the training length that are taken if no test length is given
LONGEST_LENGTH: Final = 10**9


@dataclass(frozen=True)
class MeasuredModel:
    """A model that fits its training lengths, with its count of right words at one to two times its training length.

    `pe` is None if neither the model nor the person states the encoding.
    """

    name: str
    pe: str | None
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
        """The measurement as JSON data."""
        return {"model": self.name, "lengths": list(self.lengths), "correct": self.correct, "total": self.total}


@dataclass(frozen=True)
class ForecastQuestion:
    """A question about runs trained on words up to `train_length`, at each of `test_lengths`.

    The test lengths ascend, and none is below the training length. With `measured`, the question is about that model.
    """

    train_length: int
    test_lengths: tuple[int, ...]
    measured: MeasuredModel | None = None


def forecast_question(
    train_length: int | None, test_length: str | int | Sequence[int] | None, *, option: str = ""
) -> ForecastQuestion | None:
    """The question that these lengths ask; None if neither is given.

    Args:
        train_length: The longest training word.
        test_length: The lengths to forecast, as numbers, or as a text with commas between them.
        option: What stands before an option's name in messages.

    Raises:
        RefusedError: A length is not valid, or a test length is below the training length.
    """
    if train_length is None and test_length is None:
        return None
    name = f"{option}{'train-length' if option else 'train_length'}"
    train = _whole(TRAIN_LENGTH if train_length is None else train_length, name)
    if not 1 <= train <= LONGEST_LENGTH:
        raise RefusedError(f"{name}: expected a length from 1 to {LONGEST_LENGTH:,}, found {train}")
    if test_length is None:
        farther = {min(times * train, LONGEST_LENGTH) for times in FARTHER}
        return ForecastQuestion(train, tuple(sorted(farther)))
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
    """The question about one model, at these lengths or at 3 and 10 times its training length.

    Args:
        model: The measured model.
        test_length: The lengths to forecast, as in `forecast_question`.
        option: What stands before an option's name in messages.

    Raises:
        RefusedError: A length is not valid, or a test length is below the training length.
    """
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
        several: Iterable[Any] = given if isinstance(given, Iterable) and not isinstance(given, bytes) else [given]
        lengths = [_whole(each, name) for each in several]
    if not lengths:
        raise RefusedError(f"{name}: expected at least one length, found none")
    wrong_length = next((length for length in lengths if not 1 <= length <= LONGEST_LENGTH), None)
    if wrong_length is not None:
        raise RefusedError(f"{name}: expected lengths from 1 to {LONGEST_LENGTH:,}, found {wrong_length}")
    return lengths


def _whole(given: Any, name: str) -> int:
    """Return a whole number of any type as an int; RefusedError for anything else, a truth value among it."""
    if not isinstance(given, bool):
        with suppress(TypeError):
            return index(given)
    raise RefusedError(f"{name}: expected a whole number, found {given!r}")


def check_forecastable(name: str, outputs: Sequence[Hashable], *, of_letters: bool = False) -> None:
    """Raise RefusedError if one answer is always right, as for a language of no word or of every word.

    Args:
        name: What the language is called.
        outputs: The answers after each state of its minimal automaton, which are then all alike.
        of_letters: Whether the answers are the letters that may follow.
    """
    if len(set(outputs)) > 1:
        return
    which = "has every word over its alphabet" if outputs[0] else "has no word at all"
    if of_letters:
        which = "is one in which the same letters may follow every word"
    raise RefusedError(f"{name}: this language {which}: one answer is always right, and there is nothing to forecast")
