"""`python -m eval.explain`: the program that describes a trained model, and where the model stops being it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from eval.console import TaskName
from eval.subjects.asked_task import ProgramFile
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import NO, AsJson, RefusedError, new_app, print_json, run_command

if TYPE_CHECKING:
    from crasp.meaning.ir import Program
    from eval.explain.answers.asked_answers import AskedAnswers
    from eval.explain.inside.evidence import InsideEvidence
    from eval.explain.next_sets import AskedModel
    from eval.explain.verdict import Explanation
    from tasks.task import Task


class _Limits(TypedDict):
    """What is asked of a model whatever its task is."""

    program: "Program | None"
    ranges: tuple[tuple[int, int], ...] | None
    trained_to: int
    words: int
    most_atoms: int
    seed: int


app = new_app("Explain a trained model by a program.", "python -m eval.explain --model lib:dyck1 --task dyck1")


@app.command("explain", epilog="Try: python -m eval.explain --model lib:dyck1 --task dyck1")
@with_language
def explain_command(
    *,
    model: Annotated[str | None, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="What is explained.")] = None,
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    vocab: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The names of the model's outputs, where it has no tokenizer.")
    ] = None,
    lengths: Annotated[
        str | None, typer.Option(help="Ranges of lengths, as 1-50,51-100,101-150; else by the training length.")
    ] = None,
    train_length: Annotated[
        int | None, typer.Option(min=4, max=1_000, help="The longest training word; else the run's own, or 50.")
    ] = None,
    words: Annotated[
        int,
        typer.Option("-n", min=1, max=100_000, help="Words of each kind and range; fewer than 100 explain nothing."),
    ] = 500,
    max_states: Annotated[int, typer.Option(min=2, max=200, help="States of an automaton at most.")] = 30,
    max_atoms: Annotated[int, typer.Option(min=1, max=8, help="Atoms of an output's condition at most.")] = 4,
    seconds: Annotated[float, typer.Option(min=0.1, help="That the decider may take for a program or proof.")] = 20.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE.crasp", help="Also write the program there.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write all that was found as a page.")] = None,
    inside: Annotated[
        bool,
        typer.Option("--inside/--no-inside", help="Also look at heads, positions and streams; it decides nothing."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Say which program describes a model, how far it agrees by length, and the shortest word where they part.

    The status is 0 where the model is explained, and 1 for any other verdict.
    """
    from crasp.errors import CraspError
    from crasp.text.loader import LoadError
    from eval.answering.answerers import UnfitError
    from eval.answering.loading import load_answerer
    from eval.console import read_ranges
    from eval.explain.answers.answer_explaining import AnswerRequest, explain_answers
    from eval.explain.answers.asked_answers import AskedAnswers
    from eval.explain.answers.questions import tokens_of
    from eval.explain.explaining import ExplainRequest, explain
    from eval.explain.next_sets import AskedModel, own_letters
    from eval.measuring.measurement import TRAIN_LENGTH
    from tasks.ground.files import replace_text

    if model is None:
        raise RefusedError("Missing option '--model'.")
    if out is not None and not out.parent.is_dir():
        raise RefusedError(f"--out: no directory {out.parent}")
    if html is not None and (html.is_dir() or not html.absolute().parent.is_dir()):
        raise RefusedError(f"--html: {html} cannot be written: it is a directory, or is in none")
    chosen, letters = _subject(task, program, text)
    try:
        answerer = load_answerer(model, vocab)
        limits = _Limits(
            program=_own_program(chosen, program),
            ranges=None if lengths is None else read_ranges(lengths),
            trained_to=train_length or answerer.trained_to or TRAIN_LENGTH,
            words=words,
            most_atoms=max_atoms,
            seed=seed,
        )
        if chosen is not None and chosen.format == "answer":
            tokens, mark = tokens_of(chosen)
            answers = AskedAnswers(answerer, tokens, chosen.shown)
            found = explain_answers(
                AnswerRequest(name=answerer.name, answers=answers, task=chosen, mark=mark, **limits)
            )
            asked: AskedAnswers | AskedModel = answers
        else:
            shown = "the alphabet" if chosen is None else chosen.shown
            asked = sets = AskedModel(answerer, letters or own_letters(answerer), shown)
            found = explain(
                ExplainRequest(
                    name=answerer.name, sets=sets, task=chosen, most_states=max_states, seconds=seconds, **limits
                )
            )
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise RefusedError(str(error)) from None
    seen = _inside(asked, found, chosen, limits) if inside else None
    if html is not None:
        from eval.explain.page import explain_page

        replace_text(html, explain_page(found, seen))
    _report(found, seen, out, as_json=as_json)
    if not found.explained:
        raise typer.Exit(NO)


def _subject(task: str | None, program: str | None, text: LanguageText) -> "tuple[Task | None, tuple[str, ...] | None]":
    """The task, if one is given, and the letters of its words; RefusedError where it is given twice."""
    from eval.subjects.asked_task import chosen_task
    from tasks.ground.automata.tokens import why_not_a_letter

    if task is None and program is None and not text.given:
        letters = None if text.alphabet is None else tuple(text.alphabet.split())
        if letters is not None and (not letters or len(set(letters)) < len(letters)):
            raise RefusedError(f"--alphabet: expected different letters with spaces between, found {text.alphabet!r}")
        for why in filter(None, map(why_not_a_letter, letters or ())):
            raise RefusedError(f"--alphabet: {why}")
        return None, letters
    chosen = chosen_task(task, program=program, text=text)
    return chosen, chosen.alphabet


def _own_program(task: "Task | None", program: str | None) -> "Program | None":
    from crasp.text.loader import load_program
    from eval.explain.explaining import own_program

    return own_program(task) if program is None else load_program(program)


def _inside(
    asked: "AskedAnswers | AskedModel", found: "Explanation", task: "Task | None", limits: _Limits
) -> "InsideEvidence":
    """What is seen inside the model on words of the training lengths, with the program's or the task's definitions."""
    from crasp.errors import Source
    from crasp.text.loader import read_program
    from eval.explain.inside.looking import look_inside
    from eval.explain.inside.real_words import answered_words, typical_words
    from eval.explain.next_sets import AskedModel

    if isinstance(asked, AskedModel):
        words = typical_words(asked, task, found.trained_to, limits["seed"])
    else:
        assert task is not None
        words = answered_words(asked, task, found.trained_to, limits["seed"])
    program, text, called = limits["program"], None, "the task's own program"
    if found.program is not None:
        text, called = found.program.text, "the program that was found"
        program = read_program(Source("explained", text))
    return look_inside(asked.answerer, asked.alphabet, words, program, called=called, text=text, seed=limits["seed"])


def _report(found: "Explanation", inside: "InsideEvidence | None", out: Path | None, *, as_json: bool) -> None:
    from eval.explain.inside.inside_lines import lines_inside
    from eval.explain.verdict import lines_of
    from tasks.ground.files import replace_text

    if out is not None and found.program is not None:
        replace_text(out, found.program.text)
    if as_json:
        print_json({**found.record(), **({} if inside is None else {"inside": inside.record()})})
        return
    for line in (*lines_of(found), *(() if inside is None else lines_inside(inside))):
        print(line)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 explained, 1 any other verdict, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.explain")
