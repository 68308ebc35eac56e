"""The table of the leaderboard, which the script of the page sorts and filters."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from eval.board.columns import counted_text, ladder, old_text, range_names, right_in
from eval.board.fitted_runs import FittedRange, fitted_ranges, middle, reaches
from eval.board.published_comparison import FOOTNOTE, LATER, published_experiment
from eval.board.rows import Row, tells_places
from eval.measuring.confidence_intervals import percent
from eval.page.assets import part
from eval.page.verdict_signs import CLASSES, SIGNS, signed
from train.ledger.horizon import TIMES
from train.ledger.result import GENERALIZES


@dataclass(frozen=True)
class TableCell:
    """What a table cell shows, and the key by which it is sorted: a text, or a number as text if `number`.

    notes  small texts after the text
    title  shown when the pointer rests on the text
    look   a class of the page's style
    link   the address to which the text leads
    """

    text: str
    key: str
    number: bool = False
    notes: tuple[str, ...] = ()
    title: str = ""
    look: str = ""
    link: str = ""


NUMBERS = ("trained to", "fit", "horizon", "published")
TaskLink: TypeAlias = Callable[[str], str]  # gives the address of everything that is known about a task


def in_this_page(task: str) -> str:
    """The address of the task's part on the page itself."""
    return f"#{task_anchor(task)}"


def rows_table(rows: Sequence[Row], link: TaskLink = in_this_page) -> Markup:
    """The table with its controls; without the script there are no controls, and rows keep their order.

    Args:
        rows: The rows of the leaderboard.
        link: Gives the address of a task's part.
    """
    ranges = [name.replace("-", "–") for name in range_names(rows)]
    far = f"to {TIMES} times" if ladder(rows) or not rows else f"to {TIMES * rows[0].train_length}"
    told = tells_places(rows)
    columns = [
        "task",
        "setting",
        "predicted",
        "measured",
        "agree",
        *ranges,
        far,
        *(["trained to"] if ladder(rows) else []),
        "fit",
        "horizon",
        "old rule",
        "published",
        *(["from"] if told else []),
    ]
    made = [
        (row, f"{row.task} {row.definition.title}".lower(), [_task_cell(row, link(row.task)), *cells])
        for row in rows
        for cells in [_cells(row, len(ranges), told=told, ladder=ladder(rows))]
    ]
    return part(
        "rows_table",
        filters=_filters(rows),
        columns=columns,
        numbers={*ranges, far, *NUMBERS},
        rows=made,
        footnote=f"{FOOTNOTE} {LATER}",
    )


def task_anchor(task: str) -> str:
    """The id of the task's part of the page, for a name with any characters."""
    return f"task-{slug(task)}"


def slug(task: str) -> str:
    """The task's name in small letters, digits and hyphens; if that changes the name, a hash keeps names apart."""
    plain = task.replace("_", "-")
    made = re.sub(r"[^a-z0-9-]+", "-", plain.lower()).strip("-")
    return plain if made == plain else "-".join(filter(None, (made, hashlib.sha256(task.encode()).hexdigest()[:6])))


def _task_cell(row: Row, link: str) -> TableCell:
    return TableCell(row.task, row.task, link=link)


def _cells(row: Row, ranges: int, *, told: bool, ladder: bool) -> list[TableCell]:
    predicted = row.prediction.verdict
    return [
        TableCell(row.setting, row.setting),
        TableCell(signed(predicted), predicted, notes=(row.prediction.standing,), look=_look(predicted)),
        TableCell(signed(row.measured), row.measured, look=_look(row.measured)),
        TableCell(signed(row.agreement), row.agreement, look=_look(row.agreement)),
        *(_accuracy(row, k) for k in range(ranges)),
        _ten_times(row),
        *([TableCell(str(row.train_length), str(row.train_length), number=True)] if ladder else []),
        _fit(row),
        _horizon(row),
        TableCell(old_text(row) or "–", old_text(row), look="plain"),
        _published(row),
        *([TableCell(", ".join(row.places), ", ".join(row.places))] if told else []),
    ]


def _look(verdict: str) -> str:
    return CLASSES.get(verdict, "plain")


NONE = TableCell("–", "", number=True, look="none")


def _accuracy(row: Row, k: int) -> TableCell:
    if k >= len(row.shown_bins):
        return NONE
    found = row.shown_bins[k]
    text, least, greatest = map(percent, (found.mean, found.least, found.greatest))
    spread = () if least == greatest else (f"({least}–{greatest})",)
    fitted = dict(enumerate(fitted_ranges(row.results))).get(k)
    if fitted is None:
        return TableCell(text, f"{found.mean:.6f}", number=True, notes=spread)
    right = (f"{counted_text(fitted.right)} runs",) if k and right_in(row, k + 1) else ()
    title = range_in_words(fitted)
    return TableCell(text, f"{found.mean:.6f}", number=True, notes=spread + right, title=title)


def range_in_words(found: FittedRange) -> str:
    """The results of the fitted runs on one range: how many are right, with the interval, and the share by stratum."""
    low, high = found.right.interval
    said = (
        f"{found.right.right} of {found.right.runs} fitted runs at least {GENERALIZES:.0%} right (95% interval "
        f"{percent(low)}–{percent(high)}%); mean {percent(found.mean)}, best {percent(found.best)}"
    )
    strata = ", ".join(f"{name} {percent(correct / total)}" for name, correct, total in found.strata)
    return f"{said}; {strata}" if strata else said


def _ten_times(row: Row) -> TableCell:
    found = right_in(row, TIMES)
    if found is None:
        return NONE
    low, high = found.interval
    title = f"95% interval {percent(low)}–{percent(high)}%"
    return TableCell(counted_text(found), f"{found.right / found.runs:.4f}", number=True, notes=("runs",), title=title)


def _horizon(row: Row) -> TableCell:
    found = middle(reaches(row.results))
    if found is None:
        return NONE
    best = max(reaches(row.results))
    more = () if best == found else (f"best {best}",)
    return TableCell(str(found), str(found.length), number=True, notes=more)


def _fit(row: Row) -> TableCell:
    if not row.results:
        return NONE
    return TableCell(f"{row.fitted}/{len(row.results)}", f"{row.fitted / len(row.results):.4f}", number=True)


def _published(row: Row) -> TableCell:
    if row.published is None:
        return NONE
    shares = "/".join(f"{share:g}" for share in row.published)
    return TableCell(shares, f"{row.published[1]:.4f}", number=True, title=published_experiment(row.definition))


def _filters(rows: Sequence[Row]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: the name and the label of each, and its values with their texts."""
    filters: list[tuple[str, str, list[str]]] = [
        ("setting", "setting", [row.setting for row in rows]),
        ("predicted", "predicted", [row.prediction.verdict for row in rows]),
        ("measured", "measured", [row.measured for row in rows]),
        ("agree", "agreement", [row.agreement for row in rows]),
    ]
    return [
        (name, label, [(value, signed(value) if value in SIGNS else value) for value in dict.fromkeys(values)])
        for name, label, values in filters
    ]
