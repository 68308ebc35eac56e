"""`python -m crasp decide`: what it prints, its JSON, its refusals."""

import io
import json
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from crasp.__main__ import main
from crasp.errors import Source
from crasp.meaning.interpreter import accepts, encode
from crasp.regular.certificates.checker import check_certificate
from crasp.regular.witnesses.features import Following
from crasp.regular.witnesses.product_machine import ProductMachine
from crasp.regular.witnesses.state_tracking import follow
from crasp.text.loader import read_program

FIELDS = {
    *("regex", "alphabet", "accept", "families", "witness", "certificate", "because"),
    *("target", "states", "remarks", "witness_status", "parameters", "refused", "not_asked"),
}


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    assert main(["decide", *arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_the_json_of_an_expression_has_the_fields_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    record = answer(capsys, "--regex", "(ab|aabb)*")
    assert set(record) == FIELDS
    assert record["families"] == {"plain": False, "local": True, "periodic": False, "periodic_local": True}
    witness = record["witness"]
    assert {key: witness[key] for key in ("family", "modulus", "lookback", "depth")} == {
        "family": "local",
        "modulus": 1,
        "lookback": 1,
        "depth": 3,
    }
    program = read_program(Source("witness", witness["program"]))
    assert accepts(program, encode(("a", "b"), ["abaabb", "aabab"])).tolist() == [True, False]
    assert list(record["certificate"]) == ["periodic"]
    assert "not peer reviewed" in record["because"]


def test_a_language_of_no_family_has_a_certificate_and_no_witness(capsys: pytest.CaptureFixture[str]) -> None:
    record = answer(capsys, "--regex", "b*(ab*ab*)*")
    assert record["witness"] is None
    language = {
        "alphabet": ["a", "b"],
        "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}},
        "start": "even",
        "finals": ["even"],
    }
    check_certificate(language, record["certificate"]["periodic_local"])


def test_plain_verdicts_cite_what_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    record = answer(capsys, "--regex", "(ab)*")
    assert record["certificate"] is None
    assert "not peer reviewed" not in record["because"]
    assert "2608.13433" in record["because"]


def test_the_rules_of_acceptance_differ_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    last = answer(capsys, "--regex", "(a|b)*b")
    end = answer(capsys, "--regex", "(a|b)*b", "--accept", "end")
    assert (last["accept"], last["families"]["plain"]) == ("last", True)
    assert (end["accept"], end["families"]["plain"]) == ("end", False)
    assert last["remarks"] == [
        "if words were accepted at an end marker, the answers would be: C-RASP no, C-RASP[periodic] no"
    ]
    assert 'alphabet a b "<end>"' in end["witness"]["program"]


def test_the_letters_come_from_the_expression_or_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--regex", "b*a")["alphabet"] == ["a", "b"]
    assert answer(capsys, "--regex", "b*a", "--alphabet", "c b a")["alphabet"] == ["c", "b", "a"]
    assert answer(capsys, "--regex", "(...)*", "--alphabet", "a b")["witness"]["modulus"] == 3


def test_targets_other_than_membership(capsys: pytest.CaptureFixture[str]) -> None:
    state = answer(capsys, "--regex", "(ab)*", "--target", "state")
    assert "state_0(i)" in state["witness"]["program"]
    follows = answer(capsys, "--regex", "(aa)*", "--target", "next")
    assert follows["next"] == {"a": dict.fromkeys(("plain", "local", "periodic", "periodic_local"), True)}
    assert "next[a](i)" in follows["witness"]["program"]


def test_a_family_asked_for_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "--regex", "(aa)*", "--family", "periodic")
    answer(capsys, "--regex", "(aa)*", "--family", "local", status=1)


def test_adversarial_words_come_with_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    pair = answer(capsys, "--regex", "b*(ab*ab*)*", "--adversary", "5")["adversary"]
    assert (pair["member"].count("a") % 2, pair["other"].count("a") % 2) == (0, 1)
    assert pair["fragment"] == "C-RASP[periodic, local]"
    assert answer(capsys, "--regex", "(ab)*", "--adversary", "5")["adversary"] is None
    assert main(["decide", "--regex", "(a|b|e)*be*", "--adversary", "2"]) == 0
    assert "no small program of C-RASP[periodic, local] tells apart" in capsys.readouterr().out


def test_the_text_shows_verdicts_reasons_and_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "--regex", "(ab+aabb)*"]) == 0
    captured = capsys.readouterr()
    assert "note: postfix `+` means one or more; the union of two expressions is written with `|`" in captured.err
    assert "C-RASP[local]              yes  look-back" in captured.out
    assert "No program of C-RASP[periodic] defines the language, and so none of C-RASP." in captured.out
    assert "    accept(i) :=" in captured.out


