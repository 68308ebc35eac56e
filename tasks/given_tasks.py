"""Tasks that are given where a task's name is taken: a regular language, by an expression or an automaton's file."""

from collections.abc import Sequence

from tasks.asking.recognition import recognition
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.language_tasks import task_of_language
from tasks.registry import get_task
from tasks.task import Task


def task_named_or_given(
    name: str | None = None,
    *,
    regex: str | None = None,
    dfa: str | None = None,
    alphabet: str | None = None,
    ands: Sequence[str] = (),
    nots: Sequence[str] = (),
    recognize: bool = False,
) -> Task:
    """The task of this name, or of the regular language; one of them.

    Args:
        name: A task's name.
        regex: A regular expression.
        dfa: The file of an automaton.
        alphabet: The language's tokens, white space between them; without it they are the letters that occur.
        ands: Expressions that the words also match.
        nots: Expressions that the words must not match.
        recognize: Acceptance instead of legal continuations.

    Raises:
        UnknownTask: There is no task of this name.
        ValueError: All else that is wrong; the message says what.
    """
    return chosen_task(name, LanguageText(regex, dfa, alphabet, tuple(ands), tuple(nots)), recognize=recognize)


def chosen_task(name: str | None, text: LanguageText, *, recognize: bool = False) -> Task:
    """The task of this name, or of the language; raises as `task_named_or_given` does."""
    if [name, text.regex, text.dfa].count(None) < 2 or not (name is not None or text.given):
        raise ValueError("expected one of a task's name, --regex R and --dfa FILE")
    if name is None:
        return task_of_language(read_language(text), recognize=recognize)
    if text != LanguageText():
        raise ValueError(
            "--alphabet goes with --regex and --dfa, as --and, --not and --name do: a named task has its own words"
        )
    task = get_task(name)
    return recognition(task) if recognize else task
