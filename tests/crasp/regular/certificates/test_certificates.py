"""Certificates for a no: checked on an automaton built elsewhere, and rejected once tampered with."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import given
from hypothesis import strategies as st

from crasp.regular.automata.automaton import Automaton, automaton_of_regex
from crasp.regular.automata.moore_machine import Accept, components, machine_of
from crasp.regular.certificates.certificates import certify, largest_without, plain_data
from crasp.regular.certificates.checker import RejectedError, check_certificate
from crasp.regular.certificates.lookback_certificates import difference_proofs
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES, Family
from tasks.ground.automata.regex import parse_regex
from tests.cases import few
from tests.crasp.regular.catalogue import ROWS, Row, regex
from tests.crasp.regular.random_languages import automata, seeds

RULES: tuple[Accept, ...] = ("last", "end")
RELATIONS = "(ba|bbbb|aaa)*"  # no word merges or permutes two states that residues leave together


def other_automaton(text: str, alphabet: tuple[str, ...]) -> dict[str, Any]:
    """An automaton of the expression by automata-lib, not minimal, its states of any kind."""
    dfa = DFA.from_nfa(NFA.from_regex(text, input_symbols=set(alphabet)), minify=False)
    return {
        "alphabet": list(alphabet),
        "delta": {s: dict(row) for s, row in dfa.transitions.items()},
        "start": dfa.initial_state,
        "finals": list(dfa.final_states),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_no_of_the_table_has_a_certificate_that_json_keeps(row: Row) -> None:
    automaton = row.build()
    for accept in RULES:
        families = decide(machine_of(automaton, accept=accept))
        for family in FAMILIES:
            if families[family]:
                with pytest.raises(ValueError, match="exists"):
                    certify(automaton, family, accept=accept)
                continue
            certificate = certify(automaton, family, accept=accept)
            check_certificate(plain_data(automaton), json.loads(json.dumps(certificate)))
            assert certificate["explanation"]


@pytest.mark.parametrize("text", ["(ab|aabb)*", "(ab|bba)*", "b*(ab*ab*)*", "(a|abab)*", "(a|b|e)*be*", "(ab|bbb)*"])
def test_a_certificate_holds_for_any_automaton_of_the_language(text: str) -> None:
    automaton = automaton_of_regex(parse_regex(text))
    other = other_automaton(text, automaton.alphabet)
    for family in FAMILIES:
        if not decide(machine_of(automaton))[family]:
            check_certificate(other, certify(automaton, family))


@given(automata, st.sampled_from(RULES), st.sampled_from(FAMILIES))
def test_every_no_has_a_certificate(automaton: Automaton, accept: Accept, family: Family) -> None:
    if not decide(machine_of(automaton, accept=accept))[family]:
        check_certificate(plain_data(automaton), certify(automaton, family, accept=accept))


@given(automata, st.booleans())
def test_every_way_of_explaining_a_no_is_accepted(automaton: Automaton, residues: bool) -> None:
    """The first explanation is the one that is given; the others have to be right too."""
    machine = machine_of(automaton)
    for part in components(machine):
        for number, proof in enumerate(difference_proofs(machine, part, residues=residues)):
            family = "periodic_local" if residues else "local"
            check_certificate(plain_data(automaton), proof.certificate(family, "last", "membership"))
            if number == 20:
                break


def test_together_the_certificates_cover_every_no() -> None:
    for text, expected in (
        ("b*(ab*ab*)*", ["periodic_local"]),
        ("(ab|aabb)*", ["periodic"]),
        ("(aa)*", ["local"]),
        ("(a|abab)*", ["local", "periodic"]),
        ("(ab|baaa)*", ["plain"]),
        ("(ab)*", []),
    ):
        assert largest_without(decide(machine_of(regex(text)()))) == expected


def test_the_explanations_name_the_words() -> None:
    merger = certify(regex("(a|b|e)*be*")(), "periodic_local")["explanation"]
    assert (
        "The word e leads from the state after the empty word back to it, and from the state after b back" in merger[0]
    )
    assert "The word a leads both to one and the same state" in merger[1]
    swap = certify(regex("(aa)*")(), "local")["explanation"]
    assert swap[0].startswith("The word a leads from the state after the empty word, then to that after a, and back")


# --- tampering -----------------------------------------------------------------------------------------------

SUBJECTS: list[tuple[str, Family]] = [
    ("(ab|aabb)*", "plain"),
    ("(ab|aabb)*", "periodic"),
    ("(ab|bba)*", "plain"),
    ("(ab|bba)*", "periodic"),
    ("b*(ab*ab*)*", "periodic"),
    ("b*(ab*ab*)*", "periodic_local"),
    ("(a|b|e)*be*", "periodic_local"),
    ("(ab|bbb)*", "local"),
    ("(aaaaa)*", "local"),
    (RELATIONS, "periodic_local"),
    ("(a*b(aa|b)bbb)*", "periodic_local"),
]


def tampered(data: Any) -> Iterator[Any]:
    """The data with one coefficient changed, one element of a list left out, or one letter changed."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("explanation", "accept", "target", "order"):
                continue
            for changed in tampered(value):
                yield {**data, key: changed}
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield [*data[:number], *data[number + 1 :]]
            for changed in tampered(value):
                yield [*data[:number], changed, *data[number + 1 :]]
    elif isinstance(data, int):
        yield from (data + 1, data - 1)
    elif data in ("a", "b", "e"):
        yield from (letter for letter in "abe" if letter != data)


