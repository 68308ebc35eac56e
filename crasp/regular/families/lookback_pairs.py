"""Look-back, without and with residues: which pairs of states of a component no window and no counting tell apart.

The unknowns are the differences D(p, q) that a potential may have on a pair of states with a common past. A pair has
one if it is *recurrent*: some word leads from a loop of pairs to it, and from it to a loop or to a merger. D is the
same along every move of a pair (with residues: every move whose length all moduli divide), 0 where a pair merges,
opposite on the pair the other way round, and additive on three states with a common past. The pairs on which every
such D is 0 are kept, and the additivity of triples of kept pairs alone is asked again, until nothing changes.
Docs: docs/regular.md, section 4.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Component
from crasp.regular.families.linear_equations import Solved

MOST_STATES = 300  # states of a component: its triples are held in memory


@dataclass(frozen=True)
class Pairs:
    """The recurrent pairs of a component and the unknown that each one has.

    phases     (states,) what residues show of each state: places with different ones are told apart
    unknown    (states * states,) of pair p * states + q: the number of its D, -1 where it has none
    group      (states * states,) the connected group of moves of the pair, -1 where it has none
    offset     (states * states,) its place along the moves of the group
    divisors   of each group: moves between places that differ by a multiple are moves for every modulus
    merging    the unknowns that a merger makes 0
    """

    component: Component
    residues: bool
    phases: IntegerArray
    unknown: IntegerArray
    group: IntegerArray
    offset: IntegerArray
    divisors: tuple[int, ...]
    merging: frozenset[int]
    unknowns: int

    @property
    def modulus(self) -> int:
        """A modulus that tells all places of all groups apart, and the component's phases."""
        return int(np.lcm.reduce([self.component.period, *self.divisors]))


@lru_cache(maxsize=4)  # asked for by the verdict, then by what shows it
def recurrent_pairs(component: Component, *, residues: bool, modulus: int = 0) -> Pairs:
    """The pairs with a common past in a component, and how moves identify them; SizeError for a large one.

    Residues are those of positions modulo `modulus`; where it is 0, modulo any number that helps.
    """
    n = len(component.states)
    if n > MOST_STATES:
        raise SizeError(f"a component has {n:,} states; look-back is decided for up to {MOST_STATES}, the limit here")
    modulus = modulus if residues else 1
    phases = np.array(component.phases, dtype=np.int64) % gcd(component.period, modulus)
    moves = _pair_moves(component, phases)
    kept = _recurrent(moves, n)
    group, offset, divisors, merging = _groups(moves, kept, n, modulus)
    numbers: dict[tuple[int, int], int] = {}
    unknown = np.full(n * n, -1, dtype=np.int64)
    for pair in np.flatnonzero(kept).tolist():
        place = int(offset[pair]) % divisors[group[pair]]
        unknown[pair] = numbers.setdefault((int(group[pair]), place), len(numbers))
    zero = frozenset(number for (g, _), number in numbers.items() if g in merging)
    return Pairs(component, residues, phases, unknown, group, offset, tuple(divisors), zero, len(numbers))


def inseparable(pairs: Pairs) -> frozenset[int]:
    """The unknowns that are 0 for ever: no program of the family tells their pairs apart. None, and there is one."""
    if pairs.merging or not pairs.unknowns:
        return pairs.merging
    kept = np.ones(pairs.unknowns, dtype=bool)
    relations = _different(triple_relations(pairs), pairs.unknowns)
    while True:
        held = relations[kept[relations].all(axis=1)]
        zero = zero_unknowns(pairs, held)
        if zero.sum() in (0, kept.sum()):
            return frozenset(np.flatnonzero(zero).tolist())
        kept &= zero


def zero_unknowns(pairs: Pairs, relations: IntegerArray) -> NDArray[np.bool_]:
    """Which unknowns are 0 in every solution, given rows (u, v, w) that mean u + v = w."""
    solved: Solved[int] = Solved(opposite_relations(pairs))
    for u, v, w in relations.tolist():
        form: dict[int, int] = {}
        for unknown, sign in ((u, 1), (v, 1), (w, -1)):
            form[unknown] = form.get(unknown, 0) + sign
        solved.add({key: value for key, value in form.items() if value})
    return np.array([not solved.value(k) for k in range(pairs.unknowns)], dtype=bool)


def opposite_relations(pairs: Pairs) -> list[dict[int, int]]:
    """D(p, q) + D(q, p) = 0, once for each unknown."""
    n = len(pairs.component.states)
    there = np.flatnonzero(pairs.unknown >= 0)
    back = (there % n) * n + there // n
    found = _different(np.stack([pairs.unknown[there], pairs.unknown[back]], axis=1), pairs.unknowns)
    return [{u: 2} if u == v else {u: 1, v: 1} for u, v in found.tolist() if u <= v]


def _different(rows: IntegerArray, below: int) -> IntegerArray:
    """The different rows of some numbers below another, ascending: each row is one number, for rows sort slowly."""
    keys = rows @ below ** np.arange(rows.shape[1])[::-1]
    return rows[np.unique(keys, return_index=True)[1]]


# --- pairs ---------------------------------------------------------------------------------------------------


def _pair_moves(component: Component, phases: IntegerArray) -> IntegerArray:
    """(letters, states * states): where a letter takes a pair, -1 where one of the two leaves, or they are one.

    Only pairs of one phase count: residues tell the others apart.
    """
    n = len(component.states)
    steps = np.array(component.steps, dtype=np.int64).T  # (letters, states)
    first, second = np.divmod(np.arange(n * n), n)
    left, right = steps[:, first], steps[:, second]
    allowed = (left >= 0) & (right >= 0) & (first != second) & (phases[first] == phases[second])
    return np.where(allowed, left * n + right, -1)


