"""Tasks and labelled words as text for people."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from tasks.samples.word_arrays import word_of
from tasks.task import ENCODINGS, Task
from tasks.words import Example

if TYPE_CHECKING:
    from tasks.samples.difficulty import Difficulty

MIDDLE = "for sizes such as the longest run, the median (and the greatest)"
WIDTH_OF_PROSE = 100
PLAIN_WIDTH = 120  # columns, if the output is not a terminal


def print_tasks(tasks: tuple[Task, ...]) -> None:
    """Print a table with a row for each task."""
    columns = [Column(name, overflow="fold") for name in ("title", "family", "alphabet", "APE", "NoPE", "program")]
    table = Table(Column("name", no_wrap=True), *columns)
    for task in tasks:
        verdicts = [task.theory[encoding].verdict for encoding in ENCODINGS]
        table.add_row(task.name, task.title, task.family, _alphabet(task), *verdicts, task.program or "-")
    _console().print(table)


def print_definition(task: Task) -> None:
    """Print all that is known of a task."""
    definition, *examples = task.summary.splitlines()
    print(f"{task.title} ({task.name})\n\n{definition}\n")
    print("\n".join(f"  {example}" for example in examples))
    print(f"\nfamily    {task.family}\nalphabet  {_alphabet(task)}\nformat    {format_of(task)}")
    print(f"program   {task.program or '-'}\nsource    {task.source}")
    for encoding, title in ENCODINGS.items():
        record = task.theory[encoding]
        print(f"\n{title}: {record.verdict} ({record.standing})")
        print(_indented(record.because))
        print(_indented(record.reference))
    if task.published:
        table = Table("published, percent right", "training lengths", "second range", "third range")
        for setting, accuracies in task.published.items():
            table.add_row(setting, *(f"{accuracy:g}" for accuracy in accuracies))
        print()
        _console().print(table)


def print_difficulties(found: "Sequence[Difficulty]") -> None:
    """Print a table for each range of lengths: what blind models answer right, and how large the test words are."""
    if found:
        print(f"\ndifficulty: the percent of words that simple models have wholly right; {MIDDLE}")
    for each in found:
        heading, *rows = each.table()
        table = Table(heading[0], *(Column(name, justify="right") for name in heading[1:]))
        for row in rows:
            table.add_row(*row)
        print(f"\n{each.said}")
        _console().print(table)


def format_of(task: Task) -> str:
    """What a labelled word of the task looks like, and where it is judged."""
    if task.format == "continuations":
        return "<bos> word, judged at every position by the tokens that may come next"
    return f"{' '.join(['<bos> word', *task.separator, 'answer <eos>'])}, judged on the answer and the end"


def print_example(task: Task, example: Example) -> None:
    """Print a labelled word: as `word -> answer`, or as its tokens with what may come next under each."""
    if task.format == "answer":
        answer = [target for (target,) in example.targets]
        print(f"{' '.join(word_of(task, example))} -> {' '.join(answer)}")
        return
    targets = ["|".join(allowed) or "-" for allowed in example.targets]
    widths = [max(len(token), len(allowed)) for token, allowed in zip(example.tokens, targets, strict=True)]
    for first, last in _rows(widths):
        for heading, cells in (("word ", example.tokens), ("next ", targets)):
            padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
            print((heading + " ".join(padded[first:last])).rstrip())
    print()


def _alphabet(task: Task) -> str:
    if len(task.alphabet) <= 5:
        return " ".join(task.alphabet)
    first, second, *_, last = task.alphabet
    return f"{first} {second} ... {last} ({len(task.alphabet)})"


def _indented(text: str) -> str:
    return textwrap.fill(text, WIDTH_OF_PROSE, initial_indent="  ", subsequent_indent="  ")


def _rows(widths: list[int]) -> list[tuple[int, int]]:
    """Return the stretches of columns, as (first, end), that each fit into one line of the terminal."""
    room = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns - len("word ")
    rows, first, used = [], 0, 0
    for column, width in enumerate(widths):
        if used + width > room and column > first:
            rows.append((first, column))
            first, used = column, 0
        used += width + 1
    return [*rows, (first, len(widths))]


def _console() -> Console:
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)
