"""Finds what a program has to count to know the state of a machine: levels and flags.

A *level* is a potential. Each letter adds an amount that depends on what is known already, and the sum is a value of
the state. A *flag* says whether a closed set of places has been entered.

A flag only needs to see the entry from outside the set, and a level only needs to be right inside its region. So a
region that is left for ever, for example to a dead state, is first followed as if it could not be left. One flag for
the way out is added at the end.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.deep_recursion import Step, run
from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.moore_machine import strong_components
from crasp.regular.families.linear_equations import Number, Solved
from crasp.regular.families.potentials import numbered, splitting
from crasp.regular.witnesses.features import Feature, Following, depth_of
from crasp.regular.witnesses.product_machine import ProductMachine
from crasp.regular.witnesses.short_conditions import UNKNOWN, cover

MOST_SEEDS = 400  # how many sets of places are tried in each round as the set that a flag is about


def follow(product: ProductMachine) -> Following:
    """The product with features that tell all of its places apart.

    Such features exist if the product suffices for the machine, as `least_product` guarantees.
    """
    following = Following(product)
    run(_follow(following, list(range(len(product.places)))))
    return following


# docs/regular.md, section 8, proves that this ends with all places told apart if the product suffices.
def _follow(following: Following, region: list[int]) -> Step[None]:
    """Adds features until the places of the region are told apart on words that have stayed inside it."""
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
            # If the rest is told apart already, a flag that tells it from the ends would not help.
            if _alone(classes, region, among=rest):
                raise ArithmeticError("the places of a component cannot be told apart by counting")
            yield _follow_and_leave(following, region, rest)


def _last_of_a_kind(product: ProductMachine, region: Sequence[int]) -> set[int]:
    """If the places of the region are of several kinds, its end places of one kind, preferably sinks; else none."""
    kinds = product.kinds
    if len({kinds[place] for place in region}) == 1:
        return set()
    ends = _ends(product.steps, region)
    chosen = max(kinds[place] for place in ends)
    return {place for place in ends if kinds[place] == chosen}


def _ends(steps: Sequence[Sequence[int]], region: Sequence[int]) -> set[int]:
    """The places of the strongly connected components that no letter leaves for another component of the region."""
    number = {place: k for k, place in enumerate(region)}
    inside = [{number[t] for t in steps[place] if t in number} for place in region]
    parts = strong_components([sorted(targets) for targets in inside])
    return {region[k] for part in parts if set().union(*(inside[k] for k in part)) <= set(part) for k in part}


def _alone(classes: Sequence[int], region: Sequence[int], among: Sequence[int] | None = None) -> bool:
    """Whether each of these places of the region, or each place of it, is the only one of its class."""
    size = Counter(classes)
    asked = set(region if among is None else among)
    return all(size[name] == 1 for name, place in zip(classes, region, strict=True) if place in asked)


def _follow_and_leave(following: Following, region: list[int], inner: list[int]) -> Step[None]:
    """Adds features that follow the inner places as if there were no others, then a flag that they were left."""
    before = len(following.features)
    yield _follow(following, inner)
    inside = set(inner)
    following.replace(before, [_only_inside(feature, inside) for feature in following.features[before:]])
    far = set(region) - inside
    if not _is_flagged(following, region, far):
        following.features.append(_flag(following, region, far))


def _only_inside(feature: Feature, inside: set[int]) -> Feature:
    """The feature with the value UNKNOWN outside these places."""
    values = tuple(v if place in inside else UNKNOWN for place, v in enumerate(feature.values))
    return Feature(feature.kind, values, feature.terms, feature.depth)


def _is_flagged(following: Following, region: list[int], far: set[int]) -> bool:
    """Whether an existing flag says for every place of the region if it is one of these."""
    return any(
        feature.kind == "flag" and all(feature.values[place] == (place in far) for place in region)
        for feature in following.features
    )


# --- one round: of all flags and levels that can be counted now, a few that tell as much apart --------------------


def _round(following: Following, region: list[int], classes: list[int]) -> list[Feature]:
    name = dict(zip(region, classes, strict=True))
    candidates = [*_far_sides(following, region, name), *_potentials(following, region, name)]
    columns = [values for values, _, _ in candidates]
    everything = numbered(list(zip(classes, *columns, strict=True)))
    splitting, chosen = list(range(len(candidates))), list[Feature]()
    while classes != everything:
        scores = _parts(classes, [columns[k] for k in splitting])
        best = min(zip(scores, splitting, strict=True), key=lambda each: (-each[0], candidates[each[1]][1]))[1]
        # A candidate that splits no class now never will, because classes only get smaller.
        splitting = [k for k, score in zip(splitting, scores, strict=True) if score > max(classes) + 1 and k != best]
        chosen.append(candidates[best][2]())
        classes = numbered(list(zip(classes, columns[best], strict=True)))
    return chosen


def _parts(classes: Sequence[int], columns: Sequence[Sequence[int]]) -> list[int]:
    """The number of classes that each column splits the given classes into. Classes are numbered from 0."""
    times = Counter(classes)
    shared = [k for k, name in enumerate(classes) if times[name] > 1]
    names = [classes[k] for k in shared]
    alone = len(classes) - len(shared)
    return [alone + len(set(zip(names, [column[k] for k in shared], strict=True))) for column in columns]


# A candidate for a feature: its values at the places of the region in order, its complexity, and how to make it.
_Candidate = tuple[list[int], int, Callable[[], Feature]]


def _far_sides(following: Following, region: list[int], name: dict[int, int]) -> Iterator[_Candidate]:
    """Yields flags: closed sets of places whose entry is visible from outside.

    Each is grown from the places that a class and a letter lead to.
    """
    number = {place: k for k, place in enumerate(region)}
    arrivals: dict[tuple[int, int], set[int]] = {}
    edges: list[tuple[int, int, int]] = []  # from, to, and the number of the class and the letter
    seen_as: dict[tuple[int, int], int] = {}
    for k, place in enumerate(region):
        for letter, target in enumerate(following.product.steps[place]):
            if target in number:
                seen = (name[place], letter)
                arrivals.setdefault(seen, set()).add(number[target])
                edges.append((k, number[target], seen_as.setdefault(seen, len(seen_as))))
    times = Counter(seen for _, _, seen in edges)
    # An edge that looks like no other edge forces no other edge to be an entry.
    graph = np.array([edge for edge in edges if times[edge[2]] > 1], dtype=np.int64).reshape(-1, 3).T
    reach = _reach(edges, len(region))
    seeds = {tuple(sorted(targets)) for targets in arrivals.values()}
    tried = set()
    for seed in sorted(seeds, key=lambda s: (len(s), s))[:MOST_SEEDS]:
        far = _closed(seed, reach, graph)
        if (key := far.tobytes()) in tried or far.all():
            continue
        tried.add(key)
        places = frozenset(region[k] for k in np.flatnonzero(far).tolist())
        yield far.astype(np.int64).tolist(), 1, lambda far=places: _flag(following, region, far)  # type: ignore[misc]


def _reach(edges: Sequence[tuple[int, int, int]], number: int) -> list[int]:
    """For each place the set of places that it leads to, itself included, as bits."""
    leads_to: list[set[int]] = [set() for _ in range(number)]
    for source, target, _ in edges:
        leads_to[source].add(target)
    reach = [0] * number
    for part in strong_components([sorted(targets) for targets in leads_to]):  # components that are reached come first
        bits = 0
        for k in part:
            bits |= 1 << k
            for target in leads_to[k]:
                bits |= reach[target]
        for k in part:
            reach[k] = bits
    return reach


def _closed(seed: Iterable[int], reach: Sequence[int], graph: IntegerArray) -> NDArray[np.bool_]:
    """The least set of places that contains the seed and all that it leads to, and whose entries are visible.

    If an edge enters the set, the targets of all edges that look the same belong to it too.
    """
    source, target, seen = graph
    bits, waiting = 0, seed
    while True:
        for place in waiting:
            bits |= reach[place]
        packed = np.frombuffer(bits.to_bytes(len(reach) // 8 + 1, "little"), dtype=np.uint8)
        far = np.unpackbits(packed, count=len(reach), bitorder="little").astype(bool)
        near, arrives = ~far[source], far[target]
        shown = seen[near & arrives]
        if not len(shown):
            return far
        shows = np.zeros(int(seen.max()) + 1, dtype=bool)
        shows[shown] = True
        waiting = target[near & ~arrives & shows[seen]].tolist()
        if not waiting:
            return far


def _flag(following: Following, region: Sequence[int], far: set[int] | frozenset[int]) -> Feature:
    """The flag that says that a set of places, closed in the region, has been entered from the rest of the region."""
    is_inside, is_far = (_marked(places, len(following.product.places)) for places in (region, far))
    is_near = is_inside & ~is_far
    near, target = is_near[following.sources], following.targets
    enters, stays = near & is_far[target], near & is_near[target]
    condition = cover(following.table(), enters, stays, following.costs())
    values = tuple(np.where(is_inside, is_far, UNKNOWN).tolist())
    return Feature("flag", values, ((1, condition),), 1 + depth_of(condition, following.costs()))


def _marked(places: Collection[int], number: int) -> NDArray[np.bool_]:
    """(number,): whether each number is one of these places."""
    found = np.zeros(number, dtype=bool)
    found[list(places)] = True
    return found


# --- levels --------------------------------------------------------------------------------------------------


def _potentials(following: Following, region: list[int], name: dict[int, int]) -> Iterator[_Candidate]:
    """Yields levels: potentials of the region that split a class, one for each amount that may be chosen freely."""
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
        values = [int(reduced[place].get(free, 0) * scale) for place in region]
        shares = {amount: int(times * scale) for amount, times in held.items()}
        common = gcd(*shares.values()) * (-1 if sum(values) < 0 else 1)
        values = [value // common for value in values]
        shares = {amount: share // common for amount, share in shares.items()}
        yield values, 1 + len(shares), lambda v=values, s=shares: _level(following, region, name, v, s)  # type: ignore[misc]


def _level(
    following: Following,
    region: Sequence[int],
    name: dict[int, int],
    values: Sequence[int],
    shares: dict[tuple[int, int], int],
) -> Feature:
    """The level with these values. Each class and letter adds the amount in `shares`, and all others add 0."""
    is_inside = _marked(region, len(following.product.places))
    counted = is_inside[following.sources] & is_inside[following.targets]
    share = np.array([shares.get((name[p], a), 0) if p in name else 0 for p, a in following.situations])
    costs = following.costs()
    terms = []
    for amount in sorted(set(shares.values()), key=lambda v: (v < 0, abs(v))):
        condition = cover(following.table(), counted & (share == amount), counted & (share != amount), costs)
        terms.append((amount, condition))
    here = dict(zip(region, values, strict=True))
    everywhere = tuple(here.get(p, UNKNOWN) for p in range(len(following.product.places)))
    depth = 1 + max(depth_of(condition, costs) for _, condition in terms)
    return Feature("level", everywhere, tuple(terms), depth)
