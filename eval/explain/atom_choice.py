"""The cheapest combination of few atoms that is right at every point: all of them, any of them, or a choice.

No error is allowed. Conjunctions and disjunctions of at most so many atoms are searched by branch and bound for the
least total size; where there is none, an atom splits the points and each side is answered by itself.
"""

from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from eval.answering.membership import Flags
from tasks.ground.limited_process import check_time

MOST_NODES = 3_000  # of one search for a conjunction
SPLITS = 8  # atoms by which points are split, those that say most first
DEPTH = 2  # splits within each other


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
    """The values of atoms at points, (atoms, points), the atoms' sizes, and when the search in them has to end."""

    values: Flags
    sizes: NDArray[np.int64]
    until: float = inf

    def at(self, points: Flags) -> "AtomTable":
        """The same at some of the points."""
        return AtomTable(self.values[:, points], self.sizes, self.until)


def choose(table: AtomTable, wanted: Flags, *, most_atoms: int, depth: int = DEPTH) -> AtomCondition | None:
    """A condition that is `wanted` at every point, as cheap as the search finds; None where it finds none.

    OutOfTimeError when the table's time is up.
    """
    check_time(table.until)
    if wanted.all() or not wanted.any():
        return AtomCondition(1, constant=bool(wanted.all()) if len(wanted) else True)
    found = _better(
        _conjunction(table, wanted, most_atoms, negated=False), _conjunction(table, ~wanted, most_atoms, negated=True)
    )
    if found is not None or depth == 0:
        return found
    for atom in _telling(table, wanted):
        here = table.values[atom]
        bound: int | None = None if found is None else found.size
        when = choose(table.at(here), wanted[here], most_atoms=most_atoms - 1, depth=depth - 1)
        if when is None or (bound is not None and when.size >= bound):
            continue
        otherwise = choose(table.at(~here), wanted[~here], most_atoms=most_atoms - 1, depth=depth - 1)
        if otherwise is not None:
            size = int(table.sizes[atom]) + when.size + otherwise.size + 3
            found = _better(found, AtomCondition(size, split=int(atom), when=when, otherwise=otherwise))
    return found


def _better(one: AtomCondition | None, other: AtomCondition | None) -> AtomCondition | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one.size <= other.size else other


def _telling(table: AtomTable, wanted: Flags) -> list[int]:
    """The atoms that tell most of what is wanted, by the impurity that they leave, cheap ones first at ties."""
    inside = table.values.sum(axis=1)
    right = (table.values & wanted).sum(axis=1)
    total, positive = len(wanted), int(wanted.sum())
    outside = total - inside
    left = right * (inside - right) / np.maximum(inside, 1)
    other = (positive - right) * (outside - positive + right) / np.maximum(outside, 1)
    useful = (inside > 0) & (outside > 0)
    order = np.lexsort((table.sizes, np.where(useful, left + other, np.inf)))
    return [int(k) for k in order[:SPLITS] if useful[k]]


@dataclass
class _Search:
    """Literals that hold wherever they have to, the points that each excludes, and the cheapest cover so far."""

    excludes: Flags  # (literals, points to exclude)
    sizes: NDArray[np.int64]
    best: int
    until: float = inf
    cover: tuple[int, ...] | None = None
    nodes: int = 0
    packed: NDArray[np.uint8] = field(init=False)  # the same, eight points a byte
    excluders: NDArray[np.int64] = field(init=False)  # of each point, how many literals

    def __post_init__(self) -> None:
        self.packed = np.packbits(self.excludes, axis=1)
        self.excluders = self.excludes.sum(axis=0)

    def run(self, chosen: tuple[int, ...], left: Flags, size: int, most: int) -> None:
        """Try to exclude what is left with so many literals more."""
        self.nodes += 1
        check_time(self.until)
        if not left.any():
            if size < self.best:
                self.best, self.cover = size, chosen
            return
        if most == 0 or self.nodes > MOST_NODES:
            return
        # The point that fewest literals exclude leaves fewest ways to go on.
        remaining = np.flatnonzero(left)
        point = int(remaining[self.excluders[remaining].argmin()])
        literals = np.flatnonzero(self.excludes[:, point])
        if most == 1:  # one literal has to exclude all of them
            literals = literals[~(np.packbits(left) & ~self.packed[literals]).any(axis=1)]
        for literal in literals[np.argsort(self.sizes[literals], kind="stable")].tolist():
            more = size + int(self.sizes[literal]) + (1 if chosen else 0)
            if more >= self.best:
                break
            self.run((*chosen, literal), left & ~self.excludes[literal], more, most - 1)


def _conjunction(table: AtomTable, wanted: Flags, most: int, *, negated: bool) -> AtomCondition | None:
    """The cheapest conjunction of at most so many literals; with `negated` its complement, a disjunction."""
    positive = table.values[:, wanted]
    plain = np.flatnonzero(positive.all(axis=1))
    reverse = np.flatnonzero(~positive.any(axis=1))
    others = table.values[:, ~wanted]
    excludes = np.concatenate([~others[plain], others[reverse]])
    useful = np.flatnonzero(excludes.any(axis=1)) if len(excludes) else np.zeros(0, dtype=np.int64)
    if not len(useful) or not excludes[useful].any(axis=0).all():
        return None
    numbers = np.concatenate([plain, reverse])[useful]
    signs = np.concatenate([np.zeros(len(plain), bool), np.ones(len(reverse), bool)])[useful]
    _, first = np.unique(np.packbits(excludes[useful], axis=0), axis=1, return_index=True)
    different = excludes[np.ix_(useful, first)]
    search = _Search(different, table.sizes[numbers], 1 << 30, table.until)
    search.run((), np.ones(different.shape[1], dtype=bool), 0, max(1, most))
    if search.cover is None:
        return None
    literals = tuple(SignedAtom(int(numbers[k]), bool(signs[k]) ^ negated) for k in search.cover)
    return AtomCondition(search.best, literals, disjunction=negated)
