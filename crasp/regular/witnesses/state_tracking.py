"""What a program counts to know the state: numbers that rise and fall, and events that have happened or not.

A *level* is a potential: what the letters add to it, known from what is known already, sums to a value of the state.
A *flag* says whether a closed set of places has been entered. A flag needs to see the entry only from outside, and a
level needs to be right only inside the region it is for: so a region that is left for ever, to a dead state say, is
followed as if it could not be left, and one flag for the way out is added at the end.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Literal

import numpy as np

from crasp.meaning.deep_recursion import Step, run
from crasp.regular.automata.machine import strong_components
from crasp.regular.families.linear_equations import Number, Solved
from crasp.regular.families.potentials import numbered, splitting
from crasp.regular.witnesses.product import Product
from crasp.regular.witnesses.short_conditions import UNKNOWN, Array, Case, cover

MOST_SEEDS = 400  # sets of places that are tried as the far side of a flag, in each round
LETTER = 0  # the first variable of every condition


@dataclass(frozen=True)
class Feature:
    """Something counted: its value before each place is left, UNKNOWN where it means nothing.

    The value is the sum over `terms` of the coefficient times the number of letters so far that met the condition;
    of a flag, whether that is more than 0. Conditions are over the letter, the letters before it, the residue, and
    the features before, in this order.
    """

    kind: Literal["level", "flag"]
    values: tuple[int, ...]  # (places,)
    terms: tuple[tuple[int, tuple[Case, ...]], ...]
    depth: int


class Following:
    """A product, the features found so far, and the table of what is visible as each letter is read at each place."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.features: list[Feature] = []
        self.letters = len(product.machine.alike)  # letters that act alike are one
        self.situations = [(place, a) for place in range(len(product.places)) for a in range(self.letters)]

    @cached_property
    def _visible(self) -> Array:
        """(situations, 1 + look-back + residue): the letter, the letters before it, the position's residue."""
        return np.array([[letter, *self.product.shown[place]] for place, letter in self.situations], dtype=np.int64)

    @property
    def visible_variables(self) -> int:
        """How many variables come before the features."""
        return int(self._visible.shape[1])

    def table(self, *, after: bool = False) -> Array:
        """(situations, variables): what is visible, and the features before the letter or after it."""
        here = [self.product.steps[place][a] if after else place for place, a in self.situations]
        columns = [np.array(feature.values, dtype=np.int64)[here] for feature in self.features]
        return np.column_stack([self._visible, *columns]) if columns else self._visible

    def costs(self) -> list[float]:
        """How much each variable adds to a program: its depth, and a little for what is farther back."""
        lookback = self.product.lookback
        lags = [1 + back / 1000 for back in range(lookback)]
        residue = [0.5] if self.product.modulus > 1 else []
        return [0.0, *lags, *residue, *(float(feature.depth) for feature in self.features)]

    def classes(self, region: Sequence[int]) -> list[int]:
        """The places of a region by what is known of them: residue, latest letters, features."""
        return numbered([(*self.product.shown[p], *(f.values[p] for f in self.features)) for p in region])


def follow(product: Product) -> Following:
    """Features that tell every place of the product from every other; there are some if the product suffices."""
    following = Following(product)
    run(_follow(following, list(range(len(product.places)))))
    return following


# Why this ends with every place told apart, for every product that suffices: docs/regular.md, section 8.
def _follow(following: Following, region: list[int]) -> Step[None]:
    """Adds features until the places of the region are told apart on words that have stayed inside."""
    steps = following.product.steps
    last = _last_of_a_kind(following.product, region)
    if last:
        yield _follow_and_leave(following, region, [place for place in region if place not in last])
    while not _alone(classes := following.classes(region), region):
        found = _round(following, region, classes)
        following.features += found
        if not found:
            ends = _ends(steps, region)
            rest = [place for place in region if place not in ends]
            # A flag that tells the rest from the ends says nothing yet of the places of the rest.
            if _alone(classes, region, among=rest):
                raise ArithmeticError("the places of a component cannot be told apart by counting")
            yield _follow_and_leave(following, region, rest)


def _last_of_a_kind(product: Product, region: Sequence[int]) -> set[int]:
    """Where the places of the region are of several kinds: ends of one kind, sinks if there are any."""
    kinds = product.kinds
    if len({kinds[place] for place in region}) == 1:
        return set()
    ends = _ends(product.steps, region)
    chosen = max(kinds[place] for place in ends)
    return {place for place in ends if kinds[place] == chosen}


