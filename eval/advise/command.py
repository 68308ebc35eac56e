"""The command `python -m eval advise`, or `crasp-bench advise`: how to train for a length that must work."""

from pathlib import Path
from typing import Annotated

import typer

from eval.console import ProgramFile, TaskName
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import AsJson, RefusedError, refuse_nan

USUAL_SECONDS = 30.0


@with_language
def advise_command(
    *,
    task: TaskName = None,
    program: ProgramFile = None,
    text: LanguageText,
    words: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='Labelled words instead of a subject: one object {"word": ..., "accept": ...} in each line.',
        ),
    ] = None,
    test_length: Annotated[
        int | None, typer.Option(min=1, max=10**9, metavar="N", help="The length up to which a model must be right.")
    ] = None,
    train_length: Annotated[
        int | None,
        typer.Option(min=1, max=10**9, metavar="N", help="Also say what to expect with this training length."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the hard words as JSON lines, with their labels.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=86_400,
            callback=refuse_nan,
            metavar="S",
            help=f"How long to look for the program of labelled words; {USUAL_SECONDS:g} by default.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how to train for a length that must work: encoding, training length, hard words, and what to expect.

    From labelled words the shortest program that agrees with them is learnt, and the advice is for its language.
    Status 1 if none is found: then it is not known which language the words are of.
    """
    given = [task, program, text.regex, text.dfa]
    if words is not None and (given.count(None) < len(given) or text.given):
        raise RefusedError("expected one subject, found --words and another")
    if words is not None and text != LanguageText():
        raise RefusedError("--alphabet goes with --regex and --dfa: the alphabet of --words is that of its words")
    if words is None and seconds is not None:
        raise RefusedError("--seconds goes with --words: only of labelled words a program has to be found")
    if test_length is None:
        raise RefusedError("--test-length: expected the length up to which a model must be right, found none")
    if train_length is not None and test_length < train_length:
        raise RefusedError(f"--test-length: {test_length} is below the training length {train_length}")
    from eval.advise.advising import AskedAdvice, advise_on  # imported here, so that the help starts fast

    asked = AskedAdvice(task, program, text, words, test_length, train_length, seconds or USUAL_SECONDS)
    advise_on(asked, out, as_json=as_json)
