"""Every small program has a certificate, and its models are right: a slice of `make fuzz-compile`."""

from pathlib import Path
from random import Random

import pytest

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.meaning.interpreter import encode
from crasp.text.loader import read_program
from limit_transformer.gpt2.directory import Gpt2LengthError, plan_gpt2
from tests.cases import few
from tests.crasp.compiler.agreement import assert_agreement
from tests.limit_transformer.gpt2.models import assert_right, written
from tests.limit_transformer.gpt2.small_programs import plan_at, small_program
from tests.limit_transformer.gpt2.words import near_ties, short_words

LENGTH = 256
# Each had no certificate: guards of comparisons of Booleans and counts, counts of such, a sum made in two layers.
REFUSED_ONCE = [21, 107, 203, 370, 417]

CONDITIONAL = """alphabet a b
z(i) := #[j < i] not Q_a(j) = 0
ok(i) := z(i) ? (Q_a(i) ? 1 : 0) : (Q_b(i) ? 1 : 0)
accept(i) := ok(i) = 0
"""


def test_a_conditional_of_conditionals_is_certified_to_the_usual_length(tmp_path: Path) -> None:
    program = read_program(Source("conditional", CONDITIONAL))
    loaded = written(program, tmp_path)
    assert (loaded.said["max_length"], loaded.said["dtype"]) == (2048, "float32")
    assert_right(loaded, short_words(program.alphabet, 127))
    assert_right(loaded, near_ties(program, 2048, Random(0)))


@pytest.mark.parametrize("first", few([0, 400], 2))
def test_small_programs_are_certified_in_float32(first: int) -> None:
    for seed in range(first, first + 40):
        plan_at(seed, LENGTH, "float32")


@pytest.mark.parametrize("seed", REFUSED_ONCE)
def test_what_was_refused_is_right_on_near_ties_of_the_certified_length(seed: int, tmp_path: Path) -> None:
    program, random = small_program(seed), Random(seed)
    compiled = compile_program(program)
    words = encode(program.alphabet, [*short_words(program.alphabet, 60), *near_ties(program, 40, random)])
    assert_agreement(compiled, words, offset=seed % 5)
    loaded = written(program, tmp_path, max_length=LENGTH)
    assert_right(loaded, short_words(program.alphabet, 200))
    assert_right(loaded, [word for length in (30, LENGTH) for word in near_ties(program, length, random)])


def test_where_float32_is_not_enough_float64_is_taken_unless_another_was_asked_for() -> None:
    machine = compile_program(small_program(4205)).machine
    with pytest.raises(Gpt2LengthError, match=r"layer 7 \(not accept\)"):
        plan_gpt2(machine, max_length=LENGTH, dtype="float32")
    assert plan_gpt2(machine, max_length=LENGTH).dtype == "float64"
    assert plan_gpt2(machine).dtype == "float64"
    assert plan_gpt2(machine, max_length=10).dtype == "float32"
