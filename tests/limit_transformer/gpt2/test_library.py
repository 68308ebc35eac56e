"""Library programs as stock GPT-2 models: right at every output and position, up to the certified length."""

from pathlib import Path
from random import Random

import pytest

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names
from limit_transformer.floating.certificate import UncertifiedError
from limit_transformer.gpt2.directory import Gpt2Error, Gpt2LengthError, plan_gpt2, write_gpt2
from limit_transformer.gpt2.error_bounds import LEAST_MARGIN
from tests.cases import few
from tests.crasp.compiler.library import LIBRARY, library
from tests.limit_transformer.floating.certified import certify_float
from tests.limit_transformer.gpt2.certified_lengths import largest_gpt2_length
from tests.limit_transformer.gpt2.models import assert_right, written
from tests.limit_transformer.gpt2.words import near_ties, short_words

pytestmark = pytest.mark.xdist_group(LIBRARY)

LARGE = ("copy_unique", "copy_unique_ages", "count", "majority", "sort", "unique_bigram_copy", "unique_reverse")
SMALL = tuple(name for name in library_names() if name not in LARGE)


@pytest.mark.parametrize("name", few([*SMALL, "sort", "copy_unique_ages", "majority"], also=SMALL))
def test_a_float32_model_is_right_on_short_words_random_words_and_near_ties_of_the_certified_length(
    name: str, tmp_path: Path
) -> None:
    program, random = load_program(f"lib:{name}"), Random(name)
    loaded = written(program, tmp_path)
    assert loaded.said["max_length"] == 2048
    assert str(loaded.model.dtype) == "torch.float32"
    few = name in LARGE
    assert_right(loaded, short_words(program.alphabet, 30 if few else 300))
    assert_right(loaded, [random.choices(program.alphabet, k=random.randrange(80)) for _ in range(10 if few else 40)])
    for word in near_ties(program, 2048, random)[: 2 if few else 4]:
        assert_right(loaded, [word])


@pytest.mark.parametrize(
    "name", few(["dyck1", "bool5", "tomita4", "abab_star", "binary_majority_interleave"], also=("dyck1", "bool5"))
)
def test_a_float64_model_is_right_and_as_deep_as_the_machine(name: str, tmp_path: Path) -> None:
    program, random = load_program(f"lib:{name}"), Random(name)
    loaded = written(program, tmp_path, dtype="float64")
    assert loaded.said["max_length"] == 16384
    assert str(loaded.model.dtype) == "torch.float64"
    assert loaded.model.config.n_layer == len(library(name).machine.layers)
    assert_right(loaded, short_words(program.alphabet, 200))
    for word in near_ties(program, 3000, random):
        assert_right(loaded, [word])


@pytest.mark.long
def test_a_float64_model_is_right_at_its_certified_length(tmp_path: Path) -> None:
    program = load_program("lib:dyck1")
    loaded = written(program, tmp_path, dtype="float64")
    assert_right(loaded, [["("] * 8192 + [")"] * 8192])


@pytest.mark.parametrize("name", [*SMALL, "copy_unique_ages", "majority", "sort"])
def test_every_program_is_certified_to_2048_tokens_in_float32_and_16384_in_float64(name: str) -> None:
    machine = library(name).machine
    assert plan_gpt2(machine, max_length=2048, dtype="float32").bounds.margin >= LEAST_MARGIN
    assert plan_gpt2(machine, max_length=16384, dtype="float64").bounds.margin >= LEAST_MARGIN


@pytest.mark.long
def test_copy_unique_over_151_tokens_is_certified_to_2048_tokens_in_two_layers_and_3_5_gigabytes() -> None:
    machine = library("copy_unique").machine
    plan = plan_gpt2(machine, max_length=2048)
    assert len(plan.shape.blocks) == 2
    assert plan.shape.parameters * 4 < 3.5e9


def test_weights_that_would_take_more_than_half_of_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limit_transformer.gpt2.gpt2_shape.memory_size", lambda: 8 * 10**9)
    machine = library("copy_unique").machine
    with pytest.raises(Gpt2Error, match=r"weights or more, 5\.\d GB in float64; at most 4\.0 GB are written"):
        plan_gpt2(machine, dtype="float64")


@pytest.mark.long
def test_copy_unique_over_151_tokens_is_certified_to_16384_tokens_in_float64_where_there_is_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("limit_transformer.gpt2.gpt2_shape.memory_size", lambda: 24 * 10**9)
    plan = plan_gpt2(library("copy_unique").machine, max_length=16384, dtype="float64")
    assert plan.bounds.margin >= LEAST_MARGIN
    assert plan.shape.parameters * 8 < 12e9


def test_more_than_can_be_certified_is_refused_with_what_can_be_had(tmp_path: Path) -> None:
    machine = library("dyck1").machine
    available = largest_gpt2_length(machine, "float32")
    with pytest.raises(Gpt2LengthError, match=f"the largest length that can be is {available:,}") as refused:
        write_gpt2(machine, tmp_path, max_length=available + 1)
    assert refused.value.available == available
    assert list(tmp_path.iterdir()) == []
    assert plan_gpt2(machine, max_length=available).shape.tokens == available + 1


def test_a_model_at_the_largest_length_is_right_on_near_ties(tmp_path: Path) -> None:
    program = load_program("lib:anbn")
    length = largest_gpt2_length(compile_program(program).machine, "float32")
    loaded = written(program, tmp_path, max_length=length)
    half = length // 2
    assert_right(loaded, [["a"] * half + ["b"] * (length - half)])


def test_dtypes_and_lengths_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    machine = library("dyck1").machine
    with pytest.raises(Gpt2Error, match="expected dtype float32 or float64, found 'float16'"):
        write_gpt2(machine, tmp_path, dtype="float16")
    with pytest.raises(Gpt2Error, match="expected a length from 0 to 1,000,000, found -1"):
        write_gpt2(machine, tmp_path, max_length=-1)


def test_what_cannot_be_certified_is_refused_with_the_line_that_stands_in_the_way(tmp_path: Path) -> None:
    large = "10000000000 * #[j <= i] Q_a(j) > 10000000001 * #[j <= i] Q_b(j)"
    text = f"alphabet a b\nfar(i) := {large}\naccept(i) := #[j <= i] far(j) > 2"
    compiled = compile_program(read_program(Source("test", text)))
    with pytest.raises(Gpt2LengthError, match=r"in float32 as a GPT-2: the limit is .*far.*; no length can be"):
        write_gpt2(compiled, tmp_path, dtype="float32")
    with pytest.raises(UncertifiedError, match=r"no length can be certified in float32: the limit is .*\(far\)"):
        certify_float(compiled.machine, "float32")
