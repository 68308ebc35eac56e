"""Formulas as text: names of what is counted, for letters of every name."""

import pytest

from crasp.api import load
from crasp.learning.formula import Both, CountTerm, Earlier, Either, LetterIs, Negated, SumComparison
from crasp.learning.program_text import program_text


@pytest.mark.parametrize("alphabet", [("0", "1"), ("Q_a", "Q_b"), ("true", "in"), ("é", "ж"), ("events", "event_1")])
def test_formulas_of_any_letters_are_written_as_a_program(alphabet) -> None:
    one, two = LetterIs(0), LetterIs(1)
    counted = [Both(one, Negated(two)), Either(two, Negated(one)), Earlier(one, 1), Negated(Earlier(two, 1))]
    counted += [SumComparison(((1, CountTerm(body)), (-1, CountTerm(two, 1))), "<", 1) for body in counted]
    for body in counted:
        text = program_text(alphabet, SumComparison(((2, CountTerm(body)),), ">", 1), {alphabet[0]: body, "eos": one})
        assert load(text).alphabet == alphabet


def test_complements_of_letters_are_compared_as_letters() -> None:
    """There are as many positions on both sides: a formula with complements is found as soon as the one without."""
    few, many = CountTerm(Negated(LetterIs(0))), CountTerm(Negated(LetterIs(1)))
    text = program_text(("a", "b"), SumComparison(((1, few), (-1, many)), "<=", 0))
    assert "count_a(i) >= count_b(i)" in text or "count_b(i) <= count_a(i)" in text
    kept = program_text(("a", "b"), SumComparison(((1, few), (1, CountTerm(LetterIs(0))), (-1, many)), "<=", 0))
    assert "count_not_a(i)" in kept, "count_a would stand there twice"
    both = program_text(("a", "b"), SumComparison(((1, few), (1, many)), "<=", 3))
    assert "count_not_a(i)" in both
