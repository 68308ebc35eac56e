"""The task that a command is about: named, or given as an expression, an automaton or a program."""

from typing import Annotated

import typer

from crasp.errors import CraspError
from crasp.loader import LoadError
from eval.program_task import program_task
from tasks.given import task_named_or_given
from tasks.ground.console import RefusedError
from tasks.registry import UnknownTask
from tasks.task import Task

ProgramFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="Instead of a name: a program's file, or lib:NAME; its labels.")
]
Adversary = Annotated[
    str | None,
    typer.Option(
        metavar="FAMILY",
        help="For its words those that no small program of plain|local|periodic|periodic_local tells apart.",
    ),
]


def chosen_task(
    name: str | None,
    *,
    program: str | None = None,
    regex: str | None = None,
    dfa: str | None = None,
    alphabet: str | None = None,
    recognize: bool = False,
    adversary: str | None = None,
) -> Task:
    """The one task that is named or given; RefusedError, with what is wrong, where there is none.

    With `adversary` its words are adversarial ones for that family of programs.
    """
    given = [name, program, regex, dfa]
    if given.count(None) != len(given) - 1:
        raise RefusedError("expected one of a task's name, --program FILE, --regex R and --dfa FILE")
    try:
        if program is not None:
            if alphabet is not None:
                raise RefusedError("--alphabet goes with --regex: a program has its own")
            task = program_task(program, recognize=recognize)
        else:
            task = task_named_or_given(name, regex=regex, dfa=dfa, alphabet=alphabet, recognize=recognize)
        if adversary is None:
            return task
        from eval.adversary import adversarial_task, automaton_given

        automaton = automaton_given(name, program=program, regex=regex, dfa=dfa, alphabet=alphabet)
        return adversarial_task(task, automaton, adversary)
    except (UnknownTask, LoadError, CraspError, RefusedError, ValueError) as error:
        raise RefusedError(str(error)) from None
