"""The argument's ingredients matter: without one of them models are wrong, or no length is certified."""

import math
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.meaning.interpreter import encode, trace
from crasp.text.loader import load_program
from limit_transformer.gpt2 import directory as gpt2
from limit_transformer.gpt2 import error_bounds
from limit_transformer.gpt2.directory import Gpt2LengthError, load_compiled_gpt2, plan_gpt2, write_gpt2
from limit_transformer.gpt2.error_bounds import Bounds
from limit_transformer.gpt2.gpt2_shape import Shape
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.simulator import Stream, simulate
from tests.cases import few
from tests.crasp.compiler.programs import programs
from tests.limit_transformer.gpt2.certified_lengths import largest_gpt2_length
from tests.limit_transformer.gpt2.models import assert_right, last_stream, written
from tests.limit_transformer.gpt2.words import near_ties


def machine_of(name: str) -> LimitTransformer:
    return compile_program(load_program(f"lib:{name}")).machine


def changed(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let models be written with other numbers than the argument's."""

    def bounds_of(shape: Shape, dtype: str) -> Bounds:
        found = error_bounds.bounds_of(shape, dtype)
        return replace(found, **{key: change(getattr(found, key)) for key, change in changes.items()})

    monkeypatch.setattr(gpt2, "bounds_of", bounds_of)


def wrong(name: str, word: list[str], directory: Path) -> bool:
    try:
        assert_right(written(load_program(f"lib:{name}"), directory, max_length=len(word)), [word])
    except AssertionError:
        return True
    return False


TIES = ["a"] * 600 + ["b"] * 600


def test_a_pair_that_is_not_large_makes_counts_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    word = ["("] * 600 + [")"] * 600
    assert not wrong("dyck1", word, tmp_path)
    changed(monkeypatch, large=lambda _: 4.0)
    assert wrong("dyck1", word, tmp_path)


def test_steps_that_are_not_steep_are_wrong_at_near_ties(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not wrong("anbn", TIES, tmp_path)
    changed(monkeypatch, slopes=lambda slopes: tuple(tuple(k / 20 for k in block) for block in slopes))
    assert wrong("anbn", TIES, tmp_path)


def test_heads_that_are_not_sharp_look_at_other_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    word = Random(0).choices("01", k=200)
    assert not wrong("tomita4", word, tmp_path)
    changed(monkeypatch, sharpness=lambda sharp: sharp / 30)
    assert wrong("tomita4", word, tmp_path)


def test_the_middle_taken_away_changes_no_answer_but_the_mean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed(monkeypatch, middle=lambda _: 0.0)
    assert not wrong("anbn", TIES, tmp_path)


def test_dirty_steps_are_cleaned_where_the_argument_needs_it_and_not_elsewhere() -> None:
    machine = machine_of("dyck1")
    short, long = plan_gpt2(machine, max_length=20), plan_gpt2(machine, max_length=2048)
    assert (len(short.shape.blocks), len(long.shape.blocks)) == (2, 3)
    dirty = error_bounds.bounds_of(replace(long.shape, cleaned=frozenset()), "float32")
    assert dirty.margin < error_bounds.LEAST_MARGIN


def test_wider_rounding_certifies_less(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = machine_of("binary_majority")
    usual = largest_gpt2_length(machine, "float32")
    monkeypatch.setitem(error_bounds.UNIT, "float32", 2.0**-22)
    # Counts err by u n^2: four times the u, half the length.
    assert largest_gpt2_length(machine, "float32") == pytest.approx(usual / 2, rel=0.1)


def test_a_chain_of_sums_errs_no_more_than_the_argument_says() -> None:
    unit, random = 2.0**-24, np.random.default_rng(0)
    for term in random.random(20).astype(np.float32):
        for count in (10, 1000, 3000):
            terms = np.full(count, term, dtype=np.float32)
            chain = np.cumsum(terms, dtype=np.float32)[-1]
            assert abs(float(chain) - count * float(term)) <= unit * count**2 / 2 * float(term)


def test_the_code_of_positions_has_a_gap_of_2() -> None:
    for frequencies in (1, 4, 9):
        lags = np.arange(1, 2**frequencies)
        similar = sum(np.cos(2 * math.pi * lags / 2**r) for r in range(1, frequencies + 1))
        assert similar.max() <= frequencies - 2 + 1e-9


BOUNDED = ["dyck1", "bool5", "tomita4", "tomita7", "abab_star", "aabbccddee", "binary_majority_interleave"]


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("length", few([30, 700], also=[30]))
def test_no_column_of_a_model_is_further_off_than_the_argument_says(name: str, length: int, tmp_path: Path) -> None:
    program, random = load_program(f"lib:{name}"), Random(name)
    loaded = written(program, tmp_path, max_length=length)
    machine = compile_program(program).machine
    bounds = plan_gpt2(machine, max_length=length).bounds
    words = [word for _ in range(2) for word in near_ties(program, length, random)]
    stream = last_stream(loaded.model, encode(program.alphabet, words).tokens)
    exact = simulate(machine, encode(program.alphabet, words).tokens).streams[-1]
    visible = np.arange(1, length + 2)
    for k, error in bounds.errors.items():
        true = values(exact, k)
        # What a sharp head receives is nearly an integer in the exact machine too.
        off = np.abs(stream[..., k] - np.round(true))
        assert off.max() <= error.anywhere, machine.coordinates[k]
        for end, bound in ((true.min(), error.at_low), (true.max(), error.at_high)):
            if true.min() < true.max() and np.array_equal(true, np.round(true)):
                assert off[true == end].max() <= bound, (machine.coordinates[k], end)
    for k, share in bounds.shares.items():
        count = values(exact, k) * visible
        allowed = 1.02 * share.quadratic * 2.0**-25 * count**2 + share.linear * np.abs(count) + share.constant
        off = np.abs(stream[..., k].astype(np.float64) * visible - np.round(count))
        assert (off <= allowed).all(), machine.coordinates[k]


def values(stream: Stream, coordinate: int) -> NDArray[np.float64]:
    rationals = stream.coordinate(coordinate)
    return np.asarray(rationals.numerators / rationals.denominators, dtype=np.float64)


SEEDS = st.randoms(use_true_random=False)


@settings(max_examples=15)
@given(programs(largest=14), SEEDS, st.sampled_from(["float32", "float64"]))
def test_a_random_program_means_what_its_model_says(program: ir.Program, random: Random, dtype: str) -> None:
    from tempfile import TemporaryDirectory

    length = 40
    with TemporaryDirectory() as name:
        try:
            write_gpt2(compile_program(program), Path(name), max_length=length, dtype=dtype)
        except Gpt2LengthError:
            return  # coefficients of 10^20 and more
        model = load_compiled_gpt2(Path(name))
    words = encode(program.alphabet, [random.choices(program.alphabet, k=length) for _ in range(12)])
    lines = trace(program, words).lines
    expected = np.stack([lines[line] for line in program.outputs], axis=-1).astype(bool)
    assert np.array_equal(model.answers(words.tokens, words.lengths), expected)
