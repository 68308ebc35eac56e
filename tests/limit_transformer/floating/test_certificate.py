"""Certified lengths: what they reach, what they depend on, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.text.loader import read_program
from limit_transformer.floating.certificate import LengthError, UncertifiedError
from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix, integer_array, sparse
from tests.cases import few
from tests.crasp.compiler.library import LIBRARY, library
from tests.limit_transformer.floating.certified import certify_float

pytestmark = pytest.mark.xdist_group(LIBRARY)

# Programs that count, with coefficients up to 2.
COUNTERS = (
    "aabbccddee", "ab_star_d_bc_star", "anbn", "anbncn", "anbncndn", "binary_majority", "bool3", "d_12", "d_2", "dyck1",
    "majority", "most_frequent", "shuffle2", "sort", "tomita1", "tomita2", "tomita4", "tomita7",
)  # fmt: skip


@pytest.mark.parametrize("name", few(COUNTERS, 3))
def test_counter_programs_are_certified_far(name: str) -> None:
    assert certify_float(library(name).machine, "float32").max_length >= 10_000
    assert certify_float(library(name).machine, "float64").max_length >= 1_000_000


def compared(factor: int, more: int = 0) -> LimitTransformer:
    """factor * #a >= factor * #b + more, as the compiler does not simplify it: 1 keeps the factor."""
    text = f"alphabet a b\naccept(i) := {factor} * #[j <= i] Q_a(j) >= {factor + 1} * #[j <= i] Q_b(j) + {more}"
    return compile_program(read_program(Source("test", text))).machine


def test_the_length_falls_as_coefficients_grow() -> None:
    lengths = [certify_float(compared(factor), "float32").max_length for factor in (1, 2, 3, 10, 100, 10_000, 10**5)]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths)
    lengths = [certify_float(compared(1, more), "float32").max_length for more in (0, 2, 10, 1000)]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths)


def test_coefficients_without_room_are_refused() -> None:
    with pytest.raises(UncertifiedError, match="no length can be certified in float32: the limit is layer 1, unit 0"):
        certify_float(compared(10**9), "float32")
    assert certify_float(compared(10**9), "float64").max_length > 1000
    with pytest.raises(UncertifiedError, match="against an error without bound"):
        certify_float(compared(10**400), "float64")


def test_more_than_can_be_certified_is_refused_with_what_can() -> None:
    machine = library("dyck1").machine
    available = certify_float(machine, "float32").max_length
    assert certify_float(machine, "float32", max_length=available).max_length == available
    with pytest.raises(LengthError, match=f"the largest length that can be is {available:,}") as refusal:
        certify_float(machine, "float32", max_length=available + 1)
    assert refusal.value.available == available


def test_a_certificate_for_less_says_so() -> None:
    certificate = certify_float(library("dyck1").machine, "float32", max_length=100)
    assert (certificate.max_length, certificate.base) == (100, 101)
    assert certificate.available > 100_000
    assert certificate.tightest is not None
    assert certificate.tightest.margin == pytest.approx(1 / 101, rel=1e-5)
    assert 0 < certificate.tightest.error < 1e-5
    for words in ("odd integer over s", "half-unit shift", "1/101", "2^-24", "up to length 100"):
        assert words in certificate.argument


def test_the_argument_speaks_of_sharp_heads_where_there_are_some() -> None:
    assert "weights N^a" not in certify_float(library("dyck1").machine, "float32").argument
    argument = certify_float(library("tomita4").machine, "float32", max_length=100).argument
    assert "weights N^a with N = 101" in argument
    assert "at most 0.2 of the attention" in argument


def without_half_unit(machine: LimitTransformer) -> LimitTransformer:
    """The machine with weight 0 on 1/s in its first layer's units."""
    place = machine.coordinates.index("1/s")
    block = machine.layers[0].feed_forward
    kept = block.read.columns != place
    read = SparseMatrix(block.read.shape, *(part[kept] for part in (block.read.rows, block.read.columns)),
                        block.read.weights[kept])  # fmt: skip
    first = replace(machine.layers[0], feed_forward=replace(block, read=read))
    return replace(machine, layers=(first, *machine.layers[1:]))


