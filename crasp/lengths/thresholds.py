"""Linear thresholds on counts of letters, and whether some counts satisfy several of them: decided exactly.

A word enters by its counts c alone, one for each letter, all c in N^m. [a . c >= b] is a threshold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import gcd
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

IntegerVector: TypeAlias = tuple[int, ...]
MOST_COUNTS = 4_000_000  # count vectors that are listed at once
LARGEST_COEFFICIENT = 2**32  # coefficients and bounds: sums over words that are listed fit int64
NEAR_LENGTH = 16  # the length to which a point is looked for first


class TooLargeError(ValueError):
    """More count vectors, or more programs, than this implementation lists; the message says how many."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Holds for the counts c with coefficients . c >= bound."""

    coefficients: IntegerVector
    bound: int

    def negated(self) -> "Threshold":
        """Holds exactly where this one does not."""
        return Threshold(tuple(-a for a in self.coefficients), 1 - self.bound)

    def tightened(self) -> "Threshold":
        """The same set of counts, without a common factor of the coefficients; a constant has bound 0 or 1."""
        common = gcd(*self.coefficients)
        if common == 0:
            return Threshold(self.coefficients, int(self.bound > 0))
        return Threshold(tuple(a // common for a in self.coefficients), -(-self.bound // common))

    def moved(self, start: IntegerVector) -> "Threshold":
        """Holds for c exactly where this one holds for start + c."""
        return Threshold(self.coefficients, self.bound - _dot(self.coefficients, start))


def count_vectors(letters: int, longest: int) -> NDArray[np.int32]:
    """All counts of words up to this length, shortest words first: (vectors, letters); TooLargeError past a limit."""
    number = 1
    for k in range(1, letters + 1):
        number = number * (longest + k) // k
    if number > MOST_COUNTS:
        raise TooLargeError(f"{number:,} counts of {letters} letters to length {longest}: the limit is {MOST_COUNTS:,}")
    found = np.zeros((1, 0), dtype=np.int32)
    for _ in range(letters):
        left = longest - found.sum(axis=1)
        rows = np.repeat(np.arange(len(found)), left + 1)
        first = np.repeat(np.cumsum(left + 1) - (left + 1), left + 1)
        found = np.column_stack([found[rows], (np.arange(len(rows)) - first).astype(np.int32)])
    return np.ascontiguousarray(found[np.argsort(found.sum(axis=1), kind="stable")])


def satisfiable(thresholds: Sequence[Threshold]) -> bool:
    """Whether some c in N^m satisfies all the thresholds: exact, by the argument in `_decide`."""
    tight = {each.tightened() for each in thresholds}
    constant = {each.bound for each in tight if not any(each.coefficients)}
    rest = tuple(sorted((each for each in tight if any(each.coefficients)), key=lambda t: (t.coefficients, t.bound)))
    return 1 not in constant and (not rest or _decide(rest))


@lru_cache(maxsize=1 << 18)
def _decide(thresholds: tuple[Threshold, ...]) -> bool:
    """Whether the polyhedron P = {c >= 0, A c >= b} holds an integer point.

    P has vertices if it is not empty, since c >= 0; let d_1, ..., d_r be the extreme rays of {d >= 0, A d >= 0},
    integers. A point of P is a convex combination of vertices plus sum lambda_j d_j with lambda_j >= 0; where
    lambda_j >= 1, the point less d_j is in P too, and shorter. So the shortest integer point, if there is one, is at
    most max |vertex| + sum |d_j| long (1-norms), and all the points up to there are looked at.
    """
    longest = _longest_vertex(thresholds)
    if longest is None:
        return False
    if max(abs(x) for each in thresholds for x in (*each.coefficients, each.bound)) > LARGEST_COEFFICIENT:
        raise TooLargeError(f"coefficients or bounds above {LARGEST_COEFFICIENT:,}, this implementation's limit")
    rows = [each.coefficients for each in thresholds]
    reach = int(longest + sum(sum(ray) for ray in _rays(rows, len(rows[0]))))
    return _some_point(thresholds, min(reach, NEAR_LENGTH)) or (reach > NEAR_LENGTH and _some_point(thresholds, reach))


def _some_point(thresholds: Sequence[Threshold], longest: int) -> bool:
    """Whether some counts of words to this length satisfy the thresholds."""
    matrix = np.array([each.coefficients for each in thresholds], dtype=np.int64)
    bounds = np.array([each.bound for each in thresholds])
    return bool((count_vectors(matrix.shape[1], longest) @ matrix.T >= bounds).all(axis=1).any())


def _rays(rows: Sequence[IntegerVector], letters: int) -> Iterator[IntegerVector]:
    """The extreme rays of {d >= 0, rows . d >= 0}: where letters - 1 of the inequalities are equalities."""
    found: set[IntegerVector] = set()
    for tight in combinations([*_units(letters), *rows], letters - 1):
        normal = _normal(tight, letters)
        common = gcd(*normal)
        for sign in (1, -1) if common else ():
            ray = tuple(sign * x // common for x in normal)
            if min(ray) >= 0 and ray not in found and all(_dot(row, ray) >= 0 for row in rows):
                found.add(ray)
                yield ray


def _longest_vertex(thresholds: Sequence[Threshold]) -> Fraction | None:
    """The largest 1-norm of a vertex of {c >= 0, A c >= b}; None where there is no vertex, hence no point."""
    letters = len(thresholds[0].coefficients)
    planes = [(unit, 0) for unit in _units(letters)] + [(each.coefficients, each.bound) for each in thresholds]
    longest: Fraction | None = None
    for tight in combinations(planes, letters):
        # In homogeneous coordinates (x, w) the planes are a . x - b w = 0, and meet in the normal of them all.
        *point, weight = _normal([(*row, -bound) for row, bound in tight], letters + 1)
        if weight == 0:
            continue
        if weight < 0:
            point, weight = [-x for x in point], -weight
        inside = min(point) >= 0 and all(_dot(each.coefficients, point) >= each.bound * weight for each in thresholds)
        if inside and (longest is None or sum(point) > longest * weight):
            longest = Fraction(sum(point), weight)
    return longest


def _units(letters: int) -> list[IntegerVector]:
    return [tuple(int(i == k) for i in range(letters)) for k in range(letters)]


def _normal(rows: Sequence[Sequence[int]], size: int) -> list[int]:
    """A vector orthogonal to size - 1 rows: the generalised cross product, zero where they are dependent."""
    return [(-1) ** k * _determinant([[*row[:k], *row[k + 1 :]] for row in rows]) for k in range(size)]


def _determinant(rows: list[list[int]]) -> int:
    if not rows:
        return 1
    if len(rows) == 1:
        return rows[0][0]
    if len(rows) == 2:
        return rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]
    signed = enumerate(rows[0])
    return sum((-1) ** k * x * _determinant([[*r[:k], *r[k + 1 :]] for r in rows[1:]]) for k, x in signed if x)


def _dot(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True))
