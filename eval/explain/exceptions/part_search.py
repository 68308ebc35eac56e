"""A candidate that is right on a part of the words, and wrong on few of all: the exact search, asked about parts.

A part that is drawn at random has no exception with some chance, and what is right there and on a few words that
contradicted it before is mostly right on the others too. Nothing is taken that contradicts more than few words.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from eval.explain.atom_choice import OutOfLooksError, SearchEffort
from eval.explain.exceptions.set_aside import SetAside

PARTS = (3, 8, 20, 8, 20, 8, 20)  # one in so many words is in a part to begin with: some exceptions are in many words
ENOUGH_PARTS = 2  # parts of which something came that is wrong on few words: the better one is taken
PART_SEARCHES = 8  # searches from each part, at most
MISSED_SEARCHES = 3  # searches in a row from which nothing better came, after which a part is left
PART_LOOKS = 60_000_000  # at atoms, of all families together
MOST_SEARCHES = 24  # of all parts together, but for the steps of the last one
WORD_OPERATIONS = 4  # of a word that a candidate is wrong on, as if it were operations of a program
MORE_WORDS = 4  # at most, of those that contradict a candidate, added at once

PoolRows: TypeAlias = NDArray[np.int64]
CandidateT = TypeVar("CandidateT")


class WordPool(Protocol[CandidateT]):
    """Words and what the model says of them, of which a candidate has to be right on some.

    `effort` is that of all searches, of other pools too.
    """

    effort: SearchEffort

    @property
    def size(self) -> int:
        """How many words there are."""

    def search(self, rows: PoolRows) -> CandidateT | None:
        """What is right on these words, if it is found; OutOfLooksError where the effort is spent."""

    def cost(self, found: CandidateT) -> int:
        """The size of a candidate, in operations."""

    def contradicts(self, found: CandidateT) -> tuple[Flags, SetAside]:
        """Which of the words a candidate is wrong on, and how many of those that were drawn for all candidates."""

    def try_others(self, found: CandidateT) -> SetAside:
        """How many of other words it is wrong on; some of them are among the pool's words from then on."""


def search_parts(
    pool: WordPool[CandidateT], rng: np.random.Generator, begun: Sequence[CandidateT] = ()
) -> tuple[CandidateT, SetAside] | None:
    """A candidate that is wrong on few of the pool's words and of others, and on how many.

    Of several the cheapest, the words that it is wrong on included: a large one may have learnt some of them. Where the
    pool's effort is spent, the cheapest of those that were found by then. `begun` are candidates that came of other
    searches.
    """
    good: list[tuple[CandidateT, SetAside]] = []
    searches = 0
    for part in PARTS:
        if len(good) == ENOUGH_PARTS or searches >= MOST_SEARCHES or pool.effort.spent:
            break
        # Of the words that the best one is right on few are exceptions: those that it has learnt.
        among = np.flatnonzero(~pool.contradicts(_cheapest(pool, good)[0])[0]) if good else np.arange(pool.size)
        rows = np.sort(rng.permutation(among)[: max(1, pool.size // part)])
        best, steps = _followed(pool, rows, rng)
        searches += steps
        if best is not None:
            good.append(best)
    good += [(found, aside) for found in begun if (aside := _few(pool, found)) is not None]
    return _cheapest(pool, good) if good else None


def _cheapest(pool: WordPool[CandidateT], found: Sequence[tuple[CandidateT, SetAside]]) -> tuple[CandidateT, SetAside]:
    return min(found, key=lambda each: _cost(pool, *each))


def _few(pool: WordPool[CandidateT], found: CandidateT) -> SetAside | None:
    """On how many words a candidate is wrong, of the pool's and of others; None where these are not few."""
    _, aside = pool.contradicts(found)
    if not aside.worth_trying:
        return None
    others = pool.try_others(found)
    aside = aside.with_others(others)
    return aside if aside.few and others.few else None


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
        try:
            found = pool.search(np.union1d(rows, more))
        except OutOfLooksError:
            break
        # Where it is wrong on more words than the last one, an exception was among those that were added.
        if found is not None and (last is None or _wrong_on(pool, found) < _wrong_on(pool, last)):
            rows, last, missed = np.union1d(rows, more), found, 0
            aside = _few(pool, found)
            if aside is not None and (best is None or _cost(pool, found, aside) < _cost(pool, *best)):
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
