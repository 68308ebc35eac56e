"""Pairs of long words, one a member and one not, that small programs of the family do not tell apart."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import Source
from crasp.meaning.interpreter import accepts, encode
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import END, Accept, machine_of
from crasp.regular.certificates.adversarial_words import AdversarialPair, adversarial_pair
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES, Family
from crasp.text.loader import read_program
from tests.cases import few
from tests.crasp.regular.catalogue import ROWS, Row
from tests.crasp.regular.random_languages import seeds
from tests.crasp.regular.random_programs import random_program
from tests.crasp.regular.witnesses.synthesised import synthesise

WITHOUT = [(row, family) for row in ROWS for family in FAMILIES if not decide(machine_of(row.build()))[family]]


def named(name: str) -> Automaton:
    return next(row for row in ROWS if row.name == name).build()


def told_apart(pair: AdversarialPair, text: str, end: tuple[str, ...] = ()) -> bool:
    program = read_program(Source("program", text))
    words = encode(program.alphabet, [(*pair.member, *end), (*pair.other, *end)])
    member, other = accepts(program, words).tolist()
    return bool(member != other)


@pytest.mark.parametrize(("row", "family"), few(WITHOUT, 5, rows=True), ids=lambda value: getattr(value, "name", value))
def test_one_word_is_a_member_and_the_other_is_not_and_random_programs_do_not_see_it(row: Row, family: Family) -> None:
    automaton = row.build()
    pair = adversarial_pair(automaton, family, 60)
    assert automaton.outputs[automaton.run(pair.member)]
    assert not automaton.outputs[automaton.run(pair.other)]
    assert (len(pair.member) - len(pair.other)) % pair.modulus == 0
    rng = random.Random(f"{row.name} {family}")
    seen = [told_apart(pair, random_program(rng, automaton.alphabet, family)) for _ in range(12)]
    assert not any(seen)


@given(seeds, st.sampled_from(WITHOUT))
def test_pairs_for_the_end_marker_are_not_told_apart_before_it(seed: int, case: tuple[Row, Family]) -> None:
    row, family = case
    automaton = row.build()
    pair = adversarial_pair(automaton, family, 40, accept="end", seed=seed)
    assert automaton.outputs[automaton.run(pair.member)] > automaton.outputs[automaton.run(pair.other)]
    text = random_program(random.Random(seed), (*automaton.alphabet, END), family)
    assert not told_apart(pair, text, (END,))


@pytest.mark.parametrize("accept", ["last", "end"])
def test_a_program_of_a_larger_family_does_tell_them_apart(accept: Accept) -> None:
    pair = adversarial_pair(named("(ab|aabb)*"), "plain", 30, accept=accept)
    witness = synthesise(named("(ab|aabb)*"), "local", accept=accept)
    assert told_apart(pair, witness.program, (END,) if accept == "end" else ())


def test_pairs_grow_with_their_size_and_come_again_with_their_seed() -> None:
    automaton = named("PARITY")
    small, large = (adversarial_pair(automaton, "periodic_local", size) for size in (5, 50))
    assert len(large.member) > 10 * len(small.member)
    assert large.modulus > small.modulus
    assert large == adversarial_pair(automaton, "periodic_local", 50)
    assert large.member != adversarial_pair(automaton, "periodic_local", 50, seed=1).member


def test_a_language_of_the_family_has_no_pair() -> None:
    with pytest.raises(ValueError, match=r"a program of C-RASP\[local\] exists"):
        adversarial_pair(named("Tomita-4"), "local", 10)


def test_the_random_programs_tell_apart_what_is_not_made_for_them() -> None:
    # Else the tests above would say nothing: pairs against plain counting, seen by programs with look-back.
    pair = adversarial_pair(named("(ab|bba)*"), "plain", 30)
    rng = random.Random(0)
    assert sum(told_apart(pair, random_program(rng, ("a", "b"), "local")) for _ in range(75)) > 0
