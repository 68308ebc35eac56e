"""Gives a command's function its subject as first argument, and the same options for subjects as all other commands."""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.models import ArgumentInfo

from tasks.ground.console import RefusedError

Command = Callable[..., None]
SUBJECT_OPTIONS = ("task", "program", "regex", "dfa")
CONTEXT, SUBJECT = "context", "subject"

_SubjectArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[SUBJECT]",
        help="A task's name, a regular expression, an automaton's file (.json, .att), or a program (.crasp, lib:NAME).",
        show_default=False,
    ),
]
_TaskOption = Annotated[str | None, typer.Option("--task", metavar="TASK", help="A task of the benchmark.")]
_ProgramOption = Annotated[str | None, typer.Option("--program", metavar="FILE", help="A program's file, or lib:NAME.")]
_ProgramArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[PROGRAM]",
        help="A program's file, lib:NAME, or only the name of a program of the library.",
        show_default=False,
    ),
]
_ModelArgument = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="The model to judge; the same as --model.", show_default=False)
]


def with_any_subject(command: Command) -> Command:
    """Return the command with a task, expression, automaton or program as first argument or by its option."""
    own = dict(signature(command).parameters)
    named = own.pop("name", None)  # an argument for a task's name becomes the subject

    def given(context: typer.Context, arguments: dict[str, Any]) -> None:
        subject = arguments.pop(SUBJECT)
        if subject is not None:
            from eval.door.subjects import taken_for

            for option in SUBJECT_OPTIONS:
                if arguments[option] is not None:
                    raise RefusedError(f"expected one subject, found {subject or repr(subject)} and --{option}")
            found = taken_for(subject)
            print(found.in_words, file=sys.stderr)
            arguments[found.option] = found.value
        if "task" not in own and named is None and arguments["task"] is not None:
            arguments |= _language_of_task(arguments)
        # A command that prints how it can be continued names its subject by the option.
        context.params |= {SUBJECT: None, **{name: arguments.get(name) for name in (*SUBJECT_OPTIONS, "alphabet")}}
        if "program" not in own:
            context.obj = _task_of_program(arguments)
        if named is not None:
            arguments["name"] = arguments["task"]
        kept = {**own, "name": None} if named is not None else own
        _call(command, own, context, {name: value for name, value in arguments.items() if name in kept})

    added = {SUBJECT: _SubjectArgument, "task": _TaskOption, "program": _ProgramOption}
    return _as_command(command, own, {name: kind for name, kind in added.items() if name not in own}, given)


def with_program_first(command: Command) -> Command:
    """Return the command with a program's file as first argument or by `--program`."""
    own = dict(signature(command).parameters)
    word = next((name for name, each in own.items() if name != "file" and _is_argument(each)), None)
    needed = word is not None and own[word].default is Parameter.empty
    if word is not None and needed:
        own[word] = _optional(own[word])

    def given(context: typer.Context, arguments: dict[str, Any]) -> None:
        program, first = arguments.pop("program"), arguments.pop("file")
        if program is None:
            if first is None:
                raise RefusedError("expected a program: its file, lib:NAME, or --program FILE")
            program = _program_of(first)
        elif first is not None:  # with --program the first argument is a word
            _shift(arguments, word, first)
        if word is not None and needed and arguments[word] is None:
            raise RefusedError(f"expected a {word} after the program; '' is the empty one")
        _call(command, own, context, {**arguments, "file": program})

    return _as_command(command, own, {"file": _ProgramArgument, "program": _ProgramOption}, given)


def with_model_first(command: Command) -> Command:
    """Return the command with a model as first argument or by `--model`."""
    own = dict(signature(command).parameters)
    kind = own["model"].annotation

    def given(context: typer.Context, arguments: dict[str, Any]) -> None:
        first = arguments.pop(SUBJECT)
        if (first is None) == (arguments["model"] is None):
            raise RefusedError("expected one model: as the first argument, or as --model")
        if first is not None:
            arguments["model"] = kind.__origin__(first)
        _call(command, own, context, arguments)

    own["model"] = _optional(own["model"])
    return _as_command(command, own, {SUBJECT: _ModelArgument}, given)