@pytest.mark.parametrize("name", ["dyck1", "anbn", "most_frequent", "majority"])
def test_a_comparison_without_its_half_unit_is_not_certified(name: str) -> None:
    with pytest.raises(UncertifiedError, match="in layer 1: it can be 0 where its integer part is 0"):
        certify_float(without_half_unit(library(name).machine), "float64")


def reading(head: Head) -> LimitTransformer:
    """A machine over a and b whose one output is whether what the head moves is at least 1/2."""
    one = {(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 0): 1, (3, 1): 1, (3, 2): 1}
    unit = FeedForward(
        ("half",), sparse((1, 6), {(0, 4): 2}), integer_array([-1]), np.array([True]), sparse((6, 1), {(5, 0): 1})
    )
    names = ("a", "b", "begin", "one", "moved", "half")
    row = sparse((1, 6), {(0, 5): 2, (0, 3): -1})
    return LimitTransformer(("a", "b"), names, sparse((6, 3), one), (), (Layer((head,), unit),), ("accept",), row)


NOTHING = sparse((6, 6), {})
MOVE_A = sparse((6, 6), {(4, 0): 1})
TO_BEGIN = sparse((6, 6), {(2, 3): 2})


def test_a_sharp_head_is_certified_and_a_blunt_one_refused() -> None:
    assert certify_float(reading(Head("sharp", TO_BEGIN, ((1, 4),), MOVE_A)), "float32").max_length > 10_000
    # Two tokens with the same logit: position 3 looks at lags 1 and 2 alike.
    with pytest.raises(UncertifiedError, match="layer 1, head blunt: expected uniform attention, or logits by lag"):
        certify_float(reading(Head("blunt", TO_BEGIN, ((1, 4), (2, 4)), MOVE_A)), "float32")
    # Without the bonus for the begin marker, position 1 of lag 2 looks everywhere.
    with pytest.raises(UncertifiedError, match="head bare"):
        certify_float(reading(Head("bare", NOTHING, ((2, 4),), MOVE_A)), "float32")
    # Whom it looks at depends on the query.
    asking = sparse((6, 6), {(0, 1): 4})
    with pytest.raises(UncertifiedError, match="head asking"):
        certify_float(reading(Head("asking", asking, (), MOVE_A)), "float32")


def test_a_head_that_is_not_sharp_enough_for_its_reader_is_refused() -> None:
    # A gap of 1 between the logits leaves half of the attention or more elsewhere, whatever N is.
    with pytest.raises(UncertifiedError, match="in layer 1: it can be 0"):
        certify_float(reading(Head("dull", NOTHING, ((1, 1),), MOVE_A)), "float32")
    assert certify_float(reading(Head("keen", NOTHING, ((1, 2),), MOVE_A)), "float32").max_length > 10_000


def test_logits_too_large_for_the_exponential_are_refused() -> None:
    steep = reading(Head("steep", TO_BEGIN, ((1, 10**7),), MOVE_A))
    with pytest.raises(UncertifiedError, match="no length can be certified in float32: the limit is layer 1, unit 0"):
        certify_float(steep, "float32")
    assert certify_float(steep, "float64").max_length > 10_000


def test_the_mean_of_a_share_is_certified_with_its_own_error() -> None:
    """A uniform head may read what a uniform head wrote: a real number, of which only constants are certain."""
    machine = library("dyck1").machine
    place = machine.coordinates.index("1/s")
    head = Head("mean", sparse((machine.width,) * 2, {}), (), sparse((machine.width,) * 2, {(place, place): 1}))
    layers = (machine.layers[0], replace(machine.layers[1], heads=(*machine.layers[1].heads, head)))
    with pytest.raises(UncertifiedError, match="in layer 2: it can be 0"):
        certify_float(replace(machine, layers=layers), "float64")
