"""The discrimination length of finite classes of programs: how long words must be to tell any two of them apart.

It is the least N such that any two programs of the class which differ on some word differ on a word of length at most
N. The empty word counts if it is among the words that are judged, as in training on legal continuations.

A class consists of all conjunctions of `conjuncts` thresholds [a . c >= b] with |a_i|, |b| <= K, where c are the counts
of the letters. These are the programs of counting depth one, up to negation. Enumeration finds which programs agree on
all words up to a length. That these agree on every word is then proved pair by pair (crasp/lengths/thresholds.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.lengths.thresholds import IntegerVector, Threshold, TooLargeError, count_vectors, satisfiable

MOST_PROGRAMS = 200_000
MOST_BYTES = 1 << 29  # the most memory for the table of truth values, which has a bit for each
FIRST_LENGTH = 8  # the length that is tried first

ThresholdProgram: TypeAlias = tuple[Threshold, ...]  # the conjunction of the thresholds
Signatures: TypeAlias = NDArray[np.uint8]  # (programs, bytes): a bit for each count vector, shortest words first


@dataclass(frozen=True)
class Discrimination:
    """The exact discrimination length of a class, how many programs it has, and how many of them differ."""

    letters: int
    largest: int
    conjuncts: int
    length: int
    programs: int
    different: int


@lru_cache(maxsize=64)
def discrimination_length(
    letters: int, largest: int, *, conjuncts: int = 1, start: IntegerVector | None = None, empty: bool = True
) -> Discrimination:
    """The discrimination length of conjunctions of thresholds with coefficients and bounds in -largest..largest.

    Args:
        letters: How many letters there are.
        largest: The largest absolute value of coefficients and bounds.
        conjuncts: How many thresholds are joined: 1 or 2.
        start: Only words with at least these letters are judged, for example words that end in a given letter.
        empty: Whether the empty word is judged.

    Raises:
        TooLargeError: The class is too large to be listed. The message gives its size.
    """
    if letters < 1 or largest < 0 or conjuncts not in (1, 2):
        raise ValueError(f"expected letters >= 1, largest >= 0, 1 or 2 conjuncts: {letters}, {largest}, {conjuncts}")
    start = (0,) * letters if start is None else start
    single = (2 * largest + 1) ** (letters + 1)
    if single > MOST_PROGRAMS:
        raise TooLargeError(f"{single:,} thresholds of {letters} letters: the limit is {MOST_PROGRAMS:,}")
    thresholds = sorted({t.moved(start).tightened() for t in _thresholds(letters, largest)}, key=_order)
    programs: Sequence[ThresholdProgram] = [(each,) for each in thresholds]
    words: ThresholdProgram = () if empty or any(start) else (Threshold((1,) * letters, 1),)
    length, programs = _told_apart(programs, letters, words)
    if conjuncts == 2:
        if len(programs) ** 2 // 2 > MOST_PROGRAMS:
            raise TooLargeError(f"{len(programs) ** 2 // 2:,} pairs of thresholds: the limit is {MOST_PROGRAMS:,}")
        singles = [program[0] for program in programs]
        length, programs = _told_apart(
            [(a, b) for k, a in enumerate(singles) for b in singles[: k + 1]], letters, words
        )
    return Discrimination(letters, largest, conjuncts, length + sum(start), single**conjuncts, len(programs))


def _thresholds(letters: int, largest: int) -> Iterator[Threshold]:
    values = range(-largest, largest + 1)
    for *coefficients, bound in product(values, repeat=letters + 1):
        yield Threshold(tuple(coefficients), bound)


def _order(threshold: Threshold) -> tuple[int, IntegerVector, int]:
    return sum(map(abs, threshold.coefficients)), threshold.coefficients, threshold.bound


def _told_apart(
    programs: Sequence[ThresholdProgram], letters: int, words: ThresholdProgram
) -> tuple[int, list[ThresholdProgram]]:
    """The discrimination length of the programs on the judged words, and one program for each different function."""
    longest = FIRST_LENGTH
    while True:
        vectors = count_vectors(letters, longest)[1 if words else 0 :]  # the empty word is the first
        signatures = _signatures(programs, vectors)
        groups = _groups(signatures)
        if all(_equal(programs[group[0]], programs[other], words) for group in groups for other in group[1:]):
            break
        longest *= 2
    kept = [int(group[0]) for group in groups]
    return _least_length(signatures[kept], vectors.sum(axis=1)), [programs[k] for k in kept]


def _signatures(programs: Sequence[ThresholdProgram], vectors: NDArray[np.int32]) -> Signatures:
    """The truth of each program on each count vector, packed into bits."""
    thresholds = sorted({each for program in programs for each in program}, key=_order)
    number = {each: k for k, each in enumerate(thresholds)}
    size = -(-len(vectors) // 8)
    if (len(thresholds) + len(programs)) * size > MOST_BYTES:
        raise TooLargeError(f"{len(programs):,} programs on {len(vectors):,} counts: the limit is {MOST_BYTES:,} bytes")
    columns = vectors.T.astype(np.float32)  # sums far below 2**24 are exact
    packed = np.empty((len(thresholds), size), dtype=np.uint8)
    for first in range(0, len(thresholds), 256):
        part = thresholds[first : first + 256]
        sums = np.array([t.coefficients for t in part], dtype=np.float32) @ columns
        packed[first : first + 256] = np.packbits(sums >= np.array([[t.bound] for t in part], dtype=np.float32), axis=1)
    parts = [packed[[number[program[k]] for program in programs]] for k in range(len(programs[0]))]  # one or two
    return parts[0] if len(parts) == 1 else parts[0] & parts[1]


def _groups(signatures: Signatures) -> list[NDArray[np.intp]]:
    """The numbers of the programs, in groups with the same signature."""
    rows = np.ascontiguousarray(signatures).view(f"V{signatures.shape[1]}")[:, 0]
    _, inverse = np.unique(rows, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1)


def _equal(left: ThresholdProgram, right: ThresholdProgram, words: ThresholdProgram) -> bool:
    """Whether two conjunctions hold for the same counts of judged words, decided exactly."""
    if set(left) == set(right):
        return True
    return _implies((*left, *words), right) and _implies((*right, *words), left)


def _implies(left: ThresholdProgram, right: ThresholdProgram) -> bool:
    return not any(satisfiable((*left, each.negated())) for each in right if each not in left)


def _least_length(signatures: Signatures, lengths: NDArray[np.int64]) -> int:
    """The least N such that the signatures, which all differ, differ on the vectors of lengths up to N."""
    low, high = int(lengths[0]), int(lengths[-1])
    while low < high:
        middle = (low + high) // 2
        bits = int(np.searchsorted(lengths, middle, side="right"))
        cut = signatures[:, : -(-bits // 8)].copy()
        cut[:, -1] &= (0xFF00 >> (bits % 8 or 8)) & 0xFF
        if len(_groups(cut)) == len(signatures):
            high = middle
        else:
            low = middle + 1
    return low
