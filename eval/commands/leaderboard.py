"""The command `python -m eval.leaderboard`: predictions beside measurements for a suite of trainings."""

import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.board import formats
from eval.board.legend import legend
from eval.board.rows import Row, benchmark_order, build_rows, cells_of_results
from eval.board.shown_results import ShownResults, results_of_directory, results_of_ledger
from eval.console import check_out, write
from eval.page.page_frame import Sources
from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import replace_text
from train.ledger import RUNS, SHIPPED
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.ledger.store import LEDGER
from train.sweep.grid import Cell, suite_cells
from train.sweep.suite_training import SuiteError, missing, train_suite

GENERATOR = b'<meta name="generator" content="crasp-bench">'
WHOLE_COLUMNS = 10_000  # the width if there is no terminal, so that nothing is cut or wrapped


class Suite(StrEnum):
    """What is shown: the suite that trains in minutes, every task of the benchmark, or all that has results."""

    quick = "quick"
    paper = "paper"
    found = "found"


class BoardFormat(StrEnum):
    """The formats in which the leaderboard is written."""

    text = "text"
    markdown = "markdown"
    csv = "csv"
    json = "json"
    html = "html"
    svg = "svg"
    site = "site"


WRITERS: Mapping[BoardFormat, Callable[[Sequence[Row]], str]] = {
    BoardFormat.markdown: formats.as_markdown,
    BoardFormat.csv: formats.as_csv,
    BoardFormat.json: formats.as_json,
}


def cells_of(suite: Suite) -> tuple[Cell, ...]:
    """Return the trainings of a suite, which `train/sweep/suites/` defines."""
    return suite_cells("quick" if suite is Suite.quick else "paper")


def leaderboard(
    suite: Suite, results: Sequence[Result], *, check: bool = False, apart: bool = False
) -> tuple[Row, ...]:
    """Return the rows of the suite and of the users' own tasks, with the results that there are. Nothing is trained.

    Args:
        suite: Which trainings have a row.
        results: The results.
        check: Whether witness programs are run against the labels.
        apart: Whether each configuration has a row of its own.
    """
    if suite is Suite.found:
        return build_rows(cells_of_results(results), results, check=check, apart=apart)
    own = cells_of_results(result for result in results if result.origin is not None)
    suite_s = sorted(((cell.config, cell.seeds) for cell in cells_of(suite)), key=lambda cell: benchmark_order(cell[0]))
    return build_rows((*suite_s, *own), results, check=check, apart=apart)


def leaderboard_command(
    suite: Annotated[
        Suite | None, typer.Option(help="Which trainings to show; `found` shows whatever has results, as --from does.")
    ] = None,
    train: Annotated[bool, typer.Option("--run", help="Train what is missing from the ledger.")] = False,
    format_: Annotated[BoardFormat, typer.Option("--format", help="The format of the output.")] = BoardFormat.text,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Show only this task; with --format svg its curves are drawn.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to a file instead; with --format site, to a folder."),
    ] = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = RUNS,
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Show exported results instead of the ledger's.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Number of processes that train, with one thread each.")
    ] = 2,
) -> None:
    """Print prediction beside measurement; with --run, first train what is missing."""
    check_directories(runs, from_)
    if format_ is BoardFormat.site:
        folder = _checked_folder(out, task)
    else:
        check_out(out)
    if format_ is BoardFormat.svg and task is None:
        raise RefusedError("--format svg: expected --task TASK, whose curves are drawn")
    if train and (from_ is not None or suite is Suite.found):
        raise RefusedError("--run trains the suite quick or paper into the ledger: not with --from, nor with found")
    shown = suite or (Suite.quick if from_ is None else Suite.found)
    if train and missing(cells_of(shown), Ledger(runs)):
        _train(cells_of(shown), Ledger(runs), workers)
    gathered = gathered_results(runs, from_)
    found = leaderboard(shown, gathered.results, check=format_ in (BoardFormat.html, BoardFormat.site))
    rows = tuple(row for row in found if task in (None, row.task))
    if task is not None and not rows:
        raise RefusedError(_not_shown(task, [row.task for row in found]))
    if format_ is BoardFormat.site:
        _write_site(rows, gathered.remarks, Sources(runs, from_ or SHIPPED), folder)
        return
    if format_ is BoardFormat.text:
        terminal = out is None and sys.stdout.isatty()
        text = formats.as_text(rows, width=None if terminal else WHOLE_COLUMNS, colour=terminal)
    elif format_ is BoardFormat.svg:
        text = figure_of(rows)
    elif format_ is BoardFormat.html:
        text = _page(rows, gathered.remarks, Sources(runs, from_ or SHIPPED))
    else:
        text = WRITERS[format_](rows)
    write(text, out)


