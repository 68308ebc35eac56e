"""Finds how many of the latest letters a program needs in each component: whole windows, or contexts.

Contexts are words of several lengths. No context ends in another one, and every long enough word ends in one. So a
program sees which context a word ends in. For example, to know whether the last k letters are abab...ab takes 2^k
windows, but only k + 1 contexts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb
from typing import TypeAlias, TypeVar

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Component, strong_components
from crasp.regular.families.decision import counts
from crasp.regular.families.potentials import finest, numbered

Window: TypeAlias = tuple[int, ...]  # letters, newest last
Node = TypeVar("Node")
ENOUGH_PLACES = 256  # with this limit on places or a larger one, contexts are tried if whole windows exceed it


@dataclass(frozen=True)
class Contexts:
    """The contexts in `words`, or all windows of `length` letters if `words` is None.

    No context has more than `length` letters.
    """

    length: int
    words: frozenset[Window] | None = None

    def known(self, letters: Window) -> Window | None:
        """The context that these letters end in; None if they are too few to tell."""
        if self.words is None:
            return letters[len(letters) - self.length :] if len(letters) >= self.length else None
        return next((letters[k:] for k in range(len(letters), -1, -1) if letters[k:] in self.words), None)


def least_contexts(part: Component, modulus: int, longest: int | None, most: int) -> Contexts | None:
    """The shortest windows that suffice for a component with a modulus, or contexts if there are too many windows.

    Args:
        part: The component.
        modulus: The modulus of the positions that the program may read.
        longest: The largest length that is tried; None means the length that is always enough.
        most: The largest number of places.

    Returns:
        The windows or contexts, or None if none up to `longest` suffice.

    Raises:
        SizeError: The windows, and the contexts if they were tried, take more than `most` places.
    """
    n = len(part.states)
    if longest is None:  # this length always suffices (docs/regular.md, section 4)
        longest = max(comb(n, 2), comb(n, 3)) + comb(n, 2) + 2
    try:
        for length in range(longest + 1):
            if length == 0 and modulus == 1 and not counts(part):  # plain counting is known not to suffice
                continue
            contexts = Contexts(length)
            if not _shortfall(part, modulus, contexts, most):
                return contexts
    except SizeError:
        if most < ENOUGH_PLACES:
            raise
        return _least_words(part, modulus, longest, most)
    return None


def _least_words(part: Component, modulus: int, longest: int, most: int) -> Contexts:
    """Contexts that suffice: starting from the empty word, contexts that do not suffice are lengthened by a letter.

    Raises SizeError if they get longer than `longest`, or take more than `most` places.
    """
    letters = [a for a in range(len(part.steps[0])) if any(row[a] >= 0 for row in part.steps)]
    contexts = Contexts(0, frozenset(((),)))
    while short := _shortfall(part, modulus, contexts, most):
        assert contexts.words is not None
        words = contexts.words - short | {(letter, *word) for word in short for letter in letters}
        contexts = Contexts(max(map(len, words)), words)
        if contexts.length > longest:
            raise SizeError(f"no contexts of up to {longest} letters were found that suffice")
    return contexts


def _shortfall(part: Component, modulus: int, contexts: Contexts, most: int) -> set[Window]:
    """The contexts that are too short: they leave states together, or do not determine the next context."""
    short: set[Window] = set()
    context_of = cache(contexts.known)  # the same letters occur at many states and residues

    def follow(place: tuple[int, int, Window]) -> Iterator[tuple[int, int, Window] | None]:
        state, residue, recent = place
        for letter, target in enumerate(part.steps[state]):
            letters = (*recent, letter)
            known = context_of(letters)
            if target >= 0 and known is None and context_of(recent) is not None:
                short.add(recent)
            yield None if target < 0 else (target, (residue + 1) % modulus, letters if known is None else known)

    start: tuple[int, int, Window] = (0, 0, ())
    places, steps = reached(start, follow, most)
    return short or {places[k][2] for k in stuck(steps, [place[1:] for place in places])}


def stuck(steps: Sequence[Sequence[int]], shown: Sequence[object]) -> set[int]:
    """The places that counting cannot tell from another place of their strongly connected component.

    Args:
        steps: (places, letters) the place that each letter leads to, -1 for none.
        shown: What a program sees at each place.
    """
    found: set[int] = set()
    for part in strong_components([sorted({t for t in row if t >= 0}) for row in steps]):
        if len(part) > 1:
            inside = {place: k for k, place in enumerate(part)}
            inner = [[inside.get(t, -1) for t in steps[place]] for place in part]
            classes = finest(inner, numbered([shown[place] for place in part]))
            first: dict[int, int] = {}
            for name, place in zip(classes, part, strict=True):
                if first.setdefault(name, place) != place:
                    found |= {first[name], place}
    return found


def reached(
    start: Node, follow: Callable[[Node], Iterable[Node | None]], most: int
) -> tuple[list[Node], list[list[int]]]:
    """The nodes that are reachable from `start`, and for each the numbers of its successors.

    Args:
        start: The first node.
        follow: Given a node, yields its successor for each letter, None for no successor.
        most: The largest number of nodes.

    Returns:
        The nodes, and for each a list with the number of each successor, -1 for none.

    Raises:
        SizeError: There are more than `most` nodes.
    """
    number = {start: 0}
    queue = [start]
    steps = []
    for node in queue:  # grows while it is read
        row = []
        for target in follow(node):
            if target is not None and target not in number:
                if len(queue) == most:
                    raise SizeError(f"no program follows fewer than {most:,} places, the limit here")
                number[target] = len(queue)
                queue.append(target)
            row.append(-1 if target is None else number[target])
        steps.append(row)
    return queue, steps
