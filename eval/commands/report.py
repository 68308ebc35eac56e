"""The command `python -m eval.report`: which tasks of the benchmark a model solves, and up to which length."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from crasp.errors import CraspError
from eval.answering.answerers import Answerer, UnfitError
from eval.answering.loading import load_answerer
from eval.commands.measure import JudgeOption
from eval.console import VocabularyOption, check_out, write
from eval.measuring.accuracy_by_length import measure_answerer
from eval.measuring.confidence_intervals import percent
from eval.measuring.judging import Judge
from eval.measuring.longest_length import longest_right
from eval.measuring.measurement import Measurement, in_parts
from eval.measuring.model_findings import Finding, in_a_sentence, reach, standing
from tasks.ground.console import AsJson, RefusedError, main_of, print_json
from tasks.ground.files import LoadError
from tasks.registry import TASKS
from tasks.task import Task

SEARCH_WORDS = 200  # the most words of each length that the search for the longest length tries


def findings(
    answerer: Answerer,
    tasks: Sequence[Task],
    *,
    words: int = 500,
    limit: int = 500,
    seed: int = 0,
    trained_to: int | None = None,
    judge: Judge = "all",
) -> Iterator[Finding]:
    """Yield a finding for each task, in order; ranges of lengths that the model cannot read are left out.

    Args:
        answerer: The model or program.
        tasks: The tasks.
        words: How many words of each range are tested.
        limit: The length at which the search for the longest ends.
        seed: Another seed draws other words.
        trained_to: The longest training length; by default what the model says, or 50.
        judge: Whether the end of an answer is judged too.
    """
    for task in tasks:
        try:
            by = judge if task.format == "answer" else "all"
            measured = measure_answerer(answerer, task, words=words, seed=seed, trained_to=trained_to, judge=by)
            most = min(words, SEARCH_WORDS)
            longest = longest_right(answerer, task, words=most, limit=limit, seed=seed, judge=by)
        except (UnfitError, ValueError) as error:
            yield Finding(task.name, None, None, str(error))
            continue
        yield Finding(task.name, measured, longest, None)


def report_command(
    model: Annotated[
        str, typer.Option(metavar="DIR|lib:NAME|FILE.crasp", help="The model or program that is measured.")
    ],
    vocab: VocabularyOption = None,
    judge: JudgeOption = "all",
    task: Annotated[
        list[str] | None, typer.Option(metavar="TASK", help="Ask only about this task; may be repeated.")
    ] = None,
    train_length: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000, help="The longest training word; by default the run's own, or 50 if it is not known."
        ),
    ] = None,
    words: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="Words for each range.")] = 500,
    up_to: Annotated[
        int, typer.Option(min=1, max=10_000, help="The length up to which the longest right length is searched.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write an HTML page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say of every task whether the model solves it, and up to which length; status 1 if it solves none."""
    check_out(out)
    unknown = [name for name in task or () if name not in TASKS]
    if unknown:
        raise RefusedError(
            f"--task: no task is called {', '.join(each or repr(each) for each in unknown)}; "
            "`python -m tasks list` names them"
        )
    chosen = [each for each in TASKS.values() if not task or each.name in task]
    try:
        answerer = load_answerer(model, vocab)
    except (UnfitError, LoadError, CraspError) as error:
        raise RefusedError(str(error)) from None
    asked = findings(answerer, chosen, words=words, limit=up_to, seed=seed, trained_to=train_length, judge=judge)
    found = tuple(_shown(asked, len(chosen)))
    if out is not None:
        from eval.page.report import report_page

        write(report_page(model, found, words=words), out)
    if as_json:
        print_json({"model": model, "words": words, "seed": seed, "tasks": [each.record() for each in found]})
    else:
        print("\n".join(lines_of(model, found)))
    if not any(each.solved for each in found):
        raise typer.Exit(1)


def _shown(asked: Iterator[Finding], number: int) -> Iterator[Finding]:
    """Yield the findings as they come, and show on a terminal how many there are."""
    terminal = sys.stderr.isatty()
    for k, finding in enumerate(asked, start=1):
        if terminal:
            print(f"\r{k} of {number} tasks: {finding.task:<30}", end="\n" if k == number else "", file=sys.stderr)
        yield finding


def lines_of(model: str, found: Sequence[Finding]) -> list[str]:
    """Return the report in words: a line for each task that the model could be asked, then the number of others."""
    lines = [in_a_sentence(model, found)]
    for each in found:
        if each.measurement is not None and each.longest is not None:
            shares = ", ".join(f"{a}-{b}: {percent(acc)}%" for a, b, acc in _shares(each.measurement))
            lines.append(
                f"  {each.task:<28} {standing(each):<13} {shares}{_parts(each.measurement)}; {reach(each.longest)}"
            )
    refused = [each for each in found if each.measurement is None]
    if refused:
        lines.append(f"  not asked: {len(refused)}, such as {refused[0].task}: {refused[0].because}")
    return lines


def _parts(found: Measurement) -> str:
    """Return which share of answers and of ends is right in the first range; empty if the task has no answers."""
    return "".join(f" ({in_parts(parts)})" for parts in found.parts[:1] if parts is not None)


def _shares(found: Measurement) -> list[tuple[int, int, float]]:
    return [(*each.lengths, each.accuracy) for each in found.bins]


main = main_of(report_command, "python -m eval.report", "--model lib:dyck1")