@pytest.mark.parametrize(("text", "family"), few(SUBJECTS, 3, rows=True))
def test_a_certificate_that_is_tampered_with_is_rejected(text: str, family: Family) -> None:
    automaton = regex(text)()
    language, certificate = plain_data(automaton), certify(automaton, family)
    check_certificate(language, certificate)
    accepted = [changed for changed in tampered(certificate) if _accepts(language, changed)]
    # What remains is as true: other words that lead to the same states, a relation less that was not needed.
    assert all(_still_true(certificate, changed) for changed in accepted), accepted[:1]
    assert len(accepted) <= sum(1 for _ in tampered(certificate)) // 5


def _accepts(language: dict[str, Any], certificate: dict[str, Any]) -> bool:
    try:
        check_certificate(language, certificate)
    except RejectedError:
        return False
    return True


def _still_true(certificate: dict[str, Any], changed: dict[str, Any]) -> bool:
    """Whether the change is one of words or of what is superfluous, and not of a sum or of what it is about."""
    different = [key for key in certificate if certificate[key] != changed[key]]
    if different == ["states"]:
        return True  # the checker ran them, and all that follows holds for the states that they lead to
    if different in (["pairs"], ["equations"]):
        before, after = json.dumps(certificate[different[0]]), json.dumps(changed[different[0]])
        return sorted(before) != sorted(after)
    return False


@given(automata, automata, st.sampled_from(FAMILIES), st.sampled_from(FAMILIES))
def test_no_certificate_shows_what_is_not_so(one: Automaton, two: Automaton, has: Family, claimed: Family) -> None:
    """A certificate of one language or family is rejected for another that has a program."""
    for automaton in (one, two):
        if not decide(machine_of(one))[has] and decide(machine_of(automaton))[claimed]:
            certificate = {**certify(one, has), "family": claimed}
            assert not _accepts(plain_data(automaton), certificate)


@given(automata, seeds)
def test_no_change_of_a_certificate_makes_it_hold_for_a_family_that_has_a_program(
    automaton: Automaton, seed: int
) -> None:
    families = decide(machine_of(automaton))
    for without in (f for f in FAMILIES if not families[f]):
        certificate = certify(automaton, without)
        for having in (f for f in FAMILIES if families[f]):
            changes = list(tampered({**certificate, "family": having}))
            for changed in random.Random(seed).sample(changes, min(40, len(changes))):
                assert not _accepts(plain_data(automaton), changed)


@pytest.mark.parametrize(("text", "family"), SUBJECTS)
def test_a_certificate_is_rejected_for_other_languages(text: str, family: Family) -> None:
    certificate = certify(regex(text, "abe")(), family)
    for other in ("(a|b|e)*", "(ab)*", "a*b*e*", "(a|b)*e"):
        assert not _accepts(plain_data(regex(other, "abe")()), certificate)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 0.5, True, "1e400000000", "1/0", "9" * 5000, None, [1]])
def test_numbers_that_no_certificate_holds_are_rejected_at_once(value: Any) -> None:
    for text, family, key in (("(ab|bba)*", "periodic", "multiplier"), ("(ab|bbb)*", "local", "sum")):
        language, certificate = plain_data(regex(text)()), certify(regex(text)(), FAMILIES[FAMILIES.index(family)])
        changed = json.loads(json.dumps(certificate))
        if key == "multiplier":
            changed["proofs"][0][key] = [value]
        else:
            changed["proofs"][0][key][0][1] = value
        with pytest.raises(RejectedError):
            check_certificate(language, changed)


@pytest.mark.parametrize("order", [10**8, 0, -1, "3", True, 3.0])
def test_exceptions_are_asked_for_at_roots_of_the_multiplier_alone(order: Any) -> None:
    language, certificate = plain_data(regex("(ab|bba)*")()), certify(regex("(ab|bba)*")(), "periodic")
    changed = json.loads(json.dumps(certificate))
    exceptions = changed["proofs"][0].setdefault("exceptions", [])
    exceptions.append({"order": order, "multiplier": [1], "sum": changed["proofs"][0]["sum"]})
    with pytest.raises(RejectedError):
        check_certificate(language, changed)


@pytest.mark.parametrize("nonsense", [{}, {"kind": "rows"}, {"family": "plain"}, {"kind": "x", "family": "plain"}])
def test_nonsense_is_rejected_with_a_message(nonsense: dict[str, Any]) -> None:
    with pytest.raises(RejectedError, match="malformed"):
        check_certificate(plain_data(regex("a*b")()), nonsense)
