"""The command `python -m eval.words show|sample|export|train`: words of any task, also of programs.

Modules that draw or read words are imported inside the commands, so that the help starts fast.
"""

from typing import TYPE_CHECKING

import typer

from eval.console import Adversary, ProgramFile
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
)
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import Called, with_language
from tasks.ground.console import AsJson, new_app, run_command

if TYPE_CHECKING:
    from tasks.task import Task

app = new_app(
    "What `python -m tasks` shows of a task, for programs too: their labels are the program's.",
    "python -m eval.words sample --program lib:dyck1 -n 3",
)


@app.command(epilog="Try: python -m eval.words show --program lib:dyck1")
@with_language
def show(
    *,
    name: Name = None,
    program: ProgramFile = None,
    text: LanguageText,
    recognition: Recognition = False,
    as_json: AsJson = False,
) -> None:
    """Show one task: its definition, examples, theory, published figures, and test words that occur in training."""
    from eval.subjects.asked_task import task_of_subject
    from tasks.commands.words_commands import show_task

    task = task_of_subject(name, program=program, text=text, recognize=recognition)
    show_task(_decided(task), as_json=as_json, count_repeats=program is None)


@app.command(epilog="Try: python -m eval.words sample --program lib:sort --lengths 3-9 -n 2")
@with_language
def sample(
    *,
    name: Name = None,
    program: ProgramFile = None,
    text: LanguageText,
    recognition: Recognition = False,
    adversary: Adversary = None,
    lengths: LengthsOption = "1-50",
    number: NumberOption = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw labelled words: which positions are judged, and which tokens are right after each."""
    from eval.subjects.asked_task import task_of_subject
    from tasks.commands.words_commands import sample_task

    task = task_of_subject(name, program=program, text=text, recognize=recognition, adversary=adversary)
    sample_task(task, lengths, number, seed, as_json=as_json)


@app.command(epilog="Try: python -m eval.words export --program lib:anbn --split train -n 100 --out words")
@with_language
def export(
    *,
    name: Name = None,
    split: Splits = None,
    program: ProgramFile = None,
    text: LanguageText,
    recognition: Recognition = False,
    adversary: Adversary = None,
    lengths: Ranges = None,
    number: NumberOfEach = None,
    seed: Seed = 0,
    format_: Format = "jsonl",
    out: OutOption = None,
) -> None:
    """Write a dataset of labelled words, with a card, that `datasets.load_dataset` reads."""
    from eval.subjects.asked_task import task_of_subject
    from tasks.commands.words_commands import export_task, planned_splits

    task = task_of_subject(name, program=program, text=text, recognize=recognition, adversary=adversary)
    export_task(_decided(task), planned_splits(split, lengths, number, seed, format_), out, format_)


def _decided(task: "Task") -> "Task":
    """Return the task with its decided verdict; the decider is imported only for a task that needs it."""
    if task.origin is None:
        return task
    from eval.subjects.own_tasks import decided

    return decided(task)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Try: python -m eval.words train --program lib:dyck1 --pe nope --max-steps 50",
)
def train(
    context: typer.Context,
    program: ProgramFile = None,
    called: Called = None,
    recognition: Recognition = False,
) -> None:
    """Train models on a program's words, as `python -m train --program` does."""
    from eval.subjects.asked_task import task_of_subject
    from train.__main__ import main as train_main

    task = task_of_subject(None, program=program, text=LanguageText(called=called), recognize=recognition)
    raise typer.Exit(train_main(context.args, given=task, name="python -m eval.words train"))


def main(argv: list[str] | None = None) -> int:
    """Run one command, and return 0 if it is done, 2 for bad input, 130 if it was interrupted."""
    return run_command(app, argv, "python -m eval.words")
