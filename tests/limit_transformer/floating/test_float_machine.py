"""Runs in float32 and float64 answer as the interpreter does, at the shortest words and at the longest."""

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.meaning.interpreter import Words
from crasp.text.sources import library_names
from limit_transformer.floating.certificate import UncertifiedError
from limit_transformer.floating.float_machine import FloatRealization, realize_float
from limit_transformer.machine.answers import ExactRealization, LongWordError
from limit_transformer.machine.simulator import simulate
from tests.cases import few
from tests.crasp.compiler.library import LIBRARY, library
from tests.crasp.compiler.programs import program, programs
from tests.limit_transformer.floating.words import assert_realizes, near_ties, numbered, random_words

pytestmark = pytest.mark.xdist_group(LIBRARY)

SMALL_LIBRARY = [name for name in library_names() if not name.startswith(("copy_unique", "count", "unique"))]
DTYPES = ("float32", "float64")
OFFSETS = (0, 7, 10**30)
AT_ONE = [(name, OFFSETS[k % 3], DTYPES[k % 2]) for k, name in enumerate(SMALL_LIBRARY)]


def realized(name: str, dtype: str, *, offset: int = 0, max_length: int | None = None) -> FloatRealization:
    return realize_float(library(name).machine, dtype, max_length=max_length, offset=offset)


@given(programs(), st.randoms(use_true_random=False), st.integers(0, 7), st.sampled_from(DTYPES))
def test_a_random_program_means_what_its_float_run_computes(
    program: ir.Program, random: Random, offset: int, dtype: str
) -> None:
    machine = compile_program(program).machine
    try:
        realization = realize_float(machine, dtype, offset=offset)
    except UncertifiedError:
        # Coefficients of 10^20 leave no room for a margin in 53 digits, or in 24.
        assume(False)
    assert_realizes(realization, program, random_words(program, random, 6, min(40, realization.max_length)))


@given(programs())
@example(program(23249843, 24))  # holds a 10^25, and is refused
def test_only_large_coefficients_are_refused(program: ir.Program) -> None:
    linear = [line.operation for line in program.lines if isinstance(line.operation, ir.Linear)]
    numbers = [weight for each in linear for weight, _ in each.terms] + [each.constant for each in linear]
    small = all(abs(number) < 4 for number in numbers)
    try:
        certified = realize_float(compile_program(program).machine, "float64").max_length
    except UncertifiedError:
        certified = -1
    assert certified >= 10**6 or not small


def test_a_coefficient_without_room_for_a_margin_is_refused() -> None:
    with pytest.raises(UncertifiedError):
        realize_float(compile_program(program(23249843, 24)).machine, "float64")


# Each program at one of the offsets, in one of the numbers.
@pytest.mark.parametrize(
    ("name", "offset", "dtype"), few(product(SMALL_LIBRARY, OFFSETS, DTYPES), also=AT_ONE, rows=True)
)
def test_a_library_program_is_what_its_float_run_computes(name: str, offset: int, dtype: str) -> None:
    realization = realized(name, dtype, offset=offset)
    program = library(name).program
    assert_realizes(realization, program, random_words(program, Random(name), 30, 60))


@pytest.mark.parametrize("offset", [0, 3, 10**30])
@pytest.mark.parametrize("name", SMALL_LIBRARY)
def test_the_exact_machine_is_a_realization_too(name: str, offset: int) -> None:
    realization = ExactRealization(library(name).machine, offset)
    assert realization.max_length is None
    program = library(name).program
    assert_realizes(realization, program, random_words(program, Random(name), 10, 30))


@pytest.mark.parametrize(
    "name",
    few(
        ["anbn", "anbncn", "anbncndn", "most_frequent", "binary_majority", "d_12", "bool3"],
        also=("anbn", "anbncndn", "d_12", "binary_majority"),
    ),
)
def test_near_ties_at_the_certified_length_in_float32(name: str) -> None:
    realization = realized(name, "float32")
    letters = len(library(name).program.alphabet)
    assert_realizes(realization, library(name).program, near_ties(realization.max_length, letters))


