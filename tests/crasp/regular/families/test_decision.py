"""The verdicts of the worked table, and what holds between verdicts."""

import random
from dataclasses import replace
from math import gcd, lcm
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.regular.automata.automaton import Automaton, automaton_of_regex, automaton_of_table, explore
from crasp.regular.automata.moore_machine import Accept, components, machine_of
from crasp.regular.families import decision
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES
from crasp.regular.families.modular_equations import totients, with_few_units
from crasp.regular.families.potentials import SuccessorRows, finest
from tasks.ground.automata.regex import parse_regex
from tests.crasp.regular.catalogue import ROWS, Row
from tests.crasp.regular.random_languages import automata, injections, seeds

RULES: tuple[Accept, ...] = ("last", "end")


def verdicts(automaton: Automaton, accept: Accept) -> str:
    found = decide(machine_of(automaton, accept=accept))
    return "".join("y" if found[family] else "n" for family in FAMILIES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_worked_table_is_reproduced(row: Row) -> None:
    for rule, expected in (("last", row.last), ("end", row.end)):
        found = verdicts(row.build(), "last" if rule == "last" else "end")
        assert all(e in (f, ".") for f, e in zip(found, expected, strict=True)), (rule, found)


@given(automata)
def test_a_larger_family_defines_no_less(automaton: Automaton) -> None:
    for accept in RULES:
        found = decide(machine_of(automaton, accept=accept))
        assert found.plain <= found.local <= found.periodic_local
        assert found.plain <= found.periodic <= found.periodic_local


@given(st.one_of(automata, injections), st.sampled_from(RULES))
def test_one_family_alone_is_answered_as_with_the_others(automaton: Automaton, accept: Accept) -> None:
    machine = machine_of(automaton, accept=accept)
    every = decide(machine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "SMALL_STATES", 0)
        for asked in FAMILIES:
            alone = decide(machine, asked=asked)
            assert alone[asked] is every[asked]
            assert all(alone[f] is every[f] or f in alone.not_asked for f in FAMILIES)


@given(injections, st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_what_residues_of_some_orders_tell_apart_their_multiple_does(automaton: Automaton, orders: list[int]) -> None:
    for part in components(machine_of(automaton)):
        apart = [0] * len(part.states)
        for order in orders:
            apart = decision.told_apart(part, lcm(part.period, order), apart)
        together = decision.told_apart(part, lcm(part.period, *orders), [0] * len(part.states))
        assert len({*zip(apart, together, strict=True)}) == len({*together})


def test_a_large_modulus_is_checked_by_way_of_its_parts() -> None:
    automaton = automaton_of_regex(parse_regex(f"({'a' * 37}|{'b' * 41})*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "finest", _of_few_places)  # 37 and 41 times 77 places; not 1517 times as many
        assert verdicts(automaton, "last") == "nnyy"


def _of_few_places(steps: SuccessorRows, classes: list[int]) -> list[int]:
    assert len(steps) < 4000
    return finest(steps, classes)


@given(automata)
def test_what_is_definable_at_the_end_marker_is_at_the_last_symbol(automaton: Automaton) -> None:
    end, last = (decide(machine_of(automaton, accept=rule)) for rule in ("end", "last"))
    assert all(end[family] <= last[family] for family in FAMILIES)
    # With look-back the last symbol can be fetched.
    assert end.local == last.local
    assert end.periodic_local == last.periodic_local


@given(automata)
def test_the_complement_has_the_same_verdicts(automaton: Automaton) -> None:
    other = replace(automaton, outputs=tuple(not output for output in automaton.outputs))
    for accept in RULES:
        assert verdicts(automaton, accept) == verdicts(other, accept)


@given(automata, seeds)
def test_renaming_the_letters_changes_no_verdict(automaton: Automaton, seed: int) -> None:
    order = list(range(len(automaton.alphabet)))
    random.Random(seed).shuffle(order)
    other = explore(
        0,
        tuple("xyz"[: len(order)]),
        lambda state, letter: automaton.successors[state][order[letter]],
        automaton.outputs.__getitem__,
    )
    for accept in RULES:
        assert verdicts(automaton, accept) == verdicts(other, accept)


@given(automata)
def test_a_neutral_letter_leaves_plain_counting_at_the_end_marker_as_it_is(automaton: Automaton) -> None:
    letters = len(automaton.alphabet)
    other = explore(
        0,
        (*automaton.alphabet, "neutral"),
        lambda state, letter: state if letter == letters else automaton.successors[state][letter],
        automaton.outputs.__getitem__,
    )
    assert verdicts(automaton, "end")[0] == verdicts(other, "end")[0]


@given(automata, st.sampled_from(RULES))
def test_the_state_after_each_letter_is_definable_where_membership_is(automaton: Automaton, accept: Accept) -> None:
    member, state = (decide(machine_of(automaton, accept=accept, target=t)) for t in ("membership", "state"))
    assert member == state


@given(automata)
def test_the_letters_that_may_follow_are_definable_where_each_alone_is(automaton: Automaton) -> None:
    together = decide(machine_of(automaton, target="next"))
    alone = []
    for letter in range(len(automaton.alphabet)):
        live = {s for s in range(len(automaton.outputs)) if _leads_to_a_member(automaton, s)}
        outputs = [automaton.successors[s][letter] in live for s in range(len(automaton.outputs))]
        one = explore(0, automaton.alphabet, lambda s, a: automaton.successors[s][a], outputs.__getitem__)
        alone.append(decide(machine_of(one)))
    for family in FAMILIES:
        assert together[family] == all(verdict[family] for verdict in alone)


def _leads_to_a_member(automaton: Automaton, state: int) -> bool:
    reached = {state}
    queue = [state]
    for each in queue:  # grows while it is read
        fresh = set(automaton.successors[each]) - reached
        reached |= fresh
        queue += fresh
    return any(automaton.outputs[each] for each in reached)


def test_the_numbers_with_few_units_are_found_by_a_sieve() -> None:
    units = [sum(gcd(number, other) == 1 for other in range(1, number + 1)) for number in range(1, 201)]
    assert totients(200).tolist() == [0, *units]
    for most in range(11):
        assert with_few_units(most) == tuple(n for n in range(1, 2 * most * most + 1) if units[n - 1] <= most)


def test_residues_of_512_permuted_states_take_seconds() -> None:
    rng = random.Random(1)
    columns = [rng.sample(range(512), 512) for _ in "ab"]
    rows = {state: {"a": columns[0][state], "b": columns[1][state]} for state in range(512)}
    machine = machine_of(automaton_of_table("ab", rows, 0, [0]))
    start = process_time()
    found = decide(machine)
    assert process_time() - start < 8  # some two, where trial division alone took twelve
    assert (found.plain, found.periodic) == (False, False)
    assert {family for family, _ in found.refused} == {"local", "periodic_local"}