def _ends(steps: Sequence[Sequence[int]], region: Sequence[int]) -> set[int]:
    """The places of the strongly connected parts that no letter leaves for another part of the region."""
    number = {place: k for k, place in enumerate(region)}
    inside = [{number[t] for t in steps[place] if t in number} for place in region]
    parts = strong_components([sorted(targets) for targets in inside])
    return {region[k] for part in parts if set().union(*(inside[k] for k in part)) <= set(part) for k in part}


def _alone(classes: Sequence[int], region: Sequence[int], among: Sequence[int] | None = None) -> bool:
    """Whether these places of the region, or all, are each the only one of its class."""
    size = Counter(classes)
    asked = set(region if among is None else among)
    return all(size[name] == 1 for name, place in zip(classes, region, strict=True) if place in asked)


def _follow_and_leave(following: Following, region: list[int], inner: list[int]) -> Step[None]:
    """Follows the inner places as if they were all, then adds the flag that they have been left."""
    before = len(following.features)
    yield _follow(following, inner)
    inside = set(inner)
    for number in range(before, len(following.features)):
        feature = following.features[number]
        values = tuple(v if place in inside else UNKNOWN for place, v in enumerate(feature.values))
        following.features[number] = Feature(feature.kind, values, feature.terms, feature.depth)
    far = set(region) - inside
    if not _is_flagged(following, region, far):
        following.features.append(_flag(following, region, far))


def _is_flagged(following: Following, region: list[int], far: set[int]) -> bool:
    """Whether a flag says already, of every place of the region, if it is one of these."""
    return any(
        feature.kind == "flag" and all(feature.values[place] == (place in far) for place in region)
        for feature in following.features
    )


# --- one round: all flags and levels that what is known allows, and the fewest of them that say as much ----------


def _round(following: Following, region: list[int], classes: list[int]) -> list[Feature]:
    name = dict(zip(region, classes, strict=True))
    candidates = [*_far_sides(following, region, name), *_potentials(following, region, name)]
    columns = [[values[place] for place in region] for values, _, _ in candidates]
    everything = numbered(list(zip(classes, *columns, strict=True)))
    chosen: list[Feature] = []
    while classes != everything:
        scores = [len(set(zip(classes, column, strict=True))) for column in columns]
        best = min(range(len(candidates)), key=lambda k: (-scores[k], candidates[k][1]))
        chosen.append(candidates[best][2]())
        classes = numbered(list(zip(classes, columns[best], strict=True)))
    return chosen


# A candidate: its value at each place of the region, how complicated it is, and how to make it.
_Candidate = tuple[dict[int, int], int, Callable[[], Feature]]


def _far_sides(following: Following, region: list[int], name: dict[int, int]) -> Iterator[_Candidate]:
    """Closed sets of places whose entry is visible from outside, grown from the targets of a class and a letter."""
    number = {place: k for k, place in enumerate(region)}
    arrivals: dict[tuple[int, int], list[int]] = {}
    edges: list[tuple[int, int, int]] = []  # from, to, and the number of the class and the letter
    seen_as: dict[tuple[int, int], int] = {}
    for place in region:
        for letter, target in enumerate(following.product.steps[place]):
            if target in number:
                seen = (name[place], letter)
                arrivals.setdefault(seen, []).append(number[target])
                edges.append((number[place], number[target], seen_as.setdefault(seen, len(seen_as))))
    times = Counter(seen for _, _, seen in edges)
    # What looks like nothing else brings nothing in.
    graph = np.array([edge for edge in edges if times[edge[2]] > 1], dtype=np.int64).reshape(-1, 3).T
    leads_to: list[set[int]] = [set() for _ in region]
    for source, target, _ in edges:
        leads_to[source].add(target)
    seeds = {frozenset(targets) for targets in arrivals.values()}
    tried = set()
    for seed in sorted(seeds, key=lambda s: (len(s), sorted(s)))[:MOST_SEEDS]:
        far = _closed(seed, leads_to, graph)
        if far in tried or len(far) == len(region):
            continue
        tried.add(far)
        places = frozenset(region[k] for k in far)
        values = {place: int(place in places) for place in region}
        yield values, 1, lambda far=places: _flag(following, region, far)  # type: ignore[misc]


