"""The command `python -m eval.published`: measured accuracy beside the published one, for each cell that has both."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from eval.board.published_comparison import PublishedComparison, as_json, as_markdown, as_text, comparisons
from eval.board.text_tables import TableFormat
from eval.commands.leaderboard import Suite, check_directories, gathered_results, leaderboard
from eval.console import check_out, write
from tasks.ground.console import main_of
from train.ledger import RUNS

WRITERS: Mapping[TableFormat, Callable[[Sequence[PublishedComparison]], str]] = {
    TableFormat.text: as_text,
    TableFormat.markdown: as_markdown,
    TableFormat.json: as_json,
}


def published_command(
    format_: Annotated[TableFormat, typer.Option("--format", help="The format of the output.")] = TableFormat.text,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file instead.")] = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = RUNS,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Read exported results from this directory instead of the ledger."),
    ] = None,
) -> None:
    """Put measured accuracies beside the published ones, and list where the verdicts differ."""
    check_directories(runs, from_)
    check_out(out)
    rows = leaderboard(Suite.found, gathered_results(runs, from_).results)
    write(WRITERS[format_](comparisons(rows)), out)


main = main_of(published_command, "python -m eval.published", "--from results")
