"""A candidate that is right on a part of the words, and wrong on few of all: the exact search, asked about parts.

A part that is drawn at random has no exception with some chance, and what is right there and on a few words that
contradicted it before is mostly right on the others too. Nothing is taken that contradicts more than few words.
"""

from math import inf
from time import process_time
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from eval.explain.exceptions.set_aside import SetAside

PARTS = (3, 8, 20, 8, 20)  # one in so many words is in a part to begin with: some exceptions are in many words
ENOUGH_PARTS = 2  # parts of which something came that is wrong on few words: the better one is taken
PART_SEARCHES = 8  # searches from each part, at most
MISSED_SEARCHES = 3  # searches in a row from which nothing better came, after which a part is left
CPU_SECONDS = 25.0  # of all families together, after which no other part is begun
MOST_SEARCHES = 10  # of all parts together, but for the steps of the last one
WORD_OPERATIONS = 4  # of a word that a candidate is wrong on, as if it were operations of a program
MORE_WORDS = 4  # at most, of those that contradict a candidate, added at once

PoolRows: TypeAlias = NDArray[np.int64]
CandidateT = TypeVar("CandidateT")


class WordPool(Protocol[CandidateT]):
    """Words and what the model says of them, of which a candidate has to be right on some."""

    @property
    def size(self) -> int:
        """How many words there are."""

    def search(self, rows: PoolRows) -> CandidateT | None:
        """What is right on these words, if it is found."""

    def cost(self, found: CandidateT) -> int:
        """The size of a candidate, in operations."""

    def contradicts(self, found: CandidateT) -> tuple[Flags, SetAside]:
        """Which of the words a candidate is wrong on, and how many of those that were drawn for all candidates."""

    def try_others(self, found: CandidateT) -> SetAside:
        """How many of other words it is wrong on; some of them are among the pool's words from then on."""


def search_parts(
    pool: WordPool[CandidateT], rng: np.random.Generator, until: float = inf
) -> tuple[CandidateT, SetAside] | None:
    """A candidate that is wrong on few of the pool's words and of others, and on how many.

    No part is begun from the moment `until` of this process's CPU clock on.

    Of several the cheapest, the words that it is wrong on included: a large one may have learnt some of them.
    """
    good: list[tuple[CandidateT, SetAside]] = []
    searches = 0
    for part in PARTS:
        if process_time() >= until:
            break
        begun = np.sort(rng.permutation(pool.size)[: max(1, pool.size // part)])
        found, steps = _followed(pool, begun, rng)
        searches += steps
        if found is not None:
            good.append(found)
        if len(good) == ENOUGH_PARTS or searches >= MOST_SEARCHES:
            break
    return min(good, key=lambda each: _cost(pool, *each), default=None)


def _cost(pool: WordPool[CandidateT], found: CandidateT, aside: SetAside) -> int:
    return pool.cost(found) + WORD_OPERATIONS * aside.number


def _followed(
    pool: WordPool[CandidateT], rows: PoolRows, rng: np.random.Generator
) -> tuple[tuple[CandidateT, SetAside] | None, int]:
    """What comes of some words, and of others that contradict what is right on these; and of how many searches."""
    best: tuple[CandidateT, SetAside] | None = None
    last: CandidateT | None = None
    wrong = more = np.zeros(0, dtype=np.int64)
    missed = step = 0
    while step < PART_SEARCHES and missed < MISSED_SEARCHES:
        step, missed = step + 1, missed + 1
        found = pool.search(np.union1d(rows, more))
        # Where it is wrong on more words than the last one, an exception was among those that were added.
        if found is not None and (last is None or _wrong_on(pool, found) < _wrong_on(pool, last)):
            rows, last, missed = np.union1d(rows, more), found, 0
            _, aside = pool.contradicts(found)
            if aside.worth_trying:
                others = pool.try_others(found)
                aside = aside.with_others(others)
                if aside.few and others.few and (best is None or _cost(pool, found, aside) < _cost(pool, *best)):
                    best = found, aside
            wrong = np.setdiff1d(np.flatnonzero(pool.contradicts(found)[0]), rows)
        if not len(wrong):
            break
        more = _some(wrong, rng)
    return best, step


def _wrong_on(pool: WordPool[CandidateT], found: CandidateT) -> tuple[int, int]:
    """On how many words a candidate is wrong: of those that were drawn for all candidates, then of all."""
    flags, aside = pool.contradicts(found)
    return aside.number, int(flags.sum())


def _some(rows: PoolRows, rng: np.random.Generator) -> PoolRows:
    return np.asarray(rng.permutation(rows)[: rng.integers(1, min(MORE_WORDS, 1 + len(rows) // 8) + 1)])
