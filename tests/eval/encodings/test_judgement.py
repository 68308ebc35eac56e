"""Predictions under RoPE, ALiBi, sinusoidal and randomised positions: `eval.predict --pe NAME:PARAMETERS`."""

import json
from pathlib import Path
from typing import Any

import pytest

from crasp.regular.automata.automaton import automaton_of_regex
from crasp.regular.certificates.certificates import plain_data
from crasp.regular.certificates.checker import check_certificate
from eval.api import predict
from eval.commands.predict import main
from eval.encodings.horizons import count_horizon, lag_horizon, residue_horizon
from eval.subjects.own_tasks import predict_under
from tasks.api import get
from tasks.given_tasks import task_named_or_given
from tasks.ground.automata.regex import parse_regex
from tasks.position_schemes import (
    LinearBiases,
    RandomizedPositions,
    RotaryPositions,
    SinusoidalPositions,
    read_scheme,
    scheme_title,
)
from tasks.registry import TASKS
from tests.cases import few

# Verdict and standing by their first letters, g f u and t e x c: sinusoidal 2 pi r/12, stock; RoPE 2 pi r/12, stock;
# ALiBi, stock slopes; randomised. Rows and columns of the encoding suite; what "holds to a horizon" is unknown, or
# fails where no theorem leaves it open.
SUITE = {
    "(a|b)*a(a|b)": "fx fc fx uc uc uc",
    "(a|b)*bb(a|b)*": "fx fc fx uc uc uc",
    "(ab|aabb)*": "fx fc fx uc uc uc",
    "(ab|bbaa)*": "ge ge ge ge uc gc",
    "(aa)*": "ge fc ge fc fx fc",
    "(aa|bb)*": "ge fc ge fc fx fc",
    "(ab|bbb)*": "ge fc ge fc fx fc",
    "((a|b)(a|b))*a(a|b)": "fx fc fx fc fx fc",
    "((aa)*b)*": "fx fc fx fc fx fc",
    "a*b*a*b*": "ge ge ge ge uc gc",
    "b*(ab*ab*)*": "fx fc fx fc fx fc",
}
COLUMNS = ("sinusoidal:modulus=12", "sinusoidal", "rope:modulus=12", "rope", "alibi", "randomized")
STANDINGS = {"expressible": "e", "excluded": "x", "conjecture": "c", "theorem": "t"}