@pytest.mark.parametrize(("dtype", "close"), [("float32", 1e-6), ("float64", 1e-14)])
@pytest.mark.parametrize("name", ["tomita4", "abab_star", "dyck1", "bool5", "binary_majority_interleave"])
def test_every_coordinate_is_near_that_of_the_exact_machine_with_the_same_base(
    name: str, dtype: str, close: float
) -> None:
    realization = realized(name, dtype, max_length=9, offset=4)
    letters = len(realization.machine.alphabet)
    tokens = np.random.default_rng(3).integers(0, letters, (20, 9))
    exact = simulate(realization.machine, tokens, offset=4, base=10)
    for stream, columns in zip(exact.streams, realization.streams(tokens), strict=True):
        for place, found in columns.items():
            wanted = stream.coordinate(place)
            shares = wanted.numerators / np.broadcast_to(wanted.denominators, wanted.numerators.shape)
            np.testing.assert_allclose(found, shares.astype(float), rtol=0, atol=close)


def dyck_words(length: int, random: np.random.Generator) -> Words:
    """A random balanced word, one that closes once more, one that ends open, and one that dips and comes back."""
    half = length // 2
    steps = random.permutation(np.repeat([1, -1], half))
    heights = np.cumsum(steps)
    balanced = np.roll(steps, -(int(heights.argmin()) + 1))  # a rotation that starts after the lowest point
    opens = (balanced < 0).astype(np.int64)
    early = np.concatenate([opens, [1]])[: length - 1]
    return numbered([opens, opens[:-1], np.concatenate([opens[:-2], [1]]), np.concatenate([[1, 0], early[2:]])])


@pytest.mark.parametrize(
    ("dtype", "length"),
    few(
        [("float32", 10_000), ("float32", 170_000), ("float64", 1_000_000)],
        also=[("float32", 10_000), ("float32", 170_000)],
        rows=True,
    ),
)
def test_dyck_1_at_great_length(dtype: str, length: int) -> None:
    realization = realized("dyck1", dtype)
    words = dyck_words(length, np.random.default_rng(0))
    answers = realization.answers(words.tokens, words.lengths)
    assert_realizes(realization, library("dyck1").program, words)
    assert answers[0, length, 0], "the balanced word is accepted"
    assert not answers[1, length - 1, 0], "a word that ends open is not"


def test_lag_heads_at_great_length() -> None:
    realization = realized("tomita4", "float32", offset=5)
    assert realization.max_length >= 100_000
    random = np.random.default_rng(1)
    # Few zeros, so that 000 comes late or never.
    words = [(random.random(100_000) > share).astype(np.int64) for share in (0.003, 0.01, 0.02)]
    words[0][-3:] = 0
    assert_realizes(realization, library("tomita4").program, numbered(words))


@pytest.mark.long
def test_copying_unique_tokens_at_two_lengths() -> None:
    realization = realized("copy_unique", "float32", offset=2)
    assert realization.max_length >= 10_000
    letters = len(library("copy_unique").program.alphabet) - 1
    random = np.random.default_rng(2)
    rows = []
    for size in (5, 100):
        word = random.permutation(letters)[:size]
        rows.append(np.concatenate([word, [letters], word]))
    assert_realizes(realization, library("copy_unique").program, numbered(rows))


def test_a_word_longer_than_certified_is_refused() -> None:
    realization = realized("dyck1", "float32", max_length=5)
    with pytest.raises(LongWordError, match="expected words of 5 letters at most, found one of 6"):
        realization.answers(np.zeros((1, 6), dtype=np.int64), np.array([6]))


def test_what_follows_a_words_end_is_not_looked_at() -> None:
    realization = realized("dyck1", "float32")
    short = realization.answers(np.array([[0, 1]]), np.array([2]))
    padded = realization.answers(np.array([[0, 1, 99, -7]]), np.array([2]))
    assert (padded[:, :3] == short).all()
    assert not padded[:, 3:].any()


@pytest.mark.parametrize(
    ("tokens", "lengths", "message"),
    [
        ([[0, 2]], [2], "expected letters from 0 to 1, found 0 to 2"),
        ([[0, 1]], [3], "expected lengths from 0 to 2, found 3 to 3"),
        ([[0, 1]], [1, 1], r"expected \(words, positions\) and \(words,\)"),
    ],
)
def test_what_are_no_words_is_refused(tokens: list[list[int]], lengths: list[int], message: str) -> None:
    realization = realized("dyck1", "float32")
    with pytest.raises(ValueError, match=message):
        realization.answers(np.array(tokens), np.array(lengths))
