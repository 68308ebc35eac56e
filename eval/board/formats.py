"""The rows of the leaderboard as text, Markdown, CSV and JSON."""

import json
from collections.abc import Sequence
from io import StringIO

from eval.board.columns import BoardColumn, columns_of, fitting
from eval.board.fitted_runs import FittedRange, Reach, fitted_ranges, middle, reaches, runs_right, verdict_at
from eval.board.legend import legend
from eval.board.prediction_scores import sentences, summary_record
from eval.board.row_record import generalizing, row_record
from eval.board.rows import AgreementWord, Row
from eval.board.text_tables import markdown_table
from train.ledger.horizon import CRITERIA, TIMES

STYLES: dict[AgreementWord, str] = {"yes": "green", "no": "bold red", "no evidence": "dim"}


def as_text(rows: Sequence[Row], *, width: int | None, colour: bool) -> str:
    """The table for a terminal, with its legend.

    If the terminal is narrow, only the columns that matter most are shown, and a line names the others.

    Args:
        rows: The rows.
        width: The width of the terminal in characters; None for the terminal's own.
        colour: Whether the text is coloured.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    columns = [column for column in columns_of(rows) if column.name != "standing"]
    shown = fitting(columns, console.width)
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in shown:
        table.add_column(column.name, width=column.width, no_wrap=False, overflow="fold")
    for k, row in enumerate(rows):
        table.add_row(*(column.cells[k] for column in shown), style=STYLES[row.agreement] if colour else None)
    console.print(table)
    console.print()
    left_out = [column.name for column in columns if column not in shown]
    if left_out:
        console.print(f"Columns left out for lack of room: {', '.join(left_out)}. A wider window or a pipe shows them.")
    for line in [*sentences(rows), *legend(rows)]:
        console.print(line, markup=False)
    return out.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """The table, the sentences about it, and its legend, as GitHub's Markdown."""
    columns: list[BoardColumn] = columns_of(rows)
    table = markdown_table(
        [column.name for column in columns], [[column.cells[k] for column in columns] for k in range(len(rows))]
    )
    return table + "\n\n" + "\n\n".join([*sentences(rows), *legend(rows)]) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row and range of lengths, with counts and shares as numbers, for other programs."""
    import pandas as pd

    lines = [_csv_line(row, k, bounds) for row in rows for k, bounds in enumerate(row.config.bins)]
    names = csv_columns()
    whole = [name for name in names if name in WHOLE_NUMBERS or name.startswith("horizon_")]
    frame: pd.DataFrame = pd.DataFrame(lines, columns=names)
    return frame.astype(dict.fromkeys(whole, "Int64")).to_csv(index=False)


def csv_columns() -> list[str]:
    """The names of the columns of the CSV, which do not depend on the rows."""
    far = [f"horizon_{name}_{what}" for name in CRITERIA for what in ("median", "best")]
    return [
        *("task", "pe", "setting", "train_length", "data_version", "predicted", "standing"),
        *("shortest", "longest", "correct", "total", "mean", "least", "greatest", "published"),
        *("runs", "fitted", "generalizing"),
        *("right", "right_low", "right_high", "fitted_mean", "fitted_best", "worst_stratum", "worst_stratum_share"),
        *(name for each in far for name in (each, f"{each}_at_least")),
        *("ten_times_right", "ten_times_runs", "ten_times_measured"),
        *("measured", "agreement", "old_measured", "old_agreement", "shipped", "from", "source"),
    ]


WHOLE_NUMBERS = ("shortest", "longest", "correct", "total", "right", "ten_times_right", "ten_times_runs")


def _csv_line(row: Row, k: int, bounds: tuple[int, int]) -> dict[str, object]:
    found = row.bins[k] if row.bins else None
    fitted = dict(enumerate(fitted_ranges(row.results))).get(k)
    # Published figures belong to the first three ranges; for the languages, these ranges differ from task to task.
    published = row.published[k] if row.published is not None and k < len(row.published) else None
    return {
        "task": row.task,
        "pe": row.pe,
        "setting": row.setting,
        "train_length": row.train_length,
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
        "generalizing": generalizing(row),
        **_fitted_fields(fitted),
        **_far_fields(row),
        "measured": row.measured,
        "agreement": row.agreement,
        "old_measured": row.old_measured,
        "old_agreement": row.old_agreement,
        "shipped": row.shipped,
        "from": ", ".join(row.places),
        "source": None if row.definition.origin is None else row.definition.origin.text,
    }


def _fitted_fields(found: FittedRange | None) -> dict[str, object]:
    """The results of the fitted runs on one range."""
    low, high = (None, None) if found is None else found.right.interval
    worst = None if found is None else found.worst_stratum
    return {
        "right": None if found is None else found.right.right,
        "right_low": low,
        "right_high": high,
        "fitted_mean": None if found is None else found.mean,
        "fitted_best": None if found is None else found.best,
        "worst_stratum": None if worst is None else worst[0],
        "worst_stratum_share": None if worst is None else worst[1],
    }


def _far_fields(row: Row) -> dict[str, object]:
    """The horizons, and what is known about ten times the training length."""
    fields: dict[str, object] = {}
    for name in CRITERIA:
        found = reaches(row.results, name)
        for what, reach in (("median", middle(found)), ("best", max(found, default=None))):
            fields |= _reach_fields(f"horizon_{name}_{what}", reach)
    right = runs_right(row.results, TIMES)
    fields["ten_times_right"] = None if right is None else right.right
    fields["ten_times_runs"] = None if right is None else right.runs
    fields["ten_times_measured"] = verdict_at(row.results, TIMES)
    return fields


def _reach_fields(name: str, found: Reach | None) -> dict[str, object]:
    """The length of a horizon, and 1 if the true horizon may be longer, else 0."""
    return {name: found and found.length, f"{name}_at_least": None if found is None else int(found.at_least)}


def as_json(rows: Sequence[Row]) -> str:
    """The rows with their runs and configurations, and the summary, as one JSON value."""
    value = {
        "rows": [row_record(row) for row in rows],
        "summary": summary_record(rows),
        "sentences": sentences(rows),
        "legend": legend(rows),
    }
    return json.dumps(value, indent=2) + "\n"