def _as_command(
    command: Command,
    own: dict[str, Parameter],
    added: dict[str, Any],
    given: Callable[[typer.Context, dict[str, Any]], None],
) -> Command:
    """Return a function that typer reads as the command with the options `added` before its own.

    `given` is called with the context and the arguments.
    """
    rest = [each.replace(kind=Parameter.KEYWORD_ONLY) for name, each in own.items() if name not in {CONTEXT, *added}]
    first = [Parameter(CONTEXT, Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    first += [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in added.items()]

    @wraps(command)
    def called(**arguments: Any) -> None:
        given(arguments.pop(CONTEXT), arguments)

    called.__signature__ = signature(command).replace(parameters=[*first, *rest])  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in [*first, *rest]}
    return called


def _call(command: Command, own: dict[str, Parameter], context: typer.Context, arguments: dict[str, Any]) -> None:
    command(**({CONTEXT: context} if CONTEXT in own else {}), **arguments)


def _program_of(first: str) -> str:
    """Return the program that the argument names: a file, lib:NAME, or the name of a program of the library."""
    from crasp.text.sources import LIBRARY, library_names  # this import takes a tenth of a second

    if Path(first).exists():
        return first
    if set(first) & set("()*|"):
        raise RefusedError(f"{first}: expected a program; of a regular expression `crasp-bench decide` writes one")
    if first not in library_names():
        return first
    print(f"note: {first} is taken for the program {LIBRARY}{first} of the library", file=sys.stderr)
    return LIBRARY + first


def _shift(arguments: dict[str, Any], word: str | None, first: str) -> None:
    """Move the first argument to where the command expects words, because `--program` has named the program."""
    if word == "words":
        arguments[word] = [first, *(arguments[word] or [])]
    elif word is not None and arguments[word] is None:
        arguments[word] = first
    else:
        raise RefusedError(f"expected one program, found {first} and --program")


def _is_argument(parameter: Parameter) -> bool:
    return any(isinstance(each, ArgumentInfo) for each in getattr(parameter.annotation, "__metadata__", ()))


def _optional(parameter: Parameter) -> Parameter:
    kind = parameter.annotation
    optional: Any = kind.__origin__ | None
    return parameter.replace(
        annotation=Annotated[optional, *kind.__metadata__], default=None, kind=Parameter.KEYWORD_ONLY
    )


def _language_of_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the options that give the regular language of a benchmark task.

    RefusedError is raised if the task has none.
    """
    from eval.prediction.regular_tasks import EXPRESSIONS
    from tasks.registry import UnknownTask, get_task

    task = arguments["task"]
    others = [f"--{name}" for name in (*SUBJECT_OPTIONS[1:], "alphabet") if arguments[name] is not None]
    if others:
        raise RefusedError(f"--task has its own language and alphabet: expected no {others[0]} beside it")
    try:
        name = get_task(task).name
    except UnknownTask as error:
        raise RefusedError(str(error)) from None
    if name not in EXPRESSIONS:
        raise RefusedError(
            f"--task: {task} has no regular expression to decide; `crasp-bench predict {task}` says what is known"
        )
    regex, letters = EXPRESSIONS[name]
    print(f"note: {task} is decided as the language {regex} over {' '.join(letters)}", file=sys.stderr)
    return {"task": None, "regex": regex, "alphabet": " ".join(letters)}


def _task_of_program(arguments: dict[str, Any]) -> object:
    """Return the task whose labels are the program's, for a command without an option `--program`.

    The result is None if no program is given.
    """
    program = arguments["program"]
    if program is None:
        return None
    if "recognition" not in arguments:
        raise RefusedError(f"expected a task, a regular expression or an automaton's file, found the program {program}")
    from eval.subjects.asked_task import task_of_subject
    from tasks.ground.automata.options import named_language_text

    given = ("regex", "dfa", "alphabet", "ands", "nots", "called")
    text = named_language_text(**{name: arguments[name] for name in given})
    return task_of_subject(arguments["task"], program=program, text=text, recognize=arguments["recognition"])
