"""The comparison with published accuracies: what they were measured on, and each cell that was also measured here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from eval.board.fitted_runs import OldMeasured
from eval.board.rows import Row
from eval.board.text_tables import markdown_table, text_table
from eval.measuring.confidence_intervals import percent
from tasks.task import Task
from train.ledger.result import FITS, GENERALIZES, MeasuredVerdict

ALGORITHM: Final = "Algorithm"  # the family whose published ranges are 1-50, 51-100 and 101-150
RANGES: Final = ((1, 50), (51, 100), (101, 150))
UNIFORM: Final = "1"  # in this version of the data, words of the algorithmic tasks are drawn by the published rules
LATER: Final = (
    "Later results of the same group (2026) are not shown. For each task their search ended at the first configuration "
    "that had every word of 101-150 right; for one task this was the fiftieth. So the accuracy on 101-150 chose the "
    "run. It shows that such a run exists, not how accurate the next run will be. No run of the grid here is chosen by "
    "its accuracy on longer words."
)
FOOTNOTE: Final = (
    "Published: Huang et al. 2025, percent of words wholly right in three ranges. For the algorithmic tasks these are "
    "1-50, 51-100 and 101-150, on words drawn by the same rules as in version 1 of our data. For the languages the "
    "training lengths, the ranges and the words differ from ours. So agreement with a published figure is counted "
    "only for algorithmic tasks on words of version 1, or on uniform words."
)

_BOUNDED_DEPTH: Final = (
    "trained on words to 100, tested to 300; nearly all of its words (95-100%) begin with a long run of openings"
)
_LANGUAGES: Final = MappingProxyType(
    {
        "tomita1": "both longer ranges are 101-150",
        "tomita2": "both longer ranges are 101-150",
        **dict.fromkeys(
            ("tomita3", "tomita4", "tomita5", "tomita6", "tomita7"),
            "trained on words to 100, and both longer ranges are 101-150",
        ),
        **dict.fromkeys(("d_2", "d_3", "d_4", "d_12"), _BOUNDED_DEPTH),
        "aa_star": "trained on lengths 2-98",
        "aaaa_star": "trained on lengths 4-496 (125 words), tested to 696",
        "abab_star": "trained on lengths 4-500",
        "ab_star_d_bc_star": "the ranges overlap: all begin at 2, and the upper end grows",
        "012_star_0_2_star": "trained on lengths 2-49, tested on 2-99 and 6-149: the ranges overlap; a long run of 2 "
        "stands behind a 0 only, and a prefix may end only after a 2",
    }
)


# The longest training and test words of the published languages, if they are stated. The other languages have files for
# lengths 1-50 and for two more ranges of 50 lengths. If both longer published ranges are the same, so they are here.
_LENGTHS: Final = MappingProxyType(
    {
        **dict.fromkeys(("tomita3", "tomita4", "tomita5", "tomita6", "tomita7"), (100, 150)),
        **dict.fromkeys(("d_2", "d_3", "d_4", "d_12"), (100, 300)),
        "aa_star": (98, 196),
        "aaaa_star": (496, 696),
        "abab_star": (500, 700),
    }
)


def published_experiment(task: Task) -> str:
    """The ranges and words on which a task's published figures were measured, as far as they are known."""
    if task.family == ALGORITHM:
        return "ranges 1-50, 51-100, 101-150; words drawn by the published rules, without strata"
    known = _LANGUAGES.get(task.name)
    return f"its ranges and words differ from ours: {known or 'its words are in a file of its own'}"


def same_experiment(row: Row) -> bool:
    """Whether the row has the ranges and words of its published figures."""
    ranges = row.config.bins[: len(RANGES)]
    uniform = row.data_version == UNIFORM or row.config.words == "uniform"
    return row.definition.family == ALGORITHM and ranges == RANGES and uniform


def same_lengths(row: Row) -> bool:
    """Whether the row is about a language, with uniform words of the published lengths, as far as these are stated.

    The published generators are only partly described; their words are not uniform members.
    """
    lengths = row.config.train_length, row.config.max_length
    return (
        row.definition.family != ALGORITHM
        and row.config.words == "uniform"
        and lengths == _LENGTHS.get(row.task, (RANGES[0][1], RANGES[-1][1]))
    )


@dataclass(frozen=True)
class PublishedComparison:
    """A cell that was measured here and published: the shares of right words in three ranges, and both verdicts.

    Both verdicts are by the old rule, at up to twice the training length, since a published figure is that of one run.
    `alike` says that ranges and words are the same on both sides. `same_lengths` says that the lengths are the same,
    and that the words here are uniform. `experiment` describes the published experiment.
    """

    task: str
    setting: str
    runs: int
    measured: tuple[float, ...]
    published: tuple[float, ...]
    measured_verdict: OldMeasured
    published_verdict: MeasuredVerdict
    alike: bool
    same_lengths: bool
    experiment: str

    @property
    def differ(self) -> bool:
        """Whether both fitted their training lengths, and have different verdicts on the same ranges and words."""
        return self.alike and self.verdicts_differ

    @property
    def verdicts_differ(self) -> bool:
        """Whether both fitted their training lengths, and have different verdicts."""
        return self.both_fitted and self.measured_verdict != self.published_verdict

    @property
    def both_fitted(self) -> bool:
        """Whether both sides fitted their training lengths, so that both have a verdict."""
        return "did not fit" not in (self.measured_verdict, self.published_verdict)

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
            "same_ranges_and_words": self.alike,
            "same_lengths_uniform_words": self.same_lengths,
            "published_experiment": self.experiment,
            "differ": self.differ,
        }


