"""Programs for a yes: right on all short words and long walks, shallow, legal, in the fragment they claim."""

import itertools
import re
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.meaning.interpreter import accepts, encode, run
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import Automaton, SizeError, automaton_of_regex
from crasp.regular.automata.moore_machine import END, Accept, Target, components, live_states, machine_of
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FRAGMENTS
from crasp.regular.families.residue_potentials import residues_tell_apart
from crasp.regular.witnesses import lookback_contexts as contexts
from crasp.regular.witnesses import product_machine as product
from crasp.regular.witnesses import state_tracking as following
from crasp.regular.witnesses.product_machine import least_product, product_of
from crasp.regular.witnesses.program_outputs import outputs_of
from crasp.regular.witnesses.short_conditions import Column, VariableTable, cover
from crasp.regular.witnesses.trial_run import WrongProgramError, check_program
from crasp.text.formatter import format_text
from crasp.text.loader import load_program, read_program
from limit_transformer.machine.simulator import simulate
from tasks.ground.automata.regex import parse_regex
from tests.cases import few
from tests.crasp.regular.catalogue import ROWS, Row, regex
from tests.crasp.regular.random_languages import automata
from tests.crasp.regular.witnesses.synthesised import suffices, synthesise

RULES: tuple[Accept, ...] = ("last", "end")
DEFINABLE = [row for row in ROWS if decide(machine_of(row.build())).smallest is not None]
LIBRARY = {
    "Tomita-1": "tomita1",
    "Tomita-2": "tomita2",
    "Tomita-4": "tomita4",
    "Tomita-7": "tomita7",
    "D_1": "d_2",  # as deep as any D_n
    "D_2": "d_2",
    "D_3": "d_3",
    "D_12": "d_12",
    "(aa)*": "aa_star",
    "(aaaa)*": "aaaa_star",
    "(abab)*": "abab_star",
    "{a,b}*d{b,c}*": "ab_star_d_bc_star",
    "aa*bb*cc*dd*ee*": "aabbccddee",
}
# Programs by hand of the theory's catalogue that the library lacks, with their depths.
BY_HAND = {"(a|b|c)*ab(a|b|c)*": 2, "(a|b|e)*a(a|b|e)*b(a|b|e)*e(a|b|e)*": 3, "(a|b)*a(a|b)*a(a|b)*b(a|b)*": 3}


@pytest.mark.parametrize("row", few(DEFINABLE, 3), ids=lambda row: row.name)
def test_a_program_is_canonical_text_in_its_fragment_with_the_table_s_modulus_and_lookback(row: Row) -> None:
    for accept in RULES:
        family = decide(machine_of(row.build(), accept=accept)).smallest
        assert family is not None
        witness = synthesise(row.build(), family, accept=accept)
        source = Source("witness", witness.program)
        assert format_text(source) == witness.program
        measures = measure(read_program(source))
        assert measures.depth == witness.depth
        # A look-back may turn out not to be needed in the text; more than the family has is never used.
        assert measures.fragment in [f for name, f in FRAGMENTS.items() if _within(name, family)]
        assert witness.modulus % measures.period == 0
        assert measures.window <= witness.lookback
        if accept == "end" and row.modulus is not None:
            assert (witness.modulus, witness.lookback) == (row.modulus, row.lookback)


def _within(smaller: str, larger: str) -> bool:
    return set(smaller.split("_")) - {"plain"} <= set(larger.split("_"))


