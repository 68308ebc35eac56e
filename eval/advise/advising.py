"""The command `advise`: it makes the advice for one subject and its hard words, and prints both."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crasp.regular.automata.moore_machine import Accept
from eval.advise.advice import Advice, advice_lines, advise, missing_families
from eval.advise.hard_words import HardWord, hard_words
from eval.forecast.forecast_question import check_forecastable
from eval.forecast.forecasting import shipped_model
from eval.prediction.prediction import Prediction
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from eval.prediction.task_ladder import complete
from eval.prediction.task_prediction import predict_encodings
from eval.subjects.asked_task import task_of_subject
from eval.subjects.own_tasks import predict_origin, predict_under
from tasks.ground.automata.automaton import Automaton, counted
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.console import RefusedError, print_json
from tasks.ground.files import check_writable, replace_text
from tasks.languages.task_origin import language_of_origin
from tasks.position_schemes import read_scheme
from tasks.task import ENCODINGS, Encoding, Task

if TYPE_CHECKING:
    from eval.advise.learnt_task import LearntTask

OTHERS = ("rope", "alibi", "sinusoidal", "randomized")  # encodings that are shown too, and are not advised
SHOWN_LETTERS = 60  # the most letters of a word that are printed
HARD_LETTERS = 50  # the longest hard word if no training length is advised
LONGEST_HARD_LETTERS = 200  # the longest hard word in any case


@dataclass(frozen=True)
class AskedAdvice:
    """What the command was asked for.

    Attributes:
        task: The name of a task.
        program: A program's file or `lib:NAME`.
        text: A regular language.
        words: A file of labelled words, in place of the other three.
        test_length: The length that must work.
        train_length: A training length to say the chances of, or None.
        seconds: How long to look for the program of the labelled words.
    """

    task: str | None
    program: str | None
    text: LanguageText
    words: Path | None
    test_length: int
    train_length: int | None
    seconds: float


def advise_on(asked: AskedAdvice, out: Path | None, *, as_json: bool) -> None:
    """Print the advice, and write the hard words into `out` if it is given.

    Args:
        asked: The subject and the lengths.
        out: A file for the hard words, or None.
        as_json: Whether JSON is printed.

    Raises:
        RefusedError: The subject cannot be forecast, or the training length is below the coverage floor.
        Exit: With status 1, if no program was found for labelled words.
    """
    if out is not None:
        check_writable(out)  # before a program is looked for, which may take half a minute
    learnt, chosen = _subject(asked, as_json=as_json)
    test_length, train_length = asked.test_length, asked.train_length
    automaton = _automaton(chosen)
    if automaton is not None:
        check_forecastable(chosen.shown, automaton.outputs)
    predictions = _predictions(chosen)
    decided = predictions["ape"].ladder is not None
    others = [predict_under(chosen, read_scheme(name), check=False) for name in OTHERS if decided]
    advice = advise(predictions, test_length, train_length, shipped_model(), others=others)
    if train_length is not None and advice.floor is not None and train_length < advice.floor:
        raise RefusedError(
            f"--train-length: {train_length} is below the coverage floor {advice.floor} of {chosen.shown}: shorter "
            "words leave a residue or a window unseen"
        )
    longest = train_length or (HARD_LETTERS if advice.best is None else advice.best.shortest) or HARD_LETTERS
    longest = min(longest, LONGEST_HARD_LETTERS, test_length)
    found = hard_words(chosen, automaton, missing_families(advice.ladder), longest, accept=_accept(chosen))
    if out is not None:
        replace_text(out, "".join(json.dumps(each.record(), ensure_ascii=False) + "\n" for each in found))
    _print(advice, found, out, learnt, as_json=as_json)


def _subject(asked: AskedAdvice, *, as_json: bool) -> "tuple[LearntTask | None, Task]":
    """Return the task that the advice is for, with what was learnt if it was learnt from labelled words."""
    if asked.words is None:
        return None, task_of_subject(asked.task, program=asked.program, text=asked.text)
    from eval.advise.learnt_task import learnt_task  # this imports all that learns programs

    learnt = learnt_task(asked.words, asked.seconds, as_json=as_json)
    return learnt, learnt.task


def _predictions(task: Task) -> dict[Encoding, Prediction]:
    """Return the theory's prediction for each encoding that was measured, with the families that have a program."""
    if task.origin is not None:
        return dict(predict_origin(task.origin, write=True))
    return {p.pe: complete(p, task) for p in predict_encodings(task, tuple(ENCODINGS))}


def _automaton(task: Task) -> Automaton | None:
    """Return the automaton of a regular task, and None for any other task."""
    if task.origin is not None:
        return None if task.origin.kind == "program" else language_of_origin(task.origin).automaton
    return automaton_of_task(task.name) if task.name in EXPRESSIONS else None


def _accept(task: Task) -> Accept:
    """Return where the families were decided: at an end marker for the benchmark's tasks, else at the last letter."""
    return "end" if task.origin is None else "last"


def _print(
    advice: Advice, words: tuple[HardWord, ...], out: Path | None, learnt: "LearntTask | None", *, as_json: bool
) -> None:
    if as_json:
        known = {} if learnt is None else {"learnt": learnt.record()}
        print_json(advice.record() | known | {"hard_words": [each.record() for each in words]})
        return
    if learnt is not None:
        least = "the shortest" if learnt.minimal else "a"
        print(f"learnt from {learnt.words:,} labelled prefixes, {least} program that agrees with them:\n{learnt.text}")
    print("\n".join(advice_lines(advice)))
    print(f"\n{counted(len(words), 'hard word')} to add" + ("" if out is None else f", written to {out}") + ":")
    separator = "" if all(len(token) == 1 for each in words for token in each.word) else " "
    for each in words:
        spelt = separator.join(each.word)
        shown = spelt if len(spelt) <= SHOWN_LETTERS else f"{spelt[: SHOWN_LETTERS - 1]}…"
        print(f"  {each.kind:<28} {len(each.word):>4} {'letter ' if len(each.word) == 1 else 'letters'}  {shown}")
