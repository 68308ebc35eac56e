"""Makes the candidates of one size: all formulas of grammar G whose parts are smaller values, in chunks of rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import CountNumbers, PackedBits, Points, pack, unpack
from crasp.learning.grammar import Grammar
from crasp.learning.value_classes import (
    BOTH,
    COMPARE,
    LAG,
    LETTER,
    NODE,
    NONE,
    RESIDUE,
    TRUTH,
    CandidateValues,
    MadeNodes,
    RowNumbers,
)

CHUNK_ROWS = 512  # rows of values that are made at once, so few that they stay in cache
SMALLEST_COUNT = 2  # the size of `#[j <= i] Q_a(j)`


@dataclass(frozen=True)
class CountRows:
    """Counts of one size, a row each.

    refs     (rows,) the reference of the Boolean that is counted
    windows  (rows,) the c of the window in which it is counted, -1 for all positions
    values   (rows, columns) the count at each column
    """

    refs: RowNumbers
    windows: NDArray[np.int8]
    values: CountNumbers

    def __len__(self) -> int:
        return len(self.refs)


def joined_counts(parts: Sequence[CountRows]) -> CountRows:
    """The rows of all parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    refs, windows = np.concatenate([part.refs for part in parts]), np.concatenate([part.windows for part in parts])
    return CountRows(refs, windows, np.concatenate([part.values for part in parts]))


@dataclass(frozen=True)
class SmallerValues:
    """The smaller values that candidates are made of.

    Given a size, `numbers_of` and `bits_of` have the values of that size, and `counts_of` has the counts of that size.
    """

    points: Points
    grammar: Grammar
    numbers_of: Callable[[int], RowNumbers]
    bits_of: Callable[[int], PackedBits]
    counts_of: Callable[[int], CountRows]


SumForm = tuple[tuple[int, ...], tuple[CountRows, ...], tuple[RowNumbers, ...]]  # factors, counts, rows of each


def candidates(source: SmallerValues, size: int) -> Iterator[CandidateValues]:
    """Yields every formula of G of this size whose parts are values of the source. Some are yielded several times."""
    if size == 1:
        yield _atoms(source)
    for back in source.grammar.lags:
        yield from _lags(source, size, back)
    yield from _conjunctions(source, size)
    for with_constant in (False, True):
        thresholds = _thresholds(source.grammar, with_constant=with_constant)
        yield from _single_counts(source, size - with_constant, thresholds)
        for form in _forms(source, size - with_constant):
            yield from _compared(form, thresholds)


def settled(bits: PackedBits) -> tuple[PackedBits, NDArray[np.bool_]]:
    """The rows, with each row that is true at the empty prefix replaced by its complement; and which ones were.

    The rows are changed in place.
    """
    flipped = (bits[:, 0] & np.uint64(1)).astype(bool)
    bits ^= np.where(flipped, ~np.uint64(0), np.uint64(0))[:, None]
    return bits, flipped


# --- atoms, lags and conjunctions ----------------------------------------------------------------------------


def _atoms(source: SmallerValues) -> CandidateValues:
    points, rows, made = source.points, [], []
    for letter in range(len(points.alphabet)):
        rows.append(points.letters == letter)
        made.append((LETTER, letter, 0))
    rows.append(np.ones(points.width, dtype=bool))
    made.append((TRUTH, 0, 0))
    for modulus in source.grammar.moduli:
        for residue in range(modulus):
            rows.append(points.depths % modulus == residue)
            made.append((RESIDUE, modulus, residue))
    bits, flipped = settled(pack(np.array(rows)))
    nodes = np.zeros(len(made), dtype=NODE)
    nodes["kind"] = [kind for kind, _, _ in made]
    nodes["refs"][:, :2] = [numbers for _, *numbers in made]
    nodes["flipped"] = flipped
    return CandidateValues(bits, lambda chosen: nodes[chosen])


