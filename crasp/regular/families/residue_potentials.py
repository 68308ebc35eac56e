"""Residues without look-back: potentials that are multiplied by a root of unity at each step.

A program with residues modulo m follows a component by one number for each state and residue. The characters of the
residues split these numbers into one system for each root of unity z whose order divides m:
`z * pi(s.letter) - pi(s) = an amount for the class and the letter`. Only orders with at most as many units as the
component has states matter, and one order beyond. The proof is in docs/regular.md, section 5.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import gcd, lcm

import numpy as np

from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.moore_machine import Component
from crasp.regular.families.modular_equations import nullspaces, root_of_unity, totients, with_few_units
from crasp.regular.families.potentials import numbered

ENTRIES_AT_ONCE = 1 << 22  # entries of all matrices that are solved together
TRIALS = 2  # independent choices of primes whose results have to agree


@dataclass(frozen=True)
class Twisted:
    """The finest classes of states that counting with residues gives, and a modulus that gives them.

    `orders` are those of the roots of unity that split classes. The modulus is a multiple of them and of the period.
    """

    classes: tuple[int, ...]
    modulus: int
    orders: tuple[int, ...]  # each once, in the order in which they were used


@lru_cache(maxsize=16)  # the verdict asks for it, then the program or the certificate
def finest_with_residues(component: Component) -> Twisted:
    """The classes of states that no program with residues tells apart, computed modulo primes twice.

    What is reported of the result is checked exactly elsewhere. A modulus is checked by the test for plain counting on
    the states with their residues, and classes that stay together by their certificate.
    """
    classes = tuple(numbered(component.phases))
    modulus, used = component.period, list[int]()
    while len(set(classes)) < len(classes):
        if _merges(component, classes):
            break  # a letter merges two states of a class: no root of unity tells them apart
        finer, orders = _refined(component, classes, _orders(component, classes))
        modulus = lcm(modulus, *orders)
        used += orders
        if finer == classes:
            break
        classes = finer
    return Twisted(classes, modulus, tuple(dict.fromkeys(used)))


def residues_tell_apart(component: Component, modulus: int) -> bool:
    """Whether counting with residues of this modulus tells all states of the component apart, computed modulo primes.

    Args:
        component: The component.
        modulus: The modulus of the positions. It need not be a multiple of the component's period.
    """
    within = orders_within(modulus, len(component.states))
    classes = tuple(numbered([phase % gcd(component.period, modulus) for phase in component.phases]))
    while len(set(classes)) < len(classes):
        if _merges(component, classes):
            return False
        orders = tuple(order for order in _orders(component, classes) if order in within)
        finer, _ = _refined(component, classes, orders)
        if finer == classes:
            return False
        classes = finer
    return True


def _merges(component: Component, classes: Sequence[int]) -> bool:
    arrivals = [(classes[s], a, t) for s, row in enumerate(component.steps) for a, t in enumerate(row) if t >= 0]
    return len(set(arrivals)) < len(arrivals)


@lru_cache(maxsize=64)  # moduli that share factors ask for the same ones
def _orders(component: Component, classes: tuple[int, ...]) -> tuple[int, ...]:
    return orders_that_matter(component, classes)


@lru_cache(maxsize=64)  # for the same reason
def _refined(
    component: Component, classes: tuple[int, ...], orders: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The classes split by roots of unity of these orders, and the orders that split them, small ones first."""
    system = _System(component, classes)
    found = [_split(system, orders, list(classes), seed) for seed in range(TRIALS)]
    while found[-1] != found[-2]:
        found.append(_split(system, orders, list(classes), len(found)))
    finer, used = found[-1]
    return tuple(finer), tuple(used)


