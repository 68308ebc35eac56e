"""The decisions against other ways to the same answers: semigroups, definitions taken literally, brute force."""

import random
from contextlib import suppress
from itertools import combinations, permutations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import Component, components, machine_of
from crasp.regular.families.decision import counts, decide, looks_back
from crasp.regular.families.linear_equations import Solved
from crasp.regular.families.lookback_pairs import triple_number, triples_of
from crasp.regular.witnesses.lookback_contexts import least_contexts
from crasp.regular.witnesses.product_machine import product_of
from tests.crasp.regular.catalogue import regex
from tests.crasp.regular.families.semigroups import TooLargeError, tells_apart
from tests.crasp.regular.random_languages import automata, injections, random_injections
from tests.crasp.regular.witnesses.synthesised import suffices

# Automata of which a first round keeps pairs together that a later one tells apart, all or some of them.
LATER_ROUNDS = [random_injections(random.Random(seed)) for seed in (876, 1391, 3061)]


@example(LATER_ROUNDS[0])
@example(LATER_ROUNDS[1])
@example(LATER_ROUNDS[2])
@given(st.one_of(automata, injections))
def test_pairs_and_triples_agree_with_semigroups(automaton: Automaton) -> None:
    for part in components(machine_of(automaton)):
        for residues in (False, True):
            with suppress(TooLargeError):
                assert looks_back(part, residues=residues) == tells_apart(part, residues=residues)


@given(st.one_of(automata, injections))
def test_pairs_and_triples_agree_with_their_definition_taken_literally(automaton: Automaton) -> None:
    for part in components(machine_of(automaton)):
        assert looks_back(part, residues=False) == (not literally_inseparable(part))


def literally_inseparable(part: Component) -> set[tuple[int, int]]:
    """The jointly recurrent pairs on which every difference is 0 for ever, an unknown for each pair."""
    states = range(len(part.states))
    pairs = {pair: reached(part, pair) for pair in permutations(states, 2)}
    recurrent = {pair for pair, targets in pairs.items() if pair in targets}
    triples = [t for t in permutations(states, 3) if t in reached(part, t)]
    solved: Solved[tuple[int, int]]
    kept = set(recurrent)
    while True:
        solved = Solved()
        for p, q in recurrent:
            solved.add({(p, q): 1, (q, p): 1})
            for r, s in pairs[p, q]:
                if r == s:
                    solved.add({(p, q): 1})
                elif (r, s) in recurrent and (r, s) != (p, q):
                    solved.add({(p, q): 1, (r, s): -1})
        for p, q, r in triples:
            if {(p, q), (q, r), (p, r)} <= kept:
                solved.add({(p, q): 1, (q, r): 1, (p, r): -1})
        zero = {pair for pair in kept if not solved.value(pair)}
        if zero == kept or not zero:
            return zero
        kept = zero


@example(regex("(b|ca)*")())  # where one leading state for all letters would say no
@example(regex("(ab|bb)*")())  # where one letter for parallel edges would say yes
@given(st.one_of(automata, injections))
def test_potentials_agree_with_their_definition_taken_literally(automaton: Automaton) -> None:
    for part in components(machine_of(automaton)):
        assert counts(part) == literally_counted(part)


def literally_counted(part: Component) -> bool:
    """Whether potentials tell all states apart: an unknown for each state, and one for each class and letter."""
    n, letters = len(part.states), len(part.steps[0])
    classes = [0] * n
    while True:
        rows = []
        for s, row in enumerate(part.steps):
            for letter, t in enumerate(row):
                if t >= 0:
                    equation = [0] * (n + n * letters)
                    equation[t] += 1
                    equation[s] -= 1
                    equation[n + classes[s] * letters + letter] -= 1
                    rows.append(equation)
        rank = rank_modulo(rows)
        finer = [
            min(t for t in range(n) if classes[t] == classes[s] and equal_in_all_solutions(rows, rank, s, t))
            for s in range(n)
        ]
        if finer == classes:
            return len(set(classes)) == n
        classes = finer


def equal_in_all_solutions(rows: list[list[int]], rank: int, s: int, t: int) -> bool:
    """Whether the equations say that two unknowns are the same."""
    return rank_modulo([*rows, [(k == s) - (k == t) for k in range(len(rows[0]))]]) == rank


def rank_modulo(rows: list[list[int]], prime: int = 2**61 - 1) -> int:
    """The rank modulo a prime that is larger than any minor of rows as small as these."""
    rest = [list(row) for row in rows]
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rest if row[column] % prime), None)
        if pivot is None:
            continue
        rank += 1
        rest.remove(pivot)
        inverse = pow(pivot[column], -1, prime)
        for k, row in enumerate(rest):
            factor = row[column] * inverse % prime
            if factor:
                rest[k] = [(a - factor * b) % prime for a, b in zip(row, pivot, strict=True)]
    return rank


def reached(part: Component, states: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Where words that are not empty lead some states together, inside the component."""
    found: set[tuple[int, ...]] = set()
    waiting = [states]
    while waiting:
        here = waiting.pop()
        for letter in range(len(part.steps[0])):
            there = tuple(part.steps[s][letter] for s in here)
            if min(there) >= 0 and there not in found:
                found.add(there)
                waiting.append(there)
    return found


@settings(max_examples=settings.default.max_examples // 2)
@given(automata)
def test_no_small_modulus_and_look_back_suffice_where_the_answer_is_no(automaton: Automaton) -> None:
    machine = machine_of(automaton)
    families = decide(machine)
    assert suffices(product_of(machine, 1, 0)) == families.plain
    tried = (
        [(1, k) for k in range(1, 4)]
        + [(m, 0) for m in range(2, 13)]
        + [(2, 1), (3, 1), (4, 1), (6, 1), (12, 1), (4, 2)]
    )
    for modulus, lookback in tried:
        with suppress(SizeError):
            enough = suffices(product_of(machine, modulus, lookback, most=400))
            family = "periodic_local" if modulus > 1 and lookback else "local" if lookback else "periodic"
            assert enough <= families[family], (modulus, lookback)


@settings(max_examples=settings.default.max_examples // 2)
@example(regex("(aba(aaa)*(b|b)ababba(a|(a|b)))*")())
@example(regex("((abab)*|b(aa|bbb))*")())
@given(st.one_of(automata, injections))
def test_a_modulus_is_known_to_suffice_with_some_look_back_exactly_where_the_search_for_one_ends(
    automaton: Automaton,
) -> None:
    for part in components(machine_of(automaton)):
        for modulus in range(1, 7):
            ends = looks_back(part, residues=True, modulus=modulus)
            with suppress(SizeError):  # the look-back is bounded where there is one (docs/regular.md, section 4)
                assert (least_contexts(part, modulus, None if ends else 5, most=400) is not None) == ends


def test_triples_are_numbered_in_their_order() -> None:
    for n in range(3, 9):
        p, q, r = triples_of(n)
        assert sorted(zip(p.tolist(), q.tolist(), r.tolist(), strict=True)) == list(combinations(range(n), 3))
        assert np.array_equal(triple_number(p, q, r, n), np.arange(len(p)))
