"""Prediction beside measurement for a suite of trainings: `python -m eval.leaderboard`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crasp.files import replace_text
from eval import formats
from eval.console import BadInputError, new_app, run_command
from eval.rows import Row, build_rows
from train.ledger import RUNS, Ledger
from train.suite import SuiteError, missing, train_suite
from train.sweep import Cell, suite_cells

TEXT_WIDTH = 132  # where no terminal says how wide it is

app = new_app("Prediction beside measurement, a row a task and positional encoding.", "leaderboard --format markdown")


class Suite(StrEnum):
    """What is shown: the suite that trains in minutes, or every task of the benchmark."""

    quick = "quick"
    paper = "paper"


class Format(StrEnum):
    """How the leaderboard is written."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    json = "json"
    html = "html"


WRITERS: Mapping[Format, Callable[[Sequence[Row]], str]] = {
    Format.markdown: formats.as_markdown,
    Format.csv: formats.as_csv,
    Format.json: formats.as_json,
    Format.html: formats.as_html,
}


def cells_of(suite: Suite) -> tuple[Cell, ...]:
    """The trainings of a suite: `train/suites/`."""
    return suite_cells("quick" if suite is Suite.quick else "paper")


def leaderboard(suite: Sequence[Cell], ledger: Ledger) -> tuple[Row, ...]:
    """The suite's rows with what the ledger holds; nothing is trained."""
    return build_rows(((cell.config, cell.seeds) for cell in suite), ledger.results())


@app.command("leaderboard", epilog="Try: python -m eval.leaderboard --suite quick --format markdown")
def leaderboard_command(
    suite: Annotated[Suite, typer.Option(help="Which trainings.")] = Suite.quick,
    train: Annotated[bool, typer.Option("--run", help="Train what is missing from the ledger.")] = False,
    format_: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file instead.")] = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = RUNS,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that train, one thread each.")] = 2,
) -> None:
    """Print prediction beside measurement; with --run, first train what is missing."""
    if runs.exists() and not runs.is_dir():
        raise BadInputError(f"--runs: {runs} is not a directory")
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise BadInputError(
            f"--out: {out} cannot be written: " + ("a directory" if out.is_dir() else "no such directory")
        )
    ledger, cells = Ledger(runs), cells_of(suite)
    if train and missing(cells, ledger):
        _train(cells, ledger, workers)
    rows = leaderboard(cells, ledger)
    if format_ is Format.text:
        terminal = out is None and sys.stdout.isatty()
        text = formats.as_text(rows, width=None if terminal else TEXT_WIDTH, colour=terminal)
    else:
        text = WRITERS[format_](rows)
    if out is None:
        sys.stdout.write(text)
    else:
        replace_text(out, text)
        print(f"wrote {out}", file=sys.stderr)


def _train(cells: Sequence[Cell], ledger: Ledger, workers: int) -> None:
    from train.sweep_display import sweep_display

    try:
        with sweep_display(workers=workers) as how:
            outcome = train_suite(cells, ledger, how)
    except SuiteError as error:
        raise BadInputError(f"training stopped: {error}") from None
    for why in outcome.skipped:
        print(f"left out: {why}", file=sys.stderr)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted with what was finished kept."""
    return run_command(app, argv, "python -m eval.leaderboard")


if __name__ == "__main__":
    sys.exit(main())