def _lags(source: SmallerValues, size: int, back: int) -> Iterator[CandidateValues]:
    numbers, bits = source.numbers_of(size - 2), source.bits_of(size - 2)
    for start in range(0, len(numbers), CHUNK_ROWS):
        part = unpack(bits[start : start + CHUNK_ROWS])
        for complement in (False, True):
            found, flipped = settled(pack(source.points.before(part ^ complement, back)))
            refs = 2 * numbers[start : start + CHUNK_ROWS] + complement

            def nodes(chosen: RowNumbers, refs: RowNumbers = refs, flipped: NDArray[np.bool_] = flipped) -> MadeNodes:
                made = np.zeros(len(chosen), dtype=NODE)
                made["kind"], made["flipped"] = LAG, flipped[chosen]
                made["refs"][:, 0], made["refs"][:, 1] = refs[chosen], back
                return made

            yield CandidateValues(found, nodes)


def _conjunctions(source: SmallerValues, size: int) -> Iterator[CandidateValues]:
    """Yields P and Q for all four choices of signs. Disjunctions are complements of these."""
    for smaller in range(1, (size - 1) // 2 + 1):
        larger = size - 1 - smaller
        first, second = source.bits_of(smaller), source.bits_of(larger)
        left, right = source.numbers_of(smaller), source.numbers_of(larger)
        for rows, others in _pairs(len(left), len(right), same=smaller == larger):
            one, two = first[rows], second[others]
            both = one & two
            # `not P and not Q` is true at the empty prefix. So its complement is stored in the last place.
            found = np.concatenate([both, one ^ both, two ^ both, one | two])

            def nodes(
                chosen: RowNumbers, lefts: RowNumbers = left[rows], rights: RowNumbers = right[others]
            ) -> MadeNodes:
                sign, pair = np.divmod(chosen, len(lefts))
                made = np.zeros(len(chosen), dtype=NODE)
                made["kind"], made["flipped"] = BOTH, sign == 3
                made["refs"][:, 0] = 2 * lefts[pair] + (sign >= 2)
                made["refs"][:, 1] = 2 * rights[pair] + (sign % 2)
                return made

            yield CandidateValues(found, nodes)


def _pairs(first: int, second: int, *, same: bool) -> Iterator[tuple[RowNumbers, RowNumbers]]:
    """Yields all pairs of a row of one table and a row of another, in chunks.

    In one table, each two rows are paired once.
    """
    step = max(1, CHUNK_ROWS // max(1, second))
    for start in range(0, first, step):
        rows, others = np.divmod(np.arange(min(step, first - start) * second), second)
        rows += start
        if same:
            kept = rows < others
            rows, others = rows[kept], others[kept]
        for begin in range(0, len(rows), CHUNK_ROWS):
            yield rows[begin : begin + CHUNK_ROWS], others[begin : begin + CHUNK_ROWS]


# --- comparisons ---------------------------------------------------------------------------------------------


def _thresholds(grammar: Grammar, *, with_constant: bool) -> list[tuple[int, int]]:
    """The pairs (number of the relation, constant).

    `F < c` is `F <= c - 1`, and the other relations are complements.
    """
    if not with_constant:
        return [(0, 0), (0, -1), (1, 0)]
    most = grammar.constants
    at_most = [(0, c) for c in range(-most - 1, most + 1) if c not in (0, -1)]
    return at_most + [(1, c) for c in range(-most, most + 1) if c] if most else []


def counts_of_bits(source: SmallerValues, refs: RowNumbers, bits: PackedBits) -> CountRows:
    """The counts of values and of their complements, in every window. Counts that are always 0 are left out.

    Args:
        source: The points and the windows.
        refs: (values,) the number of each value.
        bits: (values, columns / 64) the values.
    """
    points = source.points
    sums = points.sums(unpack(bits))
    parts = [(2 * refs, NONE, sums), (2 * refs + 1, NONE, points.depths.astype(np.int16) - sums)]
    for window in source.grammar.windows:
        for signed, _, whole in parts[:2]:
            before = whole.take(points.ancestors(window + 1), axis=1)
            parts.append((signed, window, whole - before))
    signed = np.concatenate([part for part, _, _ in parts])
    windows = np.concatenate([np.full(len(part), window, dtype=np.int8) for part, window, _ in parts])
    values = np.concatenate([part for _, _, part in parts])
    kept = values.any(axis=1)
    return CountRows(signed[kept], windows[kept], values[kept])


def _single_counts(
    source: SmallerValues, base: int, thresholds: Sequence[tuple[int, int]]
) -> Iterator[CandidateValues]:
    """Yields the comparisons of one count with a constant.

    The counts are made anew each time and not kept, because there are as many of them as values, and only these
    comparisons need them all.
    """
    numbers, bits = source.numbers_of(base - 2), source.bits_of(base - 2)
    useful = [(relation, c) for relation, c in thresholds if c >= 0]
    for start in range(0, len(numbers), CHUNK_ROWS // 2):
        part = slice(start, start + CHUNK_ROWS // 2)
        counts = counts_of_bits(source, numbers[part], bits[part])
        yield from _compared(((1,), (counts,), (np.arange(len(counts)),)), useful)


def _forms(source: SmallerValues, base: int) -> Iterator[SumForm]:
    """Yields the sums of two counts, of which one may have a coefficient, and the sums of three counts."""
    grammar, rest = source.grammar, base - 1
    for factor in range(1, grammar.coefficients + 1 if grammar.counts >= 2 else 1):
        for small in range(SMALLEST_COUNT, (rest - factor + 1) // 2 + 1):
            first, second = source.counts_of(small), source.counts_of(rest - factor + 1 - small)
            for rows, others in _pairs(len(first), len(second), same=first is second):
                for signed in (factor, -factor):
                    yield (1, signed), (first, second), (rows, others)
                    if factor > 1:
                        yield (signed, 1), (first, second), (rows, others)
    for sizes in combinations_with_replacement(range(SMALLEST_COUNT, rest), 3 if grammar.counts >= 3 else 4):
        if len(sizes) == 3 and sum(sizes) == rest:
            yield from _triples(*(source.counts_of(size) for size in sizes))


def _triples(first: CountRows, second: CountRows, third: CountRows) -> Iterator[SumForm]:
    for number in range(len(first)):
        for rows, others in _pairs(len(second), len(third), same=second is third):
            if first is second:
                kept = rows > number
                rows, others = rows[kept], others[kept]
            ones = np.full(len(rows), number)
            for signs in ((1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)):
                yield signs, (first, second, third), (ones, rows, others)


def _compared(form: SumForm, thresholds: Sequence[tuple[int, int]]) -> Iterator[CandidateValues]:
    factors, counts, rows = form
    if not len(rows[0]) or not thresholds:
        return
    total = counts[0].values[rows[0]]
    if factors[0] != 1:
        total = total * np.int16(factors[0])
    for factor, one, chosen in zip(factors[1:], counts[1:], rows[1:], strict=True):
        if factor in (1, -1):
            (np.add if factor == 1 else np.subtract)(total, one.values[chosen], out=total)
        else:
            total = total + np.int16(factor) * one.values[chosen]
    masks = [pack(total <= c if relation == 0 else total == c) for relation, c in thresholds]
    bits, flipped = settled(np.concatenate(masks))

    def nodes(chosen: RowNumbers) -> MadeNodes:
        which, row = np.divmod(chosen, len(rows[0]))
        made = np.zeros(len(chosen), dtype=NODE)
        made["kind"], made["flipped"] = COMPARE, flipped[chosen]
        made["relation"] = np.array([relation for relation, _ in thresholds])[which]
        made["constant"] = np.array([c for _, c in thresholds])[which]
        for place, (factor, one, taken) in enumerate(zip(factors, counts, rows, strict=True)):
            made["factors"][:, place] = factor
            made["refs"][:, place] = one.refs[taken[row]]
            made["extra"][:, place] = one.windows[taken[row]]
        return made

    yield CandidateValues(bits, nodes)
