"""Accuracy as counts of words that are wholly right, by range of lengths, by length and by stratum.

This module imports no torch.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.mixture import STRATA
from tasks.samples.word_arrays import number_of_different_words
from tasks.words import Batch


@dataclass(frozen=True)
class BinAccuracy:
    """How many of the tested words with lengths in a range were wholly right.

    Attributes:
        lengths: The shortest and the longest length of the range.
        correct: How many words were wholly right.
        total: How many words were tested.
        by_length: (length, correct, total) for each length; empty in results from before lengths were counted one by
            one.
        strata: (name, correct, total) for each stratum of `tasks.drawing.mixture`; empty where words have no strata, as
            in version 1 of the data.
        distinct: How many different words were tested; None in results from before this was counted.
    """

    lengths: tuple[int, int]
    correct: int
    total: int
    by_length: tuple[tuple[int, int, int], ...] = ()
    strata: tuple[tuple[str, int, int], ...] = ()
    distinct: int | None = None

    @property
    def accuracy(self) -> float:
        """The share of words that were wholly right."""
        return self.correct / self.total

    @property
    def worst_stratum(self) -> tuple[str, int, int] | None:
        """(name, correct, total) of the stratum with the smallest share of right words.

        It is None if the words have no strata.
        """
        return min(self.strata, key=lambda each: each[1] / each[2], default=None)

    @property
    def first_wrong_length(self) -> int | None:
        """The smallest length with a word that is not wholly right.

        It is None if all words are right, or if lengths were not counted.
        """
        return next((length for length, correct, total in self.by_length if correct < total), None)


def batch_accuracy(bounds: tuple[int, int], batch: Batch, right: NDArray[np.bool_]) -> BinAccuracy:
    """Return the counts of a batch's right words, in all, for each length and for each stratum.

    Args:
        bounds: The range of lengths that the batch was drawn from.
        batch: The tested words.
        right: Whether each word is wholly right (words,).
    """
    counted = bin_accuracy(bounds, batch.lengths, right)
    return replace(counted, strata=_by_stratum(batch.strata, right), distinct=number_of_different_words(batch))


def _by_stratum(strata: NDArray[np.int8] | None, right: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    if strata is None:
        return ()
    rows = {name: strata == number for number, name in enumerate(STRATA)}
    return tuple((name, int(right[own].sum()), int(own.sum())) for name, own in rows.items() if own.any())


def bin_accuracy(bounds: tuple[int, int], lengths: NDArray[np.int64], right: NDArray[np.bool_]) -> BinAccuracy:
    """Return the counts of right words, in all and for each length.

    Args:
        bounds: The range of lengths that the words were drawn from.
        lengths: The length of each word (words,).
        right: Whether each word is wholly right (words,).
    """
    tried = np.bincount(lengths)
    correct = np.bincount(lengths, weights=right).astype(int)
    each = tuple((int(n), int(correct[n]), int(tried[n])) for n in np.flatnonzero(tried))
    return BinAccuracy(bounds, int(right.sum()), len(right), each)