def test_an_input_file_gives_a_line_for_each_expression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "expressions"
    file.write_text("(ab)*\n(aa)*\n", encoding="utf-8")
    assert main(["decide", "--input", str(file), "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["regex"] for record in records] == ["(ab)*", "(aa)*"]
    assert main(["decide", "--input", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "(aa)*: C-RASP no  C-RASP[local] no  C-RASP[periodic] yes  C-RASP[periodic, local] yes"


def test_a_bad_line_of_an_input_costs_itself_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"(ab)*\n(a\n(aa)*\na)\n")))
    assert main(["decide", "--input", "-", "--json"]) == 2
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["regex"] for record in records] == ["(ab)*", "(a", "(aa)*", "a)"]
    assert [record.get("error", "").partition("\n")[0] for record in records] == [
        *("", "standard input, line 2:1:1: this `(` has no `)`"),
        *("", "standard input, line 4:1:2: this `)` has no `(`"),
    ]
    assert set(records[1]) == {"regex", "error"}


@pytest.mark.parametrize(
    ("family", "known", "status"),
    [
        ("plain", {"plain": False, "local": None, "periodic": None, "periodic_local": None}, 1),
        ("periodic", {"plain": None, "local": None, "periodic": True, "periodic_local": True}, 0),
        ("local", {"plain": None, "local": None, "periodic": None, "periodic_local": None}, 2),
    ],
)
def test_of_a_large_automaton_the_family_that_is_named_is_answered_and_what_follows(
    family: str, known: dict[str, bool | None], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = {str(k): {"a": str((k + 1) % 512)} for k in range(512)}
    file = tmp_path / "ring.json"
    file.write_text(json.dumps({"alphabet": ["a"], "states": [*ring], "start": "0", "finals": ["0"], "delta": ring}))
    asked = ["decide", "--dfa", str(file), "--family", family, "--witness-seconds", "0"]
    assert main([*asked, "--json"]) == status
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert record["families"] == known
    assert list(record["refused"]) == [family] * (status == 2)
    assert record["not_asked"] == [f for f, answer in known.items() if answer is None and f not in record["refused"]]
    assert ("look-back is decided for up to 300" in printed.err) == (status == 2)
    assert main(asked) == status
    assert capsys.readouterr().out.count("not asked\n") == len(record["not_asked"])


def test_a_line_that_is_too_large_is_refused_with_its_place_and_the_others_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "expressions"
    file.write_text(f"(a|b)*a{'(a|b)' * 20}\n(ab)*\n", encoding="utf-8")
    assert main(["decide", "--input", str(file)]) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert "line 1: the deterministic automaton has more than 20,000 states" in first
    assert second.startswith("(ab)*: C-RASP yes")


def test_a_defect_at_one_line_of_an_input_costs_itself_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(product: ProductMachine) -> Following:
        if len(product.places) == 3:
            raise ArithmeticError("this cannot be")
        return follow(product)

    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", broken)
    file = tmp_path / "expressions"
    file.write_text("a*\n(ab)*\n(a\na*b*\n", encoding="utf-8")
    assert main(["decide", "--input", str(file), "--json"]) == 70
    captured = capsys.readouterr()
    records = [json.loads(line) for line in captured.out.splitlines()]
    assert [record["regex"] for record in records] == ["a*", "(ab)*", "(a", "a*b*"]
    assert [record.get("witness_status") for record in records] == ["written", None, None, None]
    assert "This is a defect" in records[1]["error"]
    assert "ArithmeticError: this cannot be" in captured.err
    assert "crasp/regular/witnesses/witness.py" in captured.err


def test_without_a_witness_the_verdict_is_the_same_and_the_status_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = answer(capsys, "--regex", "(ab|aabb)*")
    alone = answer(capsys, "--regex", "(ab|aabb)*", "--witness-seconds", "0")
    assert asked["families"] == alone["families"]
    assert (asked["witness_status"], alone["witness_status"]) == ("written", "not asked")
    assert (alone["witness"], alone["certificate"], alone["parameters"]) == (None, None, None)
    assert answer(capsys, "--regex", "(ab|aabb)*", "--witness-seconds", "none")["witness"] == asked["witness"]


def slow(_: ProductMachine) -> Following:
    while True:
        pass


def test_what_does_not_come_in_time_is_said_with_the_command_that_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", slow)
    begun = monotonic()
    record = answer(capsys, "--regex", "(ab|aabb)*", "--alphabet", "b a", "--witness-seconds", "0.5")
    assert monotonic() - begun < 5
    assert (record["witness_status"], record["witness"]) == ("out of time", None)
    assert record["parameters"] == {"family": "local", "modulus": 1, "lookback": 1}
    assert list(record["certificate"]) == ["periodic"]
    command = "decide --regex '(ab|aabb)*' --alphabet 'b a' --witness-seconds none --json`"
    assert "a program of C-RASP[local], but it was not written in 0.5 seconds" in record["because"]
    assert command in record["because"]


def test_the_verdict_is_printed_before_the_program_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", slow)
    assert main(["decide", "--regex", "(ab|aabb)*", "--witness-seconds", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "C-RASP[local]              yes  look-back 1" in out
    assert "not written in 0.5 seconds" in out


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "ten", ""])
def test_seconds_that_are_none_are_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "--regex", "a", "--witness-seconds", given]) == 2
    assert "--witness-seconds: expected a number of seconds" in capsys.readouterr().err


