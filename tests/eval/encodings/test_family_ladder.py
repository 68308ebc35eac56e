"""What is asked of a language by `eval.predict`, and the ladder of the four families."""

import json
from typing import Any

import pytest

from crasp.__main__ import main as crasp
from crasp.errors import Source
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import automaton_of_regex
from crasp.regular.certificates.certificates import plain_data
from crasp.regular.certificates.checker import check_certificate
from crasp.regular.families.family import FAMILIES, FRAGMENTS
from crasp.text.loader import read_program
from eval.answering.answerers import ProgramAnswerer
from eval.api import predict
from eval.commands.predict import main
from eval.encodings.family_ladder import FamilyRung, smallest_families
from eval.prediction.agreement import compare
from eval.prediction.regular_tasks import EXPRESSIONS
from eval.prediction.task_ladder import ladder_of_task
from eval.subjects.own_tasks import predict_origin
from tasks.given_tasks import task_named_or_given
from tasks.ground.automata.regex import parse_regex
from tasks.registry import TASKS, get_task
from tests.cases import few

REGEXES = ("(a|b)*a", "(ab|aabb)*", "(aa)*", "((aa)*b)*", "a*b*a*b*", "((a|b)(a|b))*a(a|b)", "b*(ab*ab*)*", "(ab)*a*c")


