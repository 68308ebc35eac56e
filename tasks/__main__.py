"""The commands `list`, `show` and `sample`."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from tasks.batch import examples_of
from tasks.randomness import generator
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.report import print_definition, print_example, print_tasks
from tasks.task import Example, Task

LONGEST = 10_000  # letters of a word; the paths of a regular language are counted up to it
AT_ONCE = 200_000  # letters that are drawn at once

app = typer.Typer(
    help="The tasks: what each computes, what the theory says of it, and labelled words.",
    epilog="Example: python -m tasks sample dyck1 --lengths 4-8 -n 3",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(metavar="TASK", help="Name of a task, as `list` gives it.", show_default=False)]


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
    name: Name,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """One task: definition, examples, theory, published figures."""
    task = _task(name)
    if as_json:
        print(json.dumps(_definition(task)))
    else:
        print_definition(task)


@app.command(epilog="Example: python -m tasks sample parity --lengths 51-100 -n 2 --json")
def sample(
    name: Name,
    *,
    lengths: Annotated[
        str, typer.Option(metavar="A-B", help="Shortest and longest length, drawn evenly between them.")
    ] = "1-50",
    number: Annotated[int, typer.Option("-n", "--number", min=1, help="Number of words.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same words.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line instead of text.")] = False,
) -> None:
    """Labelled words: the judged positions, and the tokens that are right after each."""
    task = _task(name)
    bounds = _lengths(lengths)
    try:
        for example in _examples(task, bounds, number, seed):
            if as_json:
                print(json.dumps(asdict(example)))
            else:
                print_example(task, example)
    except ValueError as problem:
        raise _refusal(str(problem)) from None


def _task(name: str) -> Task:
    try:
        return get_task(name)
    except UnknownTask as problem:
        raise _refusal(str(problem)) from None


def _lengths(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text.strip())
    if found is None:
        raise _refusal(f"expected --lengths A-B, as in 51-100, found {text!r}")
    shortest, longest = int(found[1]), int(found[2] or found[1])
    if shortest > longest:
        raise _refusal(f"expected --lengths A-B with A <= B, found {text!r}")
    if longest > LONGEST:
        raise _refusal(f"expected --lengths to {LONGEST} at most, found {text!r}")
    return shortest, longest


def _refusal(message: str) -> typer.Exit:
    print(f"error: {message}", file=sys.stderr)
    return typer.Exit(2)


def _examples(task: Task, lengths: tuple[int, int], number: int, seed: int) -> Iterator[Example]:
    rng = generator(task.name, "sample", lengths, seed)
    at_once = max(1, AT_ONCE // (lengths[1] + 1))
    for done in range(0, number, at_once):
        yield from examples_of(task, task.sample(rng, lengths, min(at_once, number - done)))


def _entry(task: Task) -> dict[str, object]:
    return {
        "name": task.name,
        "title": task.title,
        "family": task.family,
        "alphabet_size": len(task.alphabet),
        "program": task.program,
        "theory": {encoding: record.verdict for encoding, record in task.theory.items()},
    }


def _definition(task: Task) -> dict[str, object]:
    return {
        **_entry(task),
        "summary": task.summary,
        "alphabet": task.alphabet,
        "format": task.format,
        "theory": {encoding: asdict(record) for encoding, record in task.theory.items()},
        "published": dict(task.published),
        "source": task.source,
        "examples": [asdict(example) for example in _examples(task, (1, 12), 3, 0)],
    }


def main(argv: Sequence[str]) -> int:
    """Run one command; 0 done, 2 bad input, 130 on Ctrl-C."""
    try:
        status = _status_of(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader wanted no more
        _discard_output()
        return 0
    except OSError as problem:
        print(f"error: cannot write: {problem.strerror}", file=sys.stderr)
        _discard_output()
        return 2
    return status


def _status_of(argv: Sequence[str]) -> int:
    try:
        app(args=list(argv), prog_name="python -m tasks")
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _discard_output() -> None:
    """What is still buffered can go nowhere; without this, Python tries again as it ends, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