def _closed(seed: frozenset[int], leads_to: Sequence[set[int]], graph: Array) -> frozenset[int]:
    """The least set that holds the seed, what it leads to, and what looks the same as an entry to it."""
    source, target, seen = graph
    far = np.zeros(len(leads_to), dtype=bool)
    shows = np.zeros(int(seen.max(initial=-1)) + 1, dtype=bool)
    waiting: list[int] = list(seed)
    while waiting:
        while waiting:
            place = waiting.pop()
            if not far[place]:
                far[place] = True
                waiting += leads_to[place]
        if not len(shows):
            break
        near = ~far[source]
        arrives = far[target]
        shows[:] = False
        shows[seen[near & arrives]] = True
        waiting = target[near & ~arrives & shows[seen]].tolist()
    return frozenset(np.flatnonzero(far).tolist())


def _flag(following: Following, region: Sequence[int], far: set[int] | frozenset[int]) -> Feature:
    """The flag that a set of places, closed in the region, has been entered from the rest of it."""
    steps = following.product.steps
    inside = set(region)
    rows = following.table()
    near = np.array([p in inside and p not in far for p, _ in following.situations])
    target = [steps[p][a] for p, a in following.situations]
    enters = near & np.array([t in far for t in target])
    stays = near & np.array([t in inside and t not in far for t in target])
    condition = cover(rows, enters, stays, following.costs())
    values = tuple(int(p in far) if p in inside else UNKNOWN for p in range(len(following.product.places)))
    return Feature("flag", values, ((1, condition),), 1 + depth_of(condition, following.costs()))


def depth_of(condition: Sequence[Case], costs: Sequence[float]) -> int:
    """How many counts a condition nests."""
    return max((int(costs[v]) for case in condition for v, _, _ in case.allowed), default=0)


# --- levels --------------------------------------------------------------------------------------------------


def _potentials(following: Following, region: list[int], name: dict[int, int]) -> Iterator[_Candidate]:
    """Potentials of the region that split a class, one for each amount that may be chosen freely."""
    steps = following.product.steps
    inside = set(region)
    numbers: dict[int, dict[tuple[int, int], Number]] = {region[0]: {}}
    solved: Solved[tuple[int, int]] = Solved()
    queue = [region[0]]
    for place in queue:  # grows while it is read
        for letter, target in enumerate(steps[place]):
            if target not in inside:
                continue
            amount = (name[place], letter)
            number = dict(numbers[place])
            number[amount] = number.get(amount, 0) + 1
            if target not in numbers:
                numbers[target] = number
                queue.append(target)
                continue
            for known, times in numbers[target].items():
                number[known] = number.get(known, 0) - times
            solved.add({key: value for key, value in number.items() if value})
    amounts = list(dict.fromkeys((name[p], a) for p in region for a, t in enumerate(steps[p]) if t in inside))
    forms = {amount: solved.value(amount) for amount in amounts}
    reduced = {place: solved.reduce(number) for place, number in numbers.items()}
    shares_of: dict[tuple[int, int], dict[tuple[int, int], Number]] = {}
    for amount, form in forms.items():
        for free, times in form.items():
            shares_of.setdefault(free, {})[amount] = times
    different = splitting(reduced, name)
    for free, held in shares_of.items():
        if free not in different:
            continue
        scale = lcm(*(Fraction(times).denominator for times in held.values()))
        values = {place: int(reduced[place].get(free, 0) * scale) for place in region}
        shares = {amount: int(times * scale) for amount, times in held.items()}
        common = gcd(*shares.values()) * (-1 if sum(values.values()) < 0 else 1)
        values = {place: value // common for place, value in values.items()}
        shares = {amount: share // common for amount, share in shares.items()}
        yield values, 1 + len(shares), lambda v=values, s=shares: _level(following, region, name, v, s)  # type: ignore[misc]


def _level(
    following: Following,
    region: Sequence[int],
    name: dict[int, int],
    values: dict[int, int],
    shares: dict[tuple[int, int], int],
) -> Feature:
    """The level with these values, to which a class and a letter add these amounts, others nothing."""
    inside = set(region)
    rows = following.table()
    counted = np.array([p in inside and following.product.steps[p][a] in inside for p, a in following.situations])
    share = np.array([shares.get((name[p], a), 0) if p in inside else 0 for p, a in following.situations])
    costs = following.costs()
    terms = []
    for amount in sorted(set(shares.values()), key=lambda v: (v < 0, abs(v))):
        terms.append((amount, cover(rows, counted & (share == amount), counted & (share != amount), costs)))
    everywhere = tuple(values.get(p, UNKNOWN) for p in range(len(following.product.places)))
    depth = 1 + max(depth_of(condition, costs) for _, condition in terms)
    return Feature("level", everywhere, tuple(terms), depth)
