"""Which families of programs define what a machine answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.machine import Component, Machine, components
from crasp.regular.families.lookback_pairs import inseparable, recurrent_pairs
from crasp.regular.families.potentials import finest
from crasp.regular.families.residue_potentials import finest_with_residues

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
    """For each family whether one of its programs gives a machine's answers; None where that was refused."""

    plain: bool
    local: bool | None
    periodic: bool | None
    periodic_local: bool | None
    refused: tuple[tuple[Family, str], ...] = ()  # why, for each family that is None

    def __getitem__(self, family: Family) -> bool | None:
        value: bool | None = getattr(self, family)
        return value

    @property
    def smallest(self) -> Family | None:
        """The first family that is known to have a program, in the order of FAMILIES."""
        return next((family for family in FAMILIES if self[family]), None)


def decide(machine: Machine) -> Families:
    """The verdict for the four families, each by itself: one that would need too much is refused alone."""
    parts = components(machine.thinned)
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


def counts(component: Component) -> bool:
    """Whether counting alone tells the component's states apart."""
    classes = finest(component.steps, [0] * len(component.states))
    return len(set(classes)) == len(classes)


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
