"""Tasks that a person names or defines: a task of the benchmark, or a regular language given in place of a name."""

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
    """Return the task of this name, or the task of the regular language that is given.

    Args:
        name: The name of a task. Exactly one of `name`, `regex` and `dfa` is given.
        regex: A regular expression.
        dfa: The path of an automaton's file.
        alphabet: The tokens of the language, separated by white space; by default the letters that occur in it.
        ands: Regular expressions that each word also has to match.
        nots: Regular expressions that no word may match.
        recognize: Ask whether a word is accepted, instead of which tokens may follow each prefix.

    Raises:
        UnknownTask: There is no task of this name.
        ValueError: Any other fault of the arguments; the message names it.
    """
    return chosen_task(name, LanguageText(regex, dfa, alphabet, tuple(ands), tuple(nots)), recognize=recognize)


def chosen_task(name: str | None, text: LanguageText, *, recognize: bool = False) -> Task:
    """Return the task of this name, or the task of this language.

    It takes, and raises, what `task_named_or_given` does, with the language as one value.
    """
    if [name, text.regex, text.dfa].count(None) < 2 or not (name is not None or text.given):
        raise ValueError("expected one of a task's name, --regex R and --dfa FILE")
    if name is None:
        return task_of_language(read_language(text), recognize=recognize)
    if text != LanguageText():
        raise ValueError(
            "--alphabet goes with --regex and --dfa, as --and, --not and --name do: a named task has its own alphabet"
        )
    task = get_task(name)
    return recognition(task) if recognize else task
