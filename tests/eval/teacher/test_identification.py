"""Identification measures against cases whose answer is known, and against least squares written out."""

import numpy as np
import pytest

from eval.teacher.identification import linear_identification, parameter_recovery, permutation_recovery, score


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_an_affine_map_of_the_teacher_is_wholly_identified() -> None:
    teacher = random(200, 6, 4)
    found = linear_identification(teacher @ random(4, 4, seed=1) + 3, teacher, 3)
    for values in (found.in_sample, found.held_out, found.frozen):
        assert values == pytest.approx([1.0] * 6)


def test_something_unrelated_explains_nothing_on_sequences_that_it_was_not_fitted_on() -> None:
    found = linear_identification(random(400, 2, 20, seed=1), random(400, 2, 20), 2)
    # Fitted and scored on the same 400 sequences, 20 numbers explain 20/399 of anything.
    assert np.mean(found.in_sample) == pytest.approx(20 / 399, abs=0.01)
    assert np.mean(found.held_out) < 0
    assert np.mean(found.frozen) < 0


def test_a_map_that_drifts_is_seen_by_the_frozen_fit_alone() -> None:
    teacher = random(300, 8, 3)
    turned = np.stack([teacher[:, t] @ random(3, 3, seed=0 if t < 4 else 9) for t in range(8)], axis=1)
    found = linear_identification(turned, teacher, 4)
    assert found.held_out == pytest.approx([1.0] * 8)
    assert found.frozen[:4] == pytest.approx([1.0] * 4)
    assert max(found.frozen[4:]) < 0.5


def test_the_fit_is_least_squares_with_an_intercept() -> None:
    teacher, noise = random(80, 1, 3), random(80, 1, 3, seed=5)
    student = teacher + noise
    design = np.concatenate((student[:, 0], np.ones((80, 1))), axis=1)
    each = []
    for column in range(3):
        weights = np.linalg.solve(design.T @ design, design.T @ teacher[:, 0, column])
        left = teacher[:, 0, column] - design @ weights
        each.append(1 - (left**2).sum() / ((teacher[:, 0, column] - teacher[:, 0, column].mean()) ** 2).sum())
    assert linear_identification(student, teacher, 1).in_sample[0] == pytest.approx(np.mean(each))


def test_a_coordinate_that_does_not_vary_counts_only_where_it_is_met() -> None:
    wanted = np.stack((np.arange(5.0), np.ones(5)), axis=1)
    assert score(wanted, wanted) == 1
    assert score(wanted + np.array([0, 0.1]), wanted) == 0.5


def test_too_few_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match="expected more than 42 sequences for 20 numbers, found 30"):
        linear_identification(random(30, 2, 20), random(30, 2, 20), 1)


def test_a_permutation_is_found() -> None:
    teacher = random(300, 20)
    order = np.random.default_rng(3).permutation(20)
    found = permutation_recovery(teacher[:, order], teacher)
    assert found.correlation == pytest.approx(1)
    assert found.share == pytest.approx(0, abs=1e-12)
    scaled = permutation_recovery(-2 * teacher[:, order], teacher)  # the right order, not the right values
    assert scaled.correlation == pytest.approx(1)
    assert scaled.share > 5
    mixed = permutation_recovery(teacher @ np.linalg.qr(random(20, 20, seed=1))[0], teacher)
    assert mixed.correlation < 0.8


def test_the_matching_is_the_best_of_all_permutations() -> None:
    import itertools

    student, teacher = random(40, 5), random(40, 5, seed=2)
    table = np.abs(np.corrcoef(student.T, teacher.T)[:5, 5:])
    best = max(np.mean([table[i, j] for i, j in enumerate(order)]) for order in itertools.permutations(range(5)))
    assert permutation_recovery(student, teacher).correlation == pytest.approx(best)


def test_parameters_are_compared_where_both_have_them() -> None:
    teacher = {"input": np.eye(3), "transition": 2 * np.eye(3), "outer": np.ones((2, 3))}
    student = {"input": np.eye(3), "transition": np.zeros((3, 3)), "outer": np.ones((5, 3))}
    assert parameter_recovery(student, teacher) == {"input": 0, "transition": 1}
