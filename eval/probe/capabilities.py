"""The capabilities that a card tells of, each with the smallest task that needs it and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from tasks.given_tasks import task_named_or_given
from tasks.task import Task


@dataclass(frozen=True)
class Capability:
    """What an architecture may be able to do: its name, its phrase in a sentence, and the task that shows it.

    `task` names a task of the benchmark, `regex` gives a language; neither: the card's own task of sorting.
    """

    name: str
    phrase: str
    what: str
    task: str | None = None
    regex: str | None = None

    @property
    def shown(self) -> str:
        """The task as a person reads it."""
        return self.regex or self.task or "sort four letters"


_ALL: Final = (
    Capability("count", "counting", "compare two counts", task="binary_majority"),
    Capability("nested_count", "nested counting", "count where a count holds", task="dyck1:recognition"),
    Capability("exact_count", "exact counting", "end after exactly as many", task="anbn"),
    Capability("previous", "the previous letter", "see the letter before", regex="(a|b)*a(a|b)"),
    Capability("window", "the window", "see the last three letters", regex="(a|b)*(aab|bba)"),
    Capability("residue", "the residue", "know the position modulo 2", regex="(aa)*"),
    Capability("residue_window", "the residue and window", "know both at once", regex="((a|b)(a|b))*a(a|b)"),
    Capability("first", "the first letter", "remember the first letter", regex="a(a|b)*|b(a|b)*c"),
    Capability("flip_flop", "the flip-flop", "remember what was set last", task="012_star_0_2_star"),
    Capability(
        "recall", "the unique recall", "recall the letter after a mark", regex="(a|b)*ca(a|b)*z|(a|b)*cb(a|b)*y"
    ),
    Capability("sort", "sorting", "order letters that repeat"),
    Capability("depth", "bounded depth", "follow brackets two deep", task="d_2"),
    Capability("parity", "the parity", "a count modulo 2, the control", regex="b*(ab*ab*)*"),
)
CAPABILITIES: Final[Mapping[str, Capability]] = MappingProxyType({each.name: each for each in _ALL})


@cache
def task_of_capability(name: str) -> Task:
    """The task that shows the capability of this name; KeyError where there is none."""
    capability = CAPABILITIES[name]
    if capability.task is not None:
        plain, _, recognition = capability.task.partition(":")
        return task_named_or_given(plain, recognize=bool(recognition))
    if capability.regex is not None:
        return task_named_or_given(regex=capability.regex)
    from eval.probe.small_sort import SMALL_SORT

    return SMALL_SORT
