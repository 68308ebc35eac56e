"""Chooses for each item how it is computed and in which layer, so that the outputs need as few layers as possible."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from crasp.compiler.boolean_plans import Plans, WeightedSum, as_threshold, plan, quantities, settled
from crasp.compiler.circuit import (
    BooleanItem,
    Circuit,
    Conjunction,
    Echo,
    Literal,
    Ramp,
    Selection,
    Tally,
    Total,
    operands,
)
from crasp.compiler.gadgets import Unit, UnitInput

ScheduledRow: TypeAlias = Literal | Unit  # a literal in the stream, or the sign of a unit's argument


@dataclass(frozen=True)
class Schedule:
    """What the machine computes in which layer.

    layers     the number of layers
    values     the Boolean items in the stream, each with its sum, and the counts whose share is in the stream, with
               None
    fractions  the echoes for which what the lag head receives is in the stream
    layer      for a Boolean in the stream the layer after which it is there; for a count, and for the fraction of an
               echo under the key ~item, the first layer whose units can read it
    rows       what the row of each output reads
    """

    layers: int
    values: dict[int, WeightedSum | None]
    fractions: frozenset[int]
    layer: dict[int, int]
    rows: tuple[ScheduledRow, ...]


def schedule(circuit: Circuit, outputs: tuple[Literal, ...], kept: frozenset[int] = frozenset()) -> Schedule:
    """The schedule for these outputs.

    Args:
        circuit: The circuit.
        outputs: The literal of each output.
        kept: Items that have to be in the stream at the end, whether an output needs them or not.
    """
    reachable = _reachable(circuit, [*(literal >> 1 for literal in outputs), *kept])
    plans = plan(circuit, reachable)
    folded = {literal: _folded(plans, literal) for literal in outputs}
    depths = [layer for _, layer in folded.values()]
    # The units of a layer write a share that can be read one layer later, but that is in the stream already.
    made = {number: int(isinstance(circuit.items[number], Ramp | Selection)) for number in kept}
    layers = max([0, *depths, *(plans.ready[number] - late for number, late in made.items())])
    rows: list[ScheduledRow] = []
    demands = _Demands({number: layers + late for number, late in made.items()}, {})
    for literal in outputs:
        unit = folded[literal][0]
        if unit is None or plans.ready[literal >> 1] <= layers:
            rows.append(literal)
            demands.value(literal >> 1, layers)
        else:
            rows.append(unit)
            for quantity, _ in unit.terms:
                demands.value(quantity.item, layers)
    readers = _readers(circuit, reachable, [*(literal >> 1 for literal in outputs), *kept])
    values = _choose(plans, reachable, demands, readers)
    fractions = frozenset(demands.fractions)
    return Schedule(layers, values, fractions, _place(circuit, reachable, values, fractions), tuple(rows))


def _reachable(circuit: Circuit, roots: Iterable[int]) -> list[int]:
    """The roots and all items that they are made from, in ascending order, so that operands come first."""
    found = set(roots)
    waiting = list(found)
    while waiting:
        current = waiting.pop()
        for number in (*operands(circuit.items[current]), *circuit.alternatives.get(current, ())):
            if number not in found:
                found.add(number)
                waiting.append(number)
    return sorted(found)


def _readers(circuit: Circuit, reachable: list[int], roots: list[int]) -> dict[int, int]:
    """How many items and outputs read each item."""
    counts: dict[int, int] = {}
    for number in roots:
        counts[number] = counts.get(number, 0) + 2  # a root counts twice, so that it is never inlined
    for number in reachable:
        for operand in operands(circuit.items[number]):
            counts[operand] = counts.get(operand, 0) + 1
    return counts


def _folded(plans: Plans, literal: Literal) -> tuple[Unit | None, int]:
    """A unit of exact Booleans whose argument has the literal's sign, and the layer after which the unit can be read.

    An output row is linear, so that the last conjunction or threshold needs no hidden unit. If there is no such unit,
    the layer is the one after which the literal itself can be read.
    """
    found, layer = None, plans.ready[literal >> 1]
    while layer > 0:
        earlier = as_threshold(plans, literal, layer - 1)
        if earlier is None:
            break
        found, layer = earlier, layer - 1
    return found, layer


@dataclass(frozen=True)
class _Demands:
    """The layer by which each item is needed: Booleans in the stream after that layer, others by that layer's units."""

    values: dict[int, int]
    fractions: dict[int, int]

    def value(self, number: int, layer: int) -> None:
        self.values[number] = min(layer, self.values.get(number, layer))

    def quantity(self, circuit: Circuit, quantity: UnitInput, layer: int) -> None:
        """Demands a quantity that a unit of this layer reads."""
        if quantity.kind == "value":
            self.value(quantity.item, layer - circuit.is_boolean(quantity.item))
        elif quantity.kind == "fraction":
            self.fractions[quantity.item] = min(layer, self.fractions.get(quantity.item, layer))


