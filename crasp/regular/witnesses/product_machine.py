"""A machine beside a modulus and a look-back: what residues and the latest letters show, and whether they suffice."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import lcm

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import START, Component, Machine, components
from crasp.regular.families.decision import looks_back, residues_for
from crasp.regular.families.family import Family
from crasp.regular.families.lookback_pairs import recurrent_pairs
from crasp.regular.witnesses.lookback_contexts import Contexts, Window, least_contexts, reached
from crasp.regular.witnesses.short_conditions import UNKNOWN

LEAST_PLACES, MOST_PLACES = 256, 20_000
FEW_PLACES = 256  # up to which every place has its latest letters, wherever they were read
NO_LETTER = -1  # before the first letter
SINK = 1 << 30  # the kind of sinks


@dataclass(frozen=True, slots=True)
class Place:
    """A state of a machine, the number of letters read modulo the modulus, and letters that it was led to by.

    A letter is known here by the number of its group among those that act alike.
    Of a sink nothing is kept but the state: nothing has to be told apart there.
    """

    state: int
    residue: int
    recent: Window


@dataclass(frozen=True)
class ProductMachine:
    """The places of a machine with a modulus and a look-back, the start first."""

    machine: Machine
    modulus: int
    lookback: int
    places: tuple[Place, ...]
    steps: tuple[tuple[int, ...], ...]  # (places, groups of letters that act alike)
    # (places,): of places of one kind what is shown differs where both show something, or not at all. SINK for sinks.
    kinds: tuple[int, ...]
    # (places, look-back and 1 for residues): the latest letters, newest first, and the residue of the position to
    # come; UNKNOWN where words with different ones lead to the place.
    shown: tuple[tuple[int, ...], ...]


def product_of(machine: Machine, modulus: int, lookback: int, *, most: int = MOST_PLACES) -> ProductMachine:
    """The reachable places, each with its latest letters; SizeError if there are more than `most`."""

    def seen(place: Place) -> tuple[int, Window]:
        return 0, place.recent[::-1] + (NO_LETTER,) * (lookback - len(place.recent))

    def longer(place: Place, letter: int, _: int) -> Window:
        return _latest((*place.recent, letter), lookback)

    return _product(machine, modulus, lookback, longer, seen, most)


def parted_product_of(machine: Machine, modulus: int, contexts: Sequence[Contexts]) -> ProductMachine:
    """Places with the letters read since their component was entered, as far as its own contexts go; fewer of them.

    Those with too few letters for a context show none, for letters before the entry are not known. SizeError if there
    are more than MOST_PLACES places.
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
    """The reachable places: what each remembers after a letter that leads to a state, and shows of its letters."""
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


def least_product(machine: Machine, family: Family) -> ProductMachine:
    """A product that suffices for a family that has a program, with about as few places as any.

    The least look-back or modulus where the family has one of them alone. SizeError beyond MOST_PLACES.
    """
    modulus, contexts = _least(components(machine.thinned), family)
    try:
        # What was read before a component was entered may help to follow it with fewer counts.
        return product_of(machine, modulus, max((each.length for each in contexts), default=0), most=FEW_PLACES)
    except SizeError:
        return parted_product_of(machine, modulus, contexts)


def _least(parts: Sequence[Component], family: Family) -> tuple[int, list[Contexts]]:
    """A modulus, and with it the least look-back of each component; SizeError where they are too large."""
    bound = 1
    match family:
        case "periodic":
            bound = lcm(*(residues_for(part) or 1 for part in parts))
        case "periodic_local":
            bound = lcm(*(recurrent_pairs(part, residues=True).modulus for part in parts))
    longest = None if "local" in family else 0
    most = LEAST_PLACES

    @cache
    def suffices_ever(modulus: int) -> bool:  # else ever longer contexts would be tried in vain
        return family != "periodic_local" or all(looks_back(p, residues=True, modulus=modulus) for p in parts)

    while True:  # few places first: which of the two grows is not known beforehand
        for modulus in filter(suffices_ever, _moduli(parts, bound)):
            with suppress(SizeError):
                found = [least_contexts(part, modulus, longest, most) for part in parts]
                if None not in found:
                    return modulus, [contexts for contexts in found if contexts is not None]
        if most == MOST_PLACES:
            raise SizeError(f"no program follows fewer than {most:,} places, the limit here")
        most = min(4 * most, MOST_PLACES)


def _moduli(parts: Sequence[Component], bound: int) -> list[int]:
    """The moduli up to one that suffices, or its divisors where it is large; each a multiple of every period."""
    period = lcm(*(part.period for part in parts)) if bound > 1 else 1
    tried = range(period, bound + 1, period)
    return list(tried) if len(tried) <= 200 else [modulus for modulus in tried if bound % modulus == 0]
