"""The exact machine computes what the interpreter says, at every line and position."""

from random import Random
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.meaning import ir
from crasp.meaning.interpreter import Words, encode
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names
from tests.cases import few
from tests.crasp.compiler.agreement import assert_agreement, needed, readable
from tests.crasp.compiler.library import LIBRARY, library
from tests.crasp.compiler.programs import program as random_program
from tests.crasp.compiler.programs import programs

pytestmark = pytest.mark.xdist_group(LIBRARY)


def test_the_random_programs_hold_every_operation() -> None:
    drawn = {type(line.operation) for seed in range(20) for line in random_program(seed, 30).lines}
    assert drawn == set(get_args(ir.Operation))


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


EXAMPLES = encode("ab", ["".join(Random(k).choices("ab", k=4 + k)) for k in range(10)])
BASES = st.sampled_from(["prefix", "short", 10**6])


@settings(max_examples=2 * settings.default.max_examples)
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


@settings(max_examples=settings.default.max_examples)
@given(programs(largest=10), st.integers(0, 3))
def test_a_random_program_agrees_on_every_short_word(program: ir.Program, offset: int) -> None:
    assert_agreement(compile_program(program), every_short_word(program), offset=offset)


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("keep", [False, pytest.param(True, marks=pytest.mark.long)], ids=["needed lines", "all lines"])
def test_a_library_program_means_what_its_machine_computes(name: str, keep: bool) -> None:
    program = load_program(f"lib:{name}")
    if keep and len(program.lines) > 10_000:
        pytest.skip("too many lines to compare each")
    compiled = compile_program(program, keep_lines=True) if keep else library(name)
    number, longest = (2, 20) if len(program.lines) > 300 else (20, 60)
    words = words_of(program, Random(name), number, longest)
    assert_agreement(compiled, words, offset=5)
    if len(program.lines) < 10_000:
        assert_agreement(compiled, words, base=words.tokens.shape[1] + 1)


@pytest.mark.parametrize("name", ["dyck1", "tomita4", "abab_star", "binary_majority_interleave"])
def test_a_library_program_agrees_on_long_words(name: str) -> None:
    program = load_program(f"lib:{name}")
    words = encode(program.alphabet, [Random(name).choices(program.alphabet, k=200)])
    assert_agreement(library(name), words, offset=3)


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
    assert len(library(name).machine.layers) == layers


COSTS = [
    # what, layers, hidden units
    ("accept(i) := not Q_a(i) or Q_b(i)", 0, 0),
    ("accept(i) := (Q_a(i) ? 1 : 0) + (Q_b(i) ? 2 : 0) >= 2", 0, 0),
    ("accept(i) := max(Q_a(i) ? 3 : 0, 1) = 3", 0, 0),
    ("accept(i) := #[j <= i] Q_a(j) = #[j <= i] Q_b(j)", 1, 2),
    ("accept(i) := #[j <= i] (Q_a(j) or Q_b(j)) > 4 and Q_a(i)", 1, 1),
    ("accept(i) := #[j < i] Q_a(j) > 2", 1, 2),
    ("accept(i) := #[j <= i] true > 2 or Q_a(i)", 1, 1),
    ("accept(i) := #[j <= i] Q_a(j) > 2 and (#[j <= i] Q_b(j) > 1 or #[j <= i] true = 5)", 1, 4),
    ("accept(i) := #[j <= i, j = i - 1] Q_a(j) = 1 and Q_b(i)", 1, 1),
    ("accept(i) := #[j <= i, j = i] not Q_a(j) = 1", 0, 0),
    ("accept(i) := #[j <= i, j = i - 1] (#[k <= j, k = j - 1] Q_a(k) = 1) = 1", 1, 1),
    ("accept(i) := #[j <= i] (#[k <= j, k = j - 1] Q_a(k) = 1 and not #[k <= j, k = j - 2] Q_b(k) = 1) = 2", 2, 2),
    ("accept(i) := #[j <= i, j >= i - 2] Q_a(j) >= 2", 1, 1),
    ("accept(i) := #[j <= i, j >= i - 5] Q_a(j) >= 2", 1, 5),
    ("accept(i) := #[j <= i, j = i - 3] true = 0", 1, 1),
    ("accept(i) := #[j <= i, j >= i - 3] true + #[j <= i] Q_a(j) > 5", 2, 1),
    ("accept(i) := i % 3 = 1 or i % 3 = 2", 1, 3),
    ("accept(i) := i % 2 = 0 and #[j <= i] Q_a(j) > 1 or i % 2 = 1 and #[j <= i] Q_b(j) > 1", 2, 4),
    ("accept(i) := max(#[j <= i] Q_a(j), 3) > #[j <= i] Q_b(j)", 1, 2),
    ("accept(i) := max(#[j <= i] Q_a(j), 3) + 1 > #[j <= i] Q_b(j)", 2, 1),
    ("accept(i) := #[j <= i] (#[k <= j] Q_a(k) > 2 or #[k <= j] Q_b(k) > 2) = 0", 2, 2),
    ("accept(i) := #[j <= i] (#[k <= j] Q_a(k) = 1 and Q_b(j) or #[k <= j] Q_b(k) = 1 and Q_a(j)) = 2", 2, 4),
    ("c(i) := #[j <= i] Q_a(j) > 1\naccept(i) := #[j <= i] (not c(j) or Q_b(j)) > 2", 2, 1),
    ("accept(i) := (Q_a(i) ? #[j <= i] Q_a(j) : #[j <= i] Q_b(j)) > 1", 2, 2),
    ("dead(i) := #[j <= i, j = i - 9] Q_a(j)\naccept(i) := Q_a(i)", 0, 0),
]


