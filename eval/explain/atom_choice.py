"""The cheapest condition over few atoms that is right at every point: a conjunction, a disjunction, or a case split.

No error is allowed. The search for a conjunction or disjunction of at most so many atoms is a branch and bound for the
least total size. If there is none, one atom splits the points, and each side gets a condition of its own. Values at
points are stored as bits of integers, so one look at an atom compares it with what is wanted at all points at once.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from tasks.ground.limited_process import check_time

MOST_NODES = 3_000  # search nodes of one search for a conjunction
SPLITS = 8  # how many atoms are tried for splitting the points, the most informative first
DEPTH = 2  # how deeply splits may be nested
FIRST_COLUMNS = 6  # columns of 64 points each, at which all atoms are compared first

PackedPoints: TypeAlias = NDArray[np.uint64]  # (..., points / 64), the first point the lowest bit


class OutOfLooksError(Exception):
    """The search has looked at atoms as often as it is allowed to."""


@dataclass
class SearchEffort:
    """How many looks at atoms a search has made (`done`), and how many it may make (`most`).

    Looks are counted, and not seconds, so that the bound is the same on every machine. A search that is also limited in
    time ends at the moment `until` of the monotonic clock, in seconds.
    """

    most: float = inf
    until: float = inf
    done: int = 0

    @property
    def spent(self) -> bool:
        """Whether more looks were made than are allowed."""
        return self.done > self.most

    def add(self, looks: int) -> None:
        """Count so many more looks.

        Raises:
            OutOfLooksError: More looks were made than are allowed.
            OutOfTimeError: The time is up.
        """
        self.done += looks
        if self.spent:
            raise OutOfLooksError
        check_time(self.until)


@dataclass(frozen=True)
class SignedAtom:
    """An atom, by its number, or the negation of the atom."""

    atom: int
    negated: bool


@dataclass(frozen=True)
class AtomCondition:
    """A condition over atoms, of total size `size`, in one of three forms.

    It is the truth value `constant`; or the conjunction of `literals`, or their disjunction if `disjunction`; or a case
    split: `when` where the atom numbered `split` holds, and `otherwise` where it does not.
    """

    size: int
    literals: tuple[SignedAtom, ...] = ()
    disjunction: bool = False
    split: int | None = None
    when: "AtomCondition | None" = None
    otherwise: "AtomCondition | None" = None
    constant: bool | None = None


@dataclass(frozen=True)
class AtomTable:
    """The values of atoms at points, (atoms, points), the sizes of the atoms, (atoms,), and the search's effort."""

    values: Flags
    sizes: NDArray[np.int64]
    effort: SearchEffort = field(default_factory=SearchEffort)

    def at(self, points: Flags) -> "AtomTable":
        """The table restricted to some of the points; `points` is a flag for each point."""
        return AtomTable(self.values[:, points], self.sizes, self.effort)

    @cached_property
    def packed(self) -> PackedPoints:
        """The values as bits, (atoms, points / 64)."""
        return _packed(self.values)

    @cached_property
    def by_point(self) -> NDArray[np.uint8]:
        """The values as bits, one row for each point, (points, atoms / 8)."""
        return np.ascontiguousarray(np.packbits(self.values, axis=0).T)


def choose(table: AtomTable, wanted: Flags, *, most_atoms: int, depth: int = DEPTH) -> AtomCondition | None:
    """A condition that equals `wanted` at every point, as cheap as the search finds; None if it finds none.

    Args:
        table: The atoms' values at the points, and the effort of the search.
        wanted: The wanted truth value at each point, (points,).
        most_atoms: The greatest number of atoms in a conjunction or disjunction; each split takes one away.
        depth: How deeply splits may be nested.

    Raises:
        OutOfTimeError: The time of the search is up.
        OutOfLooksError: The search has looked at atoms as often as it may.
    """
    return _chosen(table, _packed(wanted), _packed(~wanted), most_atoms, depth)


