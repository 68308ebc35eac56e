"""The product of a machine with a modulus and a look-back: what a program sees, and the least product that suffices."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import gcd, isqrt, lcm

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import START, Component, Machine, components
from crasp.regular.families.decision import looks_back, residues_for
from crasp.regular.families.family import Family
from crasp.regular.families.lookback_pairs import recurrent_pairs
from crasp.regular.families.residue_potentials import residues_tell_apart
from crasp.regular.witnesses.lookback_contexts import Contexts, Window, least_contexts, reached
from crasp.regular.witnesses.short_conditions import UNKNOWN

LEAST_PLACES, MOST_PLACES = 256, 20_000  # the first limit on the number of places, and the last one
FEW_PLACES = 256  # up to this many places, each keeps its latest letters, wherever they were read
NO_LETTER = -1  # stands for letters before the first one
MOST_MODULI = 200  # up to this many moduli, all that come into question are tried
SINK = 1 << 30  # the kind of places whose state is a sink


@dataclass(frozen=True, slots=True)
class Place:
    """A state of a machine, the number of letters read modulo the modulus, and the latest letters.

    A letter is given by the number of its group of letters that act alike. A sink keeps nothing but its state, because
    nothing has to be told apart there.
    """

    state: int
    residue: int
    recent: Window


@dataclass(frozen=True)
class ProductMachine:
    """The places of a machine with a modulus and a look-back. The start is place 0."""

    machine: Machine
    modulus: int
    lookback: int
    places: tuple[Place, ...]
    steps: tuple[tuple[int, ...], ...]  # (places, groups of letters that act alike)
    # (places,): the kind of each place, SINK for sinks. What two places of one kind show either is the same, or differs
    # in an entry that both show.
    kinds: tuple[int, ...]
    # (places, look-back + 1): the latest letters, newest first, and the residue of the next position. An entry is
    # UNKNOWN where words that lead to the place differ in it. Without a modulus there is no residue.
    shown: tuple[tuple[int, ...], ...]


def product_of(machine: Machine, modulus: int, lookback: int, *, most: int = MOST_PLACES) -> ProductMachine:
    """The product of the reachable places, each with its latest letters.

    Args:
        machine: The machine.
        modulus: The modulus of the positions; 1 for no residues.
        lookback: How many latest letters each place keeps.
        most: The largest number of places.

    Raises:
        SizeError: There are more than `most` places.
    """

    def seen(place: Place) -> tuple[int, Window]:
        return 0, place.recent[::-1] + (NO_LETTER,) * (lookback - len(place.recent))

    def longer(place: Place, letter: int, _: int) -> Window:
        return _latest((*place.recent, letter), lookback)

    return _product(machine, modulus, lookback, longer, seen, most)


def parted_product_of(machine: Machine, modulus: int, contexts: Sequence[Contexts]) -> ProductMachine:
    """The product of the reachable places, each with the letters read since its component was entered.

    Only as many letters are kept as the component's contexts need, so that there are fewer places than in `product_of`.
    A place with too few letters for a context shows no letters, because the letters before the entry are not known.

    Args:
        machine: The machine.
        modulus: The modulus of the positions; 1 for no residues.
        contexts: The windows or contexts of each component, in the order of the components.

    Raises:
        SizeError: There are more than MOST_PLACES places.
    """
    contexts_of = {s: (k, contexts[k]) for k, part in enumerate(components(machine.thinned)) for s in part.states}
    lookback = max((each.length for each in contexts), default=0)

    def seen(place: Place) -> tuple[int, Window]:
        part, own = contexts_of.get(place.state, (0, Contexts(0)))
        known = own.known(place.recent)
        kind = 0 if known is None else own.length if own.words is None else lookback + 1 + part
        return kind, (known or ())[::-1] + (UNKNOWN,) * (lookback - len(known or ()))

    def longer(place: Place, letter: int, target: int) -> Window:
        if target not in contexts_of or contexts_of.get(place.state) != contexts_of[target]:
            return ()
        letters = (*place.recent, letter)
        known = contexts_of[target][1].known(letters)
        return letters if known is None else known

    return _product(machine, modulus, lookback, longer, seen, MOST_PLACES)


def _latest(letters: Window, number: int) -> Window:
    return letters[-number:] if number else ()


def _product(
    machine: Machine,
    modulus: int,
    lookback: int,
    longer: Callable[[Place, int, int], Window],
    seen: Callable[[Place], tuple[int, Window]],
    most: int,
) -> ProductMachine:
    """The product of the reachable places.

    Args:
        machine: The machine.
        modulus: The modulus of the positions.
        lookback: How many latest letters a place may show.
        longer: For a place, a letter and the state that it leads to, the letters that the next place keeps.
        seen: For a place, its kind and the letters that it shows, the newest first.
        most: The largest number of places.
    """
    sinks = frozenset(machine.sinks)

    def follow(place: Place) -> list[Place]:
        row = machine.thinned.successors[place.state]
        residue = (place.residue + 1) % modulus
        return [
            Place(state, 0, ()) if state in sinks else Place(state, residue, longer(place, letter, state))
            for letter, state in enumerate(row)
        ]

    places, steps = reached(Place(START, 0, ()), follow, most)
    kinds, shown = [], []
    for place in places:
        kind, window = (SINK, (UNKNOWN,) * lookback) if place.state in sinks else seen(place)
        residue = UNKNOWN if kind == SINK else (place.residue + 1) % modulus
        kinds.append(kind)
        shown.append((*window, *([residue] if modulus > 1 else [])))
    rows = tuple(map(tuple, steps))
    return ProductMachine(machine, modulus, lookback, tuple(places), rows, tuple(kinds), tuple(shown))


# --- the least modulus and look-back -------------------------------------------------------------------------


def least_product(machine: Machine, family: Family, *, repeats: int | None = None) -> ProductMachine:
    """A product in which counting suffices to follow the machine, with nearly as few places as possible.

    If the family has only look-back or only residues, the look-back or the modulus is the least one. If more than 200
    moduli come into question, it is the least of those that divide a modulus that suffices, or of the multiples of the
    periods of the machine's components.

    Args:
        machine: The machine.
        family: A family that has a program for it.
        repeats: If residues of this modulus suffice alone, only moduli that divide it are tried.

    Raises:
        SizeError: There are more than MOST_PLACES places.
    """
    modulus, contexts = _least(components(machine.thinned), family, repeats)
    try:
        # Letters read before a component was entered may save counts inside it.
        return product_of(machine, modulus, max((each.length for each in contexts), default=0), most=FEW_PLACES)
    except SizeError:
        return parted_product_of(machine, modulus, contexts)


def _least(parts: Sequence[Component], family: Family, repeats: int | None) -> tuple[int, list[Contexts]]:
    """A modulus, and with it the least windows or contexts of each component.

    Raises SizeError if they take too many places.
    """
    bound = 1
    match family:
        case "periodic":
            bound = lcm(*(residues_for(part) or 1 for part in parts))
        case "periodic_local":
            bound = lcm(*(recurrent_pairs(part, residues=True).modulus for part in parts))
    longest = None if "local" in family else 0
    most = LEAST_PLACES

    @cache
    def looks_back_ever(modulus: int) -> bool:  # without this test, ever longer contexts would be tried in vain
        return all(looks_back(part, residues=True, modulus=modulus) for part in parts)

    @cache
    def suffices_ever(modulus: int) -> bool:
        match family:
            case "periodic":
                return all(residues_tell_apart(part, modulus) for part in parts)
            case "periodic_local":
                return looks_back_ever(gcd(modulus, bound))  # the bound has all that it depends on
            case _:
                return True

    if family == "periodic" and repeats is not None and suffices_ever(repeats):
        moduli = divisors(repeats)
    else:
        moduli = _moduli(parts, bound, residues_alone=family == "periodic")
    while True:  # The limit on places grows slowly, as it is not known whether modulus or look-back must grow.
        for modulus in filter(suffices_ever, moduli):
            with suppress(SizeError):
                found = [least_contexts(part, modulus, longest, most) for part in parts]
                if None not in found:
                    return modulus, [contexts for contexts in found if contexts is not None]
        if most == MOST_PLACES:
            raise SizeError(f"no program follows fewer than {most:,} places, the limit here")
        most = min(4 * most, MOST_PLACES)


def _moduli(parts: Sequence[Component], bound: int, *, residues_alone: bool) -> list[int]:
    """The moduli to try, in ascending order, up to `bound`, which suffices.

    A modulus that is no multiple of a period may suffice too: modulo 2 is enough for ((a|b)bbbaa)*, whose loops have
    six letters. With look-back, the least modulus divides the bound (docs/regular.md, section 8).
    """
    period = lcm(*(part.period for part in parts)) if bound > 1 else 1
    tried = range(period, bound + 1, period) if bound // period <= MOST_MODULI else ()
    every = range(1, bound + 1) if residues_alone and bound <= MOST_MODULI else ()
    return sorted({*tried, *every, *divisors(bound)})


def divisors(number: int) -> list[int]:
    """The divisors of a number, in ascending order."""
    small = [m for m in range(1, isqrt(number) + 1) if number % m == 0]
    return sorted({*small, *(number // m for m in small)})
