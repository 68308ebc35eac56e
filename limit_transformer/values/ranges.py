"""What is known of a machine's coordinates, heads and units: ranges, granularities and margins."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from limit_transformer.values.quantities import Margin

RangeKind: TypeAlias = Literal["integer", "share", "fraction", "real"]


@dataclass(frozen=True, slots=True)
class Value:
    """What a coordinate, or a sum of coordinates, can be.

    integer   an integer from low to high
    share     n/s for an integer n, from low to high; s is the number of visible tokens, so the granularity is 1/s
    fraction  within `error` of an integer from low to high; this is what a sharp head receives
    real      a number from low - error to high + error
    """

    kind: RangeKind
    low: Fraction
    high: Fraction
    error: Fraction = Fraction(0)

    @property
    def size(self) -> Fraction:
        """The largest absolute value."""
        return max(-self.low, self.high) + self.error


@dataclass(frozen=True, slots=True)
class UnitValues:
    """The range of a unit's argument z, and for a step the margin of |z|, or the reason why there is none."""

    argument: Value
    is_step: bool
    margin: Margin | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class HeadValues:
    """What a head moves, V y at any key, by the coordinate that it writes.

    leak    the most attention off the token that has nearly all of it; None for a head that is not sharp, such as a
            uniform one
    logits  for a sharp head, what is added to phi(lag): if the key is the begin marker, and if it is a letter
    """

    moved: tuple[tuple[int, Value], ...]
    leak: Fraction | None
    logits: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class LayerValues:
    """What is known of a layer: its heads, the stream after them, its units, and the stream after the layer.

    `together` says, for each coordinate that only steps write, how many of these can be 1 at once at most.
    """

    heads: tuple[HeadValues, ...]
    attended: tuple[Value, ...]
    units: tuple[UnitValues, ...]
    stream: tuple[Value, ...]
    together: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class MachineValues:
    """What is known of a machine: the stream after the embedding, the layers, and the outputs.

    An output's logit counts as the argument of a step, because its sign is the answer.
    """

    embedding: tuple[Value, ...]
    layers: tuple[LayerValues, ...]
    outputs: tuple[UnitValues, ...]

    @property
    def is_certified(self) -> bool:
        """Whether every step and every output has a margin."""
        units = (unit for layer in self.layers for unit in layer.units)
        return all(unit.reason is None for unit in (*units, *self.outputs))
