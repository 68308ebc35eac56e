"""The streaming recogniser says at every step what the interpreter says at that position, line by line."""

from itertools import islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import Source
from crasp.meaning.interpreter import encode, run, trace
from crasp.meaning.recognizer import recognize
from crasp.text.checker import check
from crasp.text.loader import load_program
from crasp.text.parser import parse
from crasp.text.sources import library_names
from tests.crasp.meaning.reference_evaluator import tokens_of
from tests.crasp.meaning.rendering import rendered
from tests.crasp.meaning.strategies import programs, words


@given(programs(), st.data())
def test_the_stream_has_every_line_of_the_trace(program, data):
    word = data.draw(words(tokens_of(program.alphabet)))
    source = Source("random.crasp", rendered(program))
    made = check(parse(source), source)
    batch = encode(made.alphabet, [word])
    expected = [line[0].tolist() for line in trace(made, batch).lines]
    moments = list(recognize(made, word))
    assert [list(moment.values) for moment in moments] == [list(values) for values in zip(*expected, strict=True)]
    outputs = run(made, batch)
    assert outputs.accept is None or outputs.accept[0] == moments[-1].accept
    names = [name for name, _ in made.next]
    allowed = [tuple(name for name, yes in zip(names, here, strict=True) if yes) for here in outputs.next[0].tolist()]
    assert [moment.next for moment in moments] == allowed


@pytest.mark.parametrize(
    "count",
    ["min(max(1, {large}), min(0, 0))", "true ? max(1, {large}) : min(0, 0)", "max(1, {large}) - min({large}, 2)"],
)
@pytest.mark.parametrize("large", [2**31, 2**63 - 1, 2**63, 2**64, 10**25])
def test_extremes_of_constants_are_exact_at_the_limits_of_machine_integers(count: str, large: int) -> None:
    source = Source(
        "large.crasp", f"alphabet a\nn(i) := {count.format(large=large)}\naccept(i) := n(i) >= {large} - 2\n"
    )
    made = check(parse(source), source)
    expected = [line[0].tolist() for line in trace(made, encode(made.alphabet, [["a", "a"]])).lines]
    moments = [list(moment.values) for moment in recognize(made, ["a", "a"])]
    assert moments == [list(values) for values in zip(*expected, strict=True)]


def test_an_endless_stream_is_read_as_it_comes():
    moments = list(islice(recognize(load_program("lib:dyck1"), repeat("(")), 1000))
    assert moments[-1].position == 999
    assert [moment.accept for moment in moments[:2]] == [True, False]


@pytest.mark.parametrize("lag", [3, 10**30])
def test_a_lag_of_any_size_is_kept(lag):
    source = Source("lag", f"alphabet a b\naccept(i) := #[j <= i, j = i - {lag}] Q_a(j) = 1\n")
    program = check(parse(source), source)
    assert [m.accept for m in recognize(program, "abbbb")] == [False] * 4 + [lag == 3, False]


def test_every_library_program_streams_to_its_trace():
    for name in library_names():
        program = load_program(f"lib:{name}")
        word = (program.alphabet * 4)[:4]
        expected = [line[0].tolist() for line in trace(program, encode(program.alphabet, [word])).lines]
        moments = recognize(program, word)
        assert [list(m.values) for m in moments] == [list(values) for values in zip(*expected, strict=True)]
