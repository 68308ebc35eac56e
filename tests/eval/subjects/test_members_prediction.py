"""Predictions for continuations of members: easier than accepting the language, where only members are ever seen."""

from dataclasses import replace

import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import encode, run
from crasp.text.loader import read_program
from eval.subjects.own_tasks import predict_origin
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