def figure_of(rows: Sequence[Row]) -> str:
    """Return the curves of one task's rows as an SVG file.

    Raises:
        RefusedError: Nothing was run, and nothing is published.
    """
    from eval.page.chart import standalone
    from eval.page.task_section import task_chart

    chart = task_chart(rows) if rows else None
    if chart is None:
        raise RefusedError("there is nothing to draw: nothing was run, and nothing is published")
    return standalone(chart)


def _page(rows: Sequence[Row], remarks: Sequence[str], sources: Sources) -> str:
    from eval.commands.experiment_sections import experiment_sections
    from eval.page.board import board_page

    return board_page(rows, [*legend(rows), *remarks], experiment_sections(sources))


def _checked_folder(out: Path | None, task: str | None) -> Path:
    """Return the folder for the site's pages.

    RefusedError is raised if it cannot be one, or holds a file that is not a page of a site.
    """
    if out is None or task is not None:
        raise RefusedError("--format site: expected --out DIR, the folder that gets the pages, and no --task")
    if not out.absolute().parent.is_dir() or (out.exists() and not out.is_dir()):
        raise RefusedError(f"--out: {out} cannot be a folder for the pages")
    strange = sorted(path.name for path in out.iterdir() if not _is_page(path)) if out.is_dir() else []
    if strange:
        raise RefusedError(f"--out: {out} holds {strange[0]}, which is no page of a site: expected a folder of its own")
    return out


def _is_page(path: Path) -> bool:
    """Return whether a file was written as a page of a site, and so may be replaced or deleted."""
    return path.suffix == ".html" and path.is_file() and GENERATOR in path.read_bytes()[:400]


def _write_site(rows: Sequence[Row], remarks: Sequence[str], sources: Sources, folder: Path) -> None:
    """Write the pages into the folder, and delete the pages of tasks that are no longer shown."""
    from eval.commands.experiment_sections import experiment_sections
    from eval.site.pages import site_pages

    pages = site_pages(rows, [*legend(rows), *remarks], experiment_sections(sources))
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        replace_text(folder / name, text)
    for path in sorted(folder.glob("*.html")):
        if path.name not in pages:
            path.unlink()
    print(f"wrote {len(pages)} pages into {folder}: open {folder / 'index.html'}", file=sys.stderr)


def gathered_results(runs: Path, from_: Path | None) -> ShownResults:
    """Return the ledger's results, or those exported into the directory `from_`; remarks go to standard error."""
    gathered = results_of_ledger(Ledger(runs)) if from_ is None else results_of_directory(from_)
    for remark in gathered.remarks:
        print(remark, file=sys.stderr)
    return gathered


def _not_shown(task: str, shown: Sequence[str]) -> str:
    """Return the message for a task that no row is of, with the nearest name that has a row."""
    near = get_close_matches(task, sorted(set(shown)), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"--task: {task or repr(task)} is none of the tasks that are shown{hint}"


def check_directories(runs: Path, from_: Path | None) -> None:
    """Raise RefusedError if a directory that is to be read is not one, or `from_` is a ledger."""
    if runs.exists() and not runs.is_dir():
        raise RefusedError(f"--runs: {runs} is not a directory")
    if from_ is not None and not from_.is_dir():
        raise RefusedError(f"--from: {from_} is no directory")
    if from_ is not None and (from_ / LEDGER).exists() and not any(from_.glob("*.jsonl")):
        raise RefusedError(f"--from: {from_} is a ledger, not a directory of exported results: say --runs {from_}")


def _train(cells: Sequence[Cell], ledger: Ledger, workers: int) -> None:
    from train.sweep.display import sweep_display

    try:
        with sweep_display(workers=workers) as how:
            outcome = train_suite(cells, ledger, how)
    except SuiteError as error:
        raise RefusedError(f"training stopped: {error}") from None
    for why in outcome.skipped:
        print(f"left out: {why}", file=sys.stderr)


main = main_of(leaderboard_command, "python -m eval.leaderboard", "--suite quick --format markdown")
