"""What is said of coordinates and units holds in exact runs, of compiled programs and of any other machine."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.text.loader import load_program
from crasp.text.sources import library_names
from limit_transformer.machine import begin_marker as begin
from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer
from limit_transformer.machine.matrix import integer_array, sparse
from limit_transformer.machine.simulator import Base, Rationals, Stream, simulate
from limit_transformer.values.machine_values import MachineValues, UnitValues, Value, machine_values, problems_of
from tests.cases import few
from tests.crasp.compiler.programs import programs
from tests.limit_transformer.machine.machines import random_machine

SMALL_LIBRARY = [
    name for name in library_names() if not name.startswith(("copy_unique", "count", "majority", "sort", "unique"))
]
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
        biases = layer.feed_forward.bias
        units = attended.linear([(rows.get(unit, []), int(biases[unit])) for unit in range(len(known.units))])
        for unit, (z, said) in enumerate(zip(units, known.units, strict=True)):
            assert_unit(z, said, f"layer {number + 1}, unit {unit}")
    for k, said in enumerate(values.outputs):
        terms = [(place, weight) for row, place, weight in machine.unembedding.entries if row == k]
        assert_unit(run.streams[-1].linear([(terms, 0)])[0], said, f"output {k}")


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


@settings(max_examples=settings.default.max_examples * 3 // 2)
@given(programs(), st.randoms(use_true_random=False), st.integers(0, 7), BASES)
def test_every_margin_of_a_random_program_is_known_and_holds(
    program: ir.Program, random: Random, offset: int, base: Base
) -> None:
    machine = compile_program(program).machine
    values = machine_values(machine)
    assert values.is_certified
    assert_values_hold(machine, values, random_words(machine, random, 3, 9), base, offset)


@pytest.mark.parametrize("name", few(SMALL_LIBRARY, 3))
def test_every_margin_of_the_library_is_known_and_holds(name: str) -> None:
    machine = compile_program(load_program(f"lib:{name}")).machine
    values = machine_values(machine)
    assert values.is_certified
    assert_values_hold(machine, values, random_words(machine, Random(name), 4, 12), "prefix", 5)


@pytest.mark.parametrize("seed", few(range(40), 3))
@pytest.mark.parametrize("logits", ["lags", "keys", "pairs"])
def test_what_is_said_of_any_machine_holds(logits: str, seed: int) -> None:
    random = Random(f"{logits} {seed}")
    machine = random_machine(random, logits=logits)
    tokens = random_words(machine, random, 3, 7)
    assert_values_hold(machine, machine_values(machine), tokens, random.choice(["prefix", 8]), random.randrange(4))


def test_where_offsets_are_too_many_to_run_the_begin_marker_is_a_case_like_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(begin, "MOST_PRODUCTS", 0)
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


NAMES = ("a", "b", "begin", "one", "u", "#a", "#b", "sum")


def summing(
    units: list[dict[str, int]],
    *,
    weight: int = 1,
    letters: dict[str, int] | None = None,
    moved: dict[str, int] | None = None,
) -> LimitTransformer:
    """A machine that counts (#a counts what `moved` says) and adds up letters and step units in one coordinate."""
    width = len(NAMES)
    place = {name: number for number, name in enumerate(NAMES)}
    embedding = {(k, k): 1 for k in range(3)} | {(place["one"], k): 1 for k in range(3)}
    embedding |= {(place["sum"], place[name]): own for name, own in (letters or {}).items()}
    value = {(place["u"], place["begin"]): 1, (place["#b"], place["b"]): 1}
    value |= {(place["#a"], place[name]): own for name, own in (moved or {"a": 1}).items()}
    read = {(k, place[name]): own for k, unit in enumerate(units) for name, own in unit.items()}
    block = FeedForward(
        tuple(map(str, range(len(units)))),
        sparse((len(units), width), read),
        integer_array([0] * len(units)),
        np.ones(len(units), dtype=bool),
        sparse((width, len(units)), {(place["sum"], k): weight for k in range(len(units))}),
    )
    head = Head("uniform", sparse((width, width), {}), (), sparse((width, width), value))
    row = sparse((1, width), {(0, place["sum"]): 2, (0, place["one"]): -1})
    return LimitTransformer(
        ("a", "b"), NAMES, sparse((width, 3), embedding), (), (Layer((head,), block),), ("sum",), row
    )


MORE_A, MORE_B = {"#a": 2, "#b": -2, "u": 1}, {"#a": -2, "#b": 2, "u": 1}  # >= in both


@pytest.mark.parametrize(
    ("machine", "low", "high"),
    [
        # Both hold at a tie, and one of them always.
        pytest.param(summing([MORE_A, MORE_B]), 1, 2, id="tie"),
        # More a, and more b by half a unit less: never both, never neither.
        pytest.param(summing([MORE_A, {**MORE_B, "u": -1}]), 1, 1, id="complement"),
        # At least 0 more, 1 more, 2 more: all or none.
        pytest.param(summing([MORE_A, {**MORE_A, "u": -1}, {**MORE_A, "u": -3}]), 0, 3, id="chain"),
        # One and two halves of the same form, with a factor.
        pytest.param(summing([MORE_A, {"#a": -4, "#b": 4, "u": -1}]), 1, 1, id="factor"),
        # The unit can fire at b too, when a leads by far: its second level is not out of reach.
        pytest.param(summing([{"#a": 4, "#b": -4, "u": 1, "a": 2}], letters={"b": 1}), 0, 2, id="second level"),
        # Guarded by a, with all else out of reach: never at b.
        pytest.param(summing([{**MORE_A, "a": 4, "one": -4}], letters={"b": 1}), 0, 1, id="guard"),
        # It rests at a where b leads: that it rests does not say that its guard fails.
        pytest.param(summing([{**MORE_A, "a": 4, "one": -4}], weight=-1, letters={"a": 1}), 0, 1, id="at rest"),
        # At b the first rests because its guard fails, and the second may fire.
        pytest.param(summing([{**MORE_A, "a": 4, "one": -4}, MORE_A], letters={"b": 2}), 0, 3, id="guard fails"),
    ],
)
def test_units_that_depend_on_each_other_sum_to_what_they_can(machine: LimitTransformer, low: int, high: int) -> None:
    values = machine_values(machine)
    found = values.layers[0].stream[NAMES.index("sum")]
    begin = simulate(machine, np.zeros((1, 0), dtype=int)).streams[-1].coordinate(NAMES.index("sum")).fraction(0, 0)
    assert (found.low, found.high) == (min(low, begin), max(high, begin))
    words = np.array([[int(digit) for digit in f"{number:07b}"] for number in range(128)])
    assert_values_hold(machine, values, words, "prefix", 0)
    seen = simulate(machine, words).streams[-1].coordinate(NAMES.index("sum")).numerators[:, 1:]
    assert (seen.min(), seen.max()) == (low, high), "the bounds are reached"


def test_what_is_moved_from_the_begin_marker_counts_too() -> None:
    machine = summing([MORE_A], moved={"a": 1, "begin": -3})
    values = machine_values(machine)
    share = values.layers[0].attended[NAMES.index("#a")]
    assert (share.kind, share.low, share.high) == ("share", -3, 1)
    assert_values_hold(machine, values, np.array([[0, 0, 0, 1, 1]]), "prefix", 0)
    # 1 + #a/s, which would be 1 at least if the begin marker counted for nothing, is 0 after one a.
    made = summing([{"#a": 1, "one": 1}], moved={"a": 1, "begin": -3})
    assert "in layer 1" in problems_of(made, machine_values(made))[0]


def test_a_smaller_leak_widens_the_margins_of_sharp_heads() -> None:
    machine = compile_program(load_program("lib:tomita4")).machine
    own, ideal = machine_values(machine), machine_values(machine, leak=Fraction(0))
    margins = [[unit.margin.at(1) for unit in values.layers[0].units] for values in (own, ideal)]
    assert margins[1] == [1, 1]
    assert all(a < b for a, b in zip(*margins, strict=True))
