"""What every coordinate and every unit of a machine can hold, for all words, lengths and offsets: in exact arithmetic.

Each head output and each unit is a quantity about which facts are derived from the weights, and each coordinate is
an integer combination of quantities. A step unit is certified by a margin, a bound below which |z| never falls. With
s the number of tokens visible, z is t + n/s, t a combination of Booleans and n an integer: z is never 0 if each value
that t can take makes s t + n different from 0 by its remainder, or is larger in size than n/s.

The begin marker sees itself alone, so all is known there by running the machine on it, once for each offset.
"""

from fractions import Fraction
from functools import lru_cache

from limit_transformer.analysis import Analysis
from limit_transformer.forms import Margin
from limit_transformer.machine import LimitTransformer
from limit_transformer.ranges import HeadValues, LayerValues, MachineValues, UnitValues, Value

__all__ = ["HeadValues", "LayerValues", "MachineValues", "Margin", "UnitValues", "Value", "machine_values"]


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
        layers.append(LayerValues(heads, attended, units, analysis.stream()))
    return MachineValues(embedding, tuple(layers), tuple(analysis.outputs()))
