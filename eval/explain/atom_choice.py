"""The cheapest combination of few atoms that is right at every point: all of them, any of them, or a choice.

No error is allowed. Conjunctions and disjunctions of at most so many atoms are searched by branch and bound for the
least total size; where there is none, an atom splits the points and each side is answered by itself. Points are bits
of integers: to look at an atom is to compare it with what is wanted at all points at once.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from tasks.ground.limited_process import check_time

MOST_NODES = 3_000  # of one search for a conjunction
SPLITS = 8  # atoms by which points are split, those that say most first
DEPTH = 2  # splits within each other
FIRST_COLUMNS = 6  # of 64 points each, at which all atoms are looked at

PackedPoints: TypeAlias = NDArray[np.uint64]  # (..., points / 64), the first point the lowest bit


class OutOfLooksError(Exception):
    """The search has looked at atoms as often as it may."""


@dataclass
class SearchEffort:
    """How often a search has looked at an atom, and how often it may, which is the same on every machine.

    A search that has seconds ends at the moment `until` of the monotonic clock too.
    """

    most: float = inf
    until: float = inf
    done: int = 0

    @property
    def spent(self) -> bool:
        """Whether no look is left."""
        return self.done > self.most

    def add(self, looks: int) -> None:
        """Count so many more; OutOfLooksError where they are too many, OutOfTimeError when the time is up."""
        self.done += looks
        if self.spent:
            raise OutOfLooksError
        check_time(self.until)


@dataclass(frozen=True)
class SignedAtom:
    """An atom by number, or its negation."""

    atom: int
    negated: bool


@dataclass(frozen=True)
class AtomCondition:
    """What holds: all of the literals or any of them; or by an atom one condition or another. `size` is the total."""

    size: int
    literals: tuple[SignedAtom, ...] = ()
    disjunction: bool = False
    split: int | None = None
    when: "AtomCondition | None" = None
    otherwise: "AtomCondition | None" = None
    constant: bool | None = None


@dataclass(frozen=True)
class AtomTable:
    """The values of atoms at points, (atoms, points), the atoms' sizes, and how long the search in them may be."""

    values: Flags
    sizes: NDArray[np.int64]
    effort: SearchEffort = field(default_factory=SearchEffort)

    def at(self, points: Flags) -> "AtomTable":
        """The same at some of the points."""
        return AtomTable(self.values[:, points], self.sizes, self.effort)

    @cached_property
    def packed(self) -> PackedPoints:
        """The values as bits, (atoms, points / 64)."""
        return _packed(self.values)

    @cached_property
    def by_point(self) -> NDArray[np.uint8]:
        """The same the other way round, (points, atoms / 8)."""
        return np.ascontiguousarray(np.packbits(self.values, axis=0).T)


def choose(table: AtomTable, wanted: Flags, *, most_atoms: int, depth: int = DEPTH) -> AtomCondition | None:
    """A condition that is `wanted` at every point, as cheap as the search finds; None where it finds none.

    OutOfTimeError when the time of the search is up, OutOfLooksError when it has looked as often as it may.
    """
    return _chosen(table, _packed(wanted), _packed(~wanted), most_atoms, depth)


def _packed(values: Flags) -> PackedPoints:
    """Flags of points as bits."""
    found = np.packbits(values, axis=-1, bitorder="little")
    padding = [(0, 0)] * (values.ndim - 1) + [(0, -found.shape[-1] % 8)]
    return np.ascontiguousarray(np.pad(found, padding)).view(np.uint64)


def _chosen(
    table: AtomTable, positive: PackedPoints, negative: PackedPoints, most_atoms: int, depth: int
) -> AtomCondition | None:
    """A condition that holds at these points, and not at those."""
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
    """The atoms that tell most of what is wanted, by the impurity that they leave, cheap ones first at ties."""
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
    """The cheapest cover so far: atoms, each by its sign, that together exclude every point.

    rows  (points to exclude, atoms / 8)  which atoms exclude a point, as bits, those first that fewest exclude
    ranks (atoms,)                        cheap ones first
    """

    rows: NDArray[np.uint8]
    ranks: NDArray[np.int64]
    sizes: list[int]
    effort: SearchEffort
    best: int = 1 << 30
    cover: tuple[int, ...] | None = None
    nodes: int = 0
    leaves: dict[int, int] = field(default_factory=dict)  # of atoms that were looked at, what they do not exclude
    excluders: dict[int, list[int]] = field(default_factory=dict)  # of points that were looked at

    def run(self, chosen: tuple[int, ...], left: int, size: int, most: int) -> None:
        """Try to exclude what is left, points as bits, with so many atoms more."""
        self.nodes += 1
        if not left:
            if size < self.best:
                self.best, self.cover = size, chosen
            return
        if most == 0 or self.nodes > MOST_NODES:
            return
        # The point that fewest atoms exclude leaves fewest ways to go on.
        looks, sizes, leaves = 0, self.sizes, self.leaves
        for atom in self._excluders((left & -left).bit_length() - 1):
            more = size + sizes[atom] + (1 if chosen else 0)
            if more >= self.best:
                break
            looks += 1
            after = left & (leaves[atom] if atom in leaves else self._leaves(atom))
            if most > 1 or not after:  # the last atom has to exclude all of them
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
    """The cheapest conjunction of at most so many literals; with `negated` its complement, a disjunction."""
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
    """Which rows hold at all of these points, and which at none."""
    columns = np.flatnonzero(points)
    every = none = np.arange(len(packed))
    # Most rows differ among the first points already: few of them are left to be looked at among the others.
    for some in (columns[:FIRST_COLUMNS], columns[FIRST_COLUMNS:]):
        every = every[((packed[np.ix_(every, some)] & points[some]) == points[some]).all(axis=1)]
        none = none[~(packed[np.ix_(none, some)] & points[some]).any(axis=1)]
    return every, none


def _number(points: PackedPoints) -> NDArray[np.int64]:
    """How many points they are."""
    return np.asarray(np.bitwise_count(points).sum(axis=-1, dtype=np.int64))


def _numbers(points: PackedPoints) -> NDArray[np.int64]:
    """Which points they are."""
    return np.flatnonzero(np.unpackbits(points.view(np.uint8), bitorder="little"))


def _different_points(
    rows: NDArray[np.uint8], plain: NDArray[np.int64], reverse: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Which atoms exclude each point, (points, atoms / 8), equal points once, those first that fewest exclude.

    rows  (points, atoms / 8)  where the atoms hold, as bits
    """
    signs = np.zeros((2, rows.shape[1] * 8), dtype=bool)
    signs[0, plain], signs[1, reverse] = True, True
    holds, fails = np.packbits(signs, axis=1)
    excludes = (~rows & holds) | (rows & fails)
    _, first = np.unique(excludes.view(np.dtype((np.void, rows.shape[1]))).ravel(), return_index=True)
    different = excludes[first]
    return np.asarray(different[np.argsort(np.bitwise_count(different).sum(axis=1), kind="stable")])
