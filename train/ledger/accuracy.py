"""Accuracy as counts: of words wholly right, by range, length and stratum. Imports no torch."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.mixture import STRATA
from tasks.samples.word_arrays import number_of_different_words
from tasks.words import Batch


@dataclass(frozen=True)
class BinAccuracy:
    """How many of the tested words with lengths a..b were wholly right; `by_length`: (length, correct, total).

    `strata` has the same for each stratum of the words (`tasks.drawing.mixture`): (name, correct, total); `distinct`
    says how many different words were tested. `by_length` is empty in results that were written before lengths were
    counted one by one, `strata` where words have none, as those of version 1 of the data.
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
        """The stratum of which the smallest share was right: name, correct, total; None where words have none."""
        return min(self.strata, key=lambda each: each[1] / each[2], default=None)

    @property
    def first_wrong_length(self) -> int | None:
        """The smallest length with a word that was not wholly right; None where all were, or lengths are not known."""
        return next((length for length, correct, total in self.by_length if correct < total), None)


def batch_accuracy(bounds: tuple[int, int], batch: Batch, right: NDArray[np.bool_]) -> BinAccuracy:
    """The words of a batch, of which each was right or not (words,), as counts, for each length and stratum too."""
    counted = bin_accuracy(bounds, batch.lengths, right)
    return replace(counted, strata=_by_stratum(batch.strata, right), distinct=number_of_different_words(batch))


def _by_stratum(strata: NDArray[np.int8] | None, right: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    if strata is None:
        return ()
    rows = {name: strata == number for number, name in enumerate(STRATA)}
    return tuple((name, int(right[own].sum()), int(own.sum())) for name, own in rows.items() if own.any())


def bin_accuracy(bounds: tuple[int, int], lengths: NDArray[np.int64], right: NDArray[np.bool_]) -> BinAccuracy:
    """Words of which each was right or not, lengths and right both (words,), as counts, for each length too."""
    tried = np.bincount(lengths)
    correct = np.bincount(lengths, weights=right).astype(int)
    each = tuple((int(n), int(correct[n]), int(tried[n])) for n in np.flatnonzero(tried))
    return BinAccuracy(bounds, int(right.sum()), len(right), each)