def predicted(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("regex", few(SUITE, len(SUITE)))
def test_the_suite_s_languages_are_predicted_as_its_table_says(regex: str, capsys: pytest.CaptureFixture[str]) -> None:
    automaton = plain_data(automaton_of_regex(parse_regex(regex)))
    said = []
    for scheme in COLUMNS:
        found = predicted(["--regex", regex, "--pe", scheme], capsys)
        said.append(found["verdict"][0] + STANDINGS[found["standing"]])
        assert found["pe"] == scheme.partition(":")[0]
        if found["certificate"] is not None:
            check_certificate(automaton, found["certificate"])
        if found["standing"] == "excluded":
            assert found["certificate"] is not None
        if found["verdict"] == "generalizes":
            assert found["witness"] is not None
    assert " ".join(said) == SUITE[regex]


def test_the_place_of_the_answer_decides_where_it_is_not_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = predicted(["--regex", "((aa)*b)*", "--accept", "last", "--pe", "rope:modulus=12"], capsys)
    assert (found["verdict"], found["standing"]) == ("generalizes", "expressible")


@pytest.mark.parametrize(
    ("regex", "suffice"), [("((a|b)bbbaa)*", {2, 3, 4, 6}), ("(ab|bbb)*", {3, 6}), ("(aaaa)*b", {4})]
)
def test_angles_of_any_modulus_that_suffices_are_predicted_to_generalise(
    regex: str, suffice: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    for modulus in range(1, 7):
        found = predicted(["--regex", regex, "--pe", f"rope:modulus={modulus}"], capsys)
        assert found["verdict"] == ("generalizes" if modulus in suffice else "fails"), modulus
        if modulus in suffice:
            assert modulus % found["parameters"]["modulus"] == 0
            assert f"positions modulo {found['parameters']['modulus']}." in found["witness"]
        brief = predict_under(get(regex=regex, recognize=True), read_scheme(f"rope:modulus={modulus}"), check=False)
        assert brief.verdict == found["verdict"]


BY_THREES = (
    "alphabet a b\nn[s](i) := #[j <= i] (Q[s](j) and j % 3 = 0) for s in alphabet\naccept(i) := n[a](i) > n[b](i)\n"
)
AFTER_A = (
    "alphabet a b\nprev(i) := #[j <= i, j = i - 1] Q_a(j) = 1\naccept(i) := #[j <= i] prev(j) > #[j <= i] Q_b(j)\n"
)


@pytest.mark.parametrize(
    ("text", "pe", "verdict", "said"),
    [
        (BY_THREES, "rope:modulus=3", "generalizes", "modulo 3 suffices"),
        (BY_THREES, "sinusoidal:modulus=6", "generalizes", "modulo 3 suffices"),
        (BY_THREES, "rope:modulus=2", "unknown", "Whether it can do with the position modulo 2 is not known"),
        (AFTER_A, "rope", "unknown", "The program known here needs the letters a few places ago"),
        (AFTER_A, "alibi:slopes=0", "unknown", "The program known here needs the letters a few places ago"),
        (AFTER_A, "randomized", "unknown", "The program known here needs the letters a few places ago"),
    ],
)
def test_of_a_program_whose_smaller_families_are_not_known_no_more_is_said_than_it_shows(
    text: str, pe: str, verdict: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.crasp"
    file.write_text(text)
    found = predicted(["--program", str(file), "--pe", pe], capsys)
    assert found["verdict"] == verdict
    assert said in found["because"]
    assert (found["witness"] is not None) == (verdict == "generalizes")


@pytest.mark.parametrize(("pe", "shown"), [("alibi", False), ("rope:modulus=3", False), ("rope:modulus=2", True)])
def test_the_modulus_of_a_program_is_said_of_an_encoding_that_can_express_the_program_alone(
    pe: str, shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--regex", "(aa)*", "--pe", pe]) == 0
    assert ("\n  with       positions modulo 2\n" in capsys.readouterr().out) == shown


def test_counting_that_is_not_regular_is_expressible_with_rope_and_open_with_stock_slopes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rope = predicted(["--program", "lib:anbn", "--pe", "rope"], capsys)
    assert (rope["verdict"], rope["standing"]) == ("generalizes", "expressible")
    assert "lost tasks of this kind" in rope["because"]
    alibi = predicted(["--program", "lib:anbn", "--pe", "alibi:heads=4"], capsys)
    assert (alibi["verdict"], alibi["holds_to"]["tokens"], alibi["holds_to"]["of"]) == ("unknown", 256, "word")


@pytest.mark.parametrize(
    ("slopes", "regex", "said"),
    [
        ("0,1", "(ab|aabb)*", "ge"),
        ("0,0.5", "(ab|aabb)*", "uc"),
        ("0,0.5", "a*b*a*b*", "ge"),
        ("0", "(ab|aabb)*", "fx"),
        ("0,1", "(aa)*", "fx"),
    ],
)
def test_chosen_slopes_count_where_one_is_0_and_look_back_where_one_is_steep(
    slopes: str, regex: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = predicted(["--regex", regex, "--pe", f"alibi:slopes={slopes}"], capsys)
    assert found["verdict"][0] + STANDINGS[found["standing"]] == said
    if said == "fx":
        family = "plain" if slopes == "0" else "local"
        assert (found["certificate"]["family"], found["witness"]) == (family, None)


@pytest.mark.parametrize(("modulus", "verdict"), [(2, "generalizes"), (4, "generalizes"), (3, "fails"), (1, "fails")])
def test_rational_angles_give_residues_of_moduli_that_divide_theirs(
    modulus: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds in ("10", "0"):  # the verdict does not wait for what shows it
        asked = ["--regex", "(aa)*", "--pe", f"sinusoidal:modulus={modulus}", "--witness-seconds", seconds]
        assert predicted(asked, capsys)["verdict"] == verdict


def test_how_far_it_holds_is_what_the_formulas_give() -> None:
    lags = {width: lag_horizon(RotaryPositions(width=width)).tokens for width in (4, 8, 12, 16, 64)}
    assert lags == {4: 6, 8: 6, 12: 14_495, 16: None, 64: None}
    assert [residue_horizon(modulus).tokens for modulus in (2, 3, 4)] == [177, 51, 177]
    assert count_horizon(LinearBiases(heads=4)).tokens == 256
    assert count_horizon(LinearBiases(slopes=(0.5, 0.001, 0.0))).tokens == 1000


@pytest.mark.parametrize("scheme", [COLUMNS[0], *(pytest.param(each, marks=pytest.mark.long) for each in COLUMNS[1:])])
def test_every_task_is_predicted_under_every_encoding(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--all", "--pe", scheme]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(TASKS)


def test_encodings_are_read_with_their_parameters() -> None:
    assert read_scheme("rope") == RotaryPositions(10_000.0, 64, None)
    assert read_scheme("rope:base=500000,width=16") == RotaryPositions(500_000.0, 16, None)
    assert read_scheme("sinusoidal:modulus=12") == SinusoidalPositions(modulus=12)
    assert read_scheme("alibi:slopes=0,1,0.5") == LinearBiases(slopes=(0.0, 1.0, 0.5))
    assert read_scheme("randomized:largest=512") == RandomizedPositions(512)
    assert scheme_title(read_scheme("alibi:slopes=0,1")) == "ALiBi (slopes 0 1)"
    assert scheme_title(read_scheme("rope:base=500000")) == "RoPE (base 500,000, width 64)"


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("t5", "expected ape, nope, rope, alibi, sinusoidal, randomized, found t5"),
        ("rope:", "expected parameter=value"),
        ("rope:width", "expected parameter=value, found width"),
        ("rope:width=3", "an even number from 2"),
        ("rope:width=4096", "an even number from 2 to 512, found 4096"),
        ("sinusoidal:width=8192", "an even number from 2 to 4,096, found 8192"),
        ("rope:width=wide", "width: expected a whole number, found wide"),
        ("rope:width=2,4", "width: expected a whole number, found 2,4"),
        ("rope:base=1", "base: expected a number over 1"),
        ("rope:base=nan", "base: expected a number over 1"),
        ("rope:width=4,width=8", "width is given twice"),
        ("rope:heads=4", "rope has no parameter heads: it has base, width, modulus"),
        ("nope:base=4", "nope has no parameters"),
        ("sinusoidal:modulus=0", "modulus: expected a number from 1 to 1,000,000, found 0"),
        ("alibi:heads=6", "heads: expected a power of two"),
        ("alibi:slopes=0,-1", "slopes: expected numbers from 0"),
        ("alibi:slopes=inf", "slopes: expected numbers from 0"),
        ("alibi:slopes=", "slopes: expected numbers"),
        ("randomized:largest=0", "largest: expected a number from 2"),
    ],
)
def test_encodings_that_cannot_be_are_refused(text: str, phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "a", "--pe", text]) == 2
    captured = capsys.readouterr()
    assert (captured.out, phrase in captured.err) == ("", True), captured.err


def test_the_library_predicts_under_every_encoding_too() -> None:
    assert predict(regex="(aa)*", pe="rope:modulus=12").verdict == "generalizes"
    assert predict("dyck1", pe="alibi").verdict == "unknown"
    assert predict(program="lib:tomita4", pe="alibi:slopes=0,1").standing == "expressible"
    explored = predict(program="lib:tomita4", pe="rope:modulus=12")
    assert (explored.verdict, explored.standing) == (
        "fails",
        "conjecture",
    )  # for its automaton was compared, not proved
    assert "minimal automaton" in explored.because
    own = task_named_or_given(regex="(a|b)*a")
    assert predict(own, pe="rope").standing == "expressible"
    assert predict(own, pe="nope", accept="end").verdict == "fails"
    with pytest.raises(ValueError, match="pe rope:width=3: width"):
        predict("dyck1", pe="rope:width=3")
    with pytest.raises(ValueError, match="pe: expected ape, nope, rope"):
        predict("dyck1", pe="t5")
