"""Which families of programs define what a machine answers."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from crasp.regular.machine import Component, Machine, components
from crasp.regular.pairs import inseparable, recurrent_pairs
from crasp.regular.potentials import finest
from crasp.regular.twisted import finest_with_residues

Family: TypeAlias = Literal["plain", "local", "periodic", "periodic_local"]
FAMILIES: tuple[Family, ...] = get_args(Family)
FRAGMENTS: dict[Family, str] = {
    "plain": "C-RASP",
    "local": "C-RASP[local]",
    "periodic": "C-RASP[periodic]",
    "periodic_local": "C-RASP[periodic, local]",
}


@dataclass(frozen=True)
class Families:
    """For each family whether one of its programs gives a machine's answers."""

    plain: bool
    local: bool
    periodic: bool
    periodic_local: bool

    def __getitem__(self, family: Family) -> bool:
        value: bool = getattr(self, family)
        return value

    @property
    def smallest(self) -> Family | None:
        """The first family that has a program, in the order of FAMILIES."""
        return next((family for family in FAMILIES if self[family]), None)


def decide(machine: Machine) -> Families:
    """The verdict for the four families; SizeError where a component is too large for the look-back ones."""
    parts = components(machine)
    if all(counts(part) for part in parts):
        return Families(plain=True, local=True, periodic=True, periodic_local=True)
    if not all(looks_back(part, residues=True) for part in parts):
        return Families(plain=False, local=False, periodic=False, periodic_local=False)
    local = all(looks_back(part, residues=False) for part in parts)
    periodic = all(residues_for(part) is not None for part in parts)
    return Families(plain=False, local=local, periodic=periodic, periodic_local=True)


def counts(component: Component) -> bool:
    """Whether counting alone tells the component's states apart."""
    classes = finest(component.steps, [0] * len(component.states))
    return len(set(classes)) == len(classes)


def looks_back(component: Component, *, residues: bool) -> bool:
    """Whether counting and some look-back, with some modulus or without, tell the component's states apart."""
    return not inseparable(recurrent_pairs(component, residues=residues))


def residues_for(component: Component) -> int | None:
    """A modulus with which counting tells the component's states apart; None where there is none.

    The modulus is found modulo primes and checked exactly.
    """
    found = finest_with_residues(component)
    if len(set(found.classes)) < len(found.classes):
        return None
    if not counts_with_residues(component, found.modulus):
        raise ArithmeticError(f"the modulus {found.modulus} was found modulo primes and does not hold exactly")
    return found.modulus


def counts_with_residues(component: Component, modulus: int) -> bool:
    """Whether counting with residues of this modulus tells the component's states apart, exactly."""
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
    classes = finest(steps, [residue for _, residue in queue])
    return len(set(classes)) == len(classes)
