"""Decides for each of the four families whether one of its programs gives a machine's answers."""

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

SMALL_STATES = 60  # if no component has more states, all four families are decided at once without delay


def decide(machine: Machine, *, asked: Family | None = None) -> Families:
    """The verdict for the four families. A family that would take too much time or memory is refused alone.

    Args:
        machine: The machine whose answers a program has to give.
        asked: The only family that is asked about. For a large machine, the other families are then answered only as
            far as their answers follow from this one.
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
    """The verdict for one family, and for the families whose answer follows from it."""
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
    """Whether programs of a family can tell apart the states of every component.

    None if some components are too large and no other component says no. The reason is then put into `refused`.
    """
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


@lru_cache(maxsize=16)  # the verdict asks for it, then the search for a program's look-back
def counts(component: Component) -> bool:
    """Whether plain counting tells all states of the component apart."""
    classes = finest(component.steps, [0] * len(component.states))
    return len(set(classes)) == len(classes)


@lru_cache(maxsize=16)  # the verdict asks for it, then the search for a program for each modulus
def looks_back(component: Component, *, residues: bool, modulus: int = 0) -> bool:
    """Whether counting with some look-back tells all states of the component apart.

    Args:
        component: The component.
        residues: Whether the program may also read the position modulo a number.
        modulus: That number; 0 means any number that helps.
    """
    return not inseparable(recurrent_pairs(component, residues=residues, modulus=modulus))


def residues_for(component: Component) -> int | None:
    """A modulus with which counting with residues tells all states of the component apart; None if there is none.

    The modulus is found by computations modulo primes, and is then checked exactly.

    Raises:
        ArithmeticError: The exact check fails, which would be a defect.
    """
    found = finest_with_residues(component)
    if len(set(found.classes)) < len(found.classes):
        return None
    if not _holds_exactly(component, found):
        raise ArithmeticError(f"the modulus {found.modulus} was found modulo primes and does not hold exactly")
    return found.modulus


def _holds_exactly(component: Component, found: Twisted) -> bool:
    """Whether counting with residues of the modulus found tells all states of the component apart, checked exactly.

    A large modulus m has m copies of each state. To avoid these, the orders of the roots of unity are tried first, each
    by itself and round by round. What residues of an order tell apart, residues of the whole modulus tell apart too.
    The whole modulus is used only if states are left together.
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
    """The finest classes of states that counting with residues of this modulus gives, computed exactly.

    Args:
        component: The component.
        modulus: The modulus of the positions.
        classes: For each state the class that is known already. Classes are only split further.
    """
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
    # Two states are told apart only if they are in different classes under every residue. Being in one class under some
    # residue is made transitive.
    together: Solved[int] = Solved()
    first: dict[int, int] = {}
    for (state, _), name in zip(queue, finer, strict=True):
        other = first.setdefault(name, state)
        if other != state:
            together.add({state: 1, other: -1})
    return numbered([min(together.value(state)) for state in range(len(component.states))])
