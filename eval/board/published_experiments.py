"""What the published figures were measured on, task by task, and whether a row of ours is the same experiment."""

from types import MappingProxyType
from typing import Final

from eval.board.rows import Row
from tasks.task import Task

ALGORITHM: Final = "Algorithm"  # the family whose published ranges are 1-50, 51-100 and 101-150
RANGES: Final = ((1, 50), (51, 100), (101, 150))
UNIFORM: Final = "1"  # the version of the data whose words of the algorithmic tasks are drawn by the published rules
LATER: Final = (
    "Later results of the same group (2026) are not shown: for each task their search ended at the first configuration "
    "that had every word of 101-150 right, the fiftieth for one of them. So accuracy on 101-150 chose the run. It says "
    "that such a run exists, not what the next one will have. No run of the grid here is chosen by longer words."
)
FOOTNOTE: Final = (
    "Published: Huang et al. 2025, percent of words wholly right in three ranges. For the algorithmic tasks these are "
    "1-50, 51-100 and 101-150, on words drawn by the rules that version 1 of our data had too. For the languages the "
    "training lengths, the ranges and the words are others. So agreement with a published figure is counted only for "
    "algorithmic tasks on words of version 1."
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


def published_experiment(task: Task) -> str:
    """The ranges and words of a task's published figures, as far as they are known."""
    if task.family == ALGORITHM:
        return "ranges 1-50, 51-100, 101-150; words drawn by the published rules, without strata"
    known = _LANGUAGES.get(task.name)
    return f"other ranges and words than ours: {known or 'those of a file of its own'}"


def same_experiment(row: Row) -> bool:
    """Whether the row's ranges and words are those of its published figures."""
    ranges = row.config.bins[: len(RANGES)]
    return row.definition.family == ALGORITHM and ranges == RANGES and row.data_version == UNIFORM
