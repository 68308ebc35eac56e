"""The Python interface that `from eval import predict, measure` gives.

`import eval` itself would hide Python's builtin.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from crasp.api import LoadedProgram, ProgramLike, load
from crasp.regular.automata.moore_machine import Accept, Target
from eval.answering.answerers import Answerer, ProgramAnswerer
from eval.answering.loading import load_answerer
from eval.encodings.answer_rule import answer_rule
from eval.forecast.forecast_question import forecast_question, question_of_model
from eval.forecast.measured_model import measured_model
from eval.measuring.accuracy_by_length import measure_answerer
from eval.measuring.judging import Judge, check_judge
from eval.measuring.measurement import Measurement
from eval.prediction.decided_subject import DecidedQuestion
from eval.prediction.prediction import Prediction
from eval.subjects.asked_subject import AskedSubject
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText, given_text
from tasks.ground.console import RefusedError, check_choice
from tasks.position_schemes import read_scheme
from tasks.registry import get_task
from tasks.task import ENCODINGS, Encoding, Task
from train.ledger import RUNS

__all__ = ["measure", "predict"]


def predict(
    task: Task | str | None = None,
    *,
    pe: str = "ape",
    program: ProgramLike | None = None,
    regex: str | None = None,
    dfa: str | Path | None = None,
    alphabet: str | Sequence[str] | None = None,
    ands: Sequence[str] = (),
    nots: Sequence[str] = (),
    accept: Accept | None = None,
    target: Target | None = None,
    train_length: int | None = None,
    test_length: int | Sequence[int] | None = None,
    measured: str | Path | None = None,
    runs: str | Path = RUNS,
) -> Prediction:
    """Return whether transformers trained on short words are predicted to work on long ones, and why.

    Args:
        task: A task, or the name of one. Exactly one of `task`, `program`, `regex` and `dfa` is given.
        pe: The positional encoding: "ape", "nope", or another with its parameters, as in "rope:base=500000,width=32".
        program: A program as `crasp.load` takes it. The prediction is for the function that it computes.
        regex: A regular expression in the usual dialect. The prediction is for acceptance of its language.
        dfa: An automaton's file, of any format that the commands read.
        alphabet: The language's tokens; by default the letters that occur.
        ands: Expressions that the words must match too.
        nots: Expressions that the words must not match.
        accept: Where a regular language is judged: "end", at an end marker, or "last", at the last letter. By default a
            task is judged as it is trained, and an expression or an automaton at the end marker.
        target: What is answered about a regular language: "membership", the automaton's "state", or the letters that
            may come "next".
        train_length: The longest training length of runs that are forecast too; 50 if only `test_length` is given.
        test_length: The lengths at which these runs must work; by default 3 and 10 times the training length.
        measured: One model that is forecast, also by its accuracy just past its training lengths. It is a model's
            directory, or the identity of a run in `runs` or of one that comes with the project.
        runs: The ledger's directory.

    Returns:
        The verdict, its reason, how far it is established, and what shows it: a witness program that was run against
        the task's labels, or a certificate that there is no program. Its `forecast` is None unless one was asked for.

    Raises:
        UnknownTask: No task has this name.
        CraspError, LoadError: The program cannot be read.
        ValueError: The language cannot be read, or is too large to be decided. For a forecast: a length is not valid,
            the training length is below the coverage floor, the language is empty or has all words, or the measured
            model does not fit its training lengths.

    Example:
        >>> predict("dyck1", pe="nope").verdict
        'generalizes'
        >>> prediction = predict(regex="(aa)*", pe="nope")
        >>> prediction.verdict, prediction.certificate["family"]
        ('fails', 'plain')
        >>> [each.length for each in predict("dyck1", train_length=50).forecast.lengths]
        [150, 500]
    """
    given = [task, program, regex, dfa]
    if given.count(None) < 3 or (given.count(None) == 4 and not (ands or nots)):
        raise RefusedError("expected one of a task, a program, a regular expression and an automaton's file")
    text = given_text(regex, dfa, alphabet, ands, nots)
    if (task is not None or program is not None) and text != LanguageText():
        raise RefusedError("alphabet, ands and nots go with regex and dfa: every other subject has its own alphabet")
    if not isinstance(pe, str):
        raise RefusedError(f"pe: expected the name of an encoding, found {pe!r}")
    scheme = None if pe in ENCODINGS else read_scheme(pe, option="pe")
    encoding = cast(Encoding, pe) if scheme is None else "ape"
    question = DecidedQuestion((encoding,), answer_rule(accept, target), scheme)
    lengths = forecast_question(train_length, test_length)
    subject = AskedSubject(
        task=None if task is None else _task(task),
        source=None if program is None else load(program).source,
        language=None if task is not None or program is not None else read_language(text),
    )
    (found,) = subject.predictions(question, lambda decided: decided.shown(None, "from eval import predict"))
    if measured is not None:
        known = measured_model(
            str(measured), subject.task_of_words(), pe=pe, train_length=train_length, runs=Path(runs)
        )
        lengths = question_of_model(known, test_length)
    if lengths is None:
        return found
    from eval.forecast.forecasting import forecast_all  # imported here, because it reads ledgers

    return forecast_all([found], lengths, source=subject.source, language=subject.regular_language)[0]


def _task(given: Task | str) -> Task:
    if isinstance(given, Task):
        return given
    if not isinstance(given, str):
        raise RefusedError(f"task: expected a task or the name of one, found {given!r}")
    return get_task(given)


def measure(
    model: Answerer | LoadedProgram | str | Path,
    task: Task | str,
    *,
    lengths: Sequence[tuple[int, int]] | None = None,
    words: int = 2000,
    seed: int = 0,
    trained_to: int | None = None,
    judge: Judge = "all",
    vocabulary: str | Path | None = None,
) -> Measurement:
    """Return how many words of each range of lengths a program or a model gets wholly right.

    Args:
        model: A program as `crasp.load` takes it, in a file whose name ends in .crasp; a directory that `crasp compile`
            or a training wrote, or that `transformers` loads; or an object of your own with the methods of
            `eval.answering.answerers.Answerer`.
        task: A task, or the name of one; `tasks.get` makes one of any regular language.
        lengths: The ranges; by default the training lengths, and then the next two ranges of the same width.
        words: How many words of each range are tested. With seed 0 they begin as those that trained models are tested
            on.
        seed: Another seed draws other words.
        trained_to: The longest training length; by default what the model says, or 50.
        judge: For a task with an answer: "all" judges the answer and its end, "answer" leaves the end out.
        vocabulary: A file with the names of the model's outputs, for a model without a tokenizer.

    Returns:
        The counts, and the measured verdict if the ranges are those of its rule.

    Raises:
        UnknownTask: No task has this name.
        CraspError, LoadError: The program cannot be read.
        ValueError: The model cannot be asked about this task, or the task has no words of these lengths.

    Example:
        >>> found = measure("lib:dyck1", "dyck1", lengths=[(1, 20), (21, 40)], words=50)
        >>> [(each.lengths, each.correct, each.total) for each in found.bins]
        [((1, 20), 50, 50), ((21, 40), 50, 50)]
    """
    chosen = _task(task)
    check_choice("judge", judge, get_args(Judge))
    check_judge(chosen, judge)
    ranges = None if lengths is None else tuple(lengths)
    answerer = _answerer(model, None if vocabulary is None else Path(vocabulary))
    return measure_answerer(answerer, chosen, ranges, words=words, seed=seed, trained_to=trained_to, judge=judge)


def _answerer(model: Answerer | LoadedProgram | str | Path, vocabulary: Path | None) -> Answerer:
    if isinstance(model, LoadedProgram) or (isinstance(model, str) and ":=" in model):
        loaded = load(model)
        return ProgramAnswerer(loaded.source.name, loaded.meaning)
    return load_answerer(str(model), vocabulary) if isinstance(model, str | Path) else model
