"""The command `decide`: which families define a language, with a program or a certificate."""

from typing import TYPE_CHECKING, Annotated

import typer

from crasp.console import Json
from tasks.ground.console import RefusedError
from tasks.ground.language_text import LanguageText
from tasks.ground.options import Alphabet, Ands, Dfa, Nots, Regex, language_text

if TYPE_CHECKING:
    from crasp.regular.answers import Question

_FAMILY_NAMES = "plain|local|periodic|periodic_local"


def decide(
    regex: Regex = None,
    dfa: Dfa = None,
    ands: Ands = None,
    nots: Nots = None,
    program: Annotated[
        str | None, typer.Option("--program", metavar="FILE", help="A program's file, or lib:NAME: a smaller family?")
    ] = None,
    input_: Annotated[
        str | None, typer.Option("--input", metavar="FILE|-", help="A regular expression a line.")
    ] = None,
    alphabet: Alphabet = None,
    accept: Annotated[
        str, typer.Option("--accept", metavar="last|end", help="Accept at the last letter, or at an end marker.")
    ] = "last",
    target: Annotated[
        str,
        typer.Option(
            "--target", metavar="membership|state|next", help="Membership, the automaton's state, or what may follow."
        ),
    ] = "membership",
    family: Annotated[
        str | None, typer.Option("--family", metavar=_FAMILY_NAMES, help="Ask of one family; status 1 if it is a no.")
    ] = None,
    adversary: Annotated[
        int | None, typer.Option("--adversary", metavar="N", help="Also two words that no small program tells apart.")
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", metavar="FILE", help="Check a certificate (JSON) of the language instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide which programs define a regular language: counting alone, with look-back, with residues, with both."""
    question = _question(accept, target, family, adversary)
    text = language_text(regex, dfa, alphabet, ands, nots)
    given = [regex, dfa, program, input_]
    if given.count(None) < 3 or (given.count(None) == 4 and not text.given):
        raise RefusedError("expected one of --regex R, --dfa FILE, --program FILE and --input FILE")
    if program is not None and text != LanguageText():
        raise RefusedError("--alphabet, --and and --not go with expressions and automata: a program has its own words")
    if program is not None and (question.accept == "end" or question.target != "membership"):
        raise RefusedError("--accept and --target go with expressions and automata: a program says what it answers")
    if check is not None and question != _question("last", "membership", None, None):
        raise RefusedError("--check: a certificate says itself what is asked, and goes with a language alone")
    from crasp.regular.answers import answer
    from crasp.regular.automaton import SizeError
    from crasp.regular.checking import check_file
    from crasp.regular.subjects import subjects_of

    try:
        subjects = list(subjects_of(text, program, input_))
        if check is not None:
            check_file(check, subjects, as_json=as_json)
            return
        answers = [answer(subject, question, as_json=as_json, many=input_ is not None) for subject in subjects]
    except SizeError as error:
        raise RefusedError(str(error)) from None
    if family is not None and not all(answers):
        raise typer.Exit(1)


def _question(accept: str, target: str, family: str | None, adversary: int | None) -> "Question":
    if accept not in ("last", "end"):
        raise RefusedError(f"--accept: expected last or end, found {accept}")
    if target not in ("membership", "state", "next"):
        raise RefusedError(f"--target: expected membership, state or next, found {target}")
    if family not in (None, "plain", "local", "periodic", "periodic_local"):
        raise RefusedError(f"--family: expected one of {_FAMILY_NAMES}, found {family}")
    if target == "next" and accept == "end":
        raise RefusedError("--target next is asked at the last letter: after an end marker nothing follows")
    if adversary is not None and not 1 <= adversary <= 1000:
        raise RefusedError(f"--adversary: expected a size from 1 to 1000, found {adversary}")
    if adversary is not None and target == "next":
        raise RefusedError("--adversary goes with membership: of its words one is a member and one is not")
    from crasp.regular.answers import Question

    return Question(accept, target, family, adversary)  # type: ignore[arg-type]