def _packed(values: Flags) -> PackedPoints:
    """The flags of points as bits of 64-bit integers, (..., points / 64)."""
    found = np.packbits(values, axis=-1, bitorder="little")
    padding = [(0, 0)] * (values.ndim - 1) + [(0, -found.shape[-1] % 8)]
    return np.ascontiguousarray(np.pad(found, padding)).view(np.uint64)


def _chosen(
    table: AtomTable, positive: PackedPoints, negative: PackedPoints, most_atoms: int, depth: int
) -> AtomCondition | None:
    """A condition that holds at the positive points and at none of the negative ones, else None."""
    if not positive.any() or not negative.any():
        return AtomCondition(1, constant=not negative.any())
    found = _better(
        _conjunction(table, positive, negative, most_atoms, negated=False),
        _conjunction(table, negative, positive, most_atoms, negated=True),
    )
    if found is not None or depth == 0:
        return found
    for atom in _telling(table, positive, negative):
        here = table.packed[atom]
        bound: int | None = None if found is None else found.size
        when = _chosen(table, positive & here, negative & here, most_atoms - 1, depth - 1)
        if when is None or (bound is not None and when.size >= bound):
            continue
        otherwise = _chosen(table, positive & ~here, negative & ~here, most_atoms - 1, depth - 1)
        if otherwise is not None:
            size = int(table.sizes[atom]) + when.size + otherwise.size + 3
            found = _better(found, AtomCondition(size, split=int(atom), when=when, otherwise=otherwise))
    return found


def _better(one: AtomCondition | None, other: AtomCondition | None) -> AtomCondition | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one.size <= other.size else other


def _telling(table: AtomTable, positive: PackedPoints, negative: PackedPoints) -> list[int]:
    """The most informative atoms for a split: those that leave the least impurity, the cheaper first at ties."""
    table.effort.add(len(table.packed))
    right, wrong = (_number(table.packed & points) for points in (positive, negative))
    inside = right + wrong
    total, wanted = int(_number(positive | negative)), int(_number(positive))
    outside = total - inside
    left = right * wrong / np.maximum(inside, 1)
    other = (wanted - right) * (outside - wanted + right) / np.maximum(outside, 1)
    useful = (inside > 0) & (outside > 0)
    order = np.lexsort((table.sizes, np.where(useful, left + other, np.inf)))
    return [int(k) for k in order[:SPLITS] if useful[k]]


@dataclass
class _Search:
    """A search for the cheapest cover: literals, each an atom with a sign, that together exclude every point.

    rows  (points to exclude, atoms / 8)  which atoms exclude a point, as bits; points with fewest excluders come first
    ranks (atoms,)                        the order by size, the cheapest 0
    """

    rows: NDArray[np.uint8]
    ranks: NDArray[np.int64]
    sizes: list[int]
    effort: SearchEffort
    best: int = 1 << 30
    cover: tuple[int, ...] | None = None
    nodes: int = 0
    leaves: dict[int, int] = field(default_factory=dict)  # cache: the points that an atom does not exclude, as bits
    excluders: dict[int, list[int]] = field(default_factory=dict)  # cache: the atoms that exclude a point, by rank

    def run(self, chosen: tuple[int, ...], left: int, size: int, most: int) -> None:
        """Try to exclude the points in `left`, which are bits, with at most `most` more atoms.

        `chosen` are the atoms so far and `size` is their size. A cover that is cheaper than `best` replaces it.
        """
        self.nodes += 1
        if not left:
            if size < self.best:
                self.best, self.cover = size, chosen
            return
        if most == 0 or self.nodes > MOST_NODES:
            return
        # The lowest bit is the point that the fewest atoms exclude, so it leaves the fewest branches.
        looks, sizes, leaves = 0, self.sizes, self.leaves
        for atom in self._excluders((left & -left).bit_length() - 1):
            more = size + sizes[atom] + (1 if chosen else 0)
            if more >= self.best:
                break
            looks += 1
            after = left & (leaves[atom] if atom in leaves else self._leaves(atom))
            if most > 1 or not after:  # the last atom has to exclude all points that are left
                self.run((*chosen, atom), after, more, most - 1)
        self.effort.add(looks)

    def _excluders(self, point: int) -> list[int]:
        if point not in self.excluders:
            atoms = np.flatnonzero(np.unpackbits(self.rows[point]))
            self.excluders[point] = atoms[np.argsort(self.ranks[atoms])].tolist()
        return self.excluders[point]

    def _leaves(self, atom: int) -> int:
        flags = self.rows[:, atom >> 3] & (128 >> (atom & 7)) == 0
        self.leaves[atom] = int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")
        return self.leaves[atom]


