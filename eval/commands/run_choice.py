"""The command `python -m eval.run_choice`: rules that pick a run by its training lengths, and how well they do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from eval.board.fitted_runs import FAR_TIMES
from eval.board.run_choice import DISTANCES, ChoiceOutcome, outcomes
from eval.board.text_tables import TableFormat, markdown_table, text_table
from eval.commands.leaderboard import Suite, check_directories, gathered_results, leaderboard
from eval.console import check_out, write
from eval.measuring.confidence_intervals import percent
from tasks.ground.console import RefusedError, main_of
from train.ledger import RUNS, SHIPPED

LEGEND = (
    "The cells are those that are predicted to generalise and have at least two fitted runs. A column 2x gives the "
    "share of cells in which the picked run has at least 90% of the words right at that multiple of the training "
    "length, and the number of cells in which this is known. Runs that tie share the pick. Gain: the mean difference "
    "to a random fitted run of the same cells, with a 95% bootstrap interval over the tasks. Wrongly: the share of "
    "picks that are right in cells that are predicted to fail. Only the last rule sees words that are longer than the "
    "training words."
)


def lines_of(found: Sequence[ChoiceOutcome]) -> tuple[list[str], list[list[str]]]:
    """Return the columns' names and the rows as text, in percent."""
    columns = [
        "rule",
        *(f"{times - 1}-{times}x" if times <= FAR_TIMES else f"{times}x" for times in DISTANCES),
        "gain",
        "wrongly",
    ]
    return columns, [
        [o.rule, *(_share(*o.shares[times]) for times in DISTANCES), _gain(o), _share(*o.wrongly)] for o in found
    ]


def _share(share: float, cells: int) -> str:
    return f"{percent(share)} of {cells}" if cells else "-"


def _gain(outcome: ChoiceOutcome) -> str:
    if outcome.gain is None:
        return "-"
    value, interval = outcome.gain.value, outcome.gain.interval
    shown = f"{100 * value:+.0f}"
    return shown if interval is None else f"{shown} ({100 * interval[0]:+.0f} to {100 * interval[1]:+.0f})"


def run_choice_command(
    format_: Annotated[TableFormat, typer.Option("--format", help="The format of the output.")] = TableFormat.text,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file instead.")] = None,
    from_: Annotated[Path, typer.Option("--from", metavar="DIR", help="The directory of exported results.")] = SHIPPED,
) -> None:
    """Compare rules that pick one of a cell's fitted runs: by size, loss, margin, flatness and norms."""
    check_directories(RUNS, from_)
    check_out(out)
    found = outcomes(leaderboard(Suite.found, gathered_results(from_, from_).results))
    if not any(cells for _, cells in found[0].shares.values()):
        raise RefusedError(f"{from_} has no cell with two fitted runs that is predicted to generalise")
    if format_ is TableFormat.json:
        write(json.dumps({"rules": [each.record() for each in found], "legend": LEGEND}, indent=2) + "\n", out)
        return
    table = (text_table if format_ is TableFormat.text else markdown_table)(*lines_of(found))
    write(f"{table}\n\n{LEGEND}\n", out)


main = main_of(run_choice_command, "python -m eval.run_choice", "--format markdown")
