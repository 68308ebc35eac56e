"""What is said of coordinates and units holds in exact runs, of compiled programs and of any other machine."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crasp import ir
from crasp.compiler import compile_program
from crasp.loader import library_names, load_program
from limit_transformer import begin
from limit_transformer.machine import FeedForward, Layer, LimitTransformer
from limit_transformer.matrix import integer_array, sparse
from limit_transformer.simulator import Base, Rationals, Stream, simulate
from limit_transformer.values import MachineValues, UnitValues, Value, machine_values
from tests.machine.machines import random_machine
from tests.machine.programs import programs

SMALL_LIBRARY = [name for name in library_names() if name not in ("copy_unique", "sort", "majority")]
BASES: st.SearchStrategy[Base] = st.sampled_from(["prefix", 10, 10**6])


def random_words(machine: LimitTransformer, random: Random, words: int, length: int) -> np.ndarray:
    return np.array([random.choices(range(len(machine.alphabet)), k=length) for _ in range(words)])


def halves(machine: LimitTransformer) -> LimitTransformer:
    """The same machine with the heads and the feed-forward block of each layer in layers of their own."""
    idle = FeedForward(
        (), sparse((0, machine.width), {}), integer_array([]), np.zeros(0, bool), sparse((machine.width, 0), {})
    )
    layers = []
    for layer in machine.layers:
        layers += [Layer(layer.heads, idle), Layer((), layer.feed_forward)]
    return replace(machine, layers=tuple(layers))


def assert_values_hold(
    machine: LimitTransformer, values: MachineValues, tokens: np.ndarray, base: Base, offset: int
) -> None:
    run = simulate(halves(machine), tokens, offset=offset, base=base)
    assert_stream(run.streams[0], values.embedding)
    for number, (layer, known) in enumerate(zip(machine.layers, values.layers, strict=True)):
        attended, after = run.streams[2 * number + 1 : 2 * number + 3]
        assert_stream(attended, known.attended)
        assert_stream(after, known.stream)
        rows: dict[int, list[tuple[int, int]]] = {}
        for unit, place, weight in layer.feed_forward.read.entries:
            rows.setdefault(unit, []).append((place, weight))
        for unit, said in enumerate(known.units):
            z = attended.linear(rows.get(unit, []), int(layer.feed_forward.bias[unit]))
            assert_unit(z, said, f"layer {number + 1}, unit {unit}")
    for k, said in enumerate(values.outputs):
        terms = [(place, weight) for row, place, weight in machine.unembedding.entries if row == k]
        assert_unit(run.streams[-1].linear(terms), said, f"output {k}")


def assert_stream(stream: Stream, values: tuple[Value, ...]) -> None:
    for place, value in enumerate(values):
        assert_value(stream.coordinate(place), value, f"coordinate {place}")


def fractions(found: Rationals) -> list[tuple[int, Fraction]]:
    """(s, value) at every position of every word."""
    words, positions = found.numerators.shape
    return [(i + 1, found.fraction(word, i)) for word in range(words) for i in range(positions)]


def assert_value(found: Rationals, value: Value, where: str) -> None:
    for visible, x in fractions(found):
        assert value.low - value.error <= x <= value.high + value.error, f"{where}: {x} is not within {value}"
        if value.kind == "integer":
            assert x.denominator == 1, f"{where}: {x} is no integer"
        if value.kind == "share":
            assert (x * visible).denominator == 1, f"{where}: {x} is no share of {visible}"
        if value.kind == "fraction":
            assert abs(x - round(x)) <= value.error, f"{where}: {x} is not within {value.error} of an integer"
            assert value.low <= round(x) <= value.high, f"{where}: {x} is not near an integer of {value}"


def assert_unit(z: Rationals, said: UnitValues, where: str) -> None:
    assert_value(z, said.argument, where)
    if said.margin is not None:
        for visible, x in fractions(z):
            assert abs(x) >= said.margin.at(visible) > 0, f"{where}: {x} at s = {visible} is less than {said.margin}"


@settings(max_examples=150)
@given(programs(), st.randoms(use_true_random=False), st.integers(0, 7), BASES)
def test_every_margin_of_a_random_program_is_known_and_holds(
    program: ir.Program, random: Random, offset: int, base: Base
) -> None:
    machine = compile_program(program).machine
    values = machine_values(machine)
    assert values.problems == ()
    assert_values_hold(machine, values, random_words(machine, random, 3, 9), base, offset)


@pytest.mark.parametrize("name", SMALL_LIBRARY)
def test_every_margin_of_the_library_is_known_and_holds(name: str) -> None:
    machine = compile_program(load_program(f"lib:{name}")).machine
    values = machine_values(machine)
    assert values.is_certified
    assert_values_hold(machine, values, random_words(machine, Random(name), 4, 12), "prefix", 5)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("logits", ["lags", "keys", "pairs"])
def test_what_is_said_of_any_machine_holds(logits: str, seed: int) -> None:
    random = Random(f"{logits} {seed}")
    machine = random_machine(random, logits=logits)
    tokens = random_words(machine, random, 3, 7)
    assert_values_hold(machine, machine_values(machine), tokens, random.choice(["prefix", 8]), random.randrange(4))


def test_where_offsets_are_too_many_to_run_the_begin_marker_is_a_case_like_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(begin, "LARGEST", 0)
    certified = 0

    @settings(max_examples=60, database=None)
    @given(programs(), st.randoms(use_true_random=False), st.integers(0, 7))
    def check(program: ir.Program, random: Random, offset: int) -> None:
        nonlocal certified
        machine = compile_program(program).machine
        values = machine_values(machine)
        certified += values.is_certified
        assert_values_hold(machine, values, random_words(machine, random, 3, 9), "prefix", offset)

    check()
    assert certified >= 50, "few margins are lost"


def test_a_smaller_leak_widens_the_margins_of_sharp_heads() -> None:
    machine = compile_program(load_program("lib:tomita4")).machine
    own, ideal = machine_values(machine), machine_values(machine, leak=Fraction(0))
    margins = [[unit.margin.at(1) for unit in values.layers[0].units] for values in (own, ideal)]
    assert margins[1] == [1, 1]
    assert all(a < b for a, b in zip(*margins, strict=True))
