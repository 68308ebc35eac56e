"""A machine beside a modulus and a look-back: what residues and the latest letters show, and whether they suffice."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import comb, lcm

from crasp.regular.automaton import SizeError
from crasp.regular.cover import UNKNOWN
from crasp.regular.decision import Family, residues_for
from crasp.regular.machine import START, Component, Machine, components, strong_components
from crasp.regular.pairs import recurrent_pairs
from crasp.regular.potentials import finest, numbered

LEAST_PLACES, MOST_PLACES = 256, 20_000
FEW_PLACES = 1_000  # up to which every place has its latest letters, wherever they were read
NO_LETTER = -1  # before the first letter

Window = tuple[int, ...]  # letters, newest last


@dataclass(frozen=True, slots=True)
class Place:
    """A state of a machine, the number of letters read modulo the modulus, and letters that it was led to by.

    Of a sink nothing is kept but the state: nothing has to be told apart there.
    """

    state: int
    residue: int
    recent: Window


@dataclass(frozen=True)
class Product:
    """The places of a machine with a modulus and a look-back, the start first."""

    machine: Machine
    modulus: int
    lookback: int
    places: tuple[Place, ...]
    steps: tuple[tuple[int, ...], ...]  # (places, letters)
    # (places, look-back and 1 for residues): the latest letters, newest first, and the residue of the position to
    # come; UNKNOWN where words with different ones lead to the place.
    shown: tuple[tuple[int, ...], ...]


def product_of(machine: Machine, modulus: int, lookback: int, *, most: int = MOST_PLACES) -> Product:
    """The reachable places, each with its latest letters; SizeError if there are more than `most`."""

    def seen(place: Place) -> Window:
        return place.recent[::-1] + (NO_LETTER,) * (lookback - len(place.recent))

    def longer(place: Place, letter: int, _: int) -> Window:
        return _latest((*place.recent, letter), lookback)

    return _product(machine, modulus, lookback, longer, seen, most)


def parted_product_of(machine: Machine, modulus: int, lookbacks: Sequence[int], *, most: int = MOST_PLACES) -> Product:
    """Places with the letters read since their component was entered, at most its own look-back; fewer of them.

    Those with fewer letters than that show none of them, for letters before the entry are not known. One look-back
    for each component; SizeError if there are more than `most` places.
    """
    part_of = {state: k for k, part in enumerate(components(machine)) for state in part.states}
    lookback = max(lookbacks, default=0)

    def seen(place: Place) -> Window:
        whole = place.state in part_of and len(place.recent) == lookbacks[part_of[place.state]]
        shown = place.recent[::-1] if whole else ()
        return shown + (UNKNOWN,) * (lookback - len(shown))

    def longer(place: Place, letter: int, target: int) -> Window:
        if target not in part_of or part_of.get(place.state) != part_of[target]:
            return ()
        return _latest((*place.recent, letter), lookbacks[part_of[target]])

    return _product(machine, modulus, lookback, longer, seen, most)


def _latest(letters: Window, number: int) -> Window:
    return letters[-number:] if number else ()


def _product(
    machine: Machine,
    modulus: int,
    lookback: int,
    longer: Callable[[Place, int, int], Window],
    seen: Callable[[Place], Window],
    most: int,
) -> Product:
    """The reachable places: what each remembers after a letter that leads to a state, and shows of its letters."""
    sinks = frozenset(machine.sinks())

    def follow(place: Place) -> list[Place]:
        row = machine.successors[place.state]
        residue = (place.residue + 1) % modulus
        return [
            Place(state, 0, ()) if state in sinks else Place(state, residue, longer(place, letter, state))
            for letter, state in enumerate(row)
        ]

    places, steps = _reached(Place(START, 0, ()), follow, most)
    shown = []
    for place in places:
        residue = [(place.residue + 1) % modulus] if modulus > 1 else []
        known = (*seen(place), *residue)
        shown.append((UNKNOWN,) * len(known) if place.state in sinks else known)
    return Product(machine, modulus, lookback, tuple(places), tuple(map(tuple, steps)), tuple(shown))


def _reached(
    start: Place, follow: Callable[[Place], Iterable[Place | None]], most: int
) -> tuple[list[Place], list[list[int]]]:
    """The places that are reached, and the number of that which each letter leads to, -1 for none."""
    number = {start: 0}
    queue = [start]
    steps = []
    for place in queue:  # grows while it is read
        row = []
        for target in follow(place):
            if target is not None and target not in number:
                if len(queue) == most:
                    raise SizeError(f"no program follows fewer than {most:,} places, the limit here")
                number[target] = len(queue)
                queue.append(target)
            row.append(-1 if target is None else number[target])
        steps.append(row)
    return queue, steps


def suffices(product: Product) -> bool:
    """Whether counting with this modulus and look-back tells the states of the machine apart, exactly."""
    return _told_apart(product.steps, product.shown)


def _told_apart(steps: Sequence[Sequence[int]], shown: Sequence[Window]) -> bool:
    """Whether counting tells the places of each strongly connected part apart, with what they show."""
    for part in strong_components([sorted({t for t in row if t >= 0}) for row in steps]):
        inside = {place: k for k, place in enumerate(part)}
        inner = [[inside.get(t, -1) for t in steps[place]] for place in part]
        classes = finest(inner, numbered([shown[place] for place in part])) if len(part) > 1 else [0]
        if len(set(classes)) < len(classes):
            return False
    return True


# --- the least modulus and look-back -------------------------------------------------------------------------


def least_product(machine: Machine, family: Family) -> Product:
    """A product that suffices for a family that has a program, with about as few places as any.

    The least look-back or modulus where the family has one of them alone. SizeError beyond MOST_PLACES.
    """
    modulus, lookbacks = _least(components(machine), family)
    try:
        # What was read before a component was entered may help to follow it with fewer counts.
        return product_of(machine, modulus, max(lookbacks, default=0), most=FEW_PLACES)
    except SizeError:
        return parted_product_of(machine, modulus, lookbacks)


def _least(parts: Sequence[Component], family: Family) -> tuple[int, list[int]]:
    """A modulus, and with it the least look-back of each component; SizeError where they are too large."""
    bound = 1
    match family:
        case "periodic":
            bound = lcm(*(residues_for(part) or 1 for part in parts))
        case "periodic_local":
            bound = lcm(*(recurrent_pairs(part, residues=True).modulus for part in parts))
    longest = None if "local" in family else 0
    most = LEAST_PLACES
    while True:  # few places first: which of the two grows is not known beforehand
        for modulus in _moduli(parts, bound):
            with suppress(SizeError):
                found = [_least_lookback(part, modulus, longest, most) for part in parts]
                if None not in found:
                    return modulus, [lookback for lookback in found if lookback is not None]
        if most == MOST_PLACES:
            raise SizeError(f"no program follows fewer than {most:,} places, the limit here")
        most = min(4 * most, MOST_PLACES)


def _least_lookback(part: Component, modulus: int, longest: int | None, most: int) -> int | None:
    """The least look-back with which the modulus suffices, None where none does; SizeError beyond so many places."""
    n = len(part.states)
    if longest is None:  # more is never needed (docs/regular.md, section 4)
        longest = max(comb(n, 2), comb(n, 3)) + comb(n, 2) + 2
    for lookback in range(longest + 1):

        def follow(place: Place, lookback: int = lookback) -> list[Place | None]:
            residue, recent = (place.residue + 1) % modulus, place.recent
            return [
                Place(target, residue, _latest((*recent, letter), lookback)) if target >= 0 else None
                for letter, target in enumerate(part.steps[place.state])
            ]

        places, steps = _reached(Place(0, 0, ()), follow, most)
        if _told_apart(steps, [(place.residue, *place.recent) for place in places]):
            return lookback
    return None


def _moduli(parts: Sequence[Component], bound: int) -> list[int]:
    """The moduli up to one that suffices, or its divisors where it is large; each a multiple of every period."""
    period = lcm(*(part.period for part in parts)) if bound > 1 else 1
    tried = range(period, bound + 1, period)
    return list(tried) if len(tried) <= 200 else [modulus for modulus in tried if bound % modulus == 0]
