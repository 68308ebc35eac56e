"""The options by which every command is given a regular language."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer

from tasks.ground.automata.language_text import LanguageText

Regex = Annotated[
    str | None,
    typer.Option("--regex", metavar="R", help="A regular expression: | * + ? {2,5} [a-z] [^a] . and ( )."),
]
Dfa = Annotated[
    str | None,
    typer.Option("--dfa", metavar="FILE", help="An automaton's file: JSON of any usual form, or AT&T text."),
]
Ands = Annotated[
    list[str] | None,
    typer.Option(
        "--and", metavar="R", help="Keep only words that also match this expression; may be given several times."
    ),
]
Nots = Annotated[
    list[str] | None,
    typer.Option("--not", metavar="R", help="Leave out the words of this expression; may be given several times."),
]
Alphabet = Annotated[
    str | None,
    typer.Option(
        "--alphabet", metavar='"A B"', help="The tokens, with blanks between them; by default the letters that occur."
    ),
]
Called = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="A name for the given language or program; by default the expression, or the file's name.",
        show_default=False,
    ),
]


def language_text(
    regex: str | None,
    dfa: str | None,
    alphabet: str | None,
    ands: list[str] | None,
    nots: list[str] | None,
    called: str | None = None,
) -> LanguageText:
    """What the options say."""
    return LanguageText(regex, dfa, alphabet, tuple(ands or ()), tuple(nots or ()), called=called)


OPTIONS = {"regex": Regex, "dfa": Dfa, "ands": Ands, "nots": Nots, "alphabet": Alphabet, "called": Called}


def with_language(command: Callable[..., None]) -> Callable[..., None]:
    """The command with all of these options where it takes `text`, a LanguageText: what they say together."""
    options = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in OPTIONS.items()]
    parameters: list[Parameter] = []
    for each in signature(command).parameters.values():
        parameters += options if each.name == "text" else [each.replace(kind=Parameter.KEYWORD_ONLY)]

    @wraps(command)
    def given(**arguments: Any) -> None:
        text = language_text(**{name: arguments.pop(name, None) for name in OPTIONS})
        command(text=text, **arguments)

    # typer reads both: the order and the defaults of the one, the kinds of the other.
    given.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    given.__annotations__ = {each.name: each.annotation for each in parameters}
    return given