@pytest.mark.parametrize("name", LIBRARY)
def test_a_program_is_no_deeper_than_the_library_s(name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    family = decide(machine_of(row.build())).smallest
    assert family is not None
    by_hand = measure(load_program(f"lib:{LIBRARY[name]}")).depth
    assert synthesise(row.build(), family).depth <= by_hand  # one more would be allowed


@pytest.mark.parametrize("text", BY_HAND)
def test_a_program_is_at_most_one_count_deeper_than_one_by_hand(text: str) -> None:
    automaton = automaton_of_regex(parse_regex(text))
    family = decide(machine_of(automaton)).smallest
    assert family is not None
    assert synthesise(automaton, family).depth <= BY_HAND[text] + 1


@pytest.mark.parametrize("text", ["(ab|aabb)*", "a*b|b(a|b)*a", "(a|abab)*", "(aa)*b(bb)*", "(a|ab)*", "(ab|bbb)*|a"])
def test_a_program_accepts_what_the_expression_matches(text: str) -> None:
    automaton = automaton_of_regex(parse_regex(text))
    family = decide(machine_of(automaton)).smallest
    assert family is not None
    words = [word for n in range(9) for word in itertools.product(automaton.alphabet, repeat=n)]
    expected = [re.fullmatch(text, "".join(word)) is not None for word in words]
    program = read_program(Source("witness", synthesise(automaton, family).program))
    assert accepts(program, encode(program.alphabet, words)).tolist() == expected
    family = decide(machine_of(automaton, accept="end")).smallest
    assert family is not None
    program = read_program(Source("witness", synthesise(automaton, family, accept="end").program))
    ended = [(*word, END) for word in words]
    assert accepts(program, encode(program.alphabet, ended)).tolist() == expected


def test_a_program_for_the_letters_that_may_follow_defines_them_all() -> None:
    automaton = automaton_of_regex(parse_regex("(ab|aabb)*"))
    program = read_program(Source("witness", synthesise(automaton, "local", target="next").program))
    live = live_states(automaton)
    words = list(itertools.product("ab", repeat=8))
    allowed = run(program, encode("ab", words)).next
    for row, word in enumerate(words):
        for length in range(9):
            state = automaton.run(word[:length])
            assert allowed[row, length].tolist() == [t in live for t in automaton.successors[state]]


@pytest.mark.parametrize("text", ["(ab|ba)*", "(ab|aabb)*", "(ab|bbb)*", "(a|abab)*", "a*b*a*"])
def test_a_program_compiles_to_a_machine_that_accepts_the_language(text: str) -> None:
    automaton = automaton_of_regex(parse_regex(text))
    family = decide(machine_of(automaton)).smallest
    assert family is not None
    compiled = compile_program(read_program(Source("witness", synthesise(automaton, family).program)))
    words = np.array(list(itertools.product(range(2), repeat=6)))
    (place,) = (k for k, output in enumerate(compiled.machine.outputs) if output == "<accept>")
    answers = simulate(compiled.machine, words).answers()[:, :, place]
    for row, word in enumerate(words):
        for length in range(7):
            state = automaton.run(automaton.alphabet[letter] for letter in word[:length])
            assert answers[row, length] == automaton.outputs[state]


# Here a way out is visible, and flagged, before what it leads out of has been followed.
@pytest.mark.parametrize("accept", RULES)
@pytest.mark.parametrize("text", ["(ab)*a*cc", "(ca)*(a)*bb", "(bcb)*(b)(b)*(c)*a*", "(ab)*a*c"])
def test_a_part_whose_way_out_is_seen_at_once_is_followed_nevertheless(text: str, accept: Accept) -> None:
    automaton = automaton_of_regex(parse_regex(text))
    family = decide(machine_of(automaton, accept=accept)).smallest
    assert family is not None
    synthesise(automaton, family, accept=accept)  # which runs the program against the automaton


def test_letters_of_one_component_take_no_places_in_another() -> None:
    # Beside the first component, which needs twelve letters, the second has a thousand windows of that length.
    automaton = automaton_of_regex(parse_regex(f"({'a' * 12}a*b)*(c|df|egh)*"))
    found = least_product(machine_of(automaton, accept="end"), "local")
    assert suffices(found)
    assert found.lookback == 12
    assert len(found.places) < 60
    with pytest.raises(SizeError, match="fewer than 1,000 places"):
        product_of(found.machine, 1, 12, most=1_000)
    synthesise(automaton, "local", accept="end")


def test_contexts_are_few_where_windows_are_many() -> None:
    # Whole windows would be 2^20, and too many already for twelve letters of the second.
    for text in ("(a|b)*" + "ab" * 10, "a((cab)?bcb+(bc)?|abbc+b(ba)*)*"):
        automaton = automaton_of_regex(parse_regex(text))
        found = least_product(machine_of(automaton, accept="end"), "local")
        assert suffices(found)
        assert len(found.places) < 200
        assert synthesise(automaton, "local", accept="end").lookback == found.lookback


@given(automata, st.sampled_from(RULES), st.sampled_from(("membership", "state")))
def test_letters_of_each_component_in_contexts_are_enough(automaton: Automaton, accept: Accept, target: Target) -> None:
    family = decide(machine_of(automaton, accept=accept, target=target)).smallest
    if family is not None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(product, "FEW_PLACES", 0)
            patch.setattr(contexts, "ENOUGH_PLACES", 0)
            patch.setattr(product, "LEAST_PLACES", 12)
            synthesise(automaton, family, accept=accept, target=target)


@example(regex("((a|b)bbbaa)*")())  # loops of six letters: modulo 2 is enough, and modulo 3
@example(regex("(bb(b|a)babb(a|b)abbb)*")())
@given(automata)
def test_the_modulus_of_residues_alone_is_the_least_one_that_suffices(automaton: Automaton) -> None:
    machine = machine_of(automaton)
    families = decide(machine)
    if families.periodic and not families.plain:
        modulus = least_product(machine, "periodic").modulus
        enough = [m for m in range(1, min(modulus, 13)) if suffices(product_of(machine, m, 0))]
        assert not enough


@example(regex("((a|b)bbbaa)*")())
@given(automata)
def test_residues_of_a_modulus_are_known_to_suffice_exactly_where_counting_with_them_does(automaton: Automaton) -> None:
    machine = machine_of(automaton)
    for modulus in range(1, 9):
        enough = suffices(product_of(machine, modulus, 0))
        assert all(residues_tell_apart(part, modulus) for part in components(machine.thinned)) == enough
        if enough and not decide(machine).plain:
            assert modulus % least_product(machine, "periodic", repeats=modulus).modulus == 0


def test_counts_that_nest_deeply_need_no_deep_recursion() -> None:
    automaton = automaton_of_regex(parse_regex("a*b*" * 25))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        assert synthesise(automaton, "plain").depth == 50
    finally:
        sys.setrecursionlimit(before)


@given(automata, st.sampled_from(RULES), st.sampled_from(("membership", "state")))
def test_no_set_of_places_has_to_be_tried_as_the_far_side_of_a_flag(
    automaton: Automaton, accept: Accept, target: Target
) -> None:
    machine = machine_of(automaton, accept=accept, target=target)
    if decide(machine).smallest == "plain":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(following, "MOST_SEEDS", 0)
            synthesise(automaton, "plain", accept=accept, target=target)


@given(automata, st.sampled_from(RULES), st.sampled_from(("membership", "state", "next")))
def test_every_yes_has_a_program_and_it_has_been_run(automaton: Automaton, accept: Accept, target: Target) -> None:
    if target == "next" and accept == "end":
        accept = "last"
    machine = machine_of(automaton, accept=accept, target=target)
    for family in ("plain", "local", "periodic", "periodic_local"):
        if decide(machine)[family]:
            witness = synthesise(automaton, family, accept=accept, target=target)
            assert suffices(product_of(machine, witness.modulus, witness.lookback))
            break


def test_a_wrong_program_is_found_out() -> None:
    automaton = automaton_of_regex(parse_regex("(ab|aabb)*"))
    machine = machine_of(automaton)
    text = synthesise(automaton, "local").program
    wrong = text.replace("level_c1_before(i) = 1 and Q_a(i)", "level_c1_before(i) = 2 and Q_a(i)")
    assert wrong != text
    with pytest.raises(WrongProgramError, match="accept is wrong after the word `a a a b b b`"):
        check_program(read_program(Source("wrong", wrong)), machine, outputs_of(automaton, machine, "membership"))


def test_a_condition_of_too_many_cases_is_refused_and_not_waited_for() -> None:
    bits = np.array(list(itertools.product(range(2), repeat=10)))
    odd = bits.sum(axis=1) % 2 == 1  # 512 cases, no two of which are one
    with pytest.raises(SizeError, match="more than 400 cases, the limit here"):
        cover(VariableTable(tuple(map(Column.of, bits.T.tolist()))), odd, ~odd, [0.0] * 10)


@given(automata, st.sampled_from(RULES), st.sampled_from(("membership", "state", "next")), st.integers(1, 5))
def test_letters_that_act_alike_are_one_while_deciding_and_a_set_in_the_program(
    automaton: Automaton, accept: Accept, target: Target, copies: int
) -> None:
    accept = "last" if target == "next" else accept
    times = [copies if letter == 0 else 1 for letter in range(len(automaton.alphabet))]
    alphabet = tuple(f"{a}{k}" for a, number in zip(automaton.alphabet, times, strict=True) for k in range(number))
    rows = tuple(tuple(t for t, n in zip(row, times, strict=True) for _ in range(n)) for row in automaton.successors)
    larger = Automaton(alphabet, rows, automaton.outputs)
    families, same = (decide(machine_of(a, accept=accept, target=target)) for a in (automaton, larger))
    assert families == same
    if families.smallest is not None:
        one, other = (synthesise(a, families.smallest, accept=accept, target=target) for a in (automaton, larger))
        assert (one.modulus, one.lookback, one.depth) == (other.modulus, other.lookback, other.depth)


def test_an_automaton_of_many_letters_has_a_program_of_a_page() -> None:
    letters = tuple(f"t{k}" for k in range(64))
    # No a a a b where a is the first letter and b another one: four states, 62 letters that act alike.
    rows = [(min(k + 1, 3), *(4 if k == 3 else 0 for _ in letters[2:]), 0) for k in range(4)]
    automaton = Automaton(letters, (*map(tuple, rows), (4,) * 64), (True, True, True, True, False))
    witness = synthesise(automaton, "local")
    assert len(witness.program.splitlines()) < 40
    assert witness.program.count("t40") <= 2  # in the alphabet, and in a set of those that act alike
