"""Advice on how to train for a length that must work: `python -m eval advise`, or `crasp-bench advise`."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords, read_labelled_words
from crasp.learning.learning import LearntProgram, learn_program
from crasp.learning.output_search import LABELS_A_NODE
from crasp.regular.automata.moore_machine import Accept
from eval.advise.advice import Advice, advice_lines, advise, missing_families
from eval.advise.hard_words import HardWord, hard_words
from eval.console import TaskName
from eval.forecast.forecast_question import check_forecastable
from eval.forecast.forecasting import shipped_model
from eval.prediction.prediction import Prediction
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from eval.prediction.task_ladder import complete
from eval.prediction.task_prediction import predict_encodings
from eval.subjects.asked_task import ProgramFile, chosen_task
from eval.subjects.own_tasks import predict_origin
from tasks.ground.automata.automaton import Automaton, counted
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import AsJson, RefusedError, print_json
from tasks.ground.files import LoadError, replace_text
from tasks.languages.task_origin import language_of_origin
from tasks.task import ENCODINGS, Encoding, Task

SHOWN_LETTERS = 60  # letters of a word that is printed
HARD_LETTERS = 50  # the longest hard word, where no training length is advised
LONGEST_HARD_LETTERS = 200  # letters of one in any case
LEARNT_FAMILIES = "plain", "local", "periodic", "periodic_local"
LEARNT_NODES = 16  # nodes that are enumerated


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
    seconds: Annotated[
        float, typer.Option(min=1, max=86_400, metavar="S", help="How long to look for the program of labelled words.")
    ] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Say how to train for a length that must work: encoding, training length, hard words, and what to expect.

    Of labelled words the shortest program is learnt that agrees with them, and the advice is for its language. Status 1
    where none is found: which language the words are of cannot be told then.
    """
    given = [task, program, text.regex, text.dfa]
    if words is not None and (given.count(None) < len(given) or text.given):
        raise RefusedError("--words goes without another subject: expected one of the two")
    if test_length is None:
        raise RefusedError("--test-length: expected the length up to which it must work")
    if train_length is not None and test_length < train_length:
        raise RefusedError(f"--test-length: {test_length} is below the training length {train_length}")
    learnt = None if words is None else _learnt(words, seconds, as_json=as_json)
    chosen = chosen_task(task, program=program, text=text) if learnt is None else learnt.task
    automaton = _automaton(chosen)
    if automaton is not None:
        check_forecastable(chosen.shown, automaton.outputs)
    advice = advise(_predictions(chosen), test_length, train_length, shipped_model())
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


@dataclass(frozen=True)
class _LearntTask:
    """The task of a program that was learnt from labelled words, and what is known of the program."""

    task: Task
    text: str
    words: int  # labelled prefixes that it agrees with
    minimal: bool

    def record(self) -> dict[str, Any]:
        return {"program": self.text, "agrees": self.words, "minimal": self.minimal}


def _learnt(path: Path, seconds: float, *, as_json: bool) -> _LearntTask:
    """The shortest program that agrees with the words of a file; Exit(1) where none is found in the time."""
    try:
        labelled = read_labelled_words(str(path))
    except LoadError as error:
        raise RefusedError(str(error)) from None
    if ACCEPT not in labelled.labels:
        raise RefusedError(f'{path}: expected "accept" or "prefixes" of each word, found "next"')
    found = learn_program(
        labelled,
        LEARNT_FAMILIES,
        seconds=seconds,
        most=LEARNT_NODES,
        told=lambda line: print(line, file=sys.stderr),
    )
    if found.text is None or found.prefixes < LABELS_A_NODE * found.size:
        _cannot_tell(path, labelled, found, as_json=as_json)
        raise typer.Exit(1)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"learnt-from-{path.stem}.crasp"
        file.write_text(found.text, encoding="utf-8")
        task = chosen_task(None, program=str(file))
    return _LearntTask(task, found.text, found.prefixes, found.minimal)


def _cannot_tell(path: Path, labelled: LabelledWords, found: LearntProgram, *, as_json: bool) -> None:
    labels = labelled.labels[ACCEPT]
    members = sum(labels.values())
    longest = max(len(word) for word in labelled.words)
    which = f"no program of up to {counted(found.excluded, 'node')} agrees with them"
    if found.text is not None:
        size = counted(found.size, "node")
        which = f"a program of {size} agrees with them, and so few labels could be those of many others"
    because = (
        f"{path} has {len(labels):,} labelled prefixes, of which {members:,} {'is' if members == 1 else 'are'} "
        f"accepted, of words of up to {counted(longest, 'letter')}. Which language they are of cannot be told: "
        f"{which}. Give more words, or the language: an expression, an automaton or a program."
    )
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if as_json:
        print_json(
            {"words": len(labelled.words), "accepted": members, "longest": longest, "advised": None, "because": because}
        )
    else:
        print(because)


def _print(
    advice: Advice, words: tuple[HardWord, ...], out: Path | None, learnt: _LearntTask | None, *, as_json: bool
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
