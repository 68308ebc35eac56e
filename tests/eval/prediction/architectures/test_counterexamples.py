"""Students that are exact in training and wrong later: no guarantee where one exists, none found where one is given."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from eval.prediction.architectures.assumptions import Assumptions
from eval.prediction.architectures.guarantees import guarantee
from tasks.experiments.teacher_sequences import TokenDistribution, draw_tokens
from tests.eval.prediction.architectures.counterexample_search import (
    GIVEN,
    OLD_TEXT,
    Students,
    deep_sets_with_thought,
    finds,
    least_length,
)
from train.model.flat_arrays import arrays_by_name
from train.teaching.architectures.architecture import architecture_of, initial, parameters
from train.teaching.architectures.forward import forward


def holds(length: int, **assumed: object) -> bool:
    return guarantee(Assumptions(length=length, **assumed)).holds  # type: ignore[arg-type]


def test_a_flipped_hidden_unit_is_exact_on_one_token_and_wrong_on_two() -> None:
    # phi -> 1 - phi in one unit, made up for by the output's weights and its bias.
    a = architecture_of("deepset", output_layers=0)
    teacher = torch.from_numpy(initial(np.random.default_rng(1), a)).double().unsqueeze(0)
    student = teacher.clone()
    arrays = arrays_by_name(student, parameters(a))
    last = f"inner.{a.inner_layers}"
    arrays[f"{last}.weight"][0, :, 0] *= -1
    arrays[f"{last}.bias"][0, 0] *= -1
    arrays["outer.0.bias"][0] += arrays["outer.0.weight"][0, 0]
    arrays["outer.0.weight"][0, 0] *= -1
    tokens = torch.rand(1, 500, 3, a.width, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    errors = (forward(student, a, tokens).outputs - forward(teacher, a, tokens).outputs).abs().amax(dim=(0, 1, 3))
    assert errors[0] < 1e-12
    assert errors[1] > 0.05
    one_layer = {"kind": "deepset", "normalise": "sum", "capacity": "single-layer"}
    assert not holds(1, **one_layer)
    assert holds(2, **one_layer)
    assert holds(1, bias=False, **one_layer)


def test_distances_without_zeros_are_exact_to_their_reach_and_wrong_after_it() -> None:
    # phi_1 = x, phi_2 = z, a(u) = u + u^3: psi_1 = a(x), psi_2 = 2 a((x + z) / 2) - a(x); the output undoes a.
    def a(u: np.ndarray) -> np.ndarray:
        return u + u**3

    def undone(v: np.ndarray) -> np.ndarray:
        root = np.cbrt(np.abs(v) / 2 + np.sqrt(v**2 / 4 + 1 / 27))
        return np.asarray(np.sign(v) * (root - 1 / (3 * root)))

    tokens = np.random.default_rng(0).normal(size=(1000, 4))
    errors = [0.0]  # nothing is seen at the first position
    for i in (2, 3, 4):
        x, far = tokens[:, i - 1], tokens[:, i - 3]
        teacher, student = x, a(x)
        if i > 2:
            teacher, student = teacher + far, student + 2 * a((x + far) / 2) - a(x)
        errors.append(float(np.abs(undone(student / (i - 1)) - teacher / (i - 1)).max()))
        assert max(errors[:3]) < 1e-9
    assert errors[3] > 0.4
    model = {"kind": "sigmoid", "normalise": "earlier", "capacity": "diffeo", "support": "states", "offsets": 3}
    assert not holds(3, **model)
    assert holds(4, **model)
    assert holds(3, zeros=True, **model)


def test_what_a_band_of_two_tokens_leaves_out_can_be_anything() -> None:
    # psi differs from phi where |x + z - 1| > 1/2 and x != z: no training word of two tokens has that, longer ones do.
    def differs(x: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray((x - z) ** 2 * np.maximum(np.abs(x + z - 1) - 0.5, 0) ** 2)

    rng = np.random.default_rng(0)
    for length, seen in ((2, False), (3, True)):
        band = TokenDistribution(distribution="band", width=1, band=0.5)
        words = draw_tokens(rng, band, 20_000, length)[:, :, 0].astype(np.float64)
        pairs = [(words[:, i], words[:, j]) for i in range(length) for j in range(i + 1)]
        greatest = max(float(differs(x, z).max()) for x, z in pairs)
        assert (greatest > 1e-3) == seen
    assert differs(np.array([1.0]), np.array([0.75]))[0] > 1e-3
    model = {"kind": "sigmoid", "normalise": "mean", "capacity": "single-layer", "support": "band"}
    assert not holds(2, **model)
    assert holds(3, **model)
    assert not holds(3, band=0.2, **model)  # a narrower one takes four
    assert holds(4, band=0.2, **model)


def test_a_bias_spread_over_the_distances_is_exact_to_their_reach_and_wrong_after_it() -> None:
    # A psi_d = B phi_d + c for each of three distances, and the output's bias less by c.
    tokens = np.random.default_rng(0).random((100, 5))
    c, errors = 0.3, []
    for i in range(1, 6):
        terms = [np.sin(tokens[:, i - 1] + d * tokens[:, i - 1 - d]) for d in range(min(i, 3))]
        teacher = sum(terms) / i
        errors.append(float(np.abs(sum(term + c for term in terms) / i - c - teacher).max()))
    assert max(errors[:3]) < 1e-12
    assert errors[3] > 0.05
    model = {"kind": "sigmoid", "normalise": "mean", "capacity": "single-layer", "offsets": 3}
    assert not holds(3, **model)
    assert holds(4, **model)
    assert holds(3, bias=False, **model)


@pytest.mark.parametrize(("students", "length"), OLD_TEXT.values(), ids=OLD_TEXT)
def test_the_search_finds_what_the_old_text_had_wrong(students: Students, length: int) -> None:
    assert not guarantee(replace(students.assumed, length=length)).holds
    assert any(finds(students, length, seed, starts=4) for seed in range(1, 6))


@pytest.mark.parametrize("students", GIVEN.values(), ids=GIVEN)
def test_no_counterexample_is_found_where_a_guarantee_is_given(students: Students) -> None:
    assert not finds(students, least_length(students), 0)


@pytest.mark.parametrize("name", ["5", "7", "8", "9", "17", "19", "20"])
def test_one_token_less_than_a_guarantee_needs_and_a_counterexample_is_found(name: str) -> None:
    students = GIVEN[name]
    assert any(finds(students, least_length(students) - 1, seed, starts=4) for seed in range(5))


def test_supervised_states_of_bounded_tokens_leave_the_output_open_where_no_state_was() -> None:
    bounded = deep_sets_with_thought(support="cube")
    assert not guarantee(replace(bounded.assumed, length=1)).holds
    assert finds(bounded, 1, 0)
    unsupervised = replace(deep_sets_with_thought(), assumed=replace(deep_sets_with_thought().assumed, thought=False))
    assert finds(unsupervised, 1, 0)  # what the supervision of the states rules out