# Two comparisons each, of which the first are apart (so that the sum of both is their disjunction) or are not.
for first, second, layers, units in (("= 1", "= 2", 3, 5), ("> 1", "> 2", 4, 4), ("> 1", "= 1", 3, 4)):
    one = f"#[k <= j] Q_a(k) {first} and #[k <= j] true > 2 * #[k <= j] Q_b(k)"
    other = f"#[k <= j] Q_a(k) {second} and #[k <= j] true > 2"
    COSTS.append((f"accept(i) := #[j <= i] ({one} or {other}) = 2", layers, units))


@pytest.mark.parametrize(("text", "layers", "units"), COSTS, ids=[text for text, _, _ in COSTS])
def test_a_program_costs_what_it_should_and_means_what_it_says(text: str, layers: int, units: int) -> None:
    program = read_program(Source("test", "alphabet a b\n" + text))
    compiled = compile_program(program)
    assert (len(compiled.machine.layers), compiled.machine.units) == (layers, units)
    assert_agreement(compiled, every_short_word(program), offset=1)


GUARDS = (
    "Q_a(j)",
    "not Q_a(j)",
    "j % 2 = 0",
    "j % 2 = 1",
    "j % 3 = 1",
    "j % 3 != 1",
    "j % 4 != 0",
    "j % 4 = 2",
    "#[k <= j] Q_a(k) = 1",
    "#[k <= j] Q_a(k) = 2",
    "#[k <= j] Q_a(k) > 1",
    "#[k <= j] Q_a(k) > 3",
    "#[k <= j] Q_a(k) != 2",
    "#[k <= j, k = j - 1] Q_a(k) = 1",
    "#[k <= j] (#[m <= k] Q_b(m) = 1) > 1",
)
COMPARISONS = (
    "#[k <= j] Q_a(k) > #[k <= j] Q_b(k)",
    "#[k <= j] Q_a(k) = #[k <= j] Q_b(k)",
    "#[k < j] Q_b(k) > 1",
    "#[k <= j] (#[m <= k] Q_a(m) > 1) = 1",
)


@settings(max_examples=settings.default.max_examples * 3 // 2)
@given(st.integers(0, 2**40))
def test_a_disjunction_of_guarded_comparisons_is_right_whether_they_exclude_each_other_or_not(seed: int) -> None:
    random = Random(seed)
    terms = []
    for _ in range(random.randrange(2, 5)):
        parts = random.sample(GUARDS, random.randrange(1, 3)) + random.sample(COMPARISONS, random.randrange(2))
        terms.append(random.choice(["({})", "(not ({}))"]).format(" and ".join(parts)))
    text = f"alphabet a b\np(j) := {' or '.join(terms)}\naccept(i) := #[j <= i] p(j) {random.choice(['= 0', '= 2'])}"
    program = read_program(Source("test", text))
    assert_agreement(compile_program(program, keep_lines=random.random() < 0.3), EXAMPLES, offset=random.randrange(5))


def test_many_booleans_beside_counts_are_made_counts() -> None:
    lags = " + ".join(f"{k} * #[j <= i, j = i - {k}] Q_a(j)" for k in range(1, 6))
    program = read_program(Source("test", f"alphabet a b\naccept(i) := #[j <= i] Q_b(j) > {lags}"))
    compiled = compile_program(program)
    assert len(compiled.machine.layers) == 3
    assert_agreement(compiled, words_of(program, Random(0), 60, 12))


@pytest.mark.parametrize("depth", few([5, 40, 3000], also=[5, 40]))
def test_nesting_of_any_depth_compiles_with_bounded_weights(depth: int) -> None:
    lines = ["p0(i) := #[j <= i] Q_a(j) > 1"]
    for k in range(depth):
        join = "or" if k % 2 else "and"
        lines.append(f"c{k}(i) := #[j <= i] Q_b(j) > {k % 5}\np{k + 1}(i) := c{k}(i) {join} p{k}(i)")
    program = read_program(Source("test", "\n".join(["alphabet a b", *lines, f"accept(i) := p{depth}(i)"])))
    compiled = compile_program(program)
    assert max(abs(w) for layer in compiled.machine.layers for w in layer.feed_forward.read.weights) < 10**4
    assert_agreement(compiled, encode(program.alphabet, ["", "aab", "abababab", "bbbbbbbaa"]))


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
