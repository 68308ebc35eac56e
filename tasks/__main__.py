"""The commands `list`, `show`, `sample`, `export` and `functions` of `python -m tasks`.

Each command imports what it works with inside its own function, so that `--help` starts fast.
"""

import json
import sys
from collections.abc import Sequence

from tasks.commands.function_commands import functions_command
from tasks.commands.options import (
    Format,
    LengthsOption,
    Name,
    NumberOfEach,
    NumberOption,
    OutOption,
    Ranges,
    Recognition,
    Seed,
    Splits,
    task_of_options,
)
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import with_language
from tasks.ground.console import AsJson, new_app, run_command

app = new_app(
    "The tasks: what each computes, what the theory says of it, and labelled words.",
    "python -m tasks sample dyck1 --lengths 4-8 -n 3",
)


@app.command("list", epilog="Try: python -m tasks list --json")
def list_tasks(*, as_json: AsJson = False) -> None:
    """List every task, with its alphabet, its program and the theory's verdicts."""
    from tasks.registry import TASKS

    if as_json:
        from tasks.commands.words_commands import entry_of

        print(json.dumps([entry_of(task) for task in TASKS.values()]))
    else:
        from tasks.formats.report import print_tasks

        print_tasks(tuple(TASKS.values()))


@app.command(epilog="Try: python -m tasks show parity")
@with_language
def show(
    name: Name = None,
    *,
    text: LanguageText,
    recognition: Recognition = False,
    as_json: AsJson = False,
) -> None:
    """Show one task: its definition, examples, theory, published figures, and test words that occur in training."""
    from tasks.commands.words_commands import show_task

    show_task(task_of_options(name, text, recognition), as_json=as_json)


@app.command(epilog="Try: python -m tasks sample parity --lengths 51-100 -n 2 --json")
@with_language
def sample(
    name: Name = None,
    *,
    text: LanguageText,
    recognition: Recognition = False,
    lengths: LengthsOption = "1-50",
    number: NumberOption = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw labelled words: which positions are judged, and which tokens are right after each."""
    from tasks.commands.words_commands import sample_task

    sample_task(task_of_options(name, text, recognition), lengths, number, seed, as_json=as_json)


@app.command(epilog="Try: python -m tasks export dyck1 --split train -n 100 --out words")
@with_language
def export(
    name: Name = None,
    *,
    split: Splits = None,
    text: LanguageText,
    recognition: Recognition = False,
    lengths: Ranges = None,
    number: NumberOfEach = None,
    seed: Seed = 0,
    format_: Format = "jsonl",
    out: OutOption = None,
) -> None:
    """A dataset of labelled words, with a card, that `datasets.load_dataset` reads; without --split train and test."""
    from tasks.commands.words_commands import export_task, planned_splits

    task = task_of_options(name, text, recognition)
    export_task(task, planned_splits(split, lengths, number, seed, format_), out, format_)


app.command("functions", epilog="Try: python -m tasks functions mod_p_task:5:0 -n 3")(functions_command)


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit status: 0 done, 2 bad input, 130 after Ctrl-C."""
    return run_command(app, argv, "python -m tasks")


def entry() -> None:
    """Run the console script: exit with the status of `main`."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
