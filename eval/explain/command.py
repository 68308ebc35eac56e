"""The command `python -m eval.explain`: a program that describes a trained model, and where the two differ."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.console import ProgramFile, TaskName
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import named_language_text
from tasks.ground.console import NO, AsJson, RefusedError, main_of, print_json, refuse_nan
from tasks.ground.option_groups import with_options

if TYPE_CHECKING:
    from crasp.meaning.ir import Program
    from eval.answering.answerers import Answerer
    from eval.explain.answers.asked_answers import AskedAnswers
    from eval.explain.inside.evidence import InsideEvidence
    from eval.explain.inside.shown import InsideShown
    from eval.explain.next_sets import AskedModel
    from eval.explain.verdict import ExplainLimits, Explanation
    from tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class _ExplainSearch:
    """The options that say how the model is asked, and how long a program is searched for."""

    lengths: Annotated[
        str | None,
        typer.Option(help="Ranges of lengths, such as 1-50,51-100,101-150; by default from the training length."),
    ] = None
    train_length: Annotated[
        int | None, typer.Option(min=4, max=1_000, help="The longest training word; by default the run's own, or 50.")
    ] = None
    words: Annotated[
        int,
        typer.Option(
            "-n", min=1, max=100_000, help="Words of each kind and range; fewer than 100 are too few for a verdict."
        ),
    ] = 500
    max_states: Annotated[int, typer.Option(min=2, max=200, help="The largest number of states of an automaton.")] = 30
    max_atoms: Annotated[
        int, typer.Option(min=1, max=8, help="The largest number of atoms in an output's condition.")
    ] = 4
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            callback=refuse_nan,
            help="Time for the decider, by default 20; for a task with an answer, time for all of it, by default 600.",
        ),
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0


@dataclass(frozen=True, kw_only=True)
class _ExplainFiles:
    """The options that name files to be written beside what is printed."""

    out: Annotated[Path | None, typer.Option(metavar="FILE.crasp", help="Also write the program to this file.")] = None
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write all that was found as an HTML page.")
    ] = None

    def check(self) -> None:
        """Check, before the model is asked, that the files can be written.

        Raises:
            RefusedError: One of them cannot be written.
        """
        from tasks.ground.files import check_writable

        for option, file in (("--out", self.out), ("--html", self.html)):
            try:
                if file is not None:
                    check_writable(file)
            except OSError as error:
                raise RefusedError(f"{option}: {error}") from None


@with_options(text=named_language_text, search=_ExplainSearch, files=_ExplainFiles)
def explain_command(
    *,
    model: Annotated[
        str | None, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="The model that is explained.")
    ] = None,
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    vocab: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The names of the model's outputs, where it has no tokenizer.")
    ] = None,
    search: _ExplainSearch,
    files: _ExplainFiles,
    inside: Annotated[
        bool,
        typer.Option("--inside/--no-inside", help="Also look at heads, positions and streams; it decides nothing."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Say which program describes a model, how far it agrees by length, and the shortest word on which they differ.

    The status is 0 where the model is explained, and 1 for any other verdict.
    """
    from crasp.errors import CraspError
    from eval.answering.answerers import UnfitError
    from eval.answering.loading import load_answerer
    from tasks.ground.files import LoadError

    if model is None:
        raise RefusedError("Missing option '--model'.")
    files.check()
    chosen, letters = _subject(task, program, text)
    try:
        answerer = load_answerer(model, vocab)
        limits = _limits(search, answerer, _own_program(chosen, program))
        asked, found = _explained(answerer, chosen, letters, search, limits)
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise RefusedError(str(error)) from None
    seen = _inside(asked, found, chosen, limits) if inside else None
    _report(found, seen, files, as_json=as_json)
    if not found.explained:
        raise typer.Exit(NO)


def _limits(search: _ExplainSearch, answerer: "Answerer", program: "Program | None") -> "ExplainLimits":
    from eval.console import read_ranges
    from eval.explain.verdict import ExplainLimits
    from eval.measuring.measurement import TRAIN_LENGTH

    return ExplainLimits(
        program=program,
        ranges=None if search.lengths is None else read_ranges(search.lengths),
        trained_to=search.train_length or answerer.trained_to or TRAIN_LENGTH,
        words=search.words,
        most_atoms=search.max_atoms,
        seed=search.seed,
    )