def _choose(
    plans: Plans, reachable: list[int], demands: _Demands, readers: dict[int, int]
) -> dict[int, WeightedSum | None]:
    """The sum chosen for each Boolean that is needed, and None for each count that is needed.

    Items are visited after those that read them.
    """
    circuit = plans.circuit
    values: dict[int, WeightedSum | None] = {}
    for number in reversed(reachable):
        item = circuit.items[number]
        layer = demands.values.get(number)
        if layer is not None and isinstance(item, BooleanItem):
            chosen = _inlined(plans, number, layer, readers)
            values[number] = chosen
            for _, other in chosen.items:
                demands.value(other, layer)
            for quantity in quantities(chosen):
                demands.quantity(circuit, quantity, layer)
        elif layer is not None:
            values[number] = None
            match item:
                case Tally(source):
                    demands.value(source, layer - 1)
                case Total(literals):
                    for literal in literals:
                        demands.value(literal >> 1, layer - 1)
                case Ramp(form):
                    for term, _ in form.terms:
                        demands.value(term, layer - 1)
                case Selection(source, form):
                    demands.value(source, layer - 2)
                    for term, _ in form.terms:
                        demands.value(term, layer - 1)
        if number in demands.fractions and isinstance(item, Echo):
            demands.value(item.literal >> 1, demands.fractions[number] - 1)
    return values


def _taken(plans: Plans, number: int, layer: int, readers: dict[int, int]) -> WeightedSum:
    """The earliest sum of an item, or its conjunction one layer later if there is time and that saves units.

    Guarding a sum of several units takes as many units again. If the units of the sum are needed anyway for another
    reader, one unit that reads the sum is cheaper.
    """
    fast = plans.fast[number]
    item = plans.circuit.items[number]
    if isinstance(item, Conjunction) and len(fast.units) > 1 and plans.ready[number] < layer:
        latest = [literal >> 1 for literal in item.literals if plans.ready[literal >> 1] == plans.ready[number]]
        if all(readers[other] > 1 for other in latest):
            return settled(item.literals)
    return fast


def _inlined(plans: Plans, number: int, layer: int, readers: dict[int, int]) -> WeightedSum:
    """The sum chosen for an item, where items that nothing else reads are replaced by their own sums."""
    top = _taken(plans, number, layer, readers)
    constant, items, units = top.constant, [], list(top.units)
    waiting = list(top.items)
    while waiting:
        factor, other = waiting.pop()
        part = _taken(plans, other, layer, readers)
        if readers.get(other, 0) > 1 or not (part.units or part.items):
            items.append((factor, other))
            continue
        constant += factor * part.constant
        units += [(factor * inner, unit) for inner, unit in part.units]
        waiting += [(factor * inner, deeper) for inner, deeper in part.items]
    return WeightedSum(constant, tuple(items), tuple(units))


def _place(
    circuit: Circuit, reachable: list[int], values: dict[int, WeightedSum | None], fractions: frozenset[int]
) -> dict[int, int]:
    """The layer of everything that was chosen, as early as what it reads allows."""
    layer: dict[int, int] = {}
    for number in reachable:
        item = circuit.items[number]
        if number in fractions and isinstance(item, Echo):
            layer[~number] = layer[item.literal >> 1] + 1
        if number not in values:
            continue
        value = values[number]
        match item:
            case Tally(source):
                layer[number] = layer[source] + 1
            case Total(literals):
                layer[number] = 1 + max(layer[literal >> 1] for literal in literals)
            case Ramp(form):
                layer[number] = 1 + max([1, *(layer[term] for term, _ in form.terms)])
            case Selection(source, form):
                layer[number] = 1 + max([1, layer[source] + 1, *(layer[term] for term, _ in form.terms)])
            case _ if value is not None:
                found = [layer[other] for _, other in value.items]
                layer[number] = max([0, *found, *(unit_layer(circuit, unit, layer) for _, unit in value.units)])
            case _:
                layer[number] = 1
    return layer


def unit_layer(circuit: Circuit, unit: Unit, layer: dict[int, int]) -> int:
    """The first layer in which the unit can be."""
    earliest = 1
    for quantity, _ in unit.terms:
        if quantity.kind == "value":
            earliest = max(earliest, layer[quantity.item] + circuit.is_boolean(quantity.item))
        elif quantity.kind == "fraction":
            earliest = max(earliest, layer[~quantity.item])
    return earliest
