"""A machine beside a modulus and a look-back: what residues and the latest letters show, and whether they suffice."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from math import lcm

from crasp.regular.automaton import SizeError
from crasp.regular.decision import Family, residues_for
from crasp.regular.machine import START, Machine, components, strong_components
from crasp.regular.pairs import recurrent_pairs
from crasp.regular.potentials import finest, numbered

LEAST_PLACES, MOST_PLACES = 256, 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """A state of a machine, the number of letters read modulo the modulus, and the latest letters, newest last.

    Of a sink nothing is kept but the state: nothing has to be told apart there.
    """

    state: int
    residue: int
    recent: tuple[int, ...]


@dataclass(frozen=True)
class Product:
    """The places of a machine with a modulus and a look-back, the start first."""

    machine: Machine
    modulus: int
    lookback: int
    places: tuple[Place, ...]
    steps: tuple[tuple[int, ...], ...]  # (places, letters)


def product_of(machine: Machine, modulus: int, lookback: int, *, most: int = MOST_PLACES) -> Product:
    """The reachable places; SizeError if there are more than `most`."""
    sinks = frozenset(machine.sinks())
    start = Place(START, 0, ())
    number = {start: 0}
    queue = [start]
    steps = []
    for place in queue:  # grows while it is read
        row = []
        for letter, state in enumerate(machine.successors[place.state]):
            if state in sinks:
                target = Place(state, 0, ())
            else:
                recent = (*place.recent, letter)[-lookback:] if lookback else ()
                target = Place(state, (place.residue + 1) % modulus, recent)
            if target not in number:
                if len(queue) == most:
                    raise SizeError(f"modulus {modulus}, look-back {lookback}: more than {most:,} places to follow")
                number[target] = len(queue)
                queue.append(target)
            row.append(number[target])
        steps.append(tuple(row))
    return Product(machine, modulus, lookback, tuple(queue), tuple(steps))


def suffices(product: Product) -> bool:
    """Whether counting with this modulus and look-back tells the states of the machine apart, exactly."""
    return all(len(set(classes)) == len(classes) for _, classes in refined_parts(product))


def refined_parts(product: Product) -> list[tuple[list[int], list[int]]]:
    """Each strongly connected part of the places, and the classes that counting leaves together."""
    found = []
    for part in strong_components([sorted(set(row)) for row in product.steps]):
        if len(part) > 1:
            inside = {place: k for k, place in enumerate(part)}
            steps = [[inside.get(t, -1) for t in product.steps[place]] for place in part]
            visible = numbered([(product.places[p].residue, product.places[p].recent) for p in part])
            found.append((part, finest(steps, visible)))
    return found


# --- the least modulus and look-back -------------------------------------------------------------------------


def least_product(machine: Machine, family: Family) -> Product:
    """A product that suffices for a family that has a program, with about as few places as any.

    The least look-back or modulus where the family has one of them alone. SizeError beyond MOST_PLACES.
    """
    match family:
        case "plain":
            return _first(machine, [1], [0], MOST_PLACES)
        case "local":
            return _first(machine, [1], count(1), MOST_PLACES)
        case "periodic":
            bound = lcm(*(residues_for(part) or 1 for part in components(machine)))
            return _first(machine, _moduli(machine, bound), [0], MOST_PLACES)
        case "periodic_local":
            bound = lcm(*(recurrent_pairs(part, residues=True).modulus for part in components(machine)))
            moduli = _moduli(machine, bound)
            most = LEAST_PLACES
            while most < MOST_PLACES:  # few places first: which of the two grows is not known beforehand
                with suppress(SizeError):
                    return _first(machine, moduli, range(1, most), most)
                most *= 4
            return _first(machine, moduli, range(1, MOST_PLACES), MOST_PLACES)


def _first(machine: Machine, moduli: Iterable[int], lookbacks: Iterable[int], most: int) -> Product:
    """The first product of at most so many places that suffices; SizeError if there is none."""
    for modulus in moduli:
        for lookback in lookbacks:
            try:
                found = product_of(machine, modulus, lookback, most=most)
            except SizeError:
                break  # more look-back gives more places
            if suffices(found):
                return found
    raise SizeError(f"no program follows fewer than {most:,} places, the limit here")


def _moduli(machine: Machine, bound: int) -> list[int]:
    """The moduli up to one that suffices, or its divisors where it is large; each a multiple of every period."""
    period = lcm(*(part.period for part in components(machine)))
    tried = range(period, bound + 1, period)
    return list(tried) if len(tried) <= 200 else [modulus for modulus in tried if bound % modulus == 0]
