"""The leaderboard's table, which the page's script sorts and filters."""

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.board.rows import BinSummary, Row, tells_places
from eval.measuring.intervals import percent
from eval.page.signs import SIGNS, marked, signed


@dataclass(frozen=True)
class Cell:
    """What a cell shows, as HTML, and what it is sorted by: a number as text, or a text."""

    html: str
    key: str
    number: bool = False


def rows_table(rows: Sequence[Row]) -> str:
    """The controls and the table; without the script the table is as listed, and there are no controls."""
    ranges = sorted({bounds for row in rows for bounds in row.config.bins})
    told = tells_places(rows)
    columns = [
        "task",
        "setting",
        "predicted",
        *(f"{a}–{b}" for a, b in ranges),
        "fit",
        "measured",
        "agree",
        "published",
        *(["from"] if told else []),
    ]
    numbers = {f"{a}–{b}" for a, b in ranges} | {"fit", "published"}
    head = "".join(
        f'<th scope="col"{" class=number" if name in numbers else ""} data-column="{k}">{name}</th>'
        for k, name in enumerate(columns)
    )
    body = "\n".join(_row(row, columns, _cells(row, ranges, told=told)) for row in rows)
    return (
        f"{_controls(rows, columns)}"
        '<p class="note">Accuracy: percent of words wholly right, mean (least–greatest) over the seeds. '
        "Published: the accuracies of the three ranges in the paper, whose ranges differ for the languages.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="The leaderboard"><table id="board" class="board">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        '<p id="nothing" class="note" hidden>No row fits the filters.</p>'
    )


def task_anchor(task: str) -> str:
    """The id of the task's part of the page, whatever characters it is called by."""
    return f"task-{slug(task)}"


def slug(task: str) -> str:
    """The task's name in small letters, digits and hyphens; other names with other characters get other ones."""
    plain = task.replace("_", "-")
    made = re.sub(r"[^a-z0-9-]+", "-", plain.lower()).strip("-")
    return plain if made == plain else "-".join(filter(None, (made, hashlib.sha256(task.encode()).hexdigest()[:6])))


def _row(row: Row, columns: Sequence[str], cells: Sequence[Cell]) -> str:
    first, *rest = (
        f' data-label="{html.escape(name)}" data-key="{html.escape(cell.key)}"{" class=number" if cell.number else ""}>'
        f"{cell.html}"
        for name, cell in zip(columns, cells, strict=True)
    )
    kept = f'data-setting="{row.setting}" data-predicted="{row.prediction.verdict}" data-measured="{row.measured}"'
    text = html.escape(f"{row.task} {row.definition.title}".lower())
    tail = "".join(f"<td{cell}</td>" for cell in rest)
    return f'<tr {kept} data-agree="{row.agreement}" data-text="{text}"><th scope="row"{first}</th>{tail}</tr>'


def _cells(row: Row, ranges: Iterable[tuple[int, int]], *, told: bool) -> list[Cell]:
    bins = {b.lengths: b for b in row.bins}
    link = f'<a href="#{task_anchor(row.task)}">{html.escape(row.task)}</a>'
    predicted = f'{marked(row.prediction.verdict)} <span class="note">{html.escape(row.prediction.standing)}</span>'
    return [
        Cell(link, row.task),
        Cell(row.setting, row.setting),
        Cell(predicted, row.prediction.verdict),
        *(_accuracy(bins.get(bounds)) for bounds in ranges),
        _fit(row),
        Cell(marked(row.measured), row.measured),
        Cell(marked(row.agreement), row.agreement),
        _published(row),
        *([Cell(html.escape(", ".join(row.places)), ", ".join(row.places))] if told else []),
    ]


def _accuracy(found: BinSummary | None) -> Cell:
    if found is None:
        return Cell('<span class="none">–</span>', "", number=True)
    text, least, greatest = map(percent, (found.mean, found.least, found.greatest))
    spread = "" if least == greatest else f' <span class="note">({least}–{greatest})</span>'
    return Cell(text + spread, f"{found.mean:.6f}", number=True)


def _fit(row: Row) -> Cell:
    if not row.results:
        return Cell('<span class="none">–</span>', "", number=True)
    return Cell(f"{row.fitted}/{len(row.results)}", f"{row.fitted / len(row.results):.4f}", number=True)


def _published(row: Row) -> Cell:
    if row.published is None:
        return Cell('<span class="none">–</span>', "", number=True)
    return Cell("/".join(f"{share:g}" for share in row.published), f"{row.published[1]:.4f}", number=True)


def _controls(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """The filters and the order; hidden until the script is there to serve them."""
    filters: list[tuple[str, str, list[str]]] = [
        ("setting", "setting", [row.setting for row in rows]),
        ("predicted", "predicted", [row.prediction.verdict for row in rows]),
        ("measured", "measured", [row.measured for row in rows]),
        ("agree", "agreement", [row.agreement for row in rows]),
    ]
    selects = "".join(_select(f"filter-{name}", label, dict.fromkeys(values)) for name, label, values in filters)
    orders = "".join(f'<option value="{k}">{name}</option>' for k, name in enumerate(columns))
    return (
        '<form id="controls" class="controls" hidden>'
        '<label>task <input id="filter-text" type="search" autocomplete="off"></label>'
        f"{selects}"
        f'<label>order <select id="order"><option value="">as listed</option>{orders}</select></label>'
        '<label class="check"><input id="descending" type="checkbox"> greatest first</label>'
        '<button type="reset">show all</button>'
        '<output id="shown" role="status"></output></form>'
    )


def _select(name: str, label: str, values: Iterable[str]) -> str:
    options = "".join(
        f'<option value="{html.escape(value)}">{html.escape(signed(value) if value in SIGNS else value)}</option>'
        for value in values
    )
    return f'<label>{label} <select id="{name}"><option value="">all</option>{options}</select></label>'
