"""Texts with mistakes: refused with a place in the text, or legal after all and then with the page's meaning."""

import re

from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import CraspError, Source
from crasp.meaning.interpreter import encode, trace
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from crasp.text.parser import parse
from tests.crasp.meaning.reference_evaluator import evaluate
from tests.crasp.meaning.strategies import programs, words
from tests.crasp.text.damage import damaged


def assert_refused_in_its_place(error, text):
    """Every problem lies in the text (or right behind a line's end), and the message quotes that line."""
    assert error.problems
    lines = text.split("\n")
    assert len(str(error)) < 500 * len(error.problems)
    for problem in error.problems:
        span = problem.span
        assert problem.message
        assert 1 <= span.line <= len(lines), problem
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1, problem
        assert (span.end_line, span.end_column) >= (span.line, span.column), problem
        place = re.escape(f"random.crasp:{span.line}:{span.column}: {problem.message}")
        quoted = rf"\n  {span.line} \| .*\n *\| +\^+"
        assert re.search(place + quoted, str(error)), str(error)


@given(programs(), st.integers(0, 2**32), st.data())
def test_a_damaged_text_is_refused_in_its_place_or_means_what_the_page_says(program, seed, data):
    text = damaged(program, seed)
    source = Source("random.crasp", text)
    try:
        checked = read_program(source)
    except CraspError as error:
        assert_refused_in_its_place(error, text)
        return
    tree = parse(source)
    word = data.draw(words(checked.alphabet, longest=4))
    traced = trace(checked, encode(checked.alphabet, [word]))
    found = tuple((made.display, tuple(traced.lines[made.line][0].tolist())) for made in checked.definitions)
    assert found == evaluate(tree, word).values
    assert parse(Source("random.crasp", format_text(source))) == tree


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_any_text_at_all_is_refused_in_its_place(text):
    source = Source("random.crasp", text)
    try:
        read_program(source)
    except CraspError as error:
        assert_refused_in_its_place(error, text)
