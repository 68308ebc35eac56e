"""The leaderboard's table, which the page's script sorts and filters."""

import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.board.columns import counted_text, ladder, old_text, range_names, right_in
from eval.board.fitted_runs import FittedRange, fitted_ranges, middle, reaches
from eval.board.published_experiments import FOOTNOTE, LATER, published_experiment
from eval.board.rows import Row, tells_places
from eval.measuring.intervals import percent
from eval.page.signs import SIGNS, marked, signed
from train.ledger.horizon import TIMES
from train.ledger.result import GENERALIZES


@dataclass(frozen=True)
class Cell:
    """What a cell shows, as HTML, and what it is sorted by: a number as text, or a text."""

    html: str
    key: str
    number: bool = False


NUMBERS = ("trained to", "fit", "horizon", "published")


def rows_table(rows: Sequence[Row]) -> str:
    """The controls and the table; without the script the table is as listed, and there are no controls."""
    ranges = [name.replace("-", "–") for name in range_names(rows)]
    far = f"to {TIMES} times" if ladder(rows) or not rows else f"to {TIMES * rows[0].train_length}"
    told = tells_places(rows)
    columns = [
        "task",
        "setting",
        "predicted",
        *ranges,
        far,
        *(["trained to"] if ladder(rows) else []),
        "fit",
        "horizon",
        "measured",
        "agree",
        "old rule",
        "published",
        *(["from"] if told else []),
    ]
    numbers = {*ranges, far, *NUMBERS}
    head = "".join(
        f'<th scope="col"{" class=number" if name in numbers else ""} data-column="{k}">{name}</th>'
        for k, name in enumerate(columns)
    )
    made = [(row, _cells(row, len(ranges), told=told, ladder=ladder(rows))) for row in rows]
    body = "\n".join(_row(row, columns, cells) for row, cells in made)
    return (
        f"{_controls(rows, columns)}"
        '<p class="note">Accuracy: percent of words wholly right, mean (least–greatest) over the runs that fit or, '
        "where none does, over all; below it, how many of the fitted runs are at least 90% right. Strata and intervals "
        "stand with each task below, and where the pointer rests on a figure.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="The leaderboard"><table id="board" class="board">'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        '<p id="nothing" class="note" hidden>No row fits the filters.</p>'
        f'<p class="note">{html.escape(FOOTNOTE)} {html.escape(LATER)}</p>'
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


def _cells(row: Row, ranges: int, *, told: bool, ladder: bool) -> list[Cell]:
    link = f'<a href="#{task_anchor(row.task)}">{html.escape(row.task)}</a>'
    predicted = f'{marked(row.prediction.verdict)} <span class="note">{html.escape(row.prediction.standing)}</span>'
    return [
        Cell(link, row.task),
        Cell(row.setting, row.setting),
        Cell(predicted, row.prediction.verdict),
        *(_accuracy(row, k) for k in range(ranges)),
        _ten_times(row),
        *([Cell(str(row.train_length), str(row.train_length), number=True)] if ladder else []),
        _fit(row),
        _horizon(row),
        Cell(marked(row.measured), row.measured),
        Cell(marked(row.agreement), row.agreement),
        Cell(f'<span class="plain">{html.escape(old_text(row)) or "–"}</span>', old_text(row)),
        _published(row),
        *([Cell(html.escape(", ".join(row.places)), ", ".join(row.places))] if told else []),
    ]


NONE = '<span class="none">–</span>'


def _accuracy(row: Row, k: int) -> Cell:
    if k >= len(row.shown_bins):
        return Cell(NONE, "", number=True)
    found = row.shown_bins[k]
    text, least, greatest = map(percent, (found.mean, found.least, found.greatest))
    spread = "" if least == greatest else f' <span class="note">({least}–{greatest})</span>'
    fitted = dict(enumerate(fitted_ranges(row.results))).get(k)
    if fitted is None:
        return Cell(text + spread, f"{found.mean:.6f}", number=True)
    right = f' <span class="note">{counted_text(fitted.right)} runs</span>' if k and right_in(row, k + 1) else ""
    shown = f'<span title="{html.escape(range_in_words(fitted))}">{text}</span>{spread}{right}'
    return Cell(shown, f"{found.mean:.6f}", number=True)


def range_in_words(found: FittedRange) -> str:
    """What the fitted runs have in one range: how many are right, with the interval, and each stratum."""
    low, high = found.right.interval
    said = (
        f"{found.right.right} of {found.right.runs} fitted runs at least {GENERALIZES:.0%} right (95% interval "
        f"{percent(low)}–{percent(high)}%); mean {percent(found.mean)}, best {percent(found.best)}"
    )
    strata = ", ".join(f"{name} {percent(correct / total)}" for name, correct, total in found.strata)
    return f"{said}; {strata}" if strata else said


def _ten_times(row: Row) -> Cell:
    found = right_in(row, TIMES)
    if found is None:
        return Cell(NONE, "", number=True)
    low, high = found.interval
    title = f"95% interval {percent(low)}–{percent(high)}%"
    return Cell(
        f'<span title="{title}">{counted_text(found)}</span> <span class="note">runs</span>',
        f"{found.right / found.runs:.4f}",
        number=True,
    )


def _horizon(row: Row) -> Cell:
    found = middle(reaches(row.results))
    if found is None:
        return Cell(NONE, "", number=True)
    best = max(reaches(row.results))
    more = "" if best == found else f' <span class="note">best {best}</span>'
    return Cell(f"{found}{more}", str(found.length), number=True)


def _fit(row: Row) -> Cell:
    if not row.results:
        return Cell('<span class="none">–</span>', "", number=True)
    return Cell(f"{row.fitted}/{len(row.results)}", f"{row.fitted / len(row.results):.4f}", number=True)


def _published(row: Row) -> Cell:
    if row.published is None:
        return Cell('<span class="none">–</span>', "", number=True)
    shares = "/".join(f"{share:g}" for share in row.published)
    title = html.escape(published_experiment(row.definition))
    return Cell(f'<span title="{title}">{shares}</span>', f"{row.published[1]:.4f}", number=True)


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
