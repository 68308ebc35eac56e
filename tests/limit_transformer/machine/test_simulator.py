from fractions import Fraction
from random import Random

import numpy as np
import pytest

from limit_transformer.machine.attention import LogitError
from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix, integer_array, sparse
from limit_transformer.machine.simulator import simulate
from tests.cases import few
from tests.limit_transformer.machine.machines import LETTERS, NAMES, WIDTH, assembled, random_machine
from tests.limit_transformer.machine.textbook import run_by_the_book

WORDS = [[], [0], [1, 0], [0, 1, 1, 0, 1], [1, 1, 1, 0, 0, 0, 1]]
NOTHING = sparse((WIDTH, WIDTH), {})
IDLE = FeedForward((), sparse((0, WIDTH), {}), integer_array([]), np.zeros(0, bool), sparse((WIDTH, 0), {}))


def padded(words: list[list[int]]) -> np.ndarray:
    tokens = np.full((len(words), max(map(len, words))), -1)
    for row, word in enumerate(words):
        tokens[row, : len(word)] = word
    return tokens


def agrees_with_the_book(machine: LimitTransformer, words: list[list[int]], offset: int, base: int | str) -> None:
    run = simulate(machine, padded(words), offset=offset, base=base)
    answers = run.answers()
    for row, word in enumerate(words):
        streams, expected = run_by_the_book(machine, word, offset=offset, base=base)
        for layer, stream in enumerate(streams):
            for c in range(machine.width):
                values = run.streams[layer].coordinate(c)
                for position, vector in enumerate(stream):
                    assert values.fraction(row, position) == vector[c], (layer, NAMES[c], word, position)
        assert answers[row, : len(word) + 1].tolist() == expected


@pytest.mark.parametrize("logits", ["lags", "keys", "pairs"])
@pytest.mark.parametrize("seed", few(range(3), also=[0]))
@pytest.mark.parametrize(("offset", "base"), [(0, "prefix"), (1, 9), (3, 10**9)])
def test_a_run_is_the_definition_at_every_coordinate_layer_and_position(
    logits: str, seed: int, offset: int, base: int | str
) -> None:
    agrees_with_the_book(random_machine(Random(f"{logits}/{seed}"), logits=logits), WORDS, offset, base)


def with_head(head: Head) -> LimitTransformer:
    return assembled((Layer((head,), IDLE),), sparse((1, WIDTH), {(0, 6): 1}))


def test_a_uniform_head_averages_what_is_visible() -> None:
    machine = with_head(Head("mean", NOTHING, (), sparse((WIDTH, WIDTH), {(6, 0): 1})))
    last = simulate(machine, padded([[0, 1, 0]])).streams[-1].coordinate(6)
    assert [last.fraction(0, i) for i in range(4)] == [0, Fraction(1, 2), Fraction(1, 3), Fraction(2, 4)]


def test_weights_beyond_machine_integers_stay_exact() -> None:
    huge = 10**40
    machine = with_head(Head("huge", NOTHING, ((1, 30),), sparse((WIDTH, WIDTH), {(6, 0): huge, (7, 1): -huge})))
    agrees_with_the_book(machine, WORDS, 0, 10**6)


def test_a_long_word_is_exact() -> None:
    machine = random_machine(Random("long"), logits="keys")
    word = [k % 3 % 2 for k in range(35)]
    agrees_with_the_book(machine, [word], 5, "prefix")


def test_a_logit_that_is_no_integer_is_refused() -> None:
    mean = Head("mean", NOTHING, (), sparse((WIDTH, WIDTH), {(6, 0): 1}))
    reader = Head("reader", sparse((WIDTH, WIDTH), {(6, 3): 1}), (), sparse((WIDTH, WIDTH), {(7, 0): 1}))
    machine = assembled((Layer((mean,), IDLE), Layer((reader,), IDLE)), sparse((1, WIDTH), {(0, 7): 1}))
    with pytest.raises(LogitError, match="head reader: expected integers in coordinate 6"):
        simulate(machine, padded([[0, 1, 0]]))


def test_a_base_smaller_than_what_is_read_is_refused() -> None:
    machine = random_machine(Random(0), logits="lags")
    with pytest.raises(ValueError, match="expected a base N of 4 or more, the tokens read, found 3"):
        simulate(machine, padded([[0, 1, 0]]), base=3)


def test_letters_that_the_alphabet_lacks_are_refused() -> None:
    machine = random_machine(Random(0), logits="lags")
    with pytest.raises(ValueError, match="expected letters from 0 to 1"):
        simulate(machine, np.array([[len(LETTERS)]]))


@pytest.mark.parametrize(
    ("lags", "message"),
    [
        (((-1, 2),), "expected lags of 0 or more, found -1"),
        (((2, 1), (1, 1)), "expected ascending lags"),
        (((1, 1.5),), r"expected an integer logit other than 0, found phi\(1\) = 1.5"),
        (((1, 0),), r"expected an integer logit other than 0, found phi\(1\) = 0"),
    ],
)
def test_a_head_that_is_not_local_and_integer_cannot_be_made(lags: tuple[tuple[int, int], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Head("bad", NOTHING, lags, NOTHING)


def test_weights_that_are_no_integers_cannot_be_made() -> None:
    places = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="expected integer weights, found an array of type float64"):
        SparseMatrix((1, 1), places, places, np.array([0.5]))


def test_weights_outside_the_matrix_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="expected columns from 0 to 2, found 3 to 3"):
        sparse((2, 3), {(0, 3): 1})


def test_what_is_made_cannot_be_changed() -> None:
    matrix = sparse((2, 2), {(0, 1): 5})
    with pytest.raises(ValueError, match="read-only"):
        matrix.weights[0] = 6
