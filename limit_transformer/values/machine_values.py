"""What every coordinate and every unit of a machine can hold, for all words, lengths and offsets, in exact arithmetic.

Each head output and each unit is a quantity about which facts are derived from the weights. Each coordinate is an
integer combination of quantities. A step unit is certified by a margin, which is a bound below which |z| never falls.

Let s be the number of visible tokens. Then z is t + n/s, where t is a combination of Booleans and n is an integer. z is
never 0 if, for each value that t can take, s t + n differs from 0 by its remainder, or t is larger in size than n/s.

The begin marker sees only itself. So everything is known there by running the machine on it, once for each offset.
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
    """Return the values of a machine, for attention weights N^a with any N that is at least the number of tokens read.

    Args:
        machine: The machine.
        leak: If given, each sharp head is taken to have at most this much of its attention elsewhere, whatever its
            logits. This is for a realization that makes its heads sharp by other means.
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
    """Return what each combination can be in the last stream.

    Args:
        machine: The machine.
        combinations: For each combination the weights of its coordinates, and a constant.
    """
    analysis = Analysis(machine, None)
    for number, layer in enumerate(machine.layers):
        deque(analysis.attend(number, layer.heads), maxlen=0)
        deque(analysis.feed(number, layer.feed_forward), maxlen=0)
    return tuple(analysis.combination(weights, constant) for weights, constant in combinations)


def problems_of(machine: LimitTransformer, values: MachineValues) -> tuple[str, ...]:
    """Return a sentence for each unit and output without a margin, which says why there is none."""
    found = [
        f"{machine.layers[number].feed_forward.names[k]}, in layer {number + 1}: {unit.reason}"
        for number, layer in enumerate(values.layers)
        for k, unit in enumerate(layer.units)
        if unit.reason is not None
    ]
    outputs = zip(machine.outputs, values.outputs, strict=True)
    return (*found, *(f"output {name}: {row.reason}" for name, row in outputs if row.reason is not None))
