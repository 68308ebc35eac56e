"""How many first halves of a task's words have to be told apart, that is, how much the second half needs to know.

In a word of length 2n, a Limit Transformer's answers in the second half depend on O(log n) bits of the first half
(arXiv 2410.02140, Theorem 12). So no Limit Transformer computes a task for which exponentially many first halves have
to be told apart. Only first halves that were tried and that the task's labels tell apart are counted, so the count is a
lower bound.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.answering.labelled_words import answer_of, drawn_evenly, own_words
from tasks.task import Task
from tasks.words import Word

HALVES = (1, 2, 3, 4, 5, 6, 8, 11, 16)
MOST_FIRST_HALVES, MOST_SECOND_HALVES = 96, 48  # the most halves that are tried
VARIANTS = 96  # the most variants of one first half, in which each letter may be replaced
ANCHORS = 8  # words whose first halves are varied; the one with the most variants counts
MANY_CLASSES = 1_000  # more than 16^2.4, so that a small power of the length does not explain so many
MANY_LETTERS = 16
NOTHING = -1  # stands for a word without a label

Growth: TypeAlias = Literal["bounded", "polynomial", "exponential", "unclear"]


@dataclass(frozen=True)
class Halves:
    """Words of one length that are cut in the middle: how many first halves were tried, and how many are told apart.

    `first` is the number of letters of the first half. `every` says that all words over the letters were tried.
    `classes` is a lower estimate of the number of kinds of first halves, from how few of the drawn ones are of the same
    kind (as shared birthdays in a class estimate the number of days in a year).
    """

    first: int
    length: int
    tried: int
    told_apart: int
    every: bool
    classes: int


def halves_of(task: Task, letters: tuple[str, ...], half: int, rng: np.random.Generator) -> Halves | None:
    """The count for first halves of about `half` letters; None if the task has no words so long.

    Args:
        task: The task.
        letters: The letters that words are made of.
        half: The number of letters of the first half.
        rng: The source of randomness.
    """
    own = list(dict.fromkeys(own_words(task, 2 * half, MOST_FIRST_HALVES, rng)))
    if not own:
        return None
    length = len(own[0])
    cut = length // 2
    begun, ended = ([word[:cut] for word in own], [word[cut:] for word in own])
    first, every = _tried(begun, letters, cut, MOST_FIRST_HALVES, rng)
    second, _ = _tried(ended, letters, length - cut, MOST_SECOND_HALVES, rng)
    told_apart = _distinct(_table(task, first, second, cut))
    classes = told_apart
    if not every:
        drawn = list(dict.fromkeys(begun[: MOST_SECOND_HALVES // 2]))
        number, variants = max(
            ((k, _variants(task, own[k], cut, rng)) for k in range(min(ANCHORS, len(own)))), key=lambda v: len(v[1])
        )
        for some, ends in ((drawn, ended[: MOST_SECOND_HALVES // 2]), (variants, [ended[number], *second])):
            classes = max(classes, _as_birthdays(len(some), _distinct(_table(task, some, ends, cut))))
    return Halves(cut, length, len(first), told_apart, every, classes)


def _table(task: Task, first: Sequence[Word], second: Sequence[Word], cut: int) -> NDArray[np.int64]:
    """The number of the answer to each word, (first halves, second halves); NOTHING if it has none."""
    names: dict[Hashable, int] = {}
    table = np.full((len(first), len(second)), NOTHING)
    for row, beginning in enumerate(first):
        for column, end in enumerate(second):
            answer = answer_of(task, beginning + end, cut)
            if answer is not None:
                table[row, column] = names.setdefault(answer, len(names))
    return table


def _tried(
    own: Sequence[Word], letters: tuple[str, ...], length: int, most: int, rng: np.random.Generator
) -> tuple[list[Word], bool]:
    """The halves to try, and whether these are all words of the length.

    If there are too many words, they are some of the task's own, and words of two letters with one block of each.
    """
    if len(letters) ** length <= most:
        return list(product(letters, repeat=length)), True
    blocks = []
    for _ in range(most):
        x, y = drawn_evenly(letters, 2, rng)
        size = int(rng.random() * (length + 1))
        blocks.append((x,) * size + (y,) * (length - size))
    some = list(dict.fromkeys(own))[: most // 2]
    return list(dict.fromkeys([*some, *blocks]))[:most], False


def _variants(task: Task, word: Word, cut: int, rng: np.random.Generator) -> list[Word]:
    """The word's first half, and others made of its letters that leave the word an answer."""
    beginning, end = word[:cut], word[cut:]
    found = {beginning: True}
    for _ in range(VARIANTS):
        drawn = drawn_evenly(beginning, cut, rng)
        kept = rng.random(cut) < 0.5
        other = tuple(a if keep else b for a, b, keep in zip(beginning, drawn, kept, strict=True))
        if answer_of(task, other + end, cut) is not None:
            found[other] = True
    return list(found)


def _as_birthdays(drawn: int, told_apart: int) -> int:
    """About how many equally frequent classes there are, if so many draws gave so few repetitions.

    If there were many repetitions, it is the number of classes that were drawn.
    """
    twice = drawn - told_apart
    return told_apart if 4 * twice > drawn else drawn * drawn // (2 * max(1, twice))


def _distinct(table: NDArray[np.int64]) -> int:
    """The size of a set of rows, any two of which differ in a column in which both have an answer."""
    kept: list[int] = []
    for row in range(len(table)):
        others = table[kept]
        apart = ((others != table[row]) & (others != NOTHING) & (table[row] != NOTHING)).any(axis=1)
        if apart.all():
            kept.append(row)
    return len(kept)


def read_growth(halves: Sequence[Halves], letters: int) -> Growth:
    """How the number of first halves that are told apart grows with their length, as far as the tried ones show it.

    Args:
        halves: The counts, by increasing length.
        letters: The number of letters; with many letters the growth cannot be seen.
    """
    if len(halves) < 4 or letters > MANY_LETTERS:
        return "unclear"
    if all(h.classes >= MANY_CLASSES for h in halves[-2:]):
        return "exponential"
    before, after = halves[:-3], halves[-3:]
    exact = all(h.every or h.told_apart < h.tried for h in after)
    if exact and max(h.told_apart for h in after) <= max(h.told_apart for h in before):
        return "bounded"
    return "polynomial" if exact else "unclear"


def describe_halves(halves: Sequence[Halves], growth: Growth, letters: int) -> str:
    """The counts in words, and what their growth says."""
    counts = ", ".join(f"{h.told_apart} of {h.tried}" for h in halves)
    lengths = ", ".join(str(h.first) for h in halves)
    shown = f"first halves of {lengths} letters that the labels tell apart, of those tried: {counts}; "
    if letters > MANY_LETTERS:
        shown += (
            f"there are {letters} letters, more than a half has, so growth with the length cannot be seen by itself; "
        )
    match growth:
        case "bounded":
            meaning = "their number stops growing, as for a finite automaton, and a few bits tell what follows."
        case "polynomial":
            meaning = "their number grows like a power of the length: O(log n) bits would do, as programs need."
        case "exponential":
            meaning = (
                f"hardly two random ones are alike, so there are at least about {halves[-1].classes:,} kinds: more "
                "than a small power of the length, and more than O(log n) bits (Theorem 12) would tell apart."
            )
        case "unclear":
            meaning = "these lengths do not show how their number grows."
    return shown + meaning