def comparisons(rows: Sequence[Row]) -> tuple[PublishedComparison, ...]:
    """The comparisons of the rows that were run, are published, and have ranges to compare."""
    return tuple(
        PublishedComparison(
            row.task,
            row.setting,
            len(row.results),
            _in_three_ranges(tuple(b.mean for b in row.shown_bins)),
            tuple(round(share / 100, 6) for share in row.published),
            row.old_measured,
            published_verdict(row.published),
            same_experiment(row),
            same_lengths(row),
            published_experiment(row.definition),
        )
        for row in rows
        if row.published is not None and (len(row.bins) == len(RANGES) or (same_lengths(row) and len(row.bins) == 2))
    )


def _in_three_ranges(shares: tuple[float, ...]) -> tuple[float, ...]:
    """The shares for three ranges; if there are two, the longer one counts twice, as it was published twice."""
    return shares if len(shares) == len(RANGES) else (*shares, shares[-1])


def published_verdict(percents: tuple[float, float, float]) -> MeasuredVerdict:
    """The verdict that our rule for runs gives for the published figures, which are in percent."""
    if percents[0] < 100 * FITS:
        return "did not fit"
    return "generalizes" if percents[1] >= 100 * GENERALIZES else "fails"


def lines_of(found: Sequence[PublishedComparison]) -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the rows of the comparison, as texts."""
    columns = ["task", "setting", "runs", "measured", "published", "measured verdict", "published verdict", "beside"]
    rows = [
        [
            c.task,
            c.setting,
            str(c.runs),
            "/".join(map(percent, c.measured)),
            "/".join(f"{100 * share:.4g}" for share in c.published),
            c.measured_verdict,
            c.published_verdict,
            _relation(c),
        ]
        for c in found
    ]
    return columns, rows


def _relation(found: PublishedComparison) -> str:
    if found.same_lengths:
        said = "differ" if found.verdicts_differ else "agree" if found.both_fitted else "not fitted here or there"
        return f"same lengths, uniform words: {said}"
    if not found.alike:
        return "another experiment"
    if not found.both_fitted:
        return "not fitted here or there"
    return "✗ differ" if found.differ else "✓ agree"


def in_a_sentence(found: Sequence[PublishedComparison]) -> str:
    """Sentences on how many cells were compared, how many are the same experiment, and which verdicts differ."""
    alike = [c for c in found if c.alike]
    fitted = [c for c in alike if c.both_fitted]
    differ = [f"{c.task} {c.setting}" for c in fitted if c.differ]
    named = f" ({', '.join(differ)})" if differ else ""
    near = [c for c in found if c.same_lengths]
    others = len(found) - len(alike) - len(near)
    return (
        f"Cells that are measured here and published: {len(found)}. {len(alike)} of them have the same ranges and "
        f"words; {len(alike) - len(fitted)} of these did not fit, here or there. Among the other {len(fitted)} the "
        f"verdicts differ in {len(differ)}{named}.{_of_same_lengths(near)} In the remaining {others} cells the "
        "experiments differ from the published ones, and no agreement is counted."
    )


def _of_same_lengths(near: Sequence[PublishedComparison]) -> str:
    """The same for cells of languages on uniform words of the published lengths; empty if there are none."""
    if not near:
        return ""
    fitted = [c for c in near if c.both_fitted]
    differ = [f"{c.task} {c.setting}" for c in fitted if c.verdicts_differ]
    return (
        f" {len(near)} more have the published lengths and uniform words; {len(near) - len(fitted)} of these did not "
        f"fit, here or there. Among the other {len(fitted)} the verdicts differ in "
        f"{len(differ)}{' (' + ', '.join(differ) + ')' if differ else ''}."
    )


def as_text(found: Sequence[PublishedComparison]) -> str:
    """The comparison as a text table with its notes."""
    return "\n".join([text_table(*lines_of(found)), "", in_a_sentence(found), FOOTNOTE, LATER]) + "\n"


def as_markdown(found: Sequence[PublishedComparison]) -> str:
    """The comparison as GitHub's Markdown, with its notes."""
    return "\n".join([markdown_table(*lines_of(found)), "", in_a_sentence(found), "", FOOTNOTE, "", LATER]) + "\n"


def as_json(found: Sequence[PublishedComparison]) -> str:
    """The comparison as one JSON value."""
    value = {
        "cells": [c.record() for c in found],
        "comparable": sum(c.alike for c in found),
        "differ": sum(c.differ for c in found),
        "notes": [FOOTNOTE, LATER],
    }
    return json.dumps(value, indent=2) + "\n"
