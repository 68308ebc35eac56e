"""The capabilities of a card, each with a small task that needs it and, as far as possible, nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.drawing.randomness import integers_below
from tasks.given_tasks import task_named_or_given
from tasks.languages.members import check_letters
from tasks.task import Task
from tasks.theory import by_counting
from tasks.words import Word


@dataclass(frozen=True)
class Capability:
    """Something that an architecture may be able to do, and the task that tests it.

    Attributes:
        name: Its name on the command line.
        phrase: Its name in a sentence.
        what: What it means.
        task: The name of a benchmark task, if that tests it.
        regex: A regular expression whose language tests it. Without either, it is the card's own sorting task.
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
    """Return the task that tests the capability of this name.

    Raises:
        KeyError: There is no such capability.
    """
    capability = CAPABILITIES[name]
    if capability.task is not None:
        plain, _, recognition = capability.task.partition(":")
        return task_named_or_given(plain, recognize=bool(recognition))
    if capability.regex is not None:
        return task_named_or_given(regex=capability.regex)
    return SMALL_SORT


# Sorting words over four letters: the answer is the word's letters in order.
LETTERS = ("a", "b", "c", "d")


def _sorted(word: Word) -> Word:
    check_letters(word, LETTERS)
    return tuple(sorted(word))


def _even(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return letters that are drawn uniformly: (words, longest)."""
    return integers_below(rng, np.full((len(lengths), int(lengths.max(initial=0))), len(LETTERS)))


def _uneven(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return letters of which one, chosen for each word, is about twice as frequent as the others: (words, longest)."""
    words = _even(rng, lengths)
    often = integers_below(rng, np.full(len(lengths), len(LETTERS)))
    return np.where(rng.random(words.shape) < 0.25, often[:, None], words)


def _two(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return words of two letters, chosen for each word, which may be equal: (words, longest)."""
    first, second = integers_below(rng, np.full((2, len(lengths)), len(LETTERS)))
    chosen = rng.random((len(lengths), int(lengths.max(initial=0)))) < 0.5
    words: NDArray[np.int64] = np.where(chosen, first[:, None], second[:, None])
    return words


def _answered(draw: Callable[[np.random.Generator, NDArray[np.int64]], NDArray[np.int64]]) -> DrawAnswers:
    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words: NDArray[np.int64] = draw(rng, lengths)
        within = inside(lengths, words.shape[1])
        ordered = np.sort(np.where(within, words, len(LETTERS)), axis=1)
        return Drawn(words, ordered[within], lengths)

    return drawn


SMALL_SORT = Task(
    name="probe_sort",
    title="Sort four letters",
    summary="""The letters of the word in order, repeated as often as they stand in it.
b a c a -> a a b c
d -> d""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler(
        "probe_sort", LETTERS, lengths_from(1), (_answered(_even), _answered(_uneven), _answered(_two))
    ),
    label=answer_label(_sorted),
    theory=by_counting("sort"),
    program=None,
    published={},
    source="this project's capability card",
)
