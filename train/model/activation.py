"""GPT-2's activation gelu_new, in the form that a CPU computes fastest in single precision.

It equals the stock function up to rounding.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# gelu_new(x) = x / 2 (1 + tanh(u)) = x sigmoid(2 u), where 2 u = (TWICE + CUBIC x^2) x. On a processor the sigmoid
# takes a third of the time of the stock function's tanh. The further passes over memory cost less than this saves.
TWICE = 2 * math.sqrt(2 / math.pi)
CUBIC = 0.044715 * TWICE


def gelu_new(values: Tensor) -> Tensor:
    """Return GPT-2's activation of the values; its gradient is known to autograd.

    Only uncompiled single precision on a CPU takes the faster form. All else takes the stock function.
    """
    if values.device.type != "cpu" or values.dtype != torch.float32 or torch.compiler.is_compiling():
        return functional.gelu(values, approximate="tanh")
    found: Tensor = _Gelu.apply(values)  # type: ignore[no-untyped-call]
    return found


class _Gelu(torch.autograd.Function):
    """The activation with its derivative s + x s (1 - s) (2 u)', where s = sigmoid(2 u) is kept from `forward`."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        sigmoid = _times_square(values, CUBIC).mul_(values).sigmoid_()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(values, sigmoid)
        return values * sigmoid

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        values, sigmoid = ctx.saved_tensors
        slope = _times_square(values, 3 * CUBIC).mul_(values)
        found: Tensor = torch.ops.aten.sigmoid_backward(slope, sigmoid).add_(sigmoid).mul_(gradients[0])
        return found


def _times_square(values: Tensor, factor: float) -> Tensor:
    """Return TWICE + factor * values^2, computed in one pass."""
    return torch.addcmul(values.new_tensor(TWICE), values, values, value=factor)
