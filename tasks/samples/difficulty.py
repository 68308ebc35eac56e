"""How hard a task's words are: what blind models answer right, how deep words go, and how long their runs are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.samples.blind_models import WINDOWS, bag_right, windows_right
from tasks.samples.word_arrays import examples_of, number_of_different_words
from tasks.task import Task
from tasks.words import PAD, Batch

RANGES = ((1, 50), (51, 100), (101, 150))
TRIED_WORDS = 800  # words of each range that the blind models are asked about
FEW_WORDS = 120  # the same, for a task whose words are slow to draw
LEAST_FITTED_WORDS, MOST_FITTED_WORDS = 1_600, 16_000  # words that windows are fitted on
POSITIONS = 120_000  # judged positions that the fitted words are to have, within these bounds
BAG_WORDS = 48  # words that a bag is asked about; each is tried in many orders

Shares = Mapping[str, tuple[int, int]]  # for "all" and for each stratum: (words answered right, words tried)


@dataclass(frozen=True)
class Spread:
    """The median of a size over words, and its maximum."""

    middle: float
    most: int


@dataclass(frozen=True)
class Difficulty:
    """How hard the words of one range of lengths are.

    `words` is the number of test words that were tried, and `distinct` how many different ones these are. `windows`
    has, for each window size, the share of words that a window of it answers right; `bag` and `majority` have the same
    for a bag and for the most frequent answer. `depth` says how far words go from where they begin; it is None if the
    task has no depth. `run` says how often the same letter comes in a row.
    """

    lengths: tuple[int, int]
    words: int
    distinct: int
    windows: Mapping[int, Shares]
    bag: Shares
    majority: Shares
    depth: Mapping[str, Spread] | None
    run: Mapping[str, Spread]

    def record(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "lengths": list(self.lengths),
            "words": self.words,
            "distinct": self.distinct,
            "windows": {str(window): _record(shares) for window, shares in self.windows.items()},
            "bag": _record(self.bag),
            "majority": _record(self.majority),
            "depth": None if self.depth is None else _spreads(self.depth),
            "run": _spreads(self.run),
        }

    def table(self) -> tuple[tuple[str, ...], ...]:
        """Return the report as rows of text: a heading, then a row for each blind model (percent) and for each size."""
        names = tuple(self.majority)
        blind = [("the majority answer", self.majority)]
        blind += [(f"the last {window} token{'s' * (window > 1)}", shares) for window, shares in self.windows.items()]
        blind.append(("a bag of letters", self.bag))
        sizes = [("longest run", self.run), *([] if self.depth is None else [("depth", self.depth)])]
        return (
            (f"words of {self.lengths[0]}-{self.lengths[1]}", *names),
            *((title, *(_percent(shares.get(name)) for name in names)) for title, shares in blind),
            *((title, *(f"{each[name].middle:g} ({each[name].most})" for name in names)) for title, each in sizes),
        )

    @property
    def said(self) -> str:
        """A phrase that says which words were tried."""
        return f"{self.words} test words of lengths {self.lengths[0]}-{self.lengths[1]}, {self.distinct} different ones"


def _percent(share: tuple[int, int] | None) -> str:
    return "-" if share is None else f"{100 * share[0] / share[1]:.0f}"


def _record(shares: Shares) -> dict[str, dict[str, int]]:
    return {name: {"correct": correct, "total": total} for name, (correct, total) in shares.items()}


def _spreads(spreads: Mapping[str, Spread]) -> dict[str, dict[str, float]]:
    return {name: {"median": each.middle, "most": each.most} for name, each in spreads.items()}


def difficulties(
    task: Task, ranges: Sequence[tuple[int, int]] = RANGES, *, tried: int = TRIED_WORDS
) -> tuple[Difficulty, ...]:
    """Return the reports on the test words of these ranges, without the ranges in which the task has no words.

    Args:
        task: The task.
        ranges: The shortest and the longest length of each range.
        tried: The number of test words of each range.

    Returns:
        The reports; empty if the task is slow to answer (`is_slow`).
    """
    if is_slow(task):
        return ()
    found = []
    for lengths in ranges:
        try:
            found.append(difficulty(task, lengths, tried=tried))
        except ValueError:
            continue
    return tuple(found)


def is_slow(task: Task) -> bool:
    """Whether each answer takes seconds: a given program is run anew for each token of an answer."""
    return task.format == "answer" and task.origin is not None


def difficulty(task: Task, lengths: tuple[int, int], *, tried: int = TRIED_WORDS) -> Difficulty:
    """Return the report on test words of these lengths.

    Args:
        task: The task.
        lengths: The shortest and the longest length.
        tried: The number of test words.

    Raises:
        ValueError: The task has no words of these lengths.
    """
    batch = task.sample(generator(task.name, "test", lengths, 0), lengths, tried)
    positions = max(1, int(batch.judged.sum())) / tried  # judged positions of a word, on average
    number = int(np.clip(POSITIONS / positions, LEAST_FITTED_WORDS, MOST_FITTED_WORDS) * min(1, tried / TRIED_WORDS))
    fit = task.sample(generator(task.name, "difficulty", lengths, 0), lengths, number)
    right = windows_right(fit, batch, WINDOWS)
    rows = np.arange(min(tried, max(1, BAG_WORDS * tried // TRIED_WORDS)))
    bag = bag_right(task, examples_of(task, batch.rows(rows)), generator(task.name, "bags", lengths, 0))
    depth = _depths(task, batch)
    return Difficulty(
        lengths=lengths,
        words=tried,
        distinct=number_of_different_words(batch),
        windows={window: _shares(batch, each) for window, each in right.items() if window},
        bag=_shares(batch.rows(rows), bag),
        majority=_shares(batch, right[0]),
        depth=None if depth is None else _spread(batch, depth),
        run=_spread(batch, _runs(batch)),
    )


def _parts(batch: Batch) -> dict[str, NDArray[np.bool_]]:
    """Return a mask of all words, and a mask of the words of each stratum that occurs."""
    parts = {"all": np.ones(len(batch.lengths), dtype=np.bool_)}
    if batch.strata is not None:
        parts |= {name: batch.strata == number for number, name in enumerate(STRATA)}
    return {name: rows for name, rows in parts.items() if rows.any()}


def _shares(batch: Batch, right: NDArray[np.bool_]) -> Shares:
    return {name: (int(right[rows].sum()), int(rows.sum())) for name, rows in _parts(batch).items()}


def _spread(batch: Batch, sizes: NDArray[np.int64]) -> dict[str, Spread]:
    parts = _parts(batch).items()
    return {name: Spread(float(median(sizes[rows].tolist())), int(sizes[rows].max())) for name, rows in parts}


def _depths(task: Task, batch: Batch) -> NDArray[np.int64] | None:
    if task.language is None:
        return None
    pad = task.vocabulary.index(PAD)
    words = np.where(np.arange(batch.tokens.shape[1] - 1) < batch.lengths[:, None], batch.tokens[:, 1:], pad)
    return task.language.depths(words.astype(np.int16), batch.lengths)


def _runs(batch: Batch) -> NDArray[np.int64]:
    """Return the length of the longest run of one letter in each word."""
    words = batch.tokens[:, 1:]
    columns = np.arange(words.shape[1])
    changes = np.ones(words.shape, dtype=np.bool_)
    changes[:, 1:] = words[:, 1:] != words[:, :-1]
    begins = np.maximum.accumulate(np.where(changes, columns, 0), axis=1) if words.size else words
    within = columns < batch.lengths[:, None]
    longest: NDArray[np.int64] = np.where(within, columns - begins + 1, 0).max(axis=1, initial=0)
    return longest