def _explained(
    answerer: "Answerer",
    task: "Task | None",
    letters: "tuple[str, ...] | None",
    search: _ExplainSearch,
    limits: "ExplainLimits",
) -> "tuple[AskedAnswers | AskedModel, Explanation]":
    """What was found of the model, and the wrapper by which it was asked: for answers, or for next-sets."""
    from eval.answering.sparse_gpt2 import without_zeros
    from eval.explain.answers.answer_explaining import ANSWER_SECONDS, AnswerRequest, explain_answers
    from eval.explain.answers.asked_answers import AskedAnswers
    from eval.explain.answers.questions import tokens_of
    from eval.explain.cap_ladder import DECIDER_SECONDS
    from eval.explain.explaining import ExplainRequest, explain
    from eval.explain.next_sets import AskedModel, own_letters

    answerer = without_zeros(answerer)
    if task is not None and task.format == "answer":
        tokens, mark = tokens_of(task)
        answers = AskedAnswers(answerer, tokens, task.shown)
        seconds = search.seconds or ANSWER_SECONDS
        request = AnswerRequest(
            name=answerer.name, answers=answers, task=task, mark=mark, seconds=seconds, **vars(limits)
        )
        return answers, explain_answers(request)
    shown = "the alphabet" if task is None else task.shown
    sets = AskedModel(answerer, letters or own_letters(answerer), shown)
    most, seconds = search.max_states, search.seconds or DECIDER_SECONDS
    asked = ExplainRequest(name=answerer.name, sets=sets, task=task, most_states=most, seconds=seconds, **vars(limits))
    return sets, explain(asked)


def _subject(task: str | None, program: str | None, text: LanguageText) -> "tuple[Task | None, tuple[str, ...] | None]":
    """The task, if one is given, and the letters of its words, if they are known; RefusedError for bad letters."""
    from eval.subjects.asked_task import task_of_subject
    from tasks.ground.automata.tokens import why_not_a_letter

    if task is None and program is None and not text.given:
        letters = None if text.alphabet is None else tuple(text.alphabet.split())
        if letters is not None and (not letters or len(set(letters)) < len(letters)):
            raise RefusedError(f"--alphabet: expected different letters with spaces between, found {text.alphabet!r}")
        for why in filter(None, map(why_not_a_letter, letters or ())):
            raise RefusedError(f"--alphabet: {why}")
        return None, letters
    chosen = task_of_subject(task, program=program, text=text)
    return chosen, chosen.alphabet


def _own_program(task: "Task | None", program: str | None) -> "Program | None":
    from crasp.text.loader import load_program
    from eval.explain.explaining import own_program

    return own_program(task) if program is None else load_program(program)


def _inside(
    asked: "AskedAnswers | AskedModel", found: "Explanation", task: "Task | None", limits: "ExplainLimits"
) -> "InsideShown":
    """What is seen inside the model, or why nothing could be seen; a failure here does not lose the verdict."""
    from eval.explain.inside.shown import shown_inside, unseen_inside

    if found.out_of_time:
        return unseen_inside("the time was up")
    return shown_inside(lambda: _evidence(asked, found, task, limits))


def _evidence(
    asked: "AskedAnswers | AskedModel", found: "Explanation", task: "Task | None", limits: "ExplainLimits"
) -> "InsideEvidence":
    """What is seen inside the model on words of the training lengths.

    The definitions that are looked for are those of the program that was found, else those of the task's own program.
    """
    from crasp.errors import Source
    from crasp.text.loader import read_program
    from eval.explain.inside.looking import look_inside
    from eval.explain.inside.real_words import answered_words, typical_words
    from eval.explain.next_sets import AskedModel

    if isinstance(asked, AskedModel):
        words = typical_words(asked, task, found.trained_to, limits.seed)
    else:
        assert task is not None
        words = answered_words(asked, task, found.trained_to, limits.seed)
    program, text, called = limits.program, None, "the task's own program"
    if found.program is not None:
        text, called = found.program.text, "the program that was found"
        program = read_program(Source("explained", text))
    return look_inside(asked.answerer, asked.alphabet, words, program, called=called, text=text, seed=limits.seed)


def _report(found: "Explanation", inside: "InsideShown | None", files: _ExplainFiles, *, as_json: bool) -> None:
    from eval.explain.verdict import lines_of
    from tasks.ground.files import replace_text

    if files.html is not None:
        from eval.explain.page import explain_page

        replace_text(files.html, explain_page(found, None if inside is None else inside.picture))
    if files.out is not None and found.program is not None:
        replace_text(files.out, found.program.text)
    if as_json:
        print_json({**found.record(), **({} if inside is None else {"inside": inside.record})})
        return
    for line in (*lines_of(found), *(() if inside is None else inside.lines)):
        print(line)


main = main_of(explain_command, "python -m eval.explain", "--model lib:dyck1 --task dyck1")
