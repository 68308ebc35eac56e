"""Predictions for continuations of members: easier than accepting the language, where only members are ever seen."""

from dataclasses import replace
from itertools import product

import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import encode, run
from crasp.meaning.ir import EOS, Program
from crasp.regular.families.decision import decide
from crasp.regular.families.members_only import Continuations, _Live
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import write_witness
from crasp.text.loader import read_program
from eval.subjects.own_tasks import predict_origin
from tasks.ground.automata.language import LanguageText, read_language
from tasks.languages.task_origin import Origin

EASIER = Origin(kind="regex", name="(ab|aabb)*", text="(ab|aabb)*", alphabet="a b")


def test_a_language_that_needs_look_back_is_continued_by_counting_and_the_program_says_so() -> None:
    found = predict_origin(EASIER, write=True)["nope"]
    assert (found.verdict, found.standing) == ("generalizes", "expressible")
    assert "the states after a and a a b" in found.because
    assert found.ladder is not None
    assert [rung.answer for rung in found.ladder] == [True] * 4
    assert (found.ladder[0].modulus, found.ladder[0].lookback) == (1, 0)
    assert found.rule is not None
    assert found.rule.in_words == "what may follow known at the last letter"
    assert found.witness is not None
    program = read_program(Source("witness", found.witness))
    allowed = run(program, encode(program.alphabet, [list("aabbab")])).next[0]
    said = ["".join(token for (token, _), yes in zip(program.next, row, strict=True) if yes) for row in allowed]
    assert said[1:] == ["ab", "b", "b", "aeos", "ab", "aeos"]
    assert predict_origin(EASIER, write=False)["nope"].verdict == "generalizes"


def test_recognition_of_the_same_language_stays_excluded() -> None:
    found = predict_origin(replace(EASIER, recognition=True), write=False)["nope"]
    assert (found.verdict, found.standing) == ("fails", "excluded")


@pytest.mark.parametrize("regex", ["(aa|bb)*", "(a|b)*bb(a|b)*", "b*(ab*ab*)*"])
def test_where_prefixes_of_members_are_as_hard_the_verdict_stays_and_says_that(regex: str) -> None:
    found = predict_origin(replace(EASIER, name=regex, text=regex), write=True)["nope"]
    assert (found.verdict, found.standing) == ("fails", "excluded")
    assert found.certificate is not None
    assert "only prefixes of members" in found.because


def test_with_positions_the_ladder_is_that_of_prefixes_of_members_too() -> None:
    found = predict_origin(EASIER, write=False)["ape"]
    assert found.verdict == "generalizes"
    assert found.ladder is not None
    assert found.ladder[0].answer is True


def continuing_program(regex: str) -> str:
    """A program that tells all states of the language apart, and says what may follow each."""
    automaton = read_language(LanguageText(regex=regex)).automaton
    live = _Live(Continuations.of_language(automaton))
    machine = live.merged(tuple(range(len(live.steps)))).machine
    family = decide(machine).smallest
    assert family is not None
    outputs = [
        Output("next", frozenset(follow for follow in live.follow if token in follow), token)
        for token in (*automaton.alphabet, EOS)
    ]
    machine_parts = least_product(machine, family)
    written = write_witness(
        automaton, machine_parts, family, accept="last", target="next", subject=regex, outputs=outputs
    )
    return written.witness.program


def test_a_program_that_looks_back_is_continued_by_counting_where_its_words_need_no_more() -> None:
    text = continuing_program("(ab|aabb)*")
    found = predict_origin(Origin(kind="program", name="own.crasp", text=text), write=True)["nope"]
    assert (found.verdict, found.standing) == ("generalizes", "conjecture")
    assert "own.crasp" not in found.because
    assert "not proved" in found.because
    assert "no such program answers as this one does after every word" in found.because
    assert found.witness is not None
    own, shown = (read_program(Source("p", each)) for each in (text, found.witness))
    words = ["", *("".join(w) for n in range(1, 11) for w in product("ab", repeat=n) if is_prefix(w))]
    for word in words:
        said = [
            {token for (token, _), yes in zip(p.next, allowed_after(p, word), strict=True) if yes} for p in (own, shown)
        ]
        assert said[0] == said[1], word


def allowed_after(program: Program, word: str) -> list[bool]:
    return list(run(program, encode(program.alphabet, [list(word)])).next[0, -1])


def is_prefix(word: tuple[str, ...]) -> bool:
    """Whether some member of (ab|aabb)* begins with this word: a is never more than two ahead of b, nor behind."""
    states = {""}
    for letter in word:
        states = {rest[1:] for s in states for rest in ([s] if s else ["ab", "aabb"]) if rest[0] == letter}
    return bool(states)


@pytest.mark.parametrize("regex", ["(aa|bb)*", "(a|b)*bb(a|b)*"])
def test_a_program_whose_words_need_what_it_uses_stays_excluded(regex: str) -> None:
    text = continuing_program(regex)
    found = predict_origin(Origin(kind="program", name="own.crasp", text=text), write=False)["nope"]
    assert found.verdict == "fails"
    assert "only prefixes of members" in found.because
