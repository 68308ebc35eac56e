"""The stacked architectures against the formulas written out, and what makes one."""

import numpy as np
import pytest
import torch

from tests.train.teaching.plain_models import arrays, run
from train.model.config import ConfigError
from train.model.flat_arrays import arrays_by_name
from train.teaching.architectures.architecture import (
    Architecture,
    architecture_from_json,
    architecture_of,
    architecture_to_json,
    initial,
    parameters,
)
from train.teaching.architectures.forward import forward

SIZES = {"width": 5, "hidden": 6, "outputs": 4}
CASES = {
    "deep set, sum": architecture_of("deepset", **SIZES),
    "deep set, mean": architecture_of("deepset", normalise="mean", inner_layers=1, **SIZES),
    "deep set, released": architecture_of("deepset", normalise="released", inner_layers=0, **SIZES),
    "softmax": architecture_of("softmax", **SIZES),
    "softmax, three heads": architecture_of("softmax", heads=3, **SIZES),
    "sigmoid attention": architecture_of("sigmoid", output_layers=0, **SIZES),
    "sigmoid attention, sum": architecture_of("sigmoid", normalise="sum", **SIZES),
    "sigmoid attention, earlier positions": architecture_of("sigmoid", normalise="earlier", **SIZES),
    "linear attention": architecture_of("linear", final="none", **SIZES),
    "sigmoid attention, relative": architecture_of("sigmoid", offsets=3, heads=2, **SIZES),
    "sigmoid attention, earlier and relative": architecture_of("sigmoid", normalise="earlier", offsets=3, **SIZES),
    "linear attention, earlier and relative": architecture_of(
        "linear", normalise="earlier", offsets=2, heads=2, **SIZES
    ),
    "softmax, relative": architecture_of("softmax", offsets=2, **SIZES),
    "linear attention, longer reach than the sequence": architecture_of("linear", offsets=9, normalise="sum", **SIZES),
    "ssm": architecture_of("ssm", **SIZES),
    "ssm, contracting": architecture_of("ssm", contraction=0.7, axis_aligned=True, **SIZES),
    "rnn": architecture_of("rnn", output_layers=0, **SIZES),
    "deep set, mean, three blocks": architecture_of("deepset", normalise="mean", blocks=3, **SIZES),
    "sigmoid attention, two blocks": architecture_of("sigmoid", blocks=2, output_layers=0, heads=2, **SIZES),
    "softmax, two blocks": architecture_of("softmax", blocks=2, **SIZES),
    "rnn, two blocks": architecture_of("rnn", blocks=2, output_layers=0, **SIZES),
}


def random_weights(architecture: Architecture, models: int) -> np.ndarray:
    """Weights of every array, biases too, so that each one shows."""
    rng = np.random.default_rng(7)
    size = sum(each.size for each in parameters(architecture))
    return rng.normal(0, 0.4, (models, size)).astype(np.float32)


@pytest.mark.parametrize("architecture", CASES.values(), ids=CASES)
def test_every_model_of_a_stack_computes_the_papers_formula(architecture: Architecture) -> None:
    flat = random_weights(architecture, 2)
    tokens = np.random.default_rng(8).normal(size=(2, 3, 7, 5)).astype(np.float32)
    found = forward(torch.from_numpy(flat), architecture, torch.from_numpy(tokens))
    for model in range(2):
        for sequence in range(3):
            known = run(flat[model], architecture, tokens[model, sequence].astype(np.float64))
            for part, expected in zip((found.hidden, found.state, found.outputs), known, strict=True):
                np.testing.assert_allclose(part[model, sequence].numpy(), expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("architecture", CASES.values(), ids=CASES)
def test_no_position_sees_what_comes_after_it(architecture: Architecture) -> None:
    # Large weights and double precision, so that several blocks show it on every processor.
    flat = 3 * torch.from_numpy(random_weights(architecture, 1)).double()
    tokens = torch.rand(1, 4, 7, 5, generator=torch.Generator().manual_seed(1)).double()
    changed = tokens.clone()
    changed[:, :, 4:] = 3.0
    one, other = (forward(flat, architecture, each).outputs for each in (tokens, changed))
    torch.testing.assert_close(one[:, :, :4], other[:, :, :4])
    assert (one[:, :, 4] - other[:, :, 4]).abs().max() > 1e-11


def test_the_released_deep_set_does_not_sum() -> None:
    # D1 of the specification: its output at a position does not depend on any earlier token.
    tokens = torch.rand(1, 2, 5, 5, generator=torch.Generator().manual_seed(1))
    changed = tokens.clone()
    changed[:, :, 0] = 0
    for name, same in (("deep set, released", True), ("deep set, sum", False)):
        flat = torch.from_numpy(random_weights(CASES[name], 1))
        one, other = (forward(flat, CASES[name], each).outputs[:, :, 4] for each in (tokens, changed))
        assert torch.equal(one, other) == same


@pytest.mark.parametrize("shape", [(20, 20), (6, 20), (20, 6)])
def test_a_recurrence_begins_with_orthogonal_maps(shape: tuple[int, int]) -> None:
    width, hidden = shape
    architecture = architecture_of("ssm", width=width, hidden=hidden, contraction=0.5)
    weights = arrays(initial(np.random.default_rng(0), architecture), architecture)
    np.testing.assert_allclose(weights["transition"] @ weights["transition"].T, 0.25 * np.eye(hidden), atol=1e-6)
    matrix = weights["input"] if width <= hidden else weights["input"].T
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(min(shape)), atol=1e-6)


