"""The commands `list`, `show`, `sample` and `export`."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tasks.batch import examples_of
from tasks.console import (
    Alphabet,
    Dfa,
    Name,
    Recognition,
    Regex,
    Seed,
    chosen_task,
    read_lengths,
    refusal,
    run_command,
)
from tasks.registry import TASKS
from tasks.repeats import Repeats, repeats
from tasks.report import print_definition, print_example, print_tasks
from tasks.splits import Split, batches
from tasks.task import Example, Task

TRAIN_WORDS, OTHER_WORDS = 10_000, 2_000
TRAIN_LENGTHS, OTHER_LENGTHS = ((1, 50),), ((1, 50), (51, 100), (101, 150))

app = typer.Typer(
    help="The tasks: what each computes, what the theory says of it, and labelled words.",
    epilog="Example: python -m tasks sample dyck1 --lengths 4-8 -n 3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class FileFormat(StrEnum):
    """The formats of a dataset's files."""

    JSONL = "jsonl"
    PARQUET = "parquet"


@app.command("list", epilog="Example: python -m tasks list --json")
def list_tasks(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False
) -> None:
    """Every task, with its alphabet, its program and the theory's verdicts."""
    if as_json:
        print(json.dumps([_entry(task) for task in TASKS.values()]))
    else:
        print_tasks(tuple(TASKS.values()))


@app.command(epilog="Example: python -m tasks show parity")
def show(
    name: Name = None,
    *,
    regex: Regex = None,
    dfa: Dfa = None,
    alphabet: Alphabet = None,
    recognition: Recognition = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """One task: definition, examples, theory, published figures, test words that occur in training."""
    task = chosen_task(name, regex, dfa, alphabet, recognition)
    found = _repeats(task)
    if as_json:
        print(json.dumps(_definition(task, found)))
    else:
        print_definition(task)
        if found is not None and found.repeated:
            print(f"\nrepeats   {found}")


@app.command(epilog="Example: python -m tasks sample parity --lengths 51-100 -n 2 --json")
def sample(
    name: Name = None,
    *,
    regex: Regex = None,
    dfa: Dfa = None,
    alphabet: Alphabet = None,
    recognition: Recognition = False,
    lengths: Annotated[
        str, typer.Option(metavar="A-B", help="Shortest and longest length, drawn evenly between them.")
    ] = "1-50",
    number: Annotated[int, typer.Option("-n", "--number", min=1, help="Number of words.")] = 5,
    seed: Seed = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line instead of text.")] = False,
) -> None:
    """Labelled words: the judged positions, and the tokens that are right after each."""
    task = chosen_task(name, regex, dfa, alphabet, recognition)
    try:
        for example in _examples(task, Split("sample", read_lengths(lengths), number, seed)):
            if as_json:
                print(json.dumps(asdict(example)))
            else:
                print_example(task, example)
    except ValueError as problem:
        raise refusal(str(problem)) from None


@app.command(epilog="Example: python -m tasks export dyck1 --split train -n 100 --out words")
def export(
    name: Name = None,
    *,
    split: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Name of a split: train, test, or one of yours; may be given several times."),
    ] = ["train", "test"],  # noqa: B006  # typer reads it, nobody changes it
    regex: Regex = None,
    dfa: Dfa = None,
    alphabet: Alphabet = None,
    recognition: Recognition = False,
    lengths: Annotated[
        str | None,
        typer.Option(
            metavar="A-B,...",
            help="Ranges of lengths; else 1-50, and but for train 51-100 and 101-150.",
        ),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            "-n", "--number", min=1, help=f"Words of each range; else {TRAIN_WORDS}, and but for train {OTHER_WORDS}."
        ),
    ] = None,
    seed: Seed = 0,
    format_: Annotated[
        FileFormat, typer.Option("--format", help="One file of this format for each split.")
    ] = FileFormat.JSONL,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="A new directory; else the task's name.")] = None,
) -> None:
    """A dataset of labelled words, with a card, that `datasets.load_dataset` reads."""
    from tasks.dataset import ExportError, write_dataset

    task = chosen_task(name, regex, dfa, alphabet, recognition)
    ranges = None if lengths is None else tuple(read_lengths(part) for part in lengths.split(","))
    splits = [
        Split(each, bounds, number or (TRAIN_WORDS if each == "train" else OTHER_WORDS), seed)
        for each in dict.fromkeys(split)
        for bounds in ranges or (TRAIN_LENGTHS if each == "train" else OTHER_LENGTHS)
    ]
    directory = out or Path(task.name.replace(":", "-"))
    try:
        write_dataset(task, splits, directory, format_.value)
    except ExportError as problem:
        raise refusal(str(problem)) from None
    print(directory)


def _examples(task: Task, split: Split) -> Iterator[Example]:
    for batch in batches(task, split):
        yield from examples_of(task, batch)


def _repeats(task: Task) -> Repeats | None:
    """None where the task has no words of the training lengths."""
    try:
        return repeats(task)
    except ValueError:
        return None


def _entry(task: Task) -> dict[str, object]:
    return {
        "name": task.name,
        "title": task.title,
        "family": task.family,
        "alphabet_size": len(task.alphabet),
        "program": task.program,
        "theory": {encoding: record.verdict for encoding, record in task.theory.items()},
    }


def _definition(task: Task, found: Repeats | None) -> dict[str, object]:
    return {
        **_entry(task),
        "summary": task.summary,
        "alphabet": task.alphabet,
        "format": task.format,
        "theory": {encoding: asdict(record) for encoding, record in task.theory.items()},
        "published": dict(task.published),
        "source": task.source,
        "examples": [asdict(example) for example in _few(task)],
        "repeated_in_training": None if found is None else {"words": found.test.words, "repeated": found.repeated},
    }


def _few(task: Task) -> list[Example]:
    """Three words, of the shortest lengths that have some."""
    for longest in (12, 50, 150, 1000):
        try:
            return list(_examples(task, Split("sample", (1, longest), 3)))
        except ValueError:
            continue
    return []


def main(argv: Sequence[str]) -> int:
    """Run one command; 0 done, 2 bad input, 130 on Ctrl-C."""
    return run_command(app, argv, "python -m tasks")


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
