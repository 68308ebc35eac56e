"""The text of a synthesised program and its meaning come of one tree: the parser and the formatter agree with it."""

from random import Random

import pytest

from crasp.errors import Source
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import Accept, Target, machine_of
from crasp.regular.families.decision import decide
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import outputs_of
from crasp.regular.witnesses.program_text import write_program
from crasp.regular.witnesses.state_tracking import follow
from crasp.regular.witnesses.synthesised_program import Written
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from tests.cases import few
from tests.crasp.regular.decided import case
from tests.crasp.regular.random_languages import random_injections

# Tokens that have to be quoted, that look like parts of the language, or of which no name can be made.
ODD_TOKENS = ("(", ")", "é", ":=", "s", "next", 'a"b', "//")


def written(automaton: Automaton, accept: Accept, target: Target) -> Written | None:
    """The program of the smallest family; None where there is none, or none that is small enough."""
    machine = machine_of(automaton, accept=accept, target=target)
    family = decide(machine).smallest
    if family is None:
        return None
    try:
        return write_program(
            follow(least_product(machine, family)), outputs_of(automaton, machine, target), ["a title"]
        )
    except SizeError:
        return None


def assert_one(program: Written) -> None:
    source = Source("written", program.text)
    assert read_program(source) == program.meaning
    assert format_text(source) == program.text


@pytest.mark.parametrize("first", few(range(0, 60, 20), 3))
def test_the_parser_reads_what_was_meant_and_the_formatter_changes_nothing(first: int) -> None:
    for number in range(first, first + 20):
        asked = case(number)
        program = written(asked.language.build(), asked.accept, asked.target)
        if program is not None:
            assert_one(program)


@pytest.mark.parametrize("target", ["membership", "state", "next"])
def test_tokens_of_any_kind_are_read_as_they_were_meant(target: Target) -> None:
    found = 0
    for seed in range(60):
        drawn, rng = random_injections(Random(seed)), Random(seed)
        alphabet = tuple(rng.sample(ODD_TOKENS, len(drawn.alphabet)))
        program = written(Automaton(alphabet, drawn.successors, drawn.outputs), "last", target)
        if program is not None:
            assert_one(program)
            found += 1
    assert found > 10


@pytest.mark.parametrize("alphabet", ["(é", "éè"])
def test_cases_of_tokens_of_which_no_name_can_be_made_have_names_of_their_own(alphabet: str) -> None:
    in_cases = 0
    for seed in range(20):
        rng, states = Random(seed), 14
        after = [*(rng.choice([alphabet[0], alphabet[1], alphabet]) for _ in range(states - 1)), ""]
        rows = [tuple(k + 1 if letter in after[k] else states for letter in alphabet) for k in range(states)]
        program = written(
            Automaton(tuple(alphabet), (*rows, (states, states)), (True,) * states + (False,)), "last", "next"
        )
        assert program is not None
        assert_one(program)
        in_cases += "next_case_1" in program.text
    assert in_cases > 0