def _recurrent(moves: IntegerArray, n: int) -> NDArray[np.bool_]:
    """The pairs of two states with an endless past, and an endless future or a merger."""
    merged = np.arange(n * n) // n == np.arange(n * n) % n
    kept = with_endless_past(moves, ~merged)
    # Backwards: a pair is dropped once every move of it leads to dropped pairs; a merger is never dropped.
    alive = kept | merged
    while True:
        goes_on = ((moves >= 0) & alive[moves]).any(axis=0)
        fewer = merged | (alive & goes_on)
        if (fewer == alive).all():
            found: NDArray[np.bool_] = fewer & ~merged
            return found
        alive = fewer


def with_endless_past(moves: IntegerArray, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which nodes have infinitely long pasts among the nodes alive; moves (letters, nodes), -1 for none."""
    alive = alive & True
    sources = np.zeros(len(alive), dtype=np.int64)
    for row in moves:
        targets = row[alive & (row >= 0)]
        sources += np.bincount(targets, minlength=len(alive))
    frontier = np.flatnonzero(alive & (sources == 0))
    while len(frontier):
        alive[frontier] = False
        targets = moves[:, frontier].ravel()
        targets = targets[targets >= 0]
        targets, times = np.unique(targets, return_counts=True)
        sources[targets] -= times
        frontier = targets[alive[targets] & (sources[targets] == 0)]
    return alive


def _groups(
    moves: IntegerArray, kept: NDArray[np.bool_], n: int, modulus: int
) -> tuple[IntegerArray, IntegerArray, list[int], frozenset[int]]:
    """Groups connected by moves, places such that a move is one place on, their divisors, and those that merge."""
    neighbours: dict[int, list[tuple[int, int]]] = {pair: [] for pair in np.flatnonzero(kept).tolist()}
    mergers = set()
    for row in moves:
        sources = np.flatnonzero(kept & (row >= 0))
        for source, target in zip(sources.tolist(), row[sources].tolist(), strict=True):
            if target // n == target % n:
                mergers.add(source)
            elif kept[target]:
                neighbours[source].append((target, 1))
                neighbours[target].append((source, -1))
    group = np.full(n * n, -1, dtype=np.int64)
    offset = np.zeros(n * n, dtype=np.int64)
    divisors: list[int] = []
    places: dict[int, int] = {}
    for root in neighbours:
        if group[root] >= 0:
            continue
        number, divisor = len(divisors), 0
        group[root], places[root] = number, 0
        queue = [root]
        for pair in queue:  # grows while it is read
            for target, step in neighbours[pair]:
                if target not in places:
                    group[target], places[target] = number, places[pair] + step
                    queue.append(target)
                divisor = gcd(divisor, places[pair] + step - places[target])
        divisors.append(gcd(divisor, modulus))
    offset[list(places)] = list(places.values())
    return group, offset, divisors, frozenset(int(group[pair]) for pair in mergers)


# --- triples -------------------------------------------------------------------------------------------------


def triple_relations(pairs: Pairs) -> IntegerArray:
    """(relations, 3): the unknowns of (p, q), (q, r) and (p, r) for three states with a common endless past.

    Three states p < q < r are one triple; the other orders say the same. An endless past is enough: see
    docs/regular.md, section 4.
    """
    n = len(pairs.component.states)
    p, q, r = triples_of(n)
    unknown = pairs.unknown.reshape(n, n)
    recurrent = (unknown[p, q] >= 0) & (unknown[q, r] >= 0) & (unknown[p, r] >= 0)
    steps = np.array(pairs.component.steps, dtype=np.int64).T
    moves = np.stack([_triple_move(steps[letter], (p, q, r), n) for letter in range(len(steps))])
    alive = with_endless_past(moves, _of_one_past(pairs, (p, q, r))) & recurrent
    p, q, r = p[alive], q[alive], r[alive]
    return np.stack([unknown[p, q], unknown[q, r], unknown[p, r]], axis=1)


def _of_one_past(pairs: Pairs, triple: tuple[IntegerArray, IntegerArray, IntegerArray]) -> NDArray[np.bool_]:
    """The triples that residues do not tell apart."""
    p, q, r = (pairs.phases[part] for part in triple)
    same: NDArray[np.bool_] = (p == q) & (q == r)
    return same


def triples_of(n: int) -> tuple[IntegerArray, IntegerArray, IntegerArray]:
    """All p < q < r below n."""
    q, r = np.triu_indices(n, 1)
    counts = q
    p = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return p, np.repeat(q, counts), np.repeat(r, counts)


def triple_number(p: IntegerArray, q: IntegerArray, r: IntegerArray, n: int) -> IntegerArray:
    """The place of p < q < r in `triples_of`."""
    # Pairs (q, r) come in rows of q; q holds q triples each, so rows before q hold sum of k (n - 1 - k).
    before = (q * (q - 1) // 2) * (n - 1) - (q - 1) * q * (2 * q - 1) // 6
    place: IntegerArray = before + (r - q - 1) * q + p
    return place


def _triple_move(step: IntegerArray, triple: tuple[IntegerArray, IntegerArray, IntegerArray], n: int) -> IntegerArray:
    """Where one letter takes each triple, -1 where a state leaves or two become one."""
    moved = np.sort(np.stack([step[part] for part in triple]), axis=0)
    p, q, r = moved
    stays = (p >= 0) & (p < q) & (q < r)
    return np.where(stays, triple_number(p, q, r, n), -1)
