"""The README's leaderboard and figure, made from the results that come with the project: `python -m eval.readme`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.board import formats
from eval.board.published_comparison import comparisons, in_a_sentence
from eval.board.rows import Row
from eval.board.shown_results import results_of_directory
from eval.commands.leaderboard import Suite, figure_of, leaderboard
from tasks.ground.console import RefusedError, new_app, run_command
from tasks.ground.files import read_inside, replace_text
from train.ledger.ledger import SHIPPED

ROOT = SHIPPED.parent
BEGIN, END = "<!-- leaderboard -->", "<!-- end of the leaderboard -->"
FIGURE_TASK = "copy_repeat"

app = new_app(
    "Write the README's leaderboard and figure from the results that come with the project.",
    "python -m eval.readme --check",
)


def with_leaderboard(text: str, made: str) -> str:
    """The text with what is made between its two markers; ValueError where they are not there once, in order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected the markers {BEGIN} and {END} once, in this order")
    return text[: text.index(BEGIN) + len(BEGIN)] + "\n" + made + text[text.index(END) :]


def section(rows: tuple[Row, ...]) -> str:
    """The table, its legend and how it compares with the published figures, as Markdown."""
    return f"\n{formats.as_markdown(rows)}\n{in_a_sentence(comparisons(rows))}\n\n"


@app.command("readme", epilog="Try: python -m eval.readme --check")
def readme_command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where something would change.")
    ] = False,
    readme: Annotated[Path, typer.Option("--file", metavar="FILE", help="The file with the markers.")] = (
        ROOT / "README.md"
    ),
    figure: Annotated[Path, typer.Option("--figure", metavar="FILE", help="The figure.")] = (
        ROOT / "docs" / f"{FIGURE_TASK}.svg"
    ),
    from_: Annotated[Path, typer.Option("--from", metavar="DIR", help="The exported results.")] = SHIPPED,
) -> None:
    """Write the README's leaderboard and figure, or check that they are those of the results."""
    try:
        text = read_inside(readme).decode("utf-8")
        rows = leaderboard(Suite.found, results_of_directory(from_).results)
        wanted = {readme: with_leaderboard(text, section(rows))}
    except (ValueError, OSError) as error:
        raise RefusedError(f"{readme}: {error}") from None
    wanted[figure] = figure_of(tuple(row for row in rows if row.task == FIGURE_TASK))
    stale = [path for path, new in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != new]
    for path in stale:
        if not check:
            replace_text(path, wanted[path])
        print(f"{'out of date' if check else 'wrote'}: {path}", file=sys.stderr)
    if check and stale:
        raise typer.Exit(1)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 1 something is out of date, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.readme")
