"""What every coordinate and every unit of a machine can hold, for all words, lengths and offsets: in exact arithmetic.

Each head output and each unit is a quantity about which facts are derived from the weights, and each coordinate is
an integer combination of quantities. A step unit is certified by a margin, a bound below which |z| never falls. With
s the number of tokens visible, z is t + n/s, t a combination of Booleans and n an integer: z is never 0 if each value
that t can take makes s t + n different from 0 by its remainder, or is larger in size than n/s.

The begin marker sees itself alone, so all is known there by running the machine on it, once for each offset.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache

from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.abstract_run import Analysis
from limit_transformer.values.quantities import Margin
from limit_transformer.values.ranges import HeadValues, LayerValues, MachineValues, UnitValues, Value

__all__ = [
    "HeadValues",
    "LayerValues",
    "MachineValues",
    "Margin",
    "UnitValues",
    "Value",
    "combination_values",
    "machine_values",
    "problems_of",
]


@lru_cache(maxsize=2)
def machine_values(machine: LimitTransformer, *, leak: Fraction | None = None) -> MachineValues:
    """The values of a machine for attention weights N^a with any N that is at least the number of tokens read.

    With `leak`, each sharp head is taken to have at most that much of its attention elsewhere, whatever its logits:
    for a realization that makes its heads sharp by other means.
    """
    analysis = Analysis(machine, leak)
    embedding = analysis.stream()
    layers = []
    for number, layer in enumerate(machine.layers):
        heads = tuple(analysis.attend(number, layer.heads))
        attended = analysis.stream()
        units = tuple(analysis.feed(number, layer.feed_forward))
        layers.append(LayerValues(heads, attended, units, analysis.stream(), analysis.together(number)))
    return MachineValues(embedding, tuple(layers), tuple(analysis.outputs()))


def combination_values(
    machine: LimitTransformer, combinations: Iterable[tuple[Mapping[int, int], int]]
) -> tuple[Value, ...]:
    """What each of these can be in the last stream: coordinates with weights, and a constant."""
    analysis = Analysis(machine, None)
    for number, layer in enumerate(machine.layers):
        deque(analysis.attend(number, layer.heads), maxlen=0)
        deque(analysis.feed(number, layer.feed_forward), maxlen=0)
    return tuple(analysis.combination(weights, constant) for weights, constant in combinations)


def problems_of(machine: LimitTransformer, values: MachineValues) -> tuple[str, ...]:
    """Where a margin is missing, and why, by the names of units and outputs."""
    found = [
        f"{machine.layers[number].feed_forward.names[k]}, in layer {number + 1}: {unit.reason}"
        for number, layer in enumerate(values.layers)
        for k, unit in enumerate(layer.units)
        if unit.reason is not None
    ]
    outputs = zip(machine.outputs, values.outputs, strict=True)
    return (*found, *(f"output {name}: {row.reason}" for name, row in outputs if row.reason is not None))
