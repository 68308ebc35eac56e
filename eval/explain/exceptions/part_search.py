"""A candidate that is right on a part of the words and wrong on few of all: the exact search, run on random parts.

A random part contains no exception with some chance. A candidate that is right there, and on a few words that
contradicted earlier candidates, is mostly right on the other words too. A candidate that contradicts more than a few
words is never taken.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from eval.explain.atom_choice import OutOfLooksError, SearchEffort
from eval.explain.exceptions.set_aside import SetAside

PARTS = (3, 8, 20, 8, 20, 8, 20)  # a part begins with one in so many words; frequent exceptions need small parts
ENOUGH_PARTS = 2  # the search ends after so many parts that gave a candidate; the better one is taken
PART_SEARCHES = 8  # the most searches from one part
MISSED_SEARCHES = 3  # a part is left after so many searches in a row that gave nothing better
PART_LOOKS = 60_000_000  # looks at atoms, in all families together
MOST_SEARCHES = 24  # no new part is begun after so many searches
WORD_OPERATIONS = 4  # each word that a candidate is wrong on adds so many operations to its cost
MORE_WORDS = 4  # the most words, of those that contradict a candidate, that are added at once

PoolRows: TypeAlias = NDArray[np.int64]
CandidateT = TypeVar("CandidateT")


class WordPool(Protocol[CandidateT]):
    """Words with the model's answers, on some of which a candidate has to be right.

    `effort` is shared by all searches, including those in other pools.
    """

    effort: SearchEffort

    @property
    def size(self) -> int:
        """How many words there are."""

    def search(self, rows: PoolRows) -> CandidateT | None:
        """A candidate that is right on these words, if one is found.

        Raises:
            OutOfLooksError: The effort is spent.
        """

    def cost(self, found: CandidateT) -> int:
        """The size of a candidate, in operations."""

    def contradicts(self, found: CandidateT) -> tuple[Flags, SetAside]:
        """Which words of the pool a candidate is wrong on, and how many of those that were drawn for all candidates."""

    def try_others(self, found: CandidateT) -> SetAside:
        """On how many newly drawn words a candidate is wrong; some of these become words of the pool."""


def search_parts(
    pool: WordPool[CandidateT], rng: np.random.Generator, begun: Sequence[CandidateT] = ()
) -> tuple[CandidateT, SetAside] | None:
    """A candidate that is wrong on few words, of the pool and of others, and on how many; None if none is found.

    Of several candidates the cheapest is taken. The words that a candidate is wrong on are part of its cost, since a
    large candidate may have learnt some exceptions. If the effort of the pool is spent, the cheapest candidate so far
    is taken.

    Args:
        pool: The words, and how candidates for them are found.
        rng: The source of randomness.
        begun: Candidates that other searches found.
    """
    good: list[tuple[CandidateT, SetAside]] = []
    searches = 0
    for part in PARTS:
        if len(good) == ENOUGH_PARTS or searches >= MOST_SEARCHES or pool.effort.spent:
            break
        # Few of the words that the best candidate is right on are exceptions: only those that it has learnt.
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
    """On how many words a candidate is wrong, of the pool and of others; None if they are not few."""
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
    """The best candidate that comes of one part, if any, and the number of searches.

    After each search some of the words that contradict its candidate are added to the part.
    """
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
        # If it is wrong on no fewer words than the last candidate, an exception was among the words that were added.
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
    """On how many words a candidate is wrong: of those that were drawn for all candidates, then of all in the pool."""
    flags, aside = pool.contradicts(found)
    return aside.number, int(flags.sum())


def _some(rows: PoolRows, rng: np.random.Generator) -> PoolRows:
    return np.asarray(rng.permutation(rows)[: rng.integers(1, min(MORE_WORDS, 1 + len(rows) // 8) + 1)])
