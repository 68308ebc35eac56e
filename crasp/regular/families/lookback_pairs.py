"""Look-back, with or without residues: which pairs of states of a component no window and no counting tell apart.

The unknowns are the differences D(p, q) = potential(p) - potential(q) of two states with a common past. A pair has such
a difference if it is *recurrent*: some word leads from a loop of pairs to it, and some word leads from it to a loop or
to a merger. The differences satisfy these equations:

- D is unchanged along every move of a pair. With residues, this holds for moves whose length all moduli divide.
- D is 0 if a word merges the pair.
- D(q, p) = -D(p, q).
- D is additive on three states with a common past.

The pairs on which D is 0 in every solution are kept. The additivity is then asked only of triples whose pairs are all
kept, and this is repeated until nothing changes. The proof is in docs/regular.md, section 4.
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

MOST_STATES = 300  # the most states of a component, because all triples of them are held in memory


@dataclass(frozen=True)
class Pairs:
    """The recurrent pairs of a component, and the unknown D of each.

    The pair (p, q) has the index p * states + q.

    phases     (states,) what residues show of each state: states with different phases are told apart
    unknown    (states * states,) the number of the pair's unknown D, -1 if it has none
    group      (states * states,) the number of the group of pairs that moves connect, -1 if the pair has none
    offset     (states * states,) the place of the pair in its group: a move leads one place on
    divisors   for each group a number d: pairs whose places differ by a multiple of d have the same unknown
    merging    the unknowns that are 0 because a word merges a pair of their group
    unknowns   how many unknowns there are
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
        """A modulus that tells apart all places of all groups, and the phases of the component."""
        return int(np.lcm.reduce([self.component.period, *self.divisors]))


@lru_cache(maxsize=4)  # the verdict asks for it, then the program or the certificate
def recurrent_pairs(component: Component, *, residues: bool, modulus: int = 0) -> Pairs:
    """The recurrent pairs of a component, and which of them moves force to have the same unknown.

    Args:
        component: The component.
        residues: Whether programs may read the position modulo a number.
        modulus: That number; 0 means any number that helps.

    Raises:
        SizeError: The component has more than MOST_STATES states.
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
    """The unknowns that stay 0 in every round: no program of the family tells their pairs apart.

    The family has a program for the component exactly if there are none.
    """
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
    """Which unknowns are 0 in every solution, of shape (unknowns,).

    Args:
        pairs: The pairs and their unknowns.
        relations: (relations, 3) numbers of unknowns. A row (u, v, w) means D_u + D_v = D_w.
    """
    solved: Solved[int] = Solved(opposite_relations(pairs))
    for u, v, w in relations.tolist():
        form: dict[int, int] = {}
        for unknown, sign in ((u, 1), (v, 1), (w, -1)):
            form[unknown] = form.get(unknown, 0) + sign
        solved.add({key: value for key, value in form.items() if value})
    return np.array([not solved.value(k) for k in range(pairs.unknowns)], dtype=bool)


def opposite_relations(pairs: Pairs) -> list[dict[int, int]]:
    """The equations D(p, q) + D(q, p) = 0, each once."""
    n = len(pairs.component.states)
    there = np.flatnonzero(pairs.unknown >= 0)
    back = (there % n) * n + there // n
    found = _different(np.stack([pairs.unknown[there], pairs.unknown[back]], axis=1), pairs.unknowns)
    return [{u: 2} if u == v else {u: 1, v: 1} for u, v in found.tolist() if u <= v]


def _different(rows: IntegerArray, below: int) -> IntegerArray:
    """The different rows of an array in ascending order. Its entries are below `below`.

    Each row is compared as one number, because sorting rows is slow.
    """
    keys = rows @ below ** np.arange(rows.shape[1])[::-1]
    return rows[np.unique(keys, return_index=True)[1]]


# --- pairs ---------------------------------------------------------------------------------------------------


def _pair_moves(component: Component, phases: IntegerArray) -> IntegerArray:
    """(letters, states * states): the pair that a letter leads a pair to.

    It is -1 if one of the two states leaves the component, if the two are the same state, or if their phases differ,
    because residues tell such pairs apart.
    """
    n = len(component.states)
    steps = np.array(component.steps, dtype=np.int64).T  # (letters, states)
    first, second = np.divmod(np.arange(n * n), n)
    left, right = steps[:, first], steps[:, second]
    allowed = (left >= 0) & (right >= 0) & (first != second) & (phases[first] == phases[second])
    return np.where(allowed, left * n + right, -1)


def _recurrent(moves: IntegerArray, n: int) -> NDArray[np.bool_]:
    """(states * states,): which pairs of different states have an endless past, and an endless future or a merger."""
    merged = np.arange(n * n) // n == np.arange(n * n) % n
    kept = with_endless_past(moves, ~merged)
    # Now the future: a pair is dropped if all its moves lead to dropped pairs. A merged pair is never dropped.
    alive = kept | merged
    while True:
        goes_on = ((moves >= 0) & alive[moves]).any(axis=0)
        fewer = merged | (alive & goes_on)
        if (fewer == alive).all():
            found: NDArray[np.bool_] = fewer & ~merged
            return found
        alive = fewer


def with_endless_past(moves: IntegerArray, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which nodes have arbitrarily long pasts inside the nodes alive, of shape (nodes,).

    Args:
        moves: (letters, nodes) the node that each letter leads to, -1 if none.
        alive: (nodes,) the nodes that count.
    """
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
    """The groups of pairs that moves connect, as (group, offset, divisors, merging groups), with the fields of `Pairs`.

    The offsets are such that a move leads one place on. The divisor of a group divides all contradictions of that rule.
    """
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

    Only triples p < q < r are looked at, because the other orders give the same equations. That an endless past is
    enough is shown in docs/regular.md, section 4.
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
    """Which triples have three states of the same phase, so that residues do not tell them apart."""
    p, q, r = (pairs.phases[part] for part in triple)
    same: NDArray[np.bool_] = (p == q) & (q == r)
    return same


def triples_of(n: int) -> tuple[IntegerArray, IntegerArray, IntegerArray]:
    """All triples p < q < r below n, as three arrays."""
    q, r = np.triu_indices(n, 1)
    counts = q
    p = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return p, np.repeat(q, counts), np.repeat(r, counts)


def triple_number(p: IntegerArray, q: IntegerArray, r: IntegerArray, n: int) -> IntegerArray:
    """The index of each triple p < q < r in `triples_of`."""
    # The triples are ordered by q, then r, then p. Each pair (q, r) has q triples, so the triples with a smaller middle
    # number are the sum of k (n - 1 - k) over k < q.
    before = (q * (q - 1) // 2) * (n - 1) - (q - 1) * q * (2 * q - 1) // 6
    place: IntegerArray = before + (r - q - 1) * q + p
    return place


def _triple_move(step: IntegerArray, triple: tuple[IntegerArray, IntegerArray, IntegerArray], n: int) -> IntegerArray:
    """The index of the triple that one letter leads each triple to; -1 if a state leaves or two become the same."""
    moved = np.sort(np.stack([step[part] for part in triple]), axis=0)
    p, q, r = moved
    stays = (p >= 0) & (p < q) & (q < r)
    return np.where(stays, triple_number(p, q, r, n), -1)