def _split(system: "_System", orders: Sequence[int], classes: list[int], seed: int) -> tuple[list[int], list[int]]:
    finer, used = classes, list[int]()
    generator = random.Random(f"{seed}/{len(classes)}")
    portion = max(1, ENTRIES_AT_ONCE // max(1, system.size))
    for start in range(0, len(orders), portion):
        some = orders[start : start + portion]
        values = system.values([root_of_unity(order, generator) for order in some])
        for order, value in zip(some, values, strict=True):
            split = numbered(list(zip(finer, (row.tobytes() for row in value), strict=True)))
            if split != finer:
                finer, used = split, [*used, order]
    return finer, used


class _System:
    """The system of a component: the unknown amounts, the numbers of its states in terms of them, and the equations.

    The first state's number can be set to 0, and a spanning tree of steps gives the numbers of the others. Each step
    outside the tree is an equation, unless its amount occurs in no other step.
    """

    def __init__(self, component: Component, classes: Sequence[int]) -> None:
        edges = [(s, a, t) for s, row in enumerate(component.steps) for a, t in enumerate(row) if t >= 0]
        self.states = len(classes)
        self.tree: list[tuple[int, int, int]] = []
        reached = {0}
        queue = [0]
        by_source: dict[int, list[tuple[int, int, int]]] = {}
        for edge in edges:
            by_source.setdefault(edge[0], []).append(edge)
        for state in queue:  # grows while it is read
            for edge in by_source[state]:
                if edge[2] not in reached:
                    reached.add(edge[2])
                    queue.append(edge[2])
                    self.tree.append(edge)
        used: dict[tuple[int, int], int] = {}
        for s, a, _ in edges:
            used[classes[s], a] = used.get((classes[s], a), 0) + 1
        inside = set(self.tree)
        self.others = [edge for edge in edges if edge not in inside and used[classes[edge[0]], edge[1]] > 1]
        needed = dict.fromkeys((classes[s], a) for s, a, _ in (*self.tree, *self.others))
        self.amounts = {amount: number for number, amount in enumerate(needed)}
        self.amount = {(s, a): self.amounts[classes[s], a] for s, a, _ in (*self.tree, *self.others)}
        self.size = len(self.amounts) * max(len(self.others), self.states)

    def values(self, roots: Sequence[tuple[int, int]]) -> IntegerArray:
        """(orders, states, amounts): each state's number in terms of the free amounts, modulo each prime.

        `roots` has for each order a prime and an element of that order modulo the prime.
        """
        primes = np.array([prime for prime, _ in roots], dtype=np.int64)
        root = np.array([value for _, value in roots], dtype=np.int64)
        inverse = np.array([pow(value, -1, prime) for prime, value in roots], dtype=np.int64)
        modulus = primes[:, None]
        numbers = np.zeros((len(roots), self.states, len(self.amounts)), dtype=np.int64)
        for s, a, t in self.tree:
            numbers[:, t] = numbers[:, s]
            numbers[:, t, self.amount[s, a]] += 1
            numbers[:, t] = numbers[:, t] % modulus * inverse[:, None] % modulus
        equations = np.zeros((len(roots), len(self.others), len(self.amounts)), dtype=np.int64)
        for row, (s, a, t) in enumerate(self.others):
            equations[:, row] = (root[:, None] * numbers[:, t] - numbers[:, s]) % modulus
            equations[:, row, self.amount[s, a]] -= 1
        solved = nullspaces(equations % modulus[:, None], primes)
        result = np.zeros_like(numbers)
        for amount in range(len(self.amounts)):
            product = numbers[:, :, amount, None] * solved[:, None, amount] % modulus[:, None]
            result = (result + product) % modulus[:, None]
        return result


# --- which roots of unity are needed -------------------------------------------------------------------------


def orders_that_matter(component: Component, classes: Sequence[int]) -> tuple[int, ...]:
    """The orders of the roots of unity under which two states of one class can have different numbers.

    A step divides the difference of the numbers of two states by z. If every connected group of pairs returns to a pair
    only after net numbers of steps that g divides, a difference is possible only for roots with z**g = 1.
    """
    orders = orders_to_try(len(component.states))
    divisors = _returns(component, classes)
    if 0 in divisors:
        return orders
    return tuple(order for order in orders if any(divisor % order == 0 for divisor in divisors))


def _returns(component: Component, classes: Sequence[int]) -> set[int]:
    """For each group of connected pairs of one class, the divisor of the net step numbers of its returns; 0 if none."""
    n = len(classes)
    steps, names = np.array(component.steps, dtype=np.int64).T, np.array(classes)
    alike = names[:, None] == names[None, :]
    np.fill_diagonal(alike, False)
    first, second = np.nonzero(alike)
    number = np.full(n * n, -1)
    number[first * n + second] = np.arange(len(first))
    left, right = steps[:, first], steps[:, second]
    letter, source = np.nonzero((left >= 0) & (right >= 0))
    target = number[left[letter, source] * n + right[letter, source]]
    group, place = _places(source, target, len(first))
    divisors = np.zeros(len(first), dtype=np.int64)
    np.gcd.at(divisors, group[source], np.abs(place[source] + 1 - place[target]))
    return set(divisors[: group.max(initial=-1) + 1].tolist())


def _places(source: IntegerArray, target: IntegerArray, nodes: int) -> tuple[IntegerArray, IntegerArray]:
    """The connected group of each node, and its place in it: each edge of a spanning tree leads one place on.

    Both have shape (nodes,).
    """
    forward, backward = (_neighbours(a, b, nodes) for a, b in ((source, target), (target, source)))
    group, place = [-1] * nodes, [0] * nodes
    found = 0
    for root in range(nodes):
        if group[root] >= 0:
            continue
        group[root] = found
        queue = [root]
        for node in queue:  # grows while it is read
            for reached, step in ((forward[node], 1), (backward[node], -1)):
                for other in reached:
                    if group[other] < 0:
                        group[other], place[other] = found, place[node] + step
                        queue.append(other)
        found += 1
    return np.array(group, dtype=np.int64), np.array(place, dtype=np.int64)


def _neighbours(source: IntegerArray, target: IntegerArray, nodes: int) -> list[list[int]]:
    """For each node the nodes that its edges lead to."""
    ordered = target[np.argsort(source, kind="stable")].tolist()
    bounds = [0, *np.cumsum(np.bincount(source, minlength=nodes)).tolist()]
    return [ordered[start:stop] for start, stop in pairwise(bounds)]


@cache
def orders_to_try(states: int) -> tuple[int, ...]:
    """The orders with at most `states` units, and the least order with more, which stands for all the others."""
    beyond = int(np.flatnonzero(totients(4 * states + 8) > states)[0])
    return tuple(sorted([*with_few_units(states), beyond]))


@cache
def orders_within(modulus: int, states: int) -> frozenset[int]:
    """Those of `orders_to_try` that divide the modulus; the last of them if some larger order does."""
    *few, beyond = orders_to_try(states)
    found = {order for order in few if modulus % order == 0}
    return frozenset(found if modulus in with_few_units(states) else {*found, beyond})
