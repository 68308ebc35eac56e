"""Measured accuracy beside the published one, for each cell that both have."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.board.rows import Measured, Row
from eval.board.tables import markdown_table, text_table
from eval.measuring.intervals import percent
from train.ledger.result import FITS, GENERALIZES, MeasuredVerdict

RANGES_DIFFER = (
    "Published: Huang et al. 2025, one figure for each of three ranges; ours are 1-50, 51-100 and 101-150, theirs the "
    "same for the algorithmic tasks and others for the languages (Tomita: 101-150 twice)."
)


@dataclass(frozen=True)
class Comparison:
    """A cell that was measured here and published: shares of words for the three ranges, and both verdicts."""

    task: str
    setting: str
    runs: int
    measured: tuple[float, ...]
    published: tuple[float, ...]
    measured_verdict: Measured
    published_verdict: MeasuredVerdict

    @property
    def differ(self) -> bool:
        """Whether both fitted their training lengths, and came to different verdicts."""
        return "did not fit" not in (self.measured_verdict, self.published_verdict) and (
            self.measured_verdict != self.published_verdict
        )

    def record(self) -> dict[str, Any]:
        """The comparison as JSON data."""
        return {
            "task": self.task,
            "setting": self.setting,
            "runs": self.runs,
            "measured": list(self.measured),
            "published": list(self.published),
            "measured_verdict": self.measured_verdict,
            "published_verdict": self.published_verdict,
            "differ": self.differ,
        }


def comparisons(rows: Sequence[Row]) -> tuple[Comparison, ...]:
    """The rows that were run, with three ranges, and are published."""
    return tuple(
        Comparison(
            row.task,
            row.setting,
            len(row.results),
            tuple(b.mean for b in row.bins),
            tuple(round(share / 100, 6) for share in row.published),
            row.measured,
            published_verdict(row.published),
        )
        for row in rows
        if row.published is not None and len(row.bins) == len(row.published)
    )


def published_verdict(percents: tuple[float, float, float]) -> MeasuredVerdict:
    """The verdict that the rule for our runs gives the published figures, in percent."""
    if percents[0] < 100 * FITS:
        return "did not fit"
    return "generalizes" if percents[1] >= 100 * GENERALIZES else "fails"


def lines_of(found: Sequence[Comparison]) -> tuple[list[str], list[list[str]]]:
    """The columns' names and the rows of the comparison as texts."""
    columns = ["task", "setting", "runs", "measured", "published", "measured verdict", "published verdict", "differ"]
    rows = [
        [
            c.task,
            c.setting,
            str(c.runs),
            "/".join(map(percent, c.measured)),
            "/".join(f"{100 * share:.4g}" for share in c.published),
            c.measured_verdict,
            c.published_verdict,
            "✗ differ" if c.differ else "",
        ]
        for c in found
    ]
    return columns, rows


def in_a_sentence(found: Sequence[Comparison]) -> str:
    """How many cells were compared, and which verdicts differ."""
    differ = [f"{c.task} {c.setting}" for c in found if c.differ]
    unfitted = sum("did not fit" in (c.measured_verdict, c.published_verdict) for c in found)
    named = f" ({', '.join(differ)})" if differ else ""
    return (
        f"Cells that are measured here and published: {len(found)}. Not fitted here or there: {unfitted}. "
        f"Verdicts that differ among the other {len(found) - unfitted}: {len(differ)}{named}."
    )


def as_text(found: Sequence[Comparison]) -> str:
    """The comparison as a table of text."""
    return "\n".join([text_table(*lines_of(found)), "", in_a_sentence(found), RANGES_DIFFER]) + "\n"


def as_markdown(found: Sequence[Comparison]) -> str:
    """The comparison as GitHub's Markdown."""
    return "\n".join([markdown_table(*lines_of(found)), "", in_a_sentence(found), "", RANGES_DIFFER]) + "\n"


def as_json(found: Sequence[Comparison]) -> str:
    """The comparison as one JSON value."""
    return json.dumps({"cells": [c.record() for c in found], "differ": sum(c.differ for c in found)}, indent=2) + "\n"
