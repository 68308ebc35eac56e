"""Linear thresholds on counts of letters, and an exact decision whether some counts satisfy several of them.

A word is given by its counts c alone, one for each letter, so that c is in N^m. A threshold is [a . c >= b].
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
MOST_COUNTS = 4_000_000  # the most count vectors that are listed at once
LARGEST_COEFFICIENT = 2**32  # for coefficients and bounds, so that sums over listed words fit int64
NEAR_LENGTH = 16  # a point is looked for among words of at most this length first


class TooLargeError(ValueError):
    """There are more count vectors or programs than this implementation lists. The message says how many."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The set of counts c with coefficients . c >= bound."""

    coefficients: IntegerVector
    bound: int

    def negated(self) -> "Threshold":
        """The threshold that holds exactly where this one does not."""
        return Threshold(tuple(-a for a in self.coefficients), 1 - self.bound)

    def tightened(self) -> "Threshold":
        """The threshold of the same set whose coefficients have no common factor. A constant gets the bound 0 or 1."""
        common = gcd(*self.coefficients)
        if common == 0:
            return Threshold(self.coefficients, int(self.bound > 0))
        return Threshold(tuple(a // common for a in self.coefficients), -(-self.bound // common))

    def moved(self, start: IntegerVector) -> "Threshold":
        """The threshold that holds for c exactly where this one holds for start + c."""
        return Threshold(self.coefficients, self.bound - _dot(self.coefficients, start))


def count_vectors(letters: int, longest: int) -> NDArray[np.int32]:
    """The counts of all words up to this length, of shape (vectors, letters), those of shorter words first.

    Raises:
        TooLargeError: There are more than MOST_COUNTS.
    """
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
    """Whether some c in N^m satisfies all the thresholds. The decision is exact, by the argument in `_decide`.

    Raises:
        TooLargeError: Too many counts would have to be looked at, or a coefficient is too large.
    """
    tight = {each.tightened() for each in thresholds}
    constant = {each.bound for each in tight if not any(each.coefficients)}
    rest = tuple(sorted((each for each in tight if any(each.coefficients)), key=lambda t: (t.coefficients, t.bound)))
    return 1 not in constant and (not rest or _decide(rest))


@lru_cache(maxsize=1 << 18)
def _decide(thresholds: tuple[Threshold, ...]) -> bool:
    """Whether the polyhedron P = {c >= 0, A c >= b} contains an integer point.

    If P is not empty it has vertices, because c >= 0. Let d_1, ..., d_r be the extreme rays of {d >= 0, A d >= 0}, as
    integer vectors. A point of P is a convex combination of vertices plus the sum of lambda_j d_j with lambda_j >= 0.
    If lambda_j >= 1, the point minus d_j is in P too, and it is shorter. So the shortest integer point, if there is
    one, has a 1-norm of at most max |vertex| + sum |d_j|. All points up to this norm are looked at.
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
    """Whether the counts of some word up to this length satisfy the thresholds."""
    matrix = np.array([each.coefficients for each in thresholds], dtype=np.int64)
    bounds = np.array([each.bound for each in thresholds])
    return bool((count_vectors(matrix.shape[1], longest) @ matrix.T >= bounds).all(axis=1).any())


def _rays(rows: Sequence[IntegerVector], letters: int) -> Iterator[IntegerVector]:
    """Yields the extreme rays of {d >= 0, rows . d >= 0}: there letters - 1 of the inequalities are equalities."""
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
    """The largest 1-norm of a vertex of {c >= 0, A c >= b}; None if there is no vertex, and hence no point."""
    letters = len(thresholds[0].coefficients)
    planes = [(unit, 0) for unit in _units(letters)] + [(each.coefficients, each.bound) for each in thresholds]
    longest: Fraction | None = None
    for tight in combinations(planes, letters):
        # In homogeneous coordinates (x, w) the planes are a . x - b w = 0. They meet in the vector orthogonal to all
        # vectors (a, -b).
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
    """A vector orthogonal to size - 1 rows, by the generalised cross product. It is zero if the rows are dependent."""
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
