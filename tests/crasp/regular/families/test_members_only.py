"""What may follow prefixes of members alone: mergings against the automaton itself, answers against each other."""

import random
import re
from collections import deque
from itertools import islice, product

import pytest

from crasp.meaning.interpreter import encode, run
from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import live_states, machine_of
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES
from crasp.regular.families.members_only import Continuations, MembersVerdict, StateMerging, _Live, decide_on_members
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import write_witness
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tests.cases import few
from tests.crasp.regular.languages import language

PLAIN_ON_MEMBERS = ["(ab|aabb)*", "(b|db)*", "(bac|bc)*", "([cd]a|cb)*b"]
NOT_EVEN_ON_MEMBERS = ["(aa)*", "(aa|bb)*", "(ab|bbb)*", "((aa)*b)*", "(a|b)*a(a|b)", "(a|b)*bb(a|b)*", "b*(ab*ab*)*"]


def automaton_of(regex: str) -> Automaton:
    return automaton_of_regex(parse_regex(regex))


def follow(automaton: Automaton, state: int) -> tuple[str, ...]:
    live = live_states(automaton)
    letters = zip(automaton.alphabet, automaton.successors[state], strict=True)
    return (*(a for a, t in letters if t in live), *([EOS] if automaton.outputs[state] else []))


def decide_members(automaton: Automaton) -> MembersVerdict:
    return decide_on_members(Continuations.of_language(automaton), decide(machine_of(automaton, accept="last")))


def answers_as_the_automaton(merging: StateMerging, automaton: Automaton) -> int:
    """Walk both over all prefixes of members, and compare what may follow; return how many pairs of states were met."""
    live, machine = live_states(automaton), merging.machine
    assert machine.at_start == follow(automaton, 0)
    seen, queue = {(0, 0)}, deque([(0, 0)])
    while queue:
        state, group = queue.popleft()
        for letter, target in enumerate(automaton.successors[state]):
            if target in live:
                assert machine.answers[group][letter] == follow(automaton, target)
                pair = target, machine.successors[group][letter]
                if pair not in seen:
                    seen.add(pair)
                    queue.append(pair)
    return len(seen)


@pytest.mark.parametrize("regex", PLAIN_ON_MEMBERS)
def test_a_program_that_counts_says_what_may_follow_though_none_accepts_the_language(regex: str) -> None:
    automaton = automaton_of(regex)
    assert decide(machine_of(automaton, accept="last")).plain is False
    verdict = decide_members(automaton)
    assert verdict.families.plain is True
    merging = verdict.mergings["plain"]
    tokens = (*automaton.alphabet, EOS)
    answers = {a for row in merging.machine.answers for a in row} | {merging.machine.at_start}
    outputs = [Output("next", frozenset(a for a in answers if a and t in a), t) for t in tokens]  # type: ignore[operator]
    written = write_witness(
        automaton,
        least_product(merging.machine, "plain"),
        "plain",
        accept="last",
        target="next",
        subject=regex,
        outputs=outputs,
    )
    members = [
        word
        for length in range(11)
        for word in map("".join, product(automaton.alphabet, repeat=length))
        if re.fullmatch(regex, word)
    ]
    prefixes = {word[:end] for word in members for end in range(1, min(len(word), 7) + 1)}
    assert len(prefixes) > 20
    for prefix in prefixes:
        may = {word[len(prefix)] for word in members if word.startswith(prefix) and len(word) > len(prefix)}
        may |= {EOS} if prefix in members else set()
        allowed = run(written.meaning, encode(automaton.alphabet, [prefix])).next[0, len(prefix)]
        said = {token for (token, _), true in zip(written.meaning.next, allowed, strict=True) if true}
        assert said == may, prefix


@pytest.mark.parametrize("regex", NOT_EVEN_ON_MEMBERS)
def test_where_the_words_of_the_proof_are_prefixes_of_members_the_answer_stays_no(regex: str) -> None:
    automaton = automaton_of(regex)
    before, after = decide(machine_of(automaton, accept="last")), decide_members(automaton)
    assert [after.families[family] for family in FAMILIES] == [before[family] for family in FAMILIES]
    assert after.families.plain is False


@pytest.mark.parametrize("seed", few(range(1000), 8, also=(68, 245, 293)))
def test_random_languages_get_no_program_that_a_proof_refutes_and_lose_none(seed: int) -> None:
    automaton = language(random.Random(seed)).build()
    if not 0 < len(live_states(automaton)) < 16:
        pytest.skip("the empty language, or a large one")
    before, after = decide(machine_of(automaton, accept="last")), decide_members(automaton)
    live = _Live(Continuations.of_language(automaton))
    refuted = [family for family in FAMILIES if live.refutes(family)]
    for groups in islice(live.mergings(), 40):  # searched for refuted families too: a proof excludes every program
        easier = decide(live.merged(groups).machine)
        assert not any(easier[family] for family in refuted)
    for family in FAMILIES:
        assert after.families[family] or not before[family]
        assert not (before[family] and family in refuted)
        if family in after.mergings:
            assert decide(after.mergings[family].machine)[family]
            answers_as_the_automaton(after.mergings[family], automaton)
    for groups in [next(live.mergings())]:
        assert answers_as_the_automaton(live.merged(groups), automaton)


@pytest.mark.parametrize("seed", few(range(300), 6))
def test_what_random_automata_allow_is_merged_without_changing_an_answer_where_it_is_asked(seed: int) -> None:
    rng = random.Random(seed)
    automaton = language(rng).build()
    if len(automaton.outputs) > 15:
        pytest.skip("a large one")
    tokens = (*automaton.alphabet, EOS)
    allowed = [tuple(token for token in tokens if rng.random() < 0.6) for _ in automaton.outputs]
    continuations = Continuations.of_allowed(automaton, allowed)
    # Each word whose letters are allowed leads both to the same answer.
    at, words = {(): (0, 0)}, 0
    while at and words < 2000:
        longer = {}
        for word, (state, place) in at.items():
            words += 1
            assert continuations.follow[place] == allowed[state]
            for k, letter in enumerate(automaton.alphabet):
                assert (continuations.steps[place][k] >= 0) == (letter in allowed[state])
                if letter in allowed[state]:
                    longer[(*word, letter)] = automaton.successors[state][k], continuations.steps[place][k]
        at = longer
    live = _Live(continuations)
    for groups in islice(live.mergings(), 20):
        machine = live.merged(groups).machine
        assert machine.at_start == continuations.follow[0]
        queue = [(0, 0)]
        for state, group in queue:  # grows while it is read
            for k, target in enumerate(continuations.steps[state]):
                if target >= 0:
                    assert machine.answers[group][k] == continuations.follow[target]
                    pair = target, machine.successors[group][k]
                    if pair not in queue:
                        queue.append(pair)
