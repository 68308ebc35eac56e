"""The command `python -m eval read`: what a GPT-2 takes from positions, and how accurate its nearest machine is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval.answering.answerers import UnfitError
from eval.answering.models import ModelAnswerer, load_model
from eval.console import ProgramFile, TaskName, VocabularyOption, read_ranges
from eval.measuring.accuracy_by_length import measure_answerer
from eval.measuring.measurement import Measurement, ranges_of
from eval.reading.read_answerers import nearest_answerer, rounded_answerer
from eval.subjects.asked_task import task_of_subject
from limit_transformer.reading.gpt2_forward import Gpt2Model, Gpt2ReadingError, load_gpt2
from limit_transformer.reading.nearest_machine import LEAST_TOKENS, read_gpt2, words_that_fit
from limit_transformer.reading.reading_report import AnswerForm, ReadModel, report_reading
from tasks.commands.options import Recognition
from tasks.drawing.randomness import generator
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import AsJson, RefusedError, print_json
from tasks.ground.models.model_directory import ModelError
from tasks.task import Task

READ_WORDS = 64  # how many words of the longest training length a model is read on
LEAST_WORDS = 8  # a large model is read on at least so many words, which are shorter if memory does not suffice
ROUNDINGS = 2, 4, 8, 16  # binary places
BEYOND_TIMES = 2  # the last range ends at this multiple of the one before


@dataclass(frozen=True)
class ReadAndMeasured:
    """A reading, with the accuracy of the model, of its nearest machines, and of the model with rounded attention."""

    read: ReadModel
    measured: tuple[Measurement, ...]

    def record(self) -> dict[str, Any]:
        """Return both as JSON data."""
        return self.read.record() | {"measured": [each.record() for each in self.measured]}


def read_and_measure(
    answerer: ModelAnswerer,
    task: Task,
    ranges: Sequence[tuple[int, int]] | None = None,
    *,
    words: int = 300,
    seed: int = 0,
) -> ReadAndMeasured:
    """Read a stock GPT-2 on a task's words, and measure it, its nearest Limit Transformers and roundings of it.

    Args:
        answerer: The model, as `load_model` returns it.
        task: The task.
        ranges: The ranges of lengths; by default three as wide as the training range, and one beyond them that ends at
            twice their end.
        words: How many words of each range are tested.
        seed: Another seed draws other words.

    Raises:
        UnfitError: The model is not a GPT-2 that can be read, or cannot be asked about the task.
    """
    assert answerer.directory is not None
    try:
        model = load_gpt2(answerer.directory)
    except (Gpt2ReadingError, ModelError) as error:
        raise UnfitError(str(error)) from None
    trained_to = answerer.trained_to or 50
    ranges = tuple(ranges or _ranges(task, trained_to))
    ids = _words(answerer, model, task, trained_to, seed)
    reading = read_gpt2(model, ids, trained_tokens=trained_to + 1, random_offsets=_random_offsets(answerer))
    form: AnswerForm = "greatest" if task.format == "answer" else "sets"
    read = report_reading(model, reading, ids, (), form)
    asked = [
        answerer,
        nearest_answerer(answerer, reading.nearest),
        nearest_answerer(answerer, reading.nearest, sharpened=True),
        *(rounded_answerer(answerer, model, bits) for bits in ROUNDINGS),
    ]
    return ReadAndMeasured(read, tuple(measure_answerer(each, task, ranges, words=words, seed=seed) for each in asked))


def _ranges(task: Task, trained_to: int) -> list[tuple[int, int]]:
    """Return the default ranges in which the task has words."""
    known = list(ranges_of(trained_to))
    return [each for each in [*known, (known[-1][1] + 1, BEYOND_TIMES * known[-1][1])] if _has_words(task, each)]


def _has_words(task: Task, lengths: tuple[int, int]) -> bool:
    try:
        task.sample(generator(task.name, "read", lengths, 0), lengths, 1)
    except ValueError:
        return False
    return True


def _random_offsets(answerer: ModelAnswerer) -> bool:
    """Return whether the model was trained at random offsets, as this project's runs with APE were."""
    stated = getattr(getattr(answerer.model, "config", None), "crasp_bench", None) or {}
    run = stated.get("config") if isinstance(stated, dict) else None
    return isinstance(run, dict) and isinstance(run.get("model"), dict) and run["model"].get("pe") == "ape"


def _words(answerer: ModelAnswerer, model: Gpt2Model, task: Task, trained_to: int, seed: int) -> Any:
    """Return words of one length as the model's ids.

    The length is the longest training length that the task has words of and that fits into memory.
    """
    for length in range(min(trained_to, len(model.positions) - 1), LEAST_TOKENS, -1):
        count = min(READ_WORDS, words_that_fit(model, length + 2))  # with the begin and the end token
        if count < LEAST_WORDS:
            continue
        try:
            batch = task.sample(generator(task.name, "read", (length, length), seed), (length, length), count)
        except ValueError:
            continue
        numbers = answerer.ids(task, batch)
        used = int((batch.judged * np.arange(1, batch.judged.shape[1] + 1)).max(axis=1).min())
        return np.asarray(numbers[batch.tokens[:, :used]], dtype=np.int64)
    raise UnfitError(f"{task.shown}: no words of {LEAST_TOKENS} to {trained_to} letters to read the model on")


@with_language
def read_command(
    *,
    model: Annotated[Path, typer.Option(metavar="DIR", help="A GPT-2: trained, compiled or somebody else's.")],
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    recognition: Recognition = False,
    vocab: VocabularyOption = None,
    lengths: Annotated[
        str | None,
        typer.Option(help="Ranges of lengths, such as 1-50,51-100,101-150; by default from the training length."),
    ] = None,
    words: Annotated[int, typer.Option("-n", min=1, max=100_000, help="Words for each range.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Read a GPT-2 as a Limit Transformer; measure both by length, and the model with rounded attention too."""
    chosen = task_of_subject(task, program=program, text=text, recognize=recognition)
    try:
        ranges = None if lengths is None else read_ranges(lengths)
        found = read_and_measure(load_model(model, vocab), chosen, ranges, words=words, seed=seed)
    except (UnfitError, ValueError) as error:
        raise RefusedError(str(error).replace(chosen.name, chosen.shown)) from None
    if as_json:
        print_json(found.record())
        return
    for line in found.read.lines():
        print(line)
    print(f"Words of {chosen.shown} that are wholly right, {words} a range, seed {seed}:")
    for measurement in found.measured:
        bins = "  ".join(f"{b.lengths[0]}-{b.lengths[1]} {b.accuracy:.1%}" for b in measurement.bins)
        print(f"  {measurement.model}: {bins}")
