"""The exact machine computes what the interpreter says, at every line and position."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crasp import ir
from crasp.compiler import CapacityError, compile_program
from crasp.errors import Source
from crasp.interpreter import Words, encode
from crasp.loader import library_names, load_program, read_program
from tests.machine.agreement import assert_agreement, needed, readable
from tests.machine.programs import programs

EVERY_WORD = {
    letters: [
        [int(d) for d in np.base_repr(k, letters).zfill(n)[-n:]] if n else []
        for n in range(5)
        for k in range(letters**n)
    ]
    for letters in (2, 3)
}


def words_of(program: ir.Program, random: Random, number: int, longest: int) -> Words:
    found = [random.choices(program.alphabet, k=random.randrange(longest + 1)) for _ in range(number)]
    return encode(program.alphabet, [[], *found])


def every_short_word(program: ir.Program) -> Words:
    words = [[program.alphabet[k] for k in word] for word in EVERY_WORD[len(program.alphabet)]]
    return encode(program.alphabet, words)


BASES = st.sampled_from(["prefix", "short", 10**6])


@settings(max_examples=200)
@given(programs(), st.randoms(use_true_random=False), st.integers(0, 7), BASES, st.booleans())
def test_a_random_program_means_what_its_machine_computes(
    program: ir.Program, random: Random, offset: int, base: str | int, keep: bool
) -> None:
    compiled = compile_program(program, keep_lines=keep)
    if keep:
        assert readable(compiled) == set(range(len(program.lines)))
    else:
        assert readable(compiled) <= needed(program)
    words = words_of(program, random, 6, 14)
    length = words.tokens.shape[1] + 1
    assert_agreement(compiled, words, offset=offset, base=length if base == "short" else base)


@settings(max_examples=50)
@given(programs(largest=10), st.integers(0, 3))
def test_a_random_program_agrees_on_every_short_word(program: ir.Program, offset: int) -> None:
    assert_agreement(compile_program(program), every_short_word(program), offset=offset)


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("keep", [False, True], ids=["needed lines", "all lines"])
def test_a_library_program_means_what_its_machine_computes(name: str, keep: bool) -> None:
    program = load_program(f"lib:{name}")
    if keep and len(program.lines) > 10_000:
        pytest.skip("too many lines to compare each")
    compiled = compile_program(program, keep_lines=keep)
    number, longest = (2, 20) if len(program.lines) > 300 else (20, 60)
    words = words_of(program, Random(name), number, longest)
    assert_agreement(compiled, words, offset=5)
    if len(program.lines) < 10_000:
        assert_agreement(compiled, words, base=words.tokens.shape[1] + 1)


@pytest.mark.parametrize("name", ["dyck1", "tomita4", "abab_star", "binary_majority_interleave"])
def test_a_library_program_agrees_on_long_words(name: str) -> None:
    program = load_program(f"lib:{name}")
    words = encode(program.alphabet, [Random(name).choices(program.alphabet, k=200)])
    assert_agreement(compile_program(program), words, offset=3)


LAYERS = {
    "tomita1": 1,
    "binary_majority": 1,
    "majority": 1,
    "most_frequent": 1,
    "sort": 1,
    "aa_star": 1,
    "aaaa_star": 1,
    "dyck1": 2,
    "d_2": 2,
    "d_12": 2,
    "tomita2": 2,
    "tomita4": 2,
    "abab_star": 2,
    "tomita7": 4,
}


@pytest.mark.parametrize(("name", "layers"), LAYERS.items())
def test_a_library_program_takes_no_more_layers_than_its_counts_need(name: str, layers: int) -> None:
    assert len(compile_program(load_program(f"lib:{name}")).machine.layers) == layers


def machine_of(text: str) -> tuple[int, int, int, int]:
    """(layers, heads, width, units) of a program over two letters."""
    machine = compile_program(read_program(Source("test", "alphabet a b\n" + text))).machine
    return len(machine.layers), machine.heads, machine.width, machine.units


@pytest.mark.parametrize(
    ("text", "layers", "units"),
    [
        ("accept(i) := not Q_a(i) or Q_b(i)", 0, 0),
        ("accept(i) := #[j <= i] Q_a(j) = #[j <= i] Q_b(j)", 1, 2),
        ("accept(i) := #[j <= i] (Q_a(j) or Q_b(j)) > 4 and Q_a(i)", 1, 1),
        ("accept(i) := #[j < i] Q_a(j) > 2", 1, 2),
        ("accept(i) := #[j <= i, j = i - 1] Q_a(j) = 1 and Q_b(i)", 1, 1),
        ("accept(i) := #[j <= i, j = i - 1] (#[k <= j, k = j - 1] Q_a(k) = 1) = 1", 1, 1),
        ("accept(i) := #[j <= i, j >= i - 2] Q_a(j) >= 2", 1, 1),
        ("accept(i) := #[j <= i, j = i - 3] true = 0", 1, 1),
        ("accept(i) := i % 3 = 1 or i % 3 = 2", 1, 3),
        ("accept(i) := max(#[j <= i] Q_a(j), 7) > #[j <= i] Q_b(j)", 1, 2),
        ("dead(i) := #[j <= i, j = i - 9] Q_a(j)\naccept(i) := Q_a(i)", 0, 0),
    ],
)
def test_a_program_costs_what_it_should(text: str, layers: int, units: int) -> None:
    found = machine_of(text)
    assert (found[0], found[3]) == (layers, units)


def test_a_program_without_periodic_predicates_has_no_positions() -> None:
    assert compile_program(load_program("lib:tomita4")).machine.positions == ()
    assert compile_program(load_program("lib:aaaa_star")).machine.period == 4


def test_a_program_without_local_counts_has_no_lags() -> None:
    assert compile_program(load_program("lib:abab_star")).machine.locality == 0
    assert compile_program(load_program("lib:tomita4")).machine.locality == 2


def test_one_uniform_head_serves_all_counts_of_a_layer() -> None:
    for layer in compile_program(load_program("lib:sort")).machine.layers:
        assert [head.name for head in layer.heads] == ["uniform"]


def test_coefficients_beyond_machine_integers_are_exact() -> None:
    text = f"alphabet a b\naccept(i) := {10**30} * #[j <= i] Q_a(j) > {10**30 - 1} * #[j <= i] Q_b(j) + {10**29}"
    program = read_program(Source("test", text))
    assert_agreement(compile_program(program), every_short_word(program))


def test_a_modulus_or_window_beyond_capacity_is_refused() -> None:
    text = "alphabet a b\naccept(i) := i % 600000 = 1 and #[j <= i, j >= i - 5] Q_a(j) = 1"
    with pytest.raises(CapacityError, match="needs 1,200,007 coordinates"):
        compile_program(read_program(Source("test", text)))
