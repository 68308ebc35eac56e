from random import Random

import numpy as np
import pytest

from crasp.compiler.compiler import compile_program
from crasp.text.loader import load_program
from limit_transformer.machine.machine import FeedForward, Head, Layer
from limit_transformer.machine.matrix import integer_array, sparse
from limit_transformer.norms.regularizer import rank, regularizer_terms, spectral_norm
from tests.limit_transformer.machine.machines import WIDTH, assembled, random_matrix
from tests.limit_transformer.machine.textbook import dense


@pytest.mark.parametrize("seed", range(20))
def test_rank_and_spectral_norm_are_those_of_the_dense_matrix(seed: int) -> None:
    random = Random(seed)
    shape = (random.randrange(1, 9), random.randrange(1, 9))
    matrix = random_matrix(random, shape, random.randrange(1, 30))
    full = np.array(dense(matrix), dtype=float)
    assert rank(matrix) == np.linalg.matrix_rank(full)
    assert spectral_norm(matrix) == pytest.approx(np.linalg.norm(full, 2), rel=1e-9)


def test_the_norm_of_a_large_matrix_is_found_by_iteration() -> None:
    random = Random("large")
    matrix = random_matrix(random, (500, 450), 4000)
    full = np.array(dense(matrix), dtype=float)
    assert spectral_norm(matrix) == pytest.approx(np.linalg.norm(full, 2), rel=1e-6)


def test_weights_beyond_floats_have_norms() -> None:
    assert spectral_norm(sparse((2, 2), {(0, 0): 10**400, (1, 1): 10**399})) == pytest.approx(10**400, rel=1e-9)


def test_each_term_is_what_its_name_says() -> None:
    head = Head(
        "head", sparse((WIDTH, WIDTH), {(2, 3): 3}), ((1, 4), (5, -2)), sparse((WIDTH, WIDTH), {(6, 0): 2, (7, 1): 1})
    )
    block = FeedForward(
        ("x", "y"),
        sparse((2, WIDTH), {(0, 0): 3, (1, 1): 4}),
        integer_array([6, -8]),
        np.array([True, False]),
        sparse((WIDTH, 2), {(8, 0): 1, (9, 1): 1, (8, 1): 7, (9, 0): 7}),
    )
    terms = regularizer_terms(assembled((Layer((head,), block),), sparse((1, WIDTH), {(0, 6): 3, (0, 7): 4})))
    assert terms.as_dict() == {
        "layers": 1,
        "heads": 1,
        "precision": 0,
        "value_rank": 2,
        "attention_norm": 3,
        "value_norm": 2,
        "read_norm": 5,
        "write_norm": 10,
        "unembedding_norm": 5,
        "position_norm": 1,
        "embedding_norm": pytest.approx(2**0.5),
        "bias_norm": 10,
        "positional": 20,
    }


def test_positions_that_meet_at_every_distance_have_no_positional_term() -> None:
    nothing = sparse((WIDTH, WIDTH), {})
    idle = FeedForward((), sparse((0, WIDTH), {}), integer_array([]), np.zeros(0, bool), sparse((WIDTH, 0), {}))
    head = Head("head", sparse((WIDTH, WIDTH), {(4, 5): 1}), (), nothing)
    terms = regularizer_terms(assembled((Layer((head,), idle),), sparse((1, WIDTH), {(0, 6): 1})))
    assert terms.positional is None


def test_a_lag_head_costs_sixteen_and_nothing_else_does() -> None:
    assert regularizer_terms(compile_program(load_program("lib:tomita4")).machine).positional == 32
    assert regularizer_terms(compile_program(load_program("lib:abab_star")).machine).positional == 0
