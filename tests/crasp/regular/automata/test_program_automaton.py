"""The automaton of a program: found for regular languages, not for others."""

import pytest
from hypothesis import given, settings

from crasp.errors import Source
from crasp.meaning import ir
from crasp.meaning.interpreter import Outputs, Words, run
from crasp.regular.automata import program_automaton
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.automata.program_automaton import explore_program
from crasp.regular.families.decision import decide
from crasp.text.loader import load_program, read_program
from tests.cases import few
from tests.crasp.regular.catalogue import ROWS
from tests.crasp.regular.random_languages import automata
from tests.crasp.regular.witnesses.synthesised import synthesise

LIBRARY = {
    "tomita1": "Tomita-1",
    "tomita2": "Tomita-2",
    "tomita4": "Tomita-4",
    "tomita7": "Tomita-7",
    "d_2": "D_2",
    "d_3": "D_3",
    "d_12": "D_12",
    "aa_star": "(aa)*",
    "aaaa_star": "(aaaa)*",
    "abab_star": "(abab)*",
    "ab_star_d_bc_star": "{a,b}*d{b,c}*",
    "aabbccddee": "aa*bb*cc*dd*ee*",
}


@pytest.mark.parametrize("name", few(LIBRARY, 3))
def test_the_library_s_regular_programs_have_the_automata_of_their_languages(name: str) -> None:
    row = next(row for row in ROWS if row.name == LIBRARY[name])
    found = explore_program(load_program(f"lib:{name}")).automaton
    assert found is not None
    assert (found.successors, found.outputs) == (row.build().successors, row.build().outputs)


@pytest.mark.parametrize(
    "name",
    few(
        ["dyck1", "anbn", "anbncn", "anbncndn", "shuffle2", "bool3", "most_frequent", "sort"],
        also=("dyck1", "anbn", "shuffle2", "bool3", "most_frequent", "sort"),
    ),
)
def test_programs_that_count_without_bound_have_no_small_automaton(name: str) -> None:
    assert explore_program(load_program(f"lib:{name}")).automaton is None


@settings(max_examples=settings.default.max_examples // 3)  # each runs thousands of words
@given(automata)
def test_a_synthesised_program_has_the_automaton_that_it_was_made_for(automaton: Automaton) -> None:
    family = decide(machine_of(automaton)).smallest
    if family is not None and len(automaton.outputs) < 20:
        program = read_program(Source("witness", synthesise(automaton, family).program))
        found = explore_program(program).automaton
        assert found is not None
        assert (found.successors, found.outputs) == (automaton.successors, automaton.outputs)


def test_a_program_of_next_tokens_alone_is_explored_by_what_it_allows() -> None:
    text = "alphabet a b\nodd(i) := i % 2 = 1\nnext[a](i) := odd(i)\nnext[eos](i) := Q_b(i)\n"
    found = explore_program(read_program(Source("program", text))).automaton
    assert found is not None
    assert found.outputs == ((False, False), (True, False), (True, True), (False, True))


@pytest.mark.parametrize(
    "counted",
    [
        "prev(i) := #[j <= i, j = i - 1] Q_a(j) = 1\naccept(i) := #[j <= i] prev(j) > #[j <= i] Q_b(j)",
        "ab(i) := Q_b(i) and #[j <= i, j = i - 1] Q_a(j) = 1\naccept(i) := 3 * #[j <= i] ab(j) > #[j <= i] Q_b(j) + 20",
    ],
)
def test_a_program_that_counts_what_no_two_blocks_show_is_given_up_soon(
    counted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = 0

    def counting(program: ir.Program, words: Words) -> Outputs:
        nonlocal letters
        letters += words.tokens.size
        return run(program, words)

    monkeypatch.setattr(program_automaton, "run", counting)
    found = explore_program(read_program(Source("program", f"alphabet a b\n{counted}\n")))
    assert found.automaton is None
    assert "more than 60 states" in found.checked
    assert letters < 10_000_000
