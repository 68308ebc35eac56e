"""The options by which every command is given a regular language."""

from dataclasses import replace
from typing import Annotated

import typer

from tasks.ground.automata.language_text import LanguageText
from tasks.ground.option_groups import with_options

RegexOption = Annotated[
    str | None,
    typer.Option("--regex", metavar="R", help="A regular expression: | * + ? {2,5} [a-z] [^a] . and ( )."),
]
DfaOption = Annotated[
    str | None,
    typer.Option("--dfa", metavar="FILE", help="An automaton's file: JSON of any usual form, or AT&T text."),
]
AndOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--and", metavar="R", help="Keep only words that also match this expression; may be given several times."
    ),
]
NotOptions = Annotated[
    list[str] | None,
    typer.Option("--not", metavar="R", help="Leave out the words of this expression; may be given several times."),
]
AlphabetOption = Annotated[
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
    regex: RegexOption = None,
    dfa: DfaOption = None,
    ands: AndOptions = None,
    nots: NotOptions = None,
    alphabet: AlphabetOption = None,
) -> LanguageText:
    """Return what the options say, as one value."""
    return LanguageText(regex, dfa, alphabet, tuple(ands or ()), tuple(nots or ()))


def named_language_text(
    regex: RegexOption = None,
    dfa: DfaOption = None,
    ands: AndOptions = None,
    nots: NotOptions = None,
    alphabet: AlphabetOption = None,
    called: Called = None,
) -> LanguageText:
    """Return what the options say, with the name for the language, as one value."""
    return replace(language_text(regex, dfa, ands, nots, alphabet), called=called)


with_language = with_options(text=named_language_text)
