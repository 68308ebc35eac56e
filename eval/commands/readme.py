"""The command `python -m eval.readme`: it writes the leaderboard's page, and the README's rows and figure."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.board import formats
from eval.board.columns import columns_of, range_names
from eval.board.published_comparison import comparisons, in_a_sentence
from eval.board.rows import Row
from eval.board.shown_results import results_of_directory
from eval.board.text_tables import markdown_table
from eval.commands.leaderboard import Suite, check_directories, figure_of, leaderboard
from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import read_inside, replace_text
from train.ledger import RUNS, SHIPPED

ROOT = SHIPPED.parent
BEGIN, END = "<!-- leaderboard -->", "<!-- end of the leaderboard -->"
FIGURE_TASK = "copy_repeat"
# The README's ten rows: two tasks that any encoding does, one that needs positions, one that none does, and one for
# which measurement and prediction have differed; each task with APE and with NoPE.
SHOWN_TASKS = ("binary_majority", "dyck1", "aa_star", "tomita5", "012_star_0_2_star")
SHOWN_SETTINGS = ("APE", "NoPE")
SHOWN_COLUMNS = ("task", "PE", "trained to", "predicted", "fit", "measured", "agree")


def with_leaderboard(text: str, made: str) -> str:
    """Return the text with `made` between its two markers.

    Raises:
        ValueError: The text has not each marker once, in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected the markers {BEGIN} and {END} once, in this order")
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + made + text[text.index(END) :]


def section(rows: tuple[Row, ...]) -> str:
    """Return the table, its legend and the comparison with published figures, as Markdown."""
    return f"\n{formats.as_markdown(rows)}\n{in_a_sentence(comparisons(rows))}\n\n"


def ten_rows(rows: tuple[Row, ...]) -> str:
    """Return the README's rows as Markdown: a few tasks, in the columns that matter most."""
    shown = [row for name in SHOWN_TASKS for row in rows if row.task == name and row.setting in SHOWN_SETTINGS]
    columns = [each for each in columns_of(shown) if each.name in (*SHOWN_COLUMNS, *range_names(shown))]
    cells = [[column.cells[k] for column in columns] for k in range(len(shown))]
    return f"\n{markdown_table([column.name for column in columns], cells)}\n\n"


def readme_command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where something would change.")
    ] = False,
    readme: Annotated[Path, typer.Option("--file", metavar="FILE", help="The README, with the markers.")] = (
        ROOT / "README.md"
    ),
    board: Annotated[Path, typer.Option("--board", metavar="FILE", help="The page of all rows, with the markers.")] = (
        ROOT / "docs" / "leaderboard.md"
    ),
    figure: Annotated[Path, typer.Option("--figure", metavar="FILE", help="The file of the figure.")] = (
        ROOT / "docs" / f"{FIGURE_TASK}.svg"
    ),
    from_: Annotated[Path, typer.Option("--from", metavar="DIR", help="The directory of exported results.")] = SHIPPED,
) -> None:
    """Write the leaderboard's page, the README's rows and its figure, or check that they are those of the results."""
    check_directories(RUNS, from_)
    try:
        rows = leaderboard(Suite.found, results_of_directory(from_).results)
    except (ValueError, OSError) as error:
        raise RefusedError(f"--from: {from_}: {error}") from None
    wanted = {readme: _made(readme, ten_rows(rows)), board: _made(board, section(rows))}
    wanted[figure] = figure_of(tuple(row for row in rows if row.task == FIGURE_TASK))
    stale = [path for path, new in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != new]
    for path in stale:
        if not check:
            replace_text(path, wanted[path])
        print(f"{'out of date' if check else 'wrote'}: {path}", file=sys.stderr)
    if check and stale:
        raise typer.Exit(1)


def _made(file: Path, made: str) -> str:
    """Return the file's text with `made` between its markers; raise RefusedError if that is not possible."""
    try:
        return with_leaderboard(read_inside(file).decode("utf-8"), made)
    except (ValueError, OSError) as error:
        raise RefusedError(f"{file}: {error}") from None


main = main_of(readme_command, "python -m eval.readme", "--check")
