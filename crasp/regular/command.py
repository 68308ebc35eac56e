"""The command `decide`: which families of programs define a language, with a program or a certificate that shows it."""

import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from crasp.console import WitnessSeconds, same_command, witness_seconds
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import language_text
from tasks.ground.console import DONE, AsJson, RefusedError, report_defect
from tasks.ground.option_groups import with_options

if TYPE_CHECKING:
    from crasp.regular.answered_lines import AnsweredLine
    from crasp.regular.decided_inputs import Subject
    from crasp.regular.printed_verdicts import Question

_FAMILY_NAMES = "plain|local|periodic|periodic_local"


def _question(
    accept: Annotated[
        str,
        typer.Option(
            "--accept",
            metavar="last|end",
            help="Where a program accepts: at the last letter, or at an end marker after it.",
        ),
    ] = "last",
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="membership|state|next",
            help="What a program has to answer: membership, the automaton's state, or which letters may follow.",
        ),
    ] = "membership",
    family: Annotated[
        str | None,
        typer.Option(
            "--family", metavar=_FAMILY_NAMES, help="Ask about one family only; status 1 if the answer is no."
        ),
    ] = None,
    adversary: Annotated[
        int | None,
        typer.Option("--adversary", metavar="N", help="Also print two words that no small program tells apart."),
    ] = None,
    seconds: WitnessSeconds = "10",
) -> "Question":
    """The question that the command's options ask about a language."""
    from crasp.regular.automata.moore_machine import check_asked
    from crasp.regular.printed_verdicts import Question

    check_asked(accept, target, option="--")
    if family not in (None, "plain", "local", "periodic", "periodic_local"):
        raise RefusedError(f"--family: expected one of {_FAMILY_NAMES}, found {family or 'nothing'}")
    if adversary is not None and not 1 <= adversary <= 1000:
        raise RefusedError(f"--adversary: expected a size from 1 to 1000, found {adversary}")
    if adversary is not None and target == "next":
        raise RefusedError("--adversary goes with --target membership: one of its words is a member, the other is not")
    return Question(accept, target, family, adversary, witness_seconds(seconds))  # type: ignore[arg-type]


@with_options(text=language_text, question=_question)
def decide(
    context: typer.Context,
    *,
    text: LanguageText,
    program: Annotated[
        str | None,
        typer.Option(
            "--program",
            metavar="FILE",
            help="A program's file, or lib:NAME, to ask whether a smaller family defines its language.",
        ),
    ] = None,
    input_: Annotated[
        str | None, typer.Option("--input", metavar="FILE|-", help="Read one regular expression from each line.")
    ] = None,
    question: "Question",
    check: Annotated[
        str | None,
        typer.Option(
            "--check", metavar="FILE", help="Check a certificate of the language, a JSON file, instead of deciding."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            show_default="the cores that this process may use",
            help="With --input: number of languages that are decided at the same time.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide which programs define a regular language: counting alone, with look-back, with residues, with both.

    In a batch (--input) a line that is refused does not stop the others; the status is then 2.
    """
    _check_given(text, program, input_, check, question)
    if input_ is not None:
        from crasp.regular.answered_lines import answered_lines

        def go_on(line: str) -> str:
            return _go_on(context, regex=line, input_=None, workers=None)

        number = _workers(workers)
        _answer_batch(answered_lines(input_, text, question, go_on, workers=number, as_json=as_json))
        return
    if workers is not None:
        raise RefusedError("--workers goes with --input: a single language is decided by one process")
    _decide_one(context, text, program, check, question, as_json=as_json)


def _check_given(
    text: LanguageText, program: str | None, input_: str | None, check: str | None, question: "Question"
) -> None:
    """Raises RefusedError unless exactly one subject is given, with options that go with it."""
    given = [text.regex, text.dfa, program, input_]
    if check is not None and given.count(None) == 4 and not text.given:
        raise RefusedError("--check: expected the language too: a subject, --regex R, --dfa FILE or --program FILE")
    if given.count(None) < 3 or (given.count(None) == 4 and not text.given):
        raise RefusedError("expected one of --regex R, --dfa FILE, --program FILE and --input FILE")
    if program is not None and text != LanguageText():
        raise RefusedError(
            "--alphabet, --and and --not go with expressions and automata: a program has its own alphabet"
        )
    if program is not None and (question.accept == "end" or question.target != "membership"):
        raise RefusedError(
            "--accept and --target go with expressions and automata: a program itself says what it answers"
        )
    if check is not None and replace(question, seconds=None) != replace(_question(), seconds=None):
        raise RefusedError(
            "--check goes with a language and no other option: the certificate itself says what was asked"
        )
    if input_ is not None and check is not None:
        raise RefusedError("--check: expected one language beside it, not --input")


def _decide_one(
    context: typer.Context,
    text: LanguageText,
    program: str | None,
    check: str | None,
    question: "Question",
    *,
    as_json: bool,
) -> None:
    """Prints the answer for one language, or checks certificates of it.

    Raises typer.Exit with status 1 if `--family` was given and the answer is no.
    """
    from crasp.regular.automata.automaton import SizeError
    from crasp.regular.certificate_files import check_file
    from crasp.regular.printed_verdicts import answer
    from tasks.ground.limited_process import Worker

    try:
        subject = _subject(text, program)
        if check is not None:
            check_file(check, subject, as_json=as_json)
            return
        with Worker() as worker:
            defined = answer(subject, question, worker, _go_on(context), as_json=as_json)
    except SizeError as error:
        raise RefusedError(str(error)) from None
    if question.family is not None and not defined:
        raise typer.Exit(1)


def _subject(text: LanguageText, program: str | None) -> "Subject":
    """The language that is asked about. RefusedError, CraspError or LoadError says why there is none."""
    if program is None:
        from crasp.regular.decided_inputs import subject_of_text

        return subject_of_text(text)
    from crasp.regular.decided_programs import program_subject

    return program_subject(program)


def _go_on(context: typer.Context, **changed: str | None) -> str:
    """The command that continues, without a time limit, what was not written in time."""
    return same_command(context, **changed, seconds="none")


def _answer_batch(lines: "Generator[AnsweredLine, None, None]") -> None:
    """Prints a line for each expression as it is answered.

    The exit status is 70 if there was a defect, else 2 if a line was refused. Else it is 1 if the family asked about
    does not define every one of the languages.
    """
    status = DONE
    with closing(lines):
        for line in lines:
            status = max(status, line.status)
            if line.defect is not None:
                report_defect(line.defect)
            print(line.row, flush=True)
    if status != DONE:
        raise typer.Exit(status)


def _workers(number: int | None) -> int:
    """How many languages of an input are answered at a time: the given number, or one for each usable core."""
    if number is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if number < 1:
        raise RefusedError(f"--workers: expected a number of processes, 1 or more, found {number}")
    return number