def _conjunction(
    table: AtomTable, positive: PackedPoints, negative: PackedPoints, most: int, *, negated: bool
) -> AtomCondition | None:
    """The cheapest conjunction of at most `most` literals; with `negated` its complement, which is a disjunction.

    The conjunction holds at all positive points and at no negative point. None if the search finds none.
    """
    table.effort.add(len(table.packed))
    plain, reverse = _constant(table.packed, positive)
    every = np.bitwise_and.reduce(table.packed[plain], axis=0)
    if (negative & every & ~np.bitwise_or.reduce(table.packed[reverse], axis=0)).any():
        return None
    literals = np.concatenate([plain, reverse])
    ranks = np.zeros(len(table.sizes), dtype=np.int64)
    ranks[literals[np.argsort(table.sizes[literals], kind="stable")]] = np.arange(len(literals))
    rows = _different_points(table.by_point[_numbers(negative)], plain, reverse)
    search = _Search(rows, ranks, table.sizes.tolist(), table.effort)
    search.run((), (1 << len(rows)) - 1, 0, max(1, most))
    if search.cover is None:
        return None
    reversed_atoms = set(reverse.tolist())
    found = tuple(SignedAtom(atom, (atom in reversed_atoms) ^ negated) for atom in search.cover)
    return AtomCondition(search.best, found, disjunction=negated)


def _constant(packed: PackedPoints, points: PackedPoints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which rows hold at all of these points, and which rows hold at none of them."""
    columns = np.flatnonzero(points)
    every = none = np.arange(len(packed))
    # Most rows already differ among the first points, so only few of them have to be compared at the others.
    for some in (columns[:FIRST_COLUMNS], columns[FIRST_COLUMNS:]):
        every = every[((packed[np.ix_(every, some)] & points[some]) == points[some]).all(axis=1)]
        none = none[~(packed[np.ix_(none, some)] & points[some]).any(axis=1)]
    return every, none


def _number(points: PackedPoints) -> NDArray[np.int64]:
    """How many points are in each set of bits."""
    return np.asarray(np.bitwise_count(points).sum(axis=-1, dtype=np.int64))


def _numbers(points: PackedPoints) -> NDArray[np.int64]:
    """The numbers of the points in a set of bits."""
    return np.flatnonzero(np.unpackbits(points.view(np.uint8), bitorder="little"))


def _different_points(
    rows: NDArray[np.uint8], plain: NDArray[np.int64], reverse: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Which atoms exclude each point, (points, atoms / 8), as bits.

    Equal rows are kept once. Points that the fewest atoms exclude come first.

    rows     (points, atoms / 8)  where the atoms hold, as bits
    plain    the atoms that exclude a point where they fail
    reverse  the atoms that exclude a point where they hold
    """
    signs = np.zeros((2, rows.shape[1] * 8), dtype=bool)
    signs[0, plain], signs[1, reverse] = True, True
    holds, fails = np.packbits(signs, axis=1)
    excludes = (~rows & holds) | (rows & fails)
    _, first = np.unique(excludes.view(np.dtype((np.void, rows.shape[1]))).ravel(), return_index=True)
    different = excludes[first]
    return np.asarray(different[np.argsort(np.bitwise_count(different).sum(axis=1), kind="stable")])