def predicted(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_expression_is_judged_at_the_end_marker_and_another_rule_can_be_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, end = predicted(["--regex", "(a|b)*a"], capsys)
    assert (end["accept"], end["target"], end["verdict"], end["families"]["plain"]) == (
        "end",
        "membership",
        "fails",
        False,
    )
    assert "if words were accepted at the last letter, the answers would be: C-RASP yes" in end["other_rule"]
    _, last = predicted(["--regex", "(a|b)*a", "--accept", "last"], capsys)
    assert (last["accept"], last["verdict"], last["families"]["plain"]) == ("last", "generalizes", True)
    assert "if words were accepted at an end marker, the answers would be: C-RASP no" in last["other_rule"]
    _, letters = predicted(["--regex", "(aa)*", "--target", "next"], capsys)
    assert (letters["accept"], letters["target"], letters["verdict"]) == ("last", "next", "generalizes")


@pytest.mark.parametrize("regex", few(REGEXES, 4))
@pytest.mark.parametrize(("accept", "target"), [("end", "membership"), ("last", "membership"), ("last", "state")])
def test_the_ladder_is_what_decide_says_and_the_certificates_hold_for_the_rule(
    regex: str, accept: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--regex", regex, "--accept", accept, "--target", target]
    assert crasp(["decide", *asked, "--json"]) == 0
    decided = json.loads(capsys.readouterr().out)
    ape, nope = predicted(asked, capsys)
    assert ape["families"] == nope["families"] == decided["families"]
    assert (ape["verdict"] == "generalizes", nope["verdict"] == "generalizes") == (
        decided["families"]["periodic_local"],
        decided["families"]["plain"],
    )
    for found in (ape, nope):
        if found["certificate"] is not None:
            check_certificate(plain_data(automaton_of_regex(parse_regex(regex))), found["certificate"])
            assert (found["certificate"]["accept"], found["certificate"]["target"]) == (accept, target)
    for rung in ape["ladder"]:
        assert (rung["modulus"] is not None) == (rung["depth"] is not None) == bool(rung["answer"]), rung
    if ape["witness"] is not None:
        found = measure(read_program(Source("witness", ape["witness"])))
        smallest = next(rung for rung in ape["ladder"] if rung["answer"])
        assert found.fragment == FRAGMENTS[smallest["family"]]
        assert (smallest["modulus"], smallest["depth"]) == (found.period, found.counting_depth)
        assert (ape["agreement"] is not None) == (target == "membership")


@pytest.mark.parametrize("encodings", [("--pe", "nope"), ("--pe", "ape")])
def test_where_the_letter_before_and_the_residue_both_do_each_rung_has_its_own(
    encodings: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = predicted(["--regex", "(ab(a|b))*", *encodings], capsys)
    parts = {rung["family"]: (rung["modulus"], rung["lookback"]) for rung in found["ladder"]}
    assert parts == {"plain": (None, None), "local": (1, 1), "periodic": (3, 0), "periodic_local": (1, 1)}
    assert all(rung["depth"] is not None for rung in found["ladder"][1:])


def test_the_smallest_families_are_those_that_include_no_smaller_one() -> None:
    def ladder(*answers: bool) -> tuple[FamilyRung, ...]:
        return tuple(FamilyRung(family, answer) for family, answer in zip(FAMILIES, answers, strict=True))

    assert smallest_families(ladder(True, True, True, True)) == ("plain",)
    assert smallest_families(ladder(False, True, True, True)) == ("local", "periodic")
    assert smallest_families(ladder(False, False, False, True)) == ("periodic_local",)
    assert smallest_families(ladder(False, False, False, False)) == ()


@pytest.mark.parametrize("name", TASKS)
def test_the_ladder_of_a_task_is_that_of_its_records(name: str) -> None:
    task = get_task(name)
    answers = {rung.family: rung.answer for rung in ladder_of_task(task)}
    if task.theory["nope"].verdict == "generalizes":
        assert answers["plain"] is True
    if task.theory["nope"].standing == "excluded":
        assert answers["plain"] is False
    assert answers["periodic_local"] is (task.theory["ape"].verdict == "generalizes")
    if name in EXPRESSIONS:
        assert None not in answers.values()


def test_a_witness_for_the_end_marker_is_held_against_the_labels_and_a_wrong_one_is_found() -> None:
    task = task_named_or_given(regex="(a|b)*a", recognize=True)
    right = 'alphabet a b "<end>"\naccept(i) := Q["<end>"](i) and #[j <= i, j = i - 1] Q_a(j) = 1\n'
    wrong = 'alphabet a b "<end>"\naccept(i) := #[j <= i] Q_a(j) >= 1\n'
    for text, equal in ((right, True), (wrong, False)):
        answerer = ProgramAnswerer("program", read_program(Source("program", text)), end_marker="<end>")
        assert (compare(answerer, task).difference is None) == equal


def test_a_task_that_is_trained_is_judged_where_the_model_answers() -> None:
    continued, recognised = (task_named_or_given(regex="(a|b)*a", recognize=each) for each in (False, True))
    for task, accept, verdict in ((continued, "last", "generalizes"), (recognised, "end", "fails")):
        assert task.origin is not None
        found = predict_origin(task.origin, write=False)["nope"]
        assert found.rule is not None
        assert (found.rule.accept, found.verdict) == (accept, verdict)


def test_the_text_shows_the_ladder_the_rule_and_what_each_encoding_allows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "(ab|aabb)*"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "(ab|aabb)*, accepted at an end marker after the last letter:" in lines
    start = lines.index("  C-RASP                     no")
    assert lines[start + 1].startswith("  C-RASP[local]              yes  look-back 1, depth ")
    assert lines[start + 2] == "  C-RASP[periodic]           no"
    assert lines[start + 3].startswith("  C-RASP[periodic, local]    yes  look-back 1, depth ")
    assert "  APE allows C-RASP[periodic, local], NoPE allows C-RASP." in lines


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--regex", "a", "--accept", "middle"], "--accept: expected last or end, found 'middle'"),
        (["--regex", "a", "--target", "letters"], "--target: expected membership, state or next, found 'letters'"),
        (["--regex", "a", "--target", "next", "--accept", "end"], "after an end marker nothing follows"),
        (["--task", "dyck1", "--accept", "last"], "dyck1 is not one"),
        (["--program", "lib:dyck1", "--accept", "last"], "a program says itself what it answers"),
        (["--all", "--accept", "last"], "not with --all"),
        (["--architecture", "softmax", "--accept", "last"], "do not go with --architecture"),
    ],
)
def test_rules_that_cannot_be_are_refused(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, phrase in captured.err) == ("", True), captured.err


def test_the_library_takes_the_same_rules() -> None:
    assert predict(regex="(a|b)*a", pe="nope").verdict == "fails"
    assert predict(regex="(a|b)*a", pe="nope", accept="last").verdict == "generalizes"
    assert predict("parity", pe="ape", target="next").verdict == "generalizes"
    assert predict("majority", pe="nope").ladder is not None
    with pytest.raises(ValueError, match="dyck1 is not one"):
        predict("dyck1", accept="last")
    with pytest.raises(ValueError, match="expected last or end"):
        predict(regex="a", accept="both")  # type: ignore[arg-type]


def test_a_witness_for_the_end_marker_has_no_training_length_and_says_where_there_is_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    end, _ = predicted(["--regex", "(abab)*"], capsys)
    assert "--accept last" in end["sufficient_training_length"]["because"]
    last, _ = predicted(["--regex", "(abab)*", "--accept", "last"], capsys)
    assert last["sufficient_training_length"]["value"] == 9
