"""Which families of programs define what a machine answers."""

from collections.abc import Sequence
from functools import lru_cache
from math import lcm

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Component, Machine, components
from crasp.regular.families.family import FAMILIES, Families, Family, includes
from crasp.regular.families.linear_equations import Solved
from crasp.regular.families.lookback_pairs import inseparable, recurrent_pairs
from crasp.regular.families.potentials import finest, numbered
from crasp.regular.families.residue_potentials import Twisted, finest_with_residues

SMALL_STATES = 60  # states of every component, up to which no family takes longer than a moment


def decide(machine: Machine, *, asked: Family | None = None) -> Families:
    """The verdict for the four families, each by itself: one that would need too much is refused alone.

    Where one family is asked of, of a large machine, the others are answered as far as they follow from it.
    """
    parts = components(machine.thinned)
    largest = max((len(part.states) for part in parts), default=0)
    if asked is not None and largest > SMALL_STATES:
        return _of_one(parts, asked)
    if all(counts(part) for part in parts):
        return Families(plain=True, local=True, periodic=True, periodic_local=True)
    refused: dict[Family, str] = {}
    both = _of_all(parts, "periodic_local", refused)
    if both is False:
        return Families(plain=False, local=False, periodic=False, periodic_local=False)
    local = _of_all(parts, "local", refused)
    periodic = _of_all(parts, "periodic", refused)
    if local or periodic:
        both = True
        refused.pop("periodic_local", None)
    return Families(plain=False, local=local, periodic=periodic, periodic_local=both, refused=tuple(refused.items()))


def _of_one(parts: Sequence[Component], asked: Family) -> Families:
    """The verdict for one family, and what follows from it."""
    refused: dict[Family, str] = {}
    answer = _of_all(parts, asked, refused)
    found: dict[Family, bool | None] = {asked: answer}
    for family in FAMILIES:
        larger, smaller = (family, asked) if answer else (asked, family)
        if answer is not None and includes(larger, smaller):
            found[family] = answer
    return Families(
        plain=found.get("plain"),
        local=found.get("local"),
        periodic=found.get("periodic"),
        periodic_local=found.get("periodic_local"),
        refused=tuple(refused.items()),
        not_asked=tuple(family for family in FAMILIES if family not in found),
    )


def _of_all(parts: Sequence[Component], family: Family, refused: dict[Family, str]) -> bool | None:
    """Whether the family tells the states of every component apart; None where some are too large, and none says no."""
    for part in sorted(parts, key=lambda part: len(part.states)):
        try:
            if not _tells_apart(part, family):
                refused.pop(family, None)
                return False
        except SizeError as error:
            refused.setdefault(family, str(error))
    return None if family in refused else True


def _tells_apart(part: Component, family: Family) -> bool:
    match family:
        case "plain":
            return counts(part)
        case "local" | "periodic_local":
            return looks_back(part, residues=family == "periodic_local")
        case "periodic":
            return residues_for(part) is not None


@lru_cache(maxsize=16)  # asked for by the verdict, then by what looks for a program's look-back
def counts(component: Component) -> bool:
    """Whether counting alone tells the component's states apart."""
    classes = finest(component.steps, [0] * len(component.states))
    return len(set(classes)) == len(classes)


@lru_cache(maxsize=16)  # asked for by the verdict, then again for each modulus of a program
def looks_back(component: Component, *, residues: bool, modulus: int = 0) -> bool:
    """Whether counting and some look-back tell the component's states apart.

    Besides with residues of some modulus, or of this one where it is not 0; or without residues.
    """
    return not inseparable(recurrent_pairs(component, residues=residues, modulus=modulus))


def residues_for(component: Component) -> int | None:
    """A modulus with which counting tells the component's states apart; None where there is none.

    The modulus is found modulo primes and checked exactly.
    """
    found = finest_with_residues(component)
    if len(set(found.classes)) < len(found.classes):
        return None
    if not _holds_exactly(component, found):
        raise ArithmeticError(f"the modulus {found.modulus} was found modulo primes and does not hold exactly")
    return found.modulus


def _holds_exactly(component: Component, found: Twisted) -> bool:
    """Whether counting with residues of the modulus found tells the component's states apart.

    A large modulus has many places. What residues of its orders tell apart, each by itself, round by round, is told
    apart by its own; only where that is not all, all of its places are looked at.
    """
    classes = [0] * len(component.states)
    before = 0
    while len(set(classes)) > before and found.modulus > SMALL_STATES:
        before = len(set(classes))
        for order in found.orders:
            classes = told_apart(component, lcm(component.period, order), classes)
    if len(set(classes)) < len(classes):
        classes = told_apart(component, found.modulus, classes)
    return len(set(classes)) == len(classes)


def told_apart(component: Component, modulus: int, classes: Sequence[int]) -> list[int]:
    """Classes of states that counting tells apart with residues of this modulus, exactly, where these are known."""
    start = (0, 0)
    number = {start: 0}
    queue = [start]
    steps = []
    for state, residue in queue:  # grows while it is read
        row = []
        for target in component.steps[state]:
            place = (target, (residue + 1) % modulus)
            if target >= 0 and place not in number:
                number[place] = len(queue)
                queue.append(place)
            row.append(number[place] if target >= 0 else -1)
        steps.append(row)
    finer = finest(steps, numbered([(classes[state], residue) for state, residue in queue]))
    # States are apart where no residue leaves them together, not by way of others either.
    together: Solved[int] = Solved()
    first: dict[int, int] = {}
    for (state, _), name in zip(queue, finer, strict=True):
        other = first.setdefault(name, state)
        if other != state:
            together.add({state: 1, other: -1})
    return numbered([min(together.value(state)) for state in range(len(component.states))])
