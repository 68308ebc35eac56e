"""The look-back families a second time, by semigroups of partial maps: slow, and independent of pairs and triples.

For an idempotent e of the semigroup of a component's partial maps, the states that e fixes are what a window of
many e's leaves possible; the maps e t f lead between them. The language is in the family exactly if plain counting
tells those states apart, e being visible. For residues the semigroup is that of all words of a stable length.
"""

from collections.abc import Hashable

from crasp.regular.automata.moore_machine import Component, strong_components
from crasp.regular.families.potentials import finest, numbered

Map = tuple[int, ...]
MOST = 120  # elements


class TooLargeError(Exception):
    """The semigroup has more elements than are worth the time."""


def tells_apart(component: Component, *, residues: bool) -> bool:
    """Whether look-back (with residues or without) and counting tell the component's states apart."""
    semigroup = stable_maps(component) if residues else all_maps(component)
    idempotents = [e for e in semigroup if after(e, e) == e]
    places = [(q, e) for e in idempotents for q in range(len(component.states)) if e[q] == q]
    number = {place: k for k, place in enumerate(places)}
    labels: dict[Hashable, int] = {}
    arrows: list[dict[int, int]] = [{} for _ in places]
    for e in idempotents:
        for f in idempotents:
            for middle in {after(after(e, t), f) for t in semigroup}:
                label = labels.setdefault((e, middle, f), len(labels))
                for q in range(len(component.states)):
                    if e[q] == q and middle[q] >= 0:
                        arrows[number[q, e]][label] = number[middle[q], f]
    for part in strong_components([sorted(set(row.values())) for row in arrows]):
        inside = {place: k for k, place in enumerate(part)}
        used = sorted({label for place in part for label, t in arrows[place].items() if t in inside})
        if len(part) < 2 or not used:
            continue
        steps = [[inside.get(arrows[place].get(label, -1), -1) for label in used] for place in part]
        classes = finest(steps, numbered([places[place][1] for place in part]))
        if len(set(classes)) < len(classes):
            return False
    return True


def after(first: Map, second: Map) -> Map:
    """The partial map of one word and then another; -1 where the component is left."""
    return tuple(second[t] if t >= 0 else -1 for t in first)


def letters_of(component: Component) -> list[Map]:
    return [tuple(row[a] for row in component.steps) for a in range(len(component.steps[0]))]


def all_maps(component: Component) -> list[Map]:
    """The maps of all words that are not empty."""
    found = list(dict.fromkeys(letters_of(component)))
    seen = set(found)
    for element in found:  # grows while it is read
        for letter in letters_of(component):
            longer = after(element, letter)
            if longer not in seen:
                seen.add(longer)
                found.append(longer)
                if len(found) > MOST:
                    raise TooLargeError
    return found


def stable_maps(component: Component) -> list[Map]:
    """The maps of all words of a length s that are those of all words of length 2 s too."""
    letters = set(letters_of(component))
    by_length = [letters]
    for length in range(1, 400):
        if length % 2 == 0 and by_length[length - 1] == by_length[length // 2 - 1]:
            return sorted(by_length[length - 1])
        by_length.append({after(element, letter) for element in by_length[-1] for letter in letters})
        if len(by_length[-1]) > MOST:
            raise TooLargeError
    raise TooLargeError
