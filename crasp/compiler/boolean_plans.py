"""Finds for each Boolean the sums that compute it in one hidden layer, as early as its operands allow.

A sum is a constant plus Booleans plus step units, and is always exactly 0 or 1. Whatever reads a Boolean is linear: a
head's value matrix, a later unit or an output row. So a Boolean that is such a sum needs no unit of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from crasp.compiler.circuit import (
    BooleanItem,
    Circuit,
    Conjunction,
    Echo,
    Form,
    Literal,
    Ramp,
    Residues,
    Selection,
    Settled,
    Steps,
    Tally,
    Tokens,
    Total,
)
from crasp.compiler.exclusive_literals import exclusive
from crasp.compiler.gadgets import (
    FRACTIONS,
    NESTED_LEVELS,
    Unit,
    UnitInput,
    all_of,
    comparison,
    guarded,
    negated,
    periodic,
    threshold,
)

GUARDED_UNITS = 1024  # a guard is put into each unit of a sum only up to this many units


class WeightedSum(NamedTuple):
    """The constant, plus the sum of factor times Boolean item, plus the sum of factor times step unit."""

    constant: int
    items: tuple[tuple[int, int], ...]  # (factor, item)
    units: tuple[tuple[int, Unit], ...]  # (factor, unit)


@dataclass(frozen=True)
class Plans:
    """For each item, by number, in which layer and by which sum it is available first.

    ready  for a Boolean the first layer after which its value is in the stream, 0 for the embedding;
           for a count the first layer whose units can read its share
    fast   for a Boolean the sum that has its value then
    """

    circuit: Circuit
    ready: dict[int, int]
    fast: dict[int, WeightedSum]


def plan(circuit: Circuit, reachable: Iterable[int]) -> Plans:
    """The earliest layer of each item.

    Args:
        circuit: The circuit.
        reachable: The items in ascending order, together with all their operands.
    """
    plans = Plans(circuit, {}, {})
    for number in reachable:
        item = circuit.items[number]
        if isinstance(item, BooleanItem):
            plans.ready[number], plans.fast[number] = _boolean(plans, item)
            _take_alternative(plans, number)
        else:
            match item:
                case Tally(source):
                    layer = plans.ready[source] + 1
                case Total(literals):
                    layer = 1 + max(plans.ready[literal >> 1] for literal in literals)
                case Ramp(form):
                    layer = _arrival(plans, form) + 1
                case Selection(source, form):
                    layer = max(_arrival(plans, form), plans.ready[source] + 1) + 1
                case _:
                    layer = 1
            plans.ready[number] = layer
    return plans


def _take_alternative(plans: Plans, number: int) -> None:
    """If an item that always has the same value is available earlier, lets it stand for this item."""
    for other in plans.circuit.alternatives.get(number, ()):
        if plans.ready[other] < plans.ready[number]:
            plans.ready[number] = plans.ready[other]
            plans.fast[number] = WeightedSum(0, ((1, other),), ())


def settled(literals: tuple[Literal, ...]) -> WeightedSum:
    """The conjunction as one unit. It is available one layer after its literals."""
    return WeightedSum(0, (), ((1, all_of(literals)),))


def _arrival(plans: Plans, form: Form) -> int:
    """The first layer whose units can read every share of the form, and 1/s."""
    return max([1, *(plans.ready[number] for number, _ in form.terms)])


def _boolean(plans: Plans, item: BooleanItem) -> tuple[int, WeightedSum]:
    match item:
        case Tokens():
            return 0, WeightedSum(0, (), ())
        case Residues(modulus, residues):
            return 1, WeightedSum(0, (), tuple((1, periodic(modulus, residues, offset)) for offset in range(modulus)))
        case Echo(literal, _):
            own = plans.circuit.number(item)
            unit = threshold(Form(((own, 1),), -1), frozenset((own,)))
            return plans.ready[literal >> 1] + 1, WeightedSum(0, (), ((1, unit),))
        case Steps():
            return _steps(plans, item)
        case Settled(source):
            return plans.ready[source] + 1, settled((2 * source,))
        case Conjunction(literals):
            latest = max(plans.ready[literal >> 1] for literal in literals)
            found = _joined(plans, literals, latest) if latest > 0 else None
            return (latest + 1, settled(literals)) if found is None else (latest, found)


# --- comparisons ---------------------------------------------------------------------------------------------


def _steps(plans: Plans, item: Steps) -> tuple[int, WeightedSum]:
    flags = tuple(number for number, _ in item.terms if plans.circuit.is_boolean(number))
    if len(flags) == len(item.terms):
        return _flag_steps(plans, item)
    counts = Form(tuple(term for term in item.terms if term[0] not in flags), 0)
    layer = max([_arrival(plans, counts), *(plans.ready[number] + 1 for number in flags)])
    begin = plans.circuit.begins(2 * plans.circuit.number(item))
    units: list[tuple[int, Unit]] = []
    # There is a case for each assignment of the Booleans, and exactly one case applies. In a case the form is the
    # counts plus a constant.
    for values in product((0, 1), repeat=len(flags)):
        guards = tuple(2 * number + 1 - value for number, value in zip(flags, values, strict=True))
        tokens = _tokens_of(plans.circuit, guards)
        if tokens & plans.circuit.all_letters:
            added = sum(factor for number, factor in item.terms if 2 * number in guards)
            guards = _needed(plans.circuit, guards)
            units += _case(plans.circuit, counts._replace(constant=added), item.cuts, guards)
        elif tokens and begin:
            # The case applies only at the begin marker, where the item holds.
            units.append((1, all_of(_needed(plans.circuit, guards))))
    return layer, WeightedSum(0, (), tuple(units))


def _tokens_of(circuit: Circuit, guards: tuple[Literal, ...]) -> int:
    """The tokens, as a bit mask, at which all the literals can hold."""
    mask = circuit.everything
    for literal in guards:
        mask &= circuit.may(literal)
    return mask


def _needed(circuit: Circuit, guards: tuple[Literal, ...]) -> tuple[Literal, ...]:
    """The literals without those that certainly hold wherever all others can hold."""
    kept = list(guards)
    for literal in guards:
        others = tuple(other for other in kept if other != literal)
        if others and _tokens_of(circuit, others) & ~circuit.must(literal) == 0:
            kept.remove(literal)
    return tuple(kept)


def _case(
    circuit: Circuit, form: Form, cuts: tuple[int, ...], guards: tuple[Literal, ...]
) -> Iterable[tuple[int, Unit]]:
    """Yields the signed units of the item under these guards.

    There is one unit for each cut on both sides of which the form can be.
    """
    low, high = circuit.bounds(form)
    always = 0
    for sign, cut in _alternating(cuts):
        if low is not None and cut <= low:
            always += sign
        elif high is None or cut <= high:
            unit = comparison(circuit, form._replace(constant=form.constant - cut))
            yield sign, guarded(unit, guards) if guards else unit
    if always:
        yield always, all_of(guards)


def _flag_steps(plans: Plans, item: Steps) -> tuple[int, WeightedSum]:
    """The steps of a form of Booleans alone, with one unit for each cut, and the layer in which they are available.

    This is one layer after the Booleans. If those that come last are a few echoes, their lag heads' fractions can be
    read in the same layer.
    """
    latest = max(plans.ready[number] for number, _ in item.terms)
    fresh = [(number, factor) for number, factor in item.terms if plans.ready[number] == latest]
    fractions: frozenset[int] = frozenset()
    if _are_echoes(plans, (number for number, _ in fresh)) and sum(abs(f) for _, f in fresh) <= FRACTIONS:
        fractions = frozenset(number for number, _ in fresh)
    units = ((sign, threshold(Form(item.terms, -cut), fractions)) for sign, cut in _alternating(item.cuts))
    return latest + (not fractions), WeightedSum(0, (), tuple(units))


def _alternating(cuts: tuple[int, ...]) -> Iterable[tuple[int, int]]:
    """Yields the signs and cuts of the sum [F >= first cut] - [F >= second cut] + ..."""
    return ((-1 if k % 2 else 1, cut) for k, cut in enumerate(cuts))


def _are_echoes(plans: Plans, numbers: Iterable[int]) -> bool:
    return all(isinstance(plans.circuit.items[number], Echo) for number in numbers)


# --- conjunctions in the layer of their latest literals -------------------------------------------------------


def _joined(plans: Plans, literals: tuple[Literal, ...], latest: int) -> WeightedSum | None:
    """The conjunction as a sum in layer `latest`, in which its last literals are available.

    None if no such sum is known.
    """
    fresh = tuple(literal for literal in literals if plans.ready[literal >> 1] == latest)
    early = tuple(literal for literal in literals if plans.ready[literal >> 1] < latest)
    if exclusive(plans.circuit, tuple(literal ^ 1 for literal in literals)):
        # At most one of n literals fails, so n or n - 1 of them hold: the conjunction is their sum minus n - 1.
        return _total(literals, 1 - len(literals))
    if len(fresh) == 1:
        return _guarded(plans, _total(fresh, 0), early, latest)
    if exclusive(plans.circuit, tuple(literal ^ 1 for literal in fresh)):
        return _guarded(plans, _total(fresh, 1 - len(fresh)), early, latest)
    if len(fresh) <= FRACTIONS and _are_echoes(plans, (literal >> 1 for literal in fresh)):
        return WeightedSum(0, (), ((1, all_of(literals, frozenset(literal >> 1 for literal in fresh))),))
    zero = _all_zero(plans, fresh)
    return None if zero is None else _guarded(plans, WeightedSum(0, (), ((1, zero),)), early, latest)


def _total(literals: tuple[Literal, ...], constant: int) -> WeightedSum:
    """The constant plus the number of literals that hold."""
    items = tuple((-1 if literal & 1 else 1, literal >> 1) for literal in literals)
    return WeightedSum(constant + sum(literal & 1 for literal in literals), items, ())


def _all_zero(plans: Plans, literals: tuple[Literal, ...]) -> Unit | None:
    """One comparison for several literals that each say F = 0, where F >= 0. The sum of the F is 0 exactly if each is.

    None if a literal is of another kind.
    """
    circuit = plans.circuit
    totals: dict[int, int] = {}
    for literal in literals:
        taken = plans.fast[literal >> 1].items
        item = circuit.items[taken[0][1] if len(taken) == 1 else literal >> 1]
        if not (isinstance(item, Steps) and literal & 1 and item.cuts == (1,)):
            return None
        low, _ = circuit.bounds(Form(item.terms, 0))
        if low is None or low < 0 or any(circuit.is_boolean(number) for number, _ in item.terms):
            return None
        for number, factor in item.terms:
            totals[number] = totals.get(number, 0) + factor
    return comparison(circuit, Form(tuple((number, -factor) for number, factor in sorted(totals.items())), 0))


# --- guards --------------------------------------------------------------------------------------------------


def _guarded(plans: Plans, value: WeightedSum, guards: tuple[Literal, ...], layer: int) -> WeightedSum | None:
    """The conjunction of a sum and of guards that are available before this layer, as a sum in this layer.

    The guards are put into each unit of the sum. None if that takes too many units or too many levels of guards.
    """
    if not guards:
        return value
    value = _expanded(plans, value, layer)
    if len(value.units) > GUARDED_UNITS or any(unit.nesting >= NESTED_LEVELS for _, unit in value.units):
        return None
    constant, units = value.constant, list(value.units)
    if constant > 0 and (k := next((k for k, (factor, _) in enumerate(units) if factor == -1), None)) is not None:
        # 1 - [z > 0] is [-z > 0], which saves the unit that the guarded constant would need.
        constant, units[k] = constant - 1, (1, negated(units[k][1]))
    made = [(factor, guarded(unit, guards)) for factor, unit in units]
    made += [(factor, all_of((*guards, item * 2))) for factor, item in value.items]
    if constant == 0:
        return WeightedSum(0, (), tuple(made))
    if len(guards) == 1:
        negation = guards[0] & 1
        own = ((-constant if negation else constant, guards[0] >> 1),)
        return WeightedSum(constant * negation, own, tuple(made))
    return WeightedSum(0, (), ((constant, all_of(guards)), *made))


def _expanded(plans: Plans, value: WeightedSum, layer: int) -> WeightedSum:
    """The sum, with each Boolean of this same layer replaced by its own sum."""
    constant = value.constant
    early: dict[int, int] = {}
    fresh: dict[int, int] = {}
    units: dict[Unit, int] = {}
    latest_first: list[int] = []
    for factor, unit in value.units:
        units[unit] = units.get(unit, 0) + factor

    def put(items: tuple[tuple[int, int], ...], scale: int) -> None:
        for factor, number in items:
            known = early if plans.ready[number] < layer else fresh
            if known is fresh and number not in fresh:
                heappush(latest_first, -number)
            known[number] = known.get(number, 0) + scale * factor

    put(value.items, 1)
    while latest_first:
        number = -heappop(latest_first)
        scale, current = fresh.pop(number), plans.fast[number]
        constant += scale * current.constant
        for factor, unit in current.units:
            units[unit] = units.get(unit, 0) + scale * factor
        put(current.items, scale)
    return WeightedSum(
        constant,
        tuple((factor, number) for number, factor in early.items() if factor),
        tuple((factor, unit) for unit, factor in units.items() if factor),
    )


def as_threshold(plans: Plans, literal: Literal, layer: int) -> Unit | None:
    """A step unit that has the literal's value and reads only exact Booleans that are available after the layer.

    None if no such unit is known.
    """
    if plans.ready[literal >> 1] <= layer:
        return all_of((literal,))
    item = plans.circuit.items[literal >> 1]
    unit = None
    if isinstance(item, Settled):
        return as_threshold(plans, 2 * item.item | literal & 1, layer)
    if isinstance(item, Conjunction):
        late = [other for other in item.literals if plans.ready[other >> 1] > layer]
        early = tuple(other for other in item.literals if plans.ready[other >> 1] <= layer)
        inner = as_threshold(plans, late[0], layer) if len(late) == 1 else None
        if not late:
            unit = all_of(early)
        elif inner is not None and inner.nesting < NESTED_LEVELS:
            unit = guarded(inner, early)
    elif isinstance(item, Steps) and len(item.cuts) == 1:
        flags = [number for number, _ in item.terms]
        if all(plans.circuit.is_boolean(number) and plans.ready[number] <= layer for number in flags):
            unit = threshold(Form(item.terms, -item.cuts[0]))
    return negated(unit) if unit is not None and literal & 1 else unit


def quantities(value: WeightedSum) -> Iterable[UnitInput]:
    """Yields every quantity that the units of a sum read."""
    return (quantity for _, unit in value.units for quantity, _ in unit.terms)
