"""The activation is the stock gelu_new with its derivative, in every range of arguments."""

import pytest
import torch
from torch.nn import functional

from train.model.activation import gelu_new


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
def test_the_activation_and_its_derivative_are_the_stock_ones_to_rounding(spread: float) -> None:
    values = spread * torch.randn(4, 5000, generator=torch.Generator().manual_seed(0))
    values[0, :5] = torch.tensor([0.0, -1e-30, 1e4, -1e4, 1e12])
    weight = torch.randn(values.shape, generator=torch.Generator().manual_seed(1))
    exact = values.double().requires_grad_()
    known = functional.gelu(exact, approximate="tanh")
    (slope,) = torch.autograd.grad((known * weight).sum(), exact)
    ours = values.clone().requires_grad_()
    found = gelu_new(ours)
    (found_slope,) = torch.autograd.grad((found * weight).sum(), ours)
    torch.testing.assert_close(found.double(), known.detach(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found_slope.double(), slope, rtol=1e-5, atol=1e-5)


def test_the_activation_without_gradients_is_the_same_to_the_bit() -> None:
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        alone = gelu_new(values)
    assert torch.equal(alone, gelu_new(values.clone().requires_grad_()).detach())


def test_the_activation_in_double_precision_is_the_stock_function() -> None:
    values = torch.randn(1000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(gelu_new(values), functional.gelu(values, approximate="tanh"))
