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
