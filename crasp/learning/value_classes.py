"""Stores values over points: each class of formulas that agree at every point once, with how it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import PackedBits
from crasp.learning.formula import (
    Always,
    Both,
    CountTerm,
    Earlier,
    LetterIs,
    ResidueIs,
    SmallFormula,
    comparison,
    negation,
)
from crasp.meaning.ir import Relation

# The reference of a value is twice its number; that of its complement is one more.
Ref: TypeAlias = int
RowNumbers: TypeAlias = NDArray[np.int64]
MadeNodes: TypeAlias = NDArray[Any]

LETTER, TRUTH, RESIDUE, LAG, BOTH, COMPARE = range(6)
# How a value is made, in 24 bytes: the operation, the references of its parts, and its numbers. For a comparison,
# `refs` are the bodies of its counts, `extra` has their windows (-1 for none), and `constant` is compared with the sum.
# A formula that is true at the empty prefix is stored as its complement, and `flipped` says so.
NODE = np.dtype(
    [
        ("kind", "i1"),
        ("flipped", "?"),
        ("relation", "i1"),
        ("factors", "i1", 3),
        ("extra", "i1", 3),
        ("constant", "i2"),
        ("refs", "i4", 3),
    ],
    align=True,
)
RELATIONS: tuple[Relation, ...] = ("<=", "=")
NONE = -1


@dataclass(frozen=True)
class CandidateValues:
    """Values that may be new, and a function that says how chosen rows of them are made."""

    bits: PackedBits
    nodes: Callable[[RowNumbers], MadeNodes]


class Hashes:
    """The set of rows seen so far, by two independent hashes of 64 bits, which tells which of many rows are new.

    `clashes` counts rows that share one hash with another row and differ in the other hash. Such rows are kept apart.
    """

    def __init__(self, words: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        odd = rng.integers(0, 1 << 63, size=(2, words), dtype=np.uint64)
        self._keys = odd * np.uint64(2) + np.uint64(1)
        self._seen: list[tuple[NDArray[np.uint64], NDArray[np.uint64]]] = []
        self.clashes = 0

    def __len__(self) -> int:
        return sum(len(part) for part, _ in self._seen)

    def of(self, bits: PackedBits) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The two hashes of each row."""
        found = []
        for keys in self._keys:
            mixed = bits ^ (bits >> np.uint64(29))
            mixed *= keys
            mixed ^= mixed >> np.uint64(32)
            mixed *= keys[::-1]
            found.append(mixed.sum(axis=1, dtype=np.uint64))
        return found[0], found[1]

    def new(self, bits: PackedBits) -> RowNumbers:
        """The numbers of the rows that have not been seen, each class once. All rows count as seen from now on."""
        one, two = self.of(bits)
        order = np.argsort(one, kind="stable")
        ordered, checks = one[order], two[order]
        again = np.zeros(len(order), dtype=bool)
        again[1:] = (ordered[1:] == ordered[:-1]) & (checks[1:] == checks[:-1])
        self.clashes += int(np.count_nonzero((ordered[1:] == ordered[:-1]) & (checks[1:] != checks[:-1])))
        for first, second in self._seen:
            at = np.searchsorted(first, ordered)
            at[at == len(first)] = 0
            met = first[at] == ordered
            same = met & (second[at] == checks)
            self.clashes += int(np.count_nonzero(met & ~same))
            again |= same
        kept = ~again
        if kept.any():
            self._add(ordered[kept], checks[kept])
        return np.sort(order[kept])

    def _add(self, first: NDArray[np.uint64], second: NDArray[np.uint64]) -> None:
        """Adds hashes. Parts are merged so that their sizes double: then few are searched, and little is merged."""
        self._seen.append((first, second))
        while len(self._seen) > 1 and len(self._seen[-2][0]) <= 2 * len(self._seen[-1][0]):
            (a, b), (c, d) = self._seen.pop(), self._seen.pop()
            joined, checks = np.concatenate([c, a]), np.concatenate([d, b])
            order = np.argsort(joined, kind="stable")
            self._seen.append((joined[order], checks[order]))


class ValueStore:
    """All values found so far, size by size: their bits and how they are made. Each is false at the empty prefix."""

    def __init__(self, words: int) -> None:
        self._bits: list[PackedBits] = []
        self._nodes: list[MadeNodes] = []
        self._starts = [0]
        self._words = words
        self.sizes: list[int] = []  # the size of the values in each part

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def bytes(self) -> int:
        """The memory in bytes that the values take."""
        return len(self) * (8 * self._words + NODE.itemsize)

    def add(self, size: int, bits: PackedBits, nodes: MadeNodes) -> None:
        """Appends values of one size."""
        self._bits.append(bits)
        self._nodes.append(nodes)
        self._starts.append(len(self) + len(bits))
        self.sizes.append(size)

    def of_size(self, size: int) -> Iterator[tuple[int, PackedBits]]:
        """Yields the parts that hold values of this size: the number of the first value, and the bits of all."""
        for part, (bits, start) in enumerate(zip(self._bits, self._starts, strict=False)):
            if self.sizes[part] == size:
                yield start, bits

    def numbers_of_size(self, size: int) -> RowNumbers:
        """The numbers of the values of this size."""
        parts = [np.arange(start, start + len(bits)) for start, bits in self.of_size(size)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def bits_of_size(self, size: int) -> PackedBits:
        """The bits of the values of this size, in the order of their numbers."""
        parts = [bits for _, bits in self.of_size(size)]
        return np.concatenate(parts) if parts else np.empty((0, self._words), dtype=np.uint64)

    def bits(self, ref: Ref) -> PackedBits:
        """The bits of one value, or of its complement."""
        part = self._part(ref >> 1)
        found: PackedBits = self._bits[part][(ref >> 1) - self._starts[part]]
        return ~found if ref & 1 else found

    def node(self, number: int) -> Any:
        """How the value with this number is made."""
        part = self._part(number)
        return self._nodes[part][number - self._starts[part]]

    def formula(self, ref: Ref) -> SmallFormula:
        """The formula with which the value was first found, or its complement."""
        return self.formula_of(self.node(ref >> 1), complement=bool(ref & 1))

    def formula_of(self, node: Any, *, complement: bool = False) -> SmallFormula:
        """The formula that a node describes, or its complement."""
        made = self._made(node)
        return made if bool(node["flipped"]) == complement else negation(made)

    def _part(self, number: int) -> int:
        return int(np.searchsorted(self._starts, number, side="right")) - 1

    def _made(self, node: Any) -> SmallFormula:
        kind, refs, extra = int(node["kind"]), node["refs"].tolist(), node["extra"].tolist()
        match kind:
            case _ if kind == LETTER:
                return LetterIs(refs[0])
            case _ if kind == TRUTH:
                return Always()
            case _ if kind == RESIDUE:
                return ResidueIs(refs[0], refs[1])
            case _ if kind == LAG:
                return Earlier(self.formula(refs[0]), refs[1])
            case _ if kind == BOTH:
                return Both(self.formula(refs[0]), self.formula(refs[1]))
            case _:
                terms = tuple(
                    (factor, CountTerm(self.formula(ref), None if window == NONE else window))
                    for factor, ref, window in zip(node["factors"].tolist(), refs, extra, strict=True)
                    if factor
                )
                return comparison(terms, RELATIONS[int(node["relation"])], int(node["constant"]))
