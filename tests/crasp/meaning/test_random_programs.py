"""Random programs: the two readings of the language page agree on every one."""

from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import Source
from crasp.meaning import ir
from crasp.meaning.interpreter import encode, run, trace
from crasp.meaning.measures import measure
from crasp.text.checker import check
from crasp.text.formatter import format_text
from crasp.text.parser import parse
from tests.crasp.meaning.reference_evaluator import evaluate, tokens_of
from tests.crasp.meaning.reference_measures import measures
from tests.crasp.meaning.rendering import rendered
from tests.crasp.meaning.strategies import programs, words

LAYOUTS = st.integers(0, 2**32)
REPEATS = st.sampled_from([1, 20])  # many words together go another way through the interpreter than few


def source_of(text: str) -> Source:
    return Source("random.crasp", text)


def checked(text: str) -> ir.Program:
    return check(parse(source_of(text)), source_of(text))


def batches(program):
    """One word or a few, then the same again and again."""
    few = st.lists(words(tokens_of(program.alphabet)), min_size=1, max_size=4)
    return st.tuples(few, REPEATS).map(lambda drawn: drawn[0] * drawn[1])


@given(programs(), LAYOUTS)
def test_the_parser_reads_what_was_rendered_in_any_layout(program, layout):
    assert parse(source_of(rendered(program, layout))) == program


@given(programs(), st.data())
def test_every_definition_has_the_value_that_the_page_gives_it_at_every_position(program, data):
    batch = data.draw(batches(program))
    checked_program = checked(rendered(program))
    traced = trace(checked_program, encode(checked_program.alphabet, batch))
    expected = {word: evaluate(program, word).values for word in set(batch)}
    for row, word in enumerate(batch):
        found = tuple(
            (made.display, tuple(traced.lines[made.line][row, : len(word) + 1].tolist()))
            for made in checked_program.definitions
        )
        assert found == expected[word]
        # True == 1 in Python, so kinds are compared apart.
        kinds = ["boolean" if isinstance(values[0], bool) else "count" for _, values in expected[word]]
        assert [checked_program.lines[made.line].kind for made in checked_program.definitions] == kinds


@given(programs(), st.data())
def test_the_outputs_are_those_that_the_page_gives(program, data):
    batch = data.draw(batches(program))
    checked_program = checked(rendered(program))
    outputs = run(checked_program, encode(checked_program.alphabet, batch))
    for row, word in enumerate(batch):
        expected = evaluate(program, word)
        assert (outputs.accept is None) == (expected.accept is None)
        if outputs.accept is not None and expected.accept is not None:
            assert outputs.accept[row] == expected.accept[-1]
        names = [token for token, _ in checked_program.next]
        assert bool(names) == (expected.next is not None)
        for i, allowed in enumerate(expected.next or ()):
            assert {name for name, holds in zip(names, outputs.next[row, i], strict=True) if holds} == allowed


@given(programs())
def test_the_measures_are_those_that_the_page_gives(program):
    found = measure(checked(rendered(program)))
    expected = measures(program)
    assert (found.depth, found.counting_depth) == (expected.depth, expected.counting_depth)
    assert (found.period, found.window, found.fragment) == (expected.period, expected.window, expected.fragment)


@given(programs(), LAYOUTS)
def test_a_formatted_text_means_the_same_and_is_formatted_once_and_for_all(program, layout):
    text = rendered(program, layout)
    formatted = format_text(source_of(text))
    assert parse(source_of(formatted)) == program
    assert format_text(source_of(formatted)) == formatted
