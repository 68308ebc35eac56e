"""The task that a command is about: a named one, or one given as an expression, an automaton or a program."""

from dataclasses import replace

from crasp.errors import CraspError
from tasks.given_tasks import chosen_task
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.console import RefusedError
from tasks.ground.files import LoadError
from tasks.language_tasks import task_of_language
from tasks.registry import UnknownTask
from tasks.task import Task

NOTHING = LanguageText()


def task_of_subject(
    name: str | None,
    *,
    program: str | None = None,
    text: LanguageText = NOTHING,
    recognize: bool = False,
    adversary: str | None = None,
) -> Task:
    """Return the one task that is named or given.

    Args:
        name: The name of a benchmark task.
        program: A program's file, or `lib:NAME`.
        text: A regular language.
        recognize: Whether the task is to accept or reject words.
        adversary: A family of programs; the task's words are then those that no small program of it tells apart.

    Raises:
        RefusedError: There is no such task, or not exactly one subject; the message says what is wrong.
    """
    given = [name, program, text.regex, text.dfa]
    if given.count(None) < len(given) - 1 or (name is program is None and not text.given):
        raise RefusedError("expected one of a task's name, --program FILE, --regex R and --dfa FILE")
    if program is not None and replace(text, called=None) != NOTHING:
        raise RefusedError("--alphabet goes with --regex and --dfa, as --and and --not do: a program has its own words")
    try:
        language = read_language(text) if text.given and name is None else None
        if program is not None:
            from eval.subjects.program_task import program_task  # imports lark, which reads programs

            task = program_task(program, recognize=recognize, name=text.called)
        elif language is not None:
            task = task_of_language(language, recognize=recognize)
        else:
            task = chosen_task(name, text, recognize=recognize)
        if adversary is None:
            return task
        from eval.prediction.adversarial_task import adversarial_task, automaton_given

        automaton = automaton_given(name, program) if language is None else language.automaton
        return adversarial_task(task, automaton, adversary)
    except (UnknownTask, LoadError, CraspError, RefusedError, ValueError) as error:
        raise RefusedError(str(error)) from None
