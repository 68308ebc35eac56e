"""Advice on how to train for a length that must work: `python -m eval advise`, or `crasp-bench advise`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from crasp.regular.automata.moore_machine import Accept
from eval.advise.advice import Advice, advice_lines, advise, missing_families
from eval.advise.hard_words import HardWord, hard_words
from eval.advise.labelled_words import LabelledWord, read_labelled_words
from eval.console import AsJson, TaskName
from eval.forecast.forecast_question import check_forecastable
from eval.forecast.forecasting import shipped_model
from eval.prediction.prediction import Prediction, predict_encodings
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from eval.prediction.task_ladder import complete
from eval.subjects.asked_task import ProgramFile, chosen_task
from eval.subjects.own_tasks import predict_origin
from tasks.ground.automata.automaton import Automaton
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import RefusedError, print_json
from tasks.ground.files import replace_text
from tasks.languages.task_origin import language_of_origin
from tasks.task import ENCODINGS, Encoding, Task

SHOWN_LETTERS = 60  # letters of a word that is printed
HARD_AT = 50  # the longest hard word, where no training length is advised
LONGEST_HARD = 200  # letters of one in any case


@with_language
def advise_command(
    *,
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    words: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Labelled words, {"word": ..., "accept": ...} a line, instead of a subject.'),
    ] = None,
    test_length: Annotated[
        int | None, typer.Option(min=1, max=10**9, metavar="N", help="The length up to which it must work.")
    ] = None,
    train_length: Annotated[
        int | None, typer.Option(min=1, max=10**9, metavar="N", help="Also what to expect of this training length.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the hard words as JSON lines, with their labels.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how to train for a length that must work: encoding, training length, hard words, and what to expect.

    Status 1 where labelled words alone are given: which language they are of is not told here.
    """
    given = [task, program, text.regex, text.dfa]
    if words is not None:
        if given.count(None) < len(given) or text.given:
            raise RefusedError("--words goes without another subject: expected one of the two")
        _cannot_tell(words, read_labelled_words(words), as_json=as_json)
        raise typer.Exit(1)
    if test_length is None:
        raise RefusedError("--test-length: expected the length up to which it must work")
    if train_length is not None and test_length < train_length:
        raise RefusedError(f"--test-length: {test_length} is below the training length {train_length}")
    chosen = chosen_task(task, program=program, text=text)
    automaton = _automaton(chosen)
    if automaton is not None:
        check_forecastable(chosen.shown, automaton.outputs)
    advice = advise(_predictions(chosen), test_length, train_length, shipped_model())
    if train_length is not None and advice.floor is not None and train_length < advice.floor:
        raise RefusedError(
            f"--train-length: {train_length} is below the coverage floor {advice.floor} of {chosen.shown}: shorter "
            "words leave a residue or a window unseen"
        )
    longest = train_length or (HARD_AT if advice.best is None else advice.best.shortest) or HARD_AT
    longest = min(longest, LONGEST_HARD)
    found = hard_words(chosen, automaton, missing_families(advice.ladder), longest, accept=_accept(chosen))
    if out is not None:
        try:
            replace_text(out, "".join(json.dumps(each.record(), ensure_ascii=False) + "\n" for each in found))
        except OSError as error:
            raise RefusedError(f"{out}: {error.strerror}") from None
    _print(advice, found, out, as_json=as_json)


def _predictions(task: Task) -> dict[Encoding, Prediction]:
    """What the theory says of each encoding that is measured here, with the ladder."""
    if task.origin is not None:
        return dict(predict_origin(task.origin, write=True))
    return {p.pe: complete(p, task) for p in predict_encodings(task, tuple(ENCODINGS))}


def _automaton(task: Task) -> Automaton | None:
    """The automaton of a regular task; None of any other."""
    if task.origin is not None:
        return None if task.origin.kind == "program" else language_of_origin(task.origin).automaton
    return automaton_of_task(task.name) if task.name in EXPRESSIONS else None


def _accept(task: Task) -> Accept:
    """Where the ladder was decided: tasks of the benchmark at an end marker, one's own at the last letter."""
    return "end" if task.origin is None else "last"


def _cannot_tell(path: Path, words: tuple[LabelledWord, ...], *, as_json: bool) -> None:
    members = sum(each.accept for each in words)
    longest = max(len(each.word) for each in words)
    because = (
        f"{path} has {members} words that are accepted and {len(words) - members} that are not, of up to {longest} "
        "letters. Which language they are of cannot be told here: many agree with any finite set of words, and no "
        "language is learnt from them by this command. Give the language: an expression, an automaton or a program."
    )
    if as_json:
        print_json({"words": len(words), "accepted": members, "longest": longest, "advised": None, "because": because})
    else:
        print(because)


def _print(advice: Advice, words: tuple[HardWord, ...], out: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(advice.record() | {"hard_words": [each.record() for each in words]})
        return
    print("\n".join(advice_lines(advice)))
    print(f"\n{len(words)} hard words to add" + ("" if out is None else f", written to {out}") + ":")
    separator = "" if all(len(token) == 1 for each in words for token in each.word) else " "
    for each in words:
        spelt = separator.join(each.word)
        shown = spelt if len(spelt) <= SHOWN_LETTERS else f"{spelt[: SHOWN_LETTERS - 1]}…"
        print(f"  {each.kind:<28} {len(each.word):>4} letters  {shown}")