def test_initial_weights_have_the_papers_spread_and_no_bias() -> None:
    architecture = architecture_of("deepset", hidden=100)
    flat = torch.from_numpy(initial(np.random.default_rng(0), architecture)).unsqueeze(0)
    for name, array in arrays_by_name(flat, parameters(architecture)).items():
        if name.endswith("bias"):
            assert not array.any()
        else:
            assert abs(float(array.std()) - 0.6) < 0.06
            assert abs(float(array.mean())) < 0.06


@pytest.mark.parametrize("architecture", CASES.values(), ids=CASES)
def test_an_architecture_is_read_back_from_json(architecture: Architecture) -> None:
    assert architecture_from_json(architecture_to_json(architecture)) == architecture


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "gru"}, "kind: expected one of deepset, softmax, sigmoid, linear, ssm, rnn, found 'gru'"),
        ({}, "kind is missing"),
        ([], "expected an object"),
        ({"kind": "ssm", "depth": 3}, "depth is none of"),
        ({"kind": "ssm", "hidden": 0}, "hidden: expected a whole number of at least 1, found 0"),
        ({"kind": "ssm", "width": 2.5}, "width: expected a whole number"),
        ({"kind": "ssm", "heads": 2}, "ssm has no heads"),
        ({"kind": "deepset", "offsets": 2}, "deepset has no heads and no offsets"),
        ({"kind": "softmax", "heads": 3}, "heads=3 does not divide hidden=20"),
        ({"kind": "softmax", "normalise": "sum"}, "normalise: expected mean for softmax, found 'sum'"),
        ({"kind": "sigmoid", "normalise": "earlier", "offsets": 1}, "sees nothing"),
        ({"kind": "rnn", "blocks": 0}, "blocks: expected a whole number of at least 1, found 0"),
        ({"kind": "rnn", "blocks": 65}, "blocks: expected at most 64"),
        ({"kind": "rnn", "scale": 0}, "scale: expected a number above 0, found 0"),
        ({"kind": "rnn", "final": "relu"}, "final: expected sigmoid or none, found 'relu'"),
        ({"kind": "rnn", "hidden": 5000}, "expected at most 10,000,000"),
    ],
)
def test_an_architecture_that_cannot_be_is_refused_with_the_reason(value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        architecture_from_json(value)


def test_one_block_is_not_said_and_the_blocks_begin_as_models_of_their_own() -> None:
    one, two = (architecture_of("ssm", width=3, hidden=4, outputs=2, blocks=blocks) for blocks in (1, 2))
    assert "blocks" not in architecture_to_json(one)
    assert architecture_from_json(architecture_to_json(two)) == two
    weights = arrays(initial(np.random.default_rng(0), two), two)
    assert (weights["0.input"].shape, weights["1.input"].shape) == ((3, 4), (4, 4))
    for block in "01":
        np.testing.assert_allclose(
            weights[f"{block}.transition"] @ weights[f"{block}.transition"].T, np.eye(4), atol=1e-6
        )
