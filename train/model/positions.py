"""Positional encodings without a learned table: sines that are added, rotations, and biases of attention scores.

Each is computed as the stock class computes it that the model is written as, so that the written model is the trained
one. GPT-NeoX rotates by float32 angles. Falcon's biases are products in bfloat16, Bloom's in float32.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.position_schemes import LinearBiases, RotaryPositions, SinusoidalPositions


def angles(scheme: RotaryPositions | SinusoidalPositions) -> NDArray[np.float64]:
    """Return the angle by which each pair of coordinates turns from one position to the next: (width / 2,).

    Without a modulus the angle of pair c is base^(-2 c / width). With a modulus m the angles are 2 pi r / m, where r
    takes the values 1, 2, ..., m / 2 in turn. These are all frequencies that positions modulo m have.
    """
    pairs = scheme.width // 2
    if scheme.modulus is None:
        return np.asarray(scheme.base ** (-2.0 * np.arange(pairs) / scheme.width))
    multiples = 1 + np.arange(pairs) % max(1, scheme.modulus // 2)
    return np.asarray(2 * math.pi * (multiples % scheme.modulus) / scheme.modulus)


def sinusoids(scheme: SinusoidalPositions, positions: Tensor, width: int) -> Tensor:
    """Return what is added to the stream: sines, then cosines, then zeros up to the model's width: (..., width)."""
    turned = positions.double().unsqueeze(-1) * torch.from_numpy(angles(scheme)).to(positions.device)
    rest = turned.new_zeros((*turned.shape[:-1], width - scheme.width))
    return torch.cat((turned.sin(), turned.cos(), rest), dim=-1).float()


def sinusoidal_table(scheme: SinusoidalPositions, rows: int, width: int) -> NDArray[np.float32]:
    """Return the sinusoids of the first positions: (rows, width)."""
    return np.asarray(sinusoids(scheme, torch.arange(rows), width).numpy())


@dataclass(frozen=True)
class Turns:
    """The rotation of each column: cosines and sines (models | 1, rows, columns, 1, pairs)."""

    cos: Tensor
    sin: Tensor

    def at(self, columns: Tensor) -> "Turns":
        """Return the rotations of the given columns of each row (models, rows, places)."""

        def taken(values: Tensor) -> Tensor:
            values = values.expand(columns.shape[0], -1, -1, -1, -1)
            return values.gather(2, columns[..., None, None].expand(-1, -1, -1, 1, values.shape[-1]))

        return Turns(taken(self.cos), taken(self.sin))


def inverse_frequencies(scheme: RotaryPositions) -> Tensor:
    """Return the angles in float32, as the stock class computes them: (pairs,)."""
    if scheme.modulus is None:
        return 1.0 / (scheme.base ** (torch.arange(0, scheme.width, 2, dtype=torch.float) / scheme.width))
    return 1.0 / torch.tensor(long_factors(scheme), dtype=torch.float32)


def long_factors(scheme: RotaryPositions) -> list[float]:
    """Return the reciprocals of the angles. The stock class gets the angles in this form, beside a base of 1."""
    return [float(1.0 / angle) for angle in angles(scheme)]


def turns_of(scheme: RotaryPositions, positions: Tensor) -> Turns:
    """Return the rotations at the positions (models | 1, rows, columns)."""
    turned = positions.float().unsqueeze(-1) * inverse_frequencies(scheme).to(positions.device)
    return Turns(turned.cos().unsqueeze(3), turned.sin().unsqueeze(3))


def turned(values: Tensor, turns: Turns, heads: int) -> Tensor:
    """Return queries or keys with the first coordinates of each head rotated.

    Coordinate c is paired with coordinate c + pairs.

    Args:
        values: Queries or keys (models, rows, columns, width).
        turns: The rotation of each column.
        heads: The number of heads.
    """
    split = values.view(*values.shape[:-1], heads, -1)
    if values.device.type != "cpu" or values.dtype != torch.float32 or torch.compiler.is_compiling():
        return _plainly_turned(split, turns.cos, turns.sin).to(values.dtype).flatten(-2)
    found: Tensor = _Turning.apply(split, turns.cos, turns.sin)  # type: ignore[no-untyped-call]
    return found.flatten(-2)


def _plainly_turned(split: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    pairs = cos.shape[-1]
    first, second = split[..., :pairs], split[..., pairs : 2 * pairs]
    parts = (first * cos - second * sin, second * cos + first * sin, split[..., 2 * pairs :])
    return torch.cat(parts, dim=-1)


class _Turning(torch.autograd.Function):
    """The same as `_plainly_turned`, in fewer passes over memory; the gradient is rotated back."""

    @staticmethod
    def forward(ctx: Any, split: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _turned_into(split, cos, sin, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _turned_into(gradients[0], cos, sin, -1), None, None


def _turned_into(split: Tensor, cos: Tensor, sin: Tensor, sign: int) -> Tensor:
    pairs = cos.shape[-1]
    made = torch.empty(split.shape, dtype=split.dtype, device=split.device)
    first, second = split[..., :pairs], split[..., pairs : 2 * pairs]
    torch.mul(first, cos, out=made[..., :pairs]).addcmul_(second, sin, value=-sign)
    torch.mul(second, cos, out=made[..., pairs : 2 * pairs]).addcmul_(first, sin, value=sign)
    made[..., 2 * pairs :] = split[..., 2 * pairs :]
    return made


def sloped(mask: Tensor, scheme: LinearBiases, positions: Tensor) -> Tensor:
    """Return the mask with each head's biases added: (models | 1, rows, columns, heads * columns).

    Published slopes and Falcon's are multiplied with the key's position, as in the stock classes. This differs from the
    distance by a constant in each row of scores, which the softmax ignores. Chosen slopes are multiplied with the
    distance itself, which is exact at any length.

    Args:
        mask: The mask (models | 1, rows, columns, columns).
        scheme: The slopes.
        positions: The position of each column (models | 1, rows, columns).
    """
    where = positions.unsqueeze(2)  # (models | 1, rows, 1, columns)
    if scheme.slopes is not None:
        apart = (where - positions.unsqueeze(3)).float()  # (models | 1, rows, columns, columns), at most 0 where seen
        slopes = apart.new_tensor(scheme.slopes)
        biases = apart.unsqueeze(3) * slopes[:, None]
    else:
        biases = _stock_biases(scheme, where.unsqueeze(3))
    return (mask.unsqueeze(3) + biases).flatten(-2)


def _stock_biases(scheme: LinearBiases, where: Tensor) -> Tensor:
    """Return slope times position as Bloom and Falcon multiply them: (..., 1, columns) to (..., heads, columns)."""
    slopes = where.new_tensor([2.0 ** (-8 * t / scheme.heads) for t in range(1, scheme.heads + 1)], dtype=torch.float)
    if scheme.scaling == "published":
        return slopes[:, None] * where
    products = slopes[:, None].bfloat16() * where
    return products.float() / math.sqrt(scheme.head_width)
