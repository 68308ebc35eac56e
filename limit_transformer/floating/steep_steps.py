"""Heaviside steps made of ReLUs, which give exactly 0 or 1, and how steep these ReLUs have to be."""

from math import ceil, inf, log2

import numpy as np

from limit_transformer.floating.rounding_errors import BinaryFormat, Reals, Rounding
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.ranges import MachineValues

STEEPEST_SLOPE = 2.0**100


def slopes(
    machine: LimitTransformer, values: MachineValues, precision: BinaryFormat, max_length: int
) -> tuple[Reals, ...]:
    """Return for each layer the slope k of each unit, a power of 2; it is 1 for a unit that is not a step.

    The step is [z > 0] = 1 - relu(1 - relu(k z + 1/2)), two ramps one after the other. It saturates exactly: if k z >=
    1/2 the inner ramp is at least 1 and the outer one is 0; if k z <= -1/2 they are 0 and 1. (A difference of two ramps
    would leave the rounding error of k z in a value that is to be counted.)

    The computed argument is z + e with |z| >= m and |e| <= e', where m is the certificate's margin and e' its error
    bound. Because k is a power of 2, multiplication by k and the sum commute with rounding. So k (z + e) is computed,
    which is at least k (m - e') in size. The smallest k with k (m - e') >= 1 leaves a further 1/2 for the rounding of
    the term 1/2.

    Args:
        machine: The machine.
        values: Its proved ranges and margins.
        precision: The floating-point format.
        max_length: The certified number of letters.

    Raises:
        ValueError: A margin is not larger than its error by enough.
    """
    found = []
    steps = Rounding(machine, values, precision).steps(max_length + 1)
    for layer, certified in zip(machine.layers, steps, strict=False):
        left = certified.margin - certified.error
        slope = np.ones(len(left))
        for k, is_step in enumerate(layer.feed_forward.steps.tolist()):
            if is_step:
                slope[k] = _slope(float(left[k]))
        found.append(slope)
    return tuple(found)


def _slope(left: float) -> float:
    if not 1 / STEEPEST_SLOPE < left < inf:
        raise ValueError(f"expected a margin that is larger than the error, found a difference of {left}")
    return float(2.0 ** max(0, ceil(log2(1 / left))))
