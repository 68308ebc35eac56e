"""The command `python -m eval.measure`: accuracy by length for any program or model."""

from pathlib import Path
from typing import Annotated, assert_never

import typer

from crasp.errors import CraspError
from eval.answering.answerers import Answerer, UnfitError
from eval.answering.loading import load_answerer
from eval.console import Adversary, ProgramFile, TaskName, VocabularyOption, read_ranges
from eval.measuring import confidence_intervals as intervals
from eval.measuring.accuracy_by_length import measure_answerer
from eval.measuring.answerer_horizon import answerer_horizon, horizon_in_words
from eval.measuring.judging import Judge, check_judge
from eval.measuring.longest_length import Longest, longest_right
from eval.measuring.measurement import Measurement, lines_of
from eval.subjects.asked_task import task_of_subject
from tasks.commands.options import Recognition
from tasks.ground.automata.automaton import counted
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import AsJson, RefusedError, main_of, print_json
from tasks.ground.files import LoadError
from tasks.task import Task
from train.ledger.horizon import WORDS as HORIZON_WORDS
from train.ledger.horizon import Horizon
from train.ledger.result import FITS

SEARCH_WORDS = 500  # the most words of each length that the search for the longest length tries

JudgeOption = Annotated[
    Judge,
    typer.Option(help="For a task with an answer: `all` judges the answer and its end, `answer` leaves the end out."),
]


@with_language
def measure_command(
    *,
    model: Annotated[
        str | None, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="The model or program that is measured.")
    ] = None,
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    recognition: Recognition = False,
    adversary: Adversary = None,
    vocab: VocabularyOption = None,
    write_vocab: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Measure nothing; write a vocabulary file to start from. FILE must not exist yet."
        ),
    ] = None,
    judge: JudgeOption = "all",
    lengths: Annotated[
        str | None,
        typer.Option(
            help="Ranges of lengths, such as 1-50,51-100,101-150; by default they follow from the training length."
        ),
    ] = None,
    train_length: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000, help="The longest training word; by default the run's own, or 50 if it is not known."
        ),
    ] = None,
    longest: Annotated[
        bool,
        typer.Option(
            "--longest",
            help="Also search for the longest length at which 99% of the words are right, and for the horizons.",
        ),
    ] = False,
    up_to: Annotated[int, typer.Option(min=1, max=10_000, help="The length up to which --longest searches.")] = 2048,
    words: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="Words for each range.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how many words of each range of lengths are wholly right; --write-vocab writes a vocabulary file."""
    chosen = task_of_subject(task, program=program, text=text, recognize=recognition, adversary=adversary)
    if write_vocab is not None:
        _begin_vocabulary(chosen, model, write_vocab)
        return
    if model is None:
        raise RefusedError("Missing option '--model'.")
    try:
        check_judge(chosen, judge)
        ranges = None if lengths is None else read_ranges(lengths)
        answerer = load_answerer(model, vocab)
        found = measure_answerer(answerer, chosen, ranges, words=words, seed=seed, trained_to=train_length, judge=judge)
        most = min(words, SEARCH_WORDS)
        reach = longest_right(answerer, chosen, words=most, limit=up_to, seed=seed, judge=judge) if longest else None
        horizon = _horizon(answerer, chosen, found, words, up_to, seed) if longest else None
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise RefusedError(str(error).replace(chosen.name, chosen.shown)) from None
    if as_json:
        sought = {} if reach is None or horizon is None else {"longest": reach.record(), "horizon": horizon.record()}
        print_json(found.record() | sought)
        return
    print(f"{found.task}, {found.model}: {counted(words, 'word')} a range, seed {seed}; {intervals.NAME}")
    for line in [
        *lines_of(found),
        *([] if horizon is None else [horizon_in_words(horizon)]),
        *([] if reach is None else [_in_words(reach)]),
    ]:
        print(f"  {line}")


def _begin_vocabulary(task: Task, model: str | None, file: Path) -> None:
    """Write a vocabulary file with the known names of the model's outputs, and the task's tokens for the others.

    RefusedError is raised if it cannot be written.
    """
    from eval.answering.vocabulary import begin_vocabulary

    try:
        if model is None:
            begin_vocabulary(file, task)
        else:
            from eval.answering.models import known_names

            outputs, known = known_names(Path(model))
            begin_vocabulary(file, task, outputs, known)
    except (UnfitError, OSError) as error:
        raise RefusedError(str(error)) from None
    print(file)


def _horizon(answerer: Answerer, task: Task, found: Measurement, words: int, limit: int, seed: int) -> Horizon:
    most = min(words, HORIZON_WORDS)
    start = found.trained_to
    return answerer_horizon(answerer, task, start=start, limit=limit, words=most, seed=seed, judge=found.judged)


def _in_words(found: Longest) -> str:
    each = found.tried[0].total
    if found.length is None:
        (shortest, _) = found.tried[0].lengths
        return f"longest: none; under {FITS:.0%} of {each} words of length {shortest} are right"
    match found.stopped_by:
        case "accuracy":
            beyond = min(t.lengths[0] for t in found.tried if t.lengths[0] > found.length)
            why = f"at length {beyond} fewer are right"
        case "positions":
            why = "the model has no positions for longer words"
        case "limit":
            why = "longer words were not tried"
        case _:
            assert_never(found.stopped_by)
    return f"longest: at least {FITS:.0%} of {each} words of length {found.length} are right; {why}"


main = main_of(measure_command, "python -m eval.measure", "--task dyck1 --model lib:dyck1")