def test_one_state_is_not_called_states(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "--regex", "a*"]) == 0
    assert "a*: 1 state, accepted" in capsys.readouterr().out


def test_an_automaton_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "even.json"
    data = {"alphabet": ["(", ")"], "delta": {"0": {"(": 1}, "1": {")": 0}}, "start": 0, "finals": [0]}
    file.write_text(json.dumps(data), encoding="utf-8")
    record = answer(capsys, "--dfa", str(file))
    assert (record["dfa"], record["families"]["plain"], record["states"]) == (str(file), True, 3)
    assert record["remarks"][0] == "2 transitions left out: taken to lead to a dead state"


def test_a_program_is_asked_for_a_smaller_family(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "roundabout.crasp"
    file.write_text(
        "alphabet a b\nbefore(i) := #[j <= i, j = i - 1] Q_b(j) = 1\nbad(i) := Q_a(i) and (before(i) or i % 1 != 0)\n"
        "accept(i) := #[j <= i] bad(j) = 0\n",
        encoding="utf-8",
    )
    record = answer(capsys, "--program", str(file))
    assert record["fragment"] == "C-RASP[periodic, local]"
    assert record["witness"]["family"] == "plain"
    assert "not proved" in record["regular"]
    record = answer(capsys, "--program", "lib:dyck1")
    assert record["families"] is None
    assert "No small automaton was found" in record["because"]


NEXT_ALONE = (
    "alphabet a b\nnext[a](i) := #[j <= i] Q_a(j) = 0\n"
    "next[b](i) := i % 2 = 0\nnext[eos](i) := Q_a(i) and #[j <= i, j = i - 1] Q_b(j) = 1\n"
)


def test_a_program_of_next_tokens_alone_has_certificates_that_name_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, verdict = tmp_path / "next.crasp", tmp_path / "verdict.json"
    file.write_text(NEXT_ALONE, encoding="utf-8")
    record = answer(capsys, "--program", str(file))
    assert {family: c["output"] for family, c in record["certificate"].items()} == {
        "local": "next[b]",
        "periodic": "next[eos]",
    }
    assert "next[eos]" in record["because"]
    language = {"alphabet": ["a", "b"], "delta": {"0": {"a": "1", "b": "1"}, "1": {"a": "0", "b": "0"}}}
    check_certificate({**language, "start": "0", "finals": ["0"]}, record["certificate"]["local"])
    verdict.write_text(json.dumps(record), encoding="utf-8")
    assert main(["decide", "--program", str(file), "--check", str(verdict)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"holds: no program of C-RASP[local] defines next[b] of {file}",
        f"holds: no program of C-RASP[periodic] defines next[eos] of {file}",
    ]
    for wrong in ("next[a]", "next[c]", None, ["next[b]"]):
        record["certificate"]["local"]["output"] = wrong
        verdict.write_text(json.dumps(record), encoding="utf-8")
        assert main(["decide", "--program", str(file), "--check", str(verdict)]) == 1
        assert capsys.readouterr().out.startswith("rejected: ")


def test_adversarial_words_for_next_tokens_differ_in_the_token_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "next.crasp"
    file.write_text(NEXT_ALONE, encoding="utf-8")
    pair = answer(capsys, "--program", str(file), "--family", "local", "--adversary", "3", status=1)["adversary"]
    assert pair["output"] == "next[b]"
    assert [len(pair[name]) % 2 for name in ("member", "other")] == [0, 1]


def test_a_check_answers_as_json_and_takes_no_other_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "verdict.json"
    file.write_text(json.dumps(answer(capsys, "--regex", "(a|abab)*", "--accept", "end")), encoding="utf-8")
    asked = ["--regex", "(a|abab)*", "--check", str(file)]
    assert answer(capsys, *asked) == [
        {"family": "local", "accept": "end", "target": "membership", "holds": True, "problem": None},
        {"family": "periodic", "accept": "end", "target": "membership", "holds": True, "problem": None},
    ]
    assert main(["decide", *asked]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("defines (a|abab)* at an end marker")
    (first, _) = answer(capsys, "--regex", "(ab)*", "--check", str(file), status=1)
    assert not first["holds"]
    assert first["problem"]
    for other in (["--accept", "end"], ["--target", "state"], ["--family", "plain"], ["--adversary", "2"]):
        assert main(["decide", *asked, *other]) == 2
        assert "--check goes with a language and no other option" in capsys.readouterr().err


def test_a_certificate_is_checked_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "verdict.json"
    record = answer(capsys, "--regex", "(ab|aabb)*")
    file.write_text(json.dumps(record), encoding="utf-8")
    assert main(["decide", "--regex", "(ab|aabb)*", "--check", str(file)]) == 0
    assert capsys.readouterr().out == "holds: no program of C-RASP[periodic] defines (ab|aabb)*\n"
    assert main(["decide", "--regex", "(ab|ba)*", "--check", str(file)]) == 1
    assert capsys.readouterr().out.startswith("rejected: ")
    certificate = record["certificate"]["periodic"]
    predictions = [{"certificate": None}, {"certificate": certificate}]  # as `predict --json` has them, one an encoding
    file.write_text(json.dumps(predictions), encoding="utf-8")
    assert main(["decide", "--regex", "(ab|aabb)*", "--check", str(file)]) == 0
    assert capsys.readouterr().out == "holds: no program of C-RASP[periodic] defines (ab|aabb)*\n"


@pytest.mark.parametrize("content", ['{"certificate": "x"}', '{"certificate": [1]}', "[]", "null", "7", '"kind"', "{}"])
def test_a_file_without_a_certificate_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.json"
    file.write_text(content, encoding="utf-8")
    assert main(["decide", "--regex", "(ab)*", "--check", str(file)]) == 2
    assert "holds no certificate: expected one, or a verdict that has some" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ([], "expected one of --regex R, --dfa FILE, --program FILE and --input FILE"),
        (["--check", "verdict.json"], "--check: expected the language too"),
        (["--regex", "a", "--input", "x"], "expected one of"),
        (["--regex", "(a"], "regex:1:1: this `(` has no `)`"),
        (["--regex", "()"], "the expression has no letter: an alphabet has to be given; see --alphabet"),
        (["--regex", "ab", "--alphabet", "a c"], "regex:1:2: `b` is not in the alphabet a c"),
        (["--regex", "ba", "--alphabet", "ab"], "regex:1:1: `ba` is not in the alphabet ab"),
        (["--regex", "a", "--accept", "start"], "--accept: expected last or end, found 'start'"),
        (["--regex", "a", "--target", "word"], "--target: expected membership, state or next, found 'word'"),
        (["--regex", "a", "--family", "globular"], "--family: expected one of"),
        (["--regex", "a", "--target", "next", "--accept", "end"], "--target next is asked at the last letter"),
        (["--regex", "a", "--adversary", "0"], "--adversary: expected a size from 1 to 1000, found 0"),
        (["--program", "lib:dyck1", "--accept", "end"], "a program itself says what it answers"),
        (["--program", "lib:dick1"], "the nearest is lib:dyck1"),
        (["--dfa", "/nowhere"], "cannot be read"),
        (["--regex", "(a|b)*a" + "(a|b)" * 40], "more than 20,000 states, the limit here"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_arguments_end_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
    assert "Traceback" not in captured.err


def test_no_automata_library_is_loaded_by_the_other_commands() -> None:
    code = "import sys, crasp.__main__; print([m for m in sys.modules if m.startswith(('automata', 'crasp.regular.'))])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
