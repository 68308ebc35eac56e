"""Short words that explain why a component has no program: one that merges two states, or one that permutes some."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crasp.regular.automata.moore_machine import Component
from crasp.regular.families.modular_equations import prime_factors

MOST_MAPS = 2_000  # how many different maps of the states, made by words, are looked at


@dataclass(frozen=True)
class Orbit:
    """A word, as numbers of letters, that leads each of these states to the next, and the last to the first."""

    word: tuple[int, ...]
    states: tuple[int, ...]


def merging_letter(component: Component, visible: Sequence[int]) -> tuple[int, int, int] | None:
    """Two states and a letter that leads both to the same state of the component; None if there are none.

    Args:
        component: The component.
        visible: For each state the class of states that a program sees. The two states have to be in the same class.
    """
    for letter in range(len(component.steps[0])):
        first: dict[tuple[int, int], int] = {}
        for state, row in enumerate(component.steps):
            if row[letter] >= 0:
                other = first.setdefault((visible[state], row[letter]), state)
                if other != state:
                    return other, state, letter
    return None


def orbits(component: Component, fits: Callable[[Orbit], bool]) -> Iterator[Orbit]:
    """Yields orbits of prime length that `fits` accepts, those of short words first.

    Each map of the component's states is looked at once, with a shortest word that has this effect.
    """
    n = len(component.states)
    start = tuple(range(n))
    words: dict[tuple[int, ...], tuple[int, ...]] = {start: ()}
    queue = [start]
    for effect in queue:  # grows while it is read
        for letter in range(len(component.steps[0])):
            after = tuple(component.steps[s][letter] if s >= 0 else -1 for s in effect)
            if after in words or max(after) < 0 or len(words) == MOST_MAPS:
                continue
            words[after] = (*words[effect], letter)
            queue.append(after)
            for cycle in _cycles(after):
                for prime in prime_factors(len(cycle)):
                    power = len(cycle) // prime
                    orbit = Orbit(words[after] * power, tuple(cycle[::power]))
                    if fits(orbit):
                        yield orbit


def _cycles(effect: Sequence[int]) -> Iterator[list[int]]:
    """Yields the cycles with two or more states of a partial map, in which -1 means undefined."""
    seen: set[int] = set()
    for start in range(len(effect)):
        path: list[int] = []
        state = start
        while state >= 0 and state not in seen:
            seen.add(state)
            path.append(state)
            state = effect[state]
        if state in path and len(path) - path.index(state) > 1:
            yield path[path.index(state) :]
