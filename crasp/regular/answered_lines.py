"""Answers `decide --input`: one regular expression a line, one after another or several at a time.

The rows are printed in the order of the lines, each as soon as it is known.
"""

import re
import select
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from crasp.regular.automata.automaton import SizeError
from crasp.regular.decided_inputs import placed_lines
from crasp.regular.printed_verdicts import Question, answer_line
from crasp.regular.timed_proofs import progress
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.console import BAD_INPUT, DEFECT, DONE, NO, RefusedError, defect_message, json_text
from tasks.ground.files import STANDARD_INPUT
from tasks.ground.limited_process import Worker
from tasks.ground.worker_pool import worker_pool

FEW_LINES = 8  # so many lines one process has answered before others would have started
DRAWN = re.compile(r"\s*\d*\s*\|")  # a line of a message that shows the text itself, or the marks under it


@dataclass(frozen=True)
class AnsweredLine:
    """What is printed for one line, the exit status that the line asks for, and the defect that occurred, if any."""

    row: str
    status: int = DONE
    defect: Exception | None = None


def answered_lines(
    name: str,
    text: LanguageText,
    question: Question,
    go_on: Callable[[str], str],
    *,
    workers: int = 1,
    as_json: bool = False,
) -> Generator[AnsweredLine, None, None]:
    """Yields an answer for each expression of an input, in order. An expression that fails costs its own line only.

    Args:
        name: The file that has one expression a line, or `-` for standard input.
        text: The alphabet, and the expressions that the words also have to match or must not match, for all lines.
        question: What is asked of each language.
        go_on: Given an expression, returns the command that continues if its program was not written in time.
        workers: How many languages are answered at a time, each in a process of its own. Few lines take one process.
        as_json: Whether the rows are JSON, with programs and certificates.

    Raises:
        LoadError: The input cannot be read, or not to its end. The lines before that point have been answered.
    """

    # Progress is shown on the terminal only if one language is answered at a time.
    on_wait = progress(question.seconds) if workers == 1 else _say_nothing

    def answer(place: str, line: str, worker: Worker) -> AnsweredLine:
        try:
            row, defined = answer_line(
                place, line, text, question, worker, go_on(line), as_json=as_json, on_wait=on_wait
            )
        except (RefusedError, SizeError) as error:
            said = str(error) if place in str(error) else f"{place}: {error}"
            return AnsweredLine(_failed(line, said, as_json=as_json), BAD_INPUT)
        except Exception as error:
            said = f"{place}: {defect_message(error)}"
            return AnsweredLine(_failed(line, said, as_json=as_json), DEFECT, error)
        return AnsweredLine(row, DONE if defined else NO)

    lines = placed_lines(name)
    with Worker() as alone:
        for place, line in islice(lines, FEW_LINES if workers > 1 else None):
            yield answer(place, line, alone)
    if workers > 1:
        with worker_pool(Worker, workers) as pool:
            yield from pool.in_order(lines, lambda line, worker: answer(*line, worker), lambda: _would_wait(name))


def _say_nothing(_: float) -> None:
    pass


def _would_wait(name: str) -> bool:
    """Whether reading the next line of the input may block."""
    if name != STANDARD_INPUT:
        return not Path(name).is_file()
    try:
        stream: Any = sys.stdin or sys.__stdin__  # sys.stdin is None for the moment in which a worker starts
        return not select.select([stream], [], [], 0)[0]
    except (OSError, ValueError):  # the stream is no file of the operating system
        return False


def _failed(line: str, message: str, *, as_json: bool) -> str:
    if as_json:
        return json_text({"regex": line, "error": message})
    told, *rest = message.splitlines()
    hints = (each.strip() for each in rest if not DRAWN.match(each))
    return f"{line or '(the empty word)'}: error: {'; '.join([told, *hints])}"
