"""The leaderboard's rows as text, Markdown, CSV, JSON and a page."""

import json
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from eval.board.rows import PROJECT, Agreement, BinSummary, Row, place_of, tells_places
from eval.board.tables import markdown_table
from eval.measuring.intervals import percent
from tasks.version import DATA_VERSION
from train.ledger.result import FITS, GENERALIZES

if TYPE_CHECKING:
    import pandas as pd

# Signs beside the words, so that no meaning hangs on a colour.
SIGNS: dict[Agreement, str] = {"yes": "✓", "no": "✗", "mixed": "~", "no evidence": "–"}
STYLES = {"yes": "green", "no": "bold red", "mixed": "yellow", "no evidence": "dim"}


def table_of(rows: Sequence[Row]) -> "pd.DataFrame":
    """The leaderboard as a table of text, a line a row."""
    import pandas as pd

    ranges = sorted({b.lengths for row in rows for b in row.bins} or {(1, 50), (51, 100), (101, 150)})
    told = tells_places(rows)
    return pd.DataFrame([_cells(row, ranges, told=told) for row in rows])


def _cells(row: Row, ranges: Sequence[tuple[int, int]], *, told: bool) -> dict[str, str]:
    bins = {b.lengths: b for b in row.bins}
    accuracies = {f"{a}-{b}": _accuracy(bins.get((a, b)), len(row.results)) for a, b in ranges}
    return {
        "task": row.task,
        "PE": row.setting,
        "predicted": row.prediction.verdict,
        "standing": row.prediction.standing,
        **accuracies,
        "fit": f"{row.fitted}/{len(row.results)}" if row.results else "",
        "measured": row.measured,
        "agree": f"{SIGNS[row.agreement]} {row.agreement}",
        "published": "" if row.published is None else "/".join(f"{share:g}" for share in row.published),
        **({"from": ", ".join(row.places)} if told else {}),
    }


def _accuracy(summary: BinSummary | None, runs: int) -> str:
    if summary is None:
        return ""
    text, least, greatest = map(percent, (summary.mean, summary.least, summary.greatest))
    return text if runs < 2 or least == greatest else f"{text} ({least}–{greatest})"


def legend(rows: Sequence[Row]) -> list[str]:
    """What the columns mean, and with what the figures were made."""
    results = [result for row in rows for result in row.results]
    lines = [
        "Accuracy: percent of words wholly right by length, mean (least–greatest) over the seeds. fit: how many runs"
        f" fit their training lengths (at least {FITS:.0%}); the others are no evidence.",
        f"Measured: of the runs that fit, generalizes if at least {GENERALIZES:.0%} of the words of the second range"
        " are right. Published: the three ranges in Huang et al. 2025 (the languages' ranges differ).",
    ]
    if results:
        versions = sorted({f"{name} {version}" for result in results for name, version in result.versions.items()})
        words = sorted({each.total for result in results for each in result.bins})
        lines.append(
            f"{len(results)} runs, {'/'.join(map(str, words))} words a range and run, on"
            f" {', '.join(sorted({result.device for result in results}))}; {', '.join(versions)}."
        )
    lines += _older_words(rows)
    places = {place_of(result) for result in results}
    if places == {PROJECT}:
        lines.append("All of the runs came with the project.")
    elif places == {"here"}:
        lines.append("All of the runs were made here; none came with the project.")
    elif len(places) == 1:
        lines.append(f"All of the runs were read from {places.pop()}.")
    missing = sum(len(row.seeds) - len(row.results) for row in rows)
    if missing:
        lines.append(f"{missing} runs of the suite were not run; --run trains them.")
    return lines


def _older_words(rows: Sequence[Row]) -> list[str]:
    """Which rows were measured on words of another version of the data than the present one."""
    older = [row for row in rows if row.data_version not in (None, str(DATA_VERSION))]
    if not older:
        return []
    versions = ", ".join(sorted({str(row.data_version) for row in older}))
    which = "All rows are" if len(older) == sum(bool(row.results) for row in rows) else _named(older)
    return [
        f"{which} on words of version {versions} of the data, all of them uniform; the present one is {DATA_VERSION}."
    ]


def _named(rows: Sequence[Row]) -> str:
    return f"{', '.join(f'{row.task} {row.setting}' for row in rows)}:"


def as_text(rows: Sequence[Row], *, width: int | None, colour: bool) -> str:
    """The table for a terminal, with its legend; the verdict's standing is in the other formats."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    frame = table_of(rows).drop(columns="standing", errors="ignore")
    table = Table(header_style="bold", box=SIMPLE_HEAD)
    for name in frame.columns:
        table.add_column(name, no_wrap=name in ("task", "PE", "agree"))
    for row, cells in zip(rows, frame.itertuples(index=False), strict=True):
        table.add_row(*cells, style=STYLES[row.agreement] if colour else None)
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    console.print(table)
    for line in legend(rows):
        console.print(line, markup=False)
    return out.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """The table and its legend as GitHub's Markdown."""
    frame = table_of(rows)
    table = markdown_table(list(frame.columns), [list(cells) for cells in frame.itertuples(index=False)])
    return table + "\n\n" + "\n\n".join(legend(rows)) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row and range of lengths: counts and shares as numbers, for other programs."""
    import pandas as pd

    lines = [_csv_line(row, k, bounds) for row in rows for k, bounds in enumerate(row.config.bins)]
    columns = {"shortest": "Int64", "longest": "Int64", "correct": "Int64", "total": "Int64"}
    return pd.DataFrame(lines).astype(columns).to_csv(index=False)


def _csv_line(row: Row, k: int, bounds: tuple[int, int]) -> dict[str, object]:
    found = row.bins[k] if row.bins else None
    # The published ranges are the first three; those of the languages differ from task to task.
    published = row.published[k] if row.published is not None and k < len(row.published) else None
    return {
        "task": row.task,
        "pe": row.pe,
        "setting": row.setting,
        "data_version": row.data_version,
        "predicted": row.prediction.verdict,
        "standing": row.prediction.standing,
        "shortest": bounds[0],
        "longest": bounds[1],
        "correct": None if found is None else found.correct,
        "total": None if found is None else found.total,
        "mean": None if found is None else found.mean,
        "least": None if found is None else found.least,
        "greatest": None if found is None else found.greatest,
        "published": None if published is None else round(published / 100, 6),
        "runs": len(row.results),
        "fitted": row.fitted,
        "measured": row.measured,
        "agreement": row.agreement,
        "shipped": row.shipped,
        "from": ", ".join(row.places),
        "source": None if row.definition.origin is None else row.definition.origin.text,
    }


def as_json(rows: Sequence[Row]) -> str:
    """The rows with their runs, configurations apart, as one JSON value."""
    return json.dumps({"rows": [row.record() for row in rows], "legend": legend(rows)}, indent=2) + "\n"
