"""The tasks of the benchmark by name."""

import difflib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tasks.asking.recognition import SUFFIX, recognition
from tasks.benchmark import (
    addition,
    algorithmic,
    bigrams,
    blocks,
    copying,
    counting,
    expressions,
    interleave,
    majority,
    regular,
    sorting,
    tomita,
)
from tasks.benchmark import bracket_languages as counter
from tasks.task import Task

TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "binary_majority": algorithmic.BINARY_MAJORITY,
        "binary_majority_interleave": interleave.BINARY_MAJORITY_INTERLEAVE,
        "majority": majority.MAJORITY,
        "sort": sorting.SORT,
        "copy_unique": copying.COPY_UNIQUE,
        "copy_repeat": copying.COPY_REPEAT,
        "repeat_letter": copying.REPEAT_LETTER,
        "unique_reverse": copying.UNIQUE_REVERSE,
        "unique_bigram_copy": bigrams.UNIQUE_BIGRAM_COPY,
        "count": counting.COUNT,
        "parity": algorithmic.PARITY,
        "addition": addition.ADDITION,
        "tomita1": tomita.TOMITA1,
        "tomita2": tomita.TOMITA2,
        "tomita3": tomita.TOMITA3,
        "tomita4": tomita.TOMITA4,
        "tomita5": tomita.TOMITA5,
        "tomita6": tomita.TOMITA6,
        "tomita7": tomita.TOMITA7,
        "d_2": regular.D_2,
        "d_3": regular.D_3,
        "d_4": regular.D_4,
        "d_12": regular.D_12,
        "aa_star": regular.AA_STAR,
        "aaaa_star": regular.AAAA_STAR,
        "abab_star": regular.ABAB_STAR,
        "ab_star_d_bc_star": regular.AB_STAR_D_BC_STAR,
        "aabbccddee": regular.AABBCCDDEE,
        "012_star_0_2_star": regular.ZOT_STAR_0_2_STAR,
        "dyck1": counter.DYCK1,
        "shuffle2": counter.SHUFFLE2,
        "anbn": blocks.ANBN,
        "anbncn": blocks.ANBNCN,
        "anbncndn": blocks.ANBNCNDN,
        "bool3": expressions.BOOL3,
        "bool5": expressions.BOOL5,
    }
)


class UnknownTask(Exception):  # noqa: N818
    """No task has this name.

    `near` holds up to three similar names, the most similar first. `because` replaces the usual hint in the message.
    """

    def __init__(self, name: str, because: str = "") -> None:
        self.name = name
        base = name.removesuffix(SUFFIX)
        self.near = tuple(difflib.get_close_matches(base.lower().replace("-", "_"), TASKS, n=3, cutoff=0.5))
        hint = f"did you mean {', '.join(self.near)}?" if self.near else f"the tasks are {', '.join(TASKS)}"
        super().__init__(f"unknown task {name!r}: {because or hint}")


def get_task(name: str) -> Task:
    """Return the task of this name; `NAME:recognition` gives the recognition of the language of task NAME.

    Raises:
        UnknownTask: There is no such task; the message suggests similar names. Or the task has no language to
            recognise; the message says so.
    """
    task = TASKS.get(name.removesuffix(SUFFIX))
    if task is None:
        raise UnknownTask(name)
    if not name.endswith(SUFFIX):
        return task
    try:
        return _recognition(task.name)
    except ValueError as problem:
        raise UnknownTask(name, str(problem)) from None


@cache
def _recognition(name: str) -> Task:
    return recognition(TASKS[name])
