"""Every language is decided, with a right program or a certificate that holds: a slice of `make fuzz-decide`."""

import re
from collections import Counter
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from crasp.regular.automata.moore_machine import Accept, Target
from tests.cases import few
from tests.crasp.regular.decided import QUESTIONS, assert_right, case, decided, proved
from tests.crasp.regular.expressions import Table, spelt, table_of
from tests.crasp.regular.languages import SHAPES, Language, nested, of_table


@pytest.mark.parametrize("first", few(range(0, 40, 10), 4))
def test_random_languages_are_decided_with_programs_and_certificates_that_hold(first: int) -> None:
    for number in range(first, first + 10):
        decided(case(number))


def test_cases_are_the_same_every_time_and_of_every_shape_and_question() -> None:
    cases = [case(number) for number in range(200)]
    assert [str(each) for each in cases[:20]] == [str(case(number)) for number in range(20)]
    assert {each.language.shape for each in cases} == set(SHAPES)
    assert Counter((each.accept, each.target) for each in cases) == Counter(dict.fromkeys(QUESTIONS, 40))


def test_expressions_are_read_as_python_reads_them() -> None:
    rng = Random(0)
    for _ in range(40):
        expression = nested(rng)
        table = table_of(expression, "ab")
        for word in product(range(2), repeat=5):
            state = 0
            for letter in word:
                state = table.rows[state][letter]
            matched = re.fullmatch(spelt(expression), "".join("ab"[a] for a in word))
            assert table.accepting[state] == (matched is not None)


@pytest.mark.parametrize(("accept", "target"), QUESTIONS)
def test_a_program_that_errs_on_long_words_alone_is_found_out(accept: Accept, target: Target) -> None:
    right, wrong = (_counting_to(32, members) for members in ({31, 32}, {29, 31, 32}))
    if target == "next":
        right, wrong = (_counting_to(most, set(range(most))) for most in (30, 31))
    verdict, other = (proved(given.build(), accept=accept, target=target) for given in (right, wrong))
    assert verdict.witness is not None
    assert other.witness is not None
    assert_right(verdict, right.table, Random(0))
    with pytest.raises(AssertionError, match=r"after `(a ){28,31}"):
        assert_right(replace(verdict, witness=other.witness), right.table, Random(0))


def _counting_to(most: int, members: set[int]) -> Language:
    """The numbers of letters among the members, all from `most` on alike."""
    rows = [*((k + 1,) for k in range(most)), (most,)]
    return of_table("counting", Table(("a",), tuple(rows), tuple(k in members for k in range(most + 1))), Random(0))
