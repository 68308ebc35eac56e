"""The columns of the leaderboard as text, and the choice of those that fit a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from eval.board.fitted_runs import FAR_TIMES, RunsRight, fitted_ranges, middle, reaches, runs_right
from eval.board.rows import BinSummary, OldAgreement, Row, tells_places
from eval.measuring.confidence_intervals import percent
from train.ledger.horizon import TIMES

# Signs stand beside the words, so that no meaning depends on a colour.
SIGNS: Final[dict[OldAgreement, str]] = {"yes": "✓", "no": "✗", "mixed": "~", "no evidence": "–"}
DEFAULT: Final = ((1, 50), (51, 100), (101, 150))
GAP_SPACES: Final = 2


@dataclass(frozen=True)
class BoardColumn:
    """A column: its name, a cell for each row, and its rank; if space is short, the greatest rank is left out first."""

    name: str
    cells: tuple[str, ...]
    rank: int

    @property
    def width(self) -> int:
        """The width in characters: that of the widest cell, or of the longest word of the name.

        The name may be broken into lines between words.
        """
        return max(map(len, (*self.name.split(), *self.cells)))


def columns_of(rows: Sequence[Row]) -> list[BoardColumn]:
    """The columns, in order, without those that are empty in every row; columns of accuracies are always kept."""
    names = range_names(rows)
    older = any(row.measured == "old words" for row in rows)
    made: list[tuple[str, int, Callable[[Row], str]]] = [
        ("task", 0, lambda row: row.task),
        ("PE", 0, lambda row: row.setting),
        *([("trained to", 6, lambda row: str(row.train_length))] if ladder(rows) else []),
        ("predicted", 0, lambda row: row.prediction.verdict),
        ("standing", 15, lambda row: row.prediction.standing),
        *((name, 9 - min(k, FAR_TIMES), _shown_accuracy(k)) for k, name in enumerate(names)),
        ("fit", 1, lambda row: f"{row.fitted}/{len(row.results)}" if row.results else ""),
        *((f"≥90% at {names[k]}", rank, _counted(k + 1)) for k, rank in ((1, 5), (2, 2)) if k < len(names)),
        (f"≥90% to {TIMES}x" if ladder(rows) else f"≥90% to {_ten_times(rows)}", 4, _counted(TIMES)),
        ("horizon", 3, horizon_text),
        ("worst stratum", 11, worst_text),
        ("measured", 0, lambda row: row.measured),
        ("agree", 0, lambda row: f"{SIGNS[row.agreement]} {row.agreement}".replace("– no evidence", "–")),
        ("old rule", 1 if older else 10, old_text),
        ("published", 12, lambda row: "" if row.published is None else "/".join(f"{x:g}" for x in row.published)),
        *([("from", 8, lambda row: ", ".join(row.places))] if tells_places(rows) else []),
    ]
    found = [BoardColumn(name, tuple(cell(row) for row in rows), rank) for name, rank, cell in made]
    return [column for column in found if column.name in names or any(column.cells) or not rows]


def fitting(columns: Sequence[BoardColumn], width: int) -> list[BoardColumn]:
    """The columns that fit beside each other into so many characters; those of greatest rank are left out first."""
    kept = list(columns)
    while sum(column.width + GAP_SPACES for column in kept) > width and any(column.rank for column in kept):
        kept.remove(max(reversed(kept), key=lambda column: column.rank))
    return kept


def ladder(rows: Sequence[Row]) -> bool:
    """Whether the rows have different training lengths."""
    return len({row.train_length for row in rows}) > 1


def range_names(rows: Sequence[Row]) -> list[str]:
    """The names of the columns of accuracies: ranges of lengths, or multiples of the training length if it differs."""
    ranges = [row.config.bins for row in rows] or [DEFAULT]
    longest = max(ranges, key=len)
    if ladder(rows):
        return ["to 1x", *(f"{k}-{k + 1}x" for k in range(1, len(longest)))]
    return [f"{a}-{b}" for a, b in longest]


def _ten_times(rows: Sequence[Row]) -> int:
    return TIMES * (rows[0].train_length if rows else DEFAULT[0][1])


def _shown_accuracy(k: int) -> Callable[[Row], str]:
    return lambda row: accuracy_text(row.shown_bins[k]) if k < len(row.shown_bins) else ""


def accuracy_text(summary: BinSummary) -> str:
    """The mean accuracy in percent, followed by the least and the greatest if they differ."""
    text, least, greatest = map(percent, (summary.mean, summary.least, summary.greatest))
    return text if least == greatest else f"{text} ({least}–{greatest})"


def _counted(times: int) -> Callable[[Row], str]:
    return lambda row: counted_text(right_in(row, times))


def right_in(row: Row, times: int) -> RunsRight | None:
    """How many of the row's fitted runs are at least 90% right at this multiple; None for runs on old words."""
    return None if row.measured == "old words" else runs_right(row.results, times)


def counted_text(found: RunsRight | None) -> str:
    """The two numbers of runs as text, such as 3/5."""
    return "" if found is None else f"{found.right}/{found.runs}"


def horizon_text(row: Row) -> str:
    """The median horizon of the fitted runs, followed by the best if it differs."""
    found = reaches(row.results)
    if not found:
        return ""
    median, best = middle(found), max(found)
    return str(median) if median == best else f"{median} ({best})"


def worst_text(row: Row) -> str:
    """The stratum of words of which the fitted runs have the smallest share right, at the lengths of the verdict."""
    ranges = fitted_ranges(row.results)
    worst = ranges[FAR_TIMES - 1].worst_stratum if len(ranges) >= FAR_TIMES else None
    if worst is None:
        return ""
    return percent(worst[1]) if worst[1] == 1 else f"{worst[0]} {percent(worst[1])}"


def old_text(row: Row) -> str:
    """The verdict by the old rule, with a sign that says whether it is the predicted one."""
    return "" if not row.results else f"{SIGNS[row.old_agreement]} {row.old_measured}"
