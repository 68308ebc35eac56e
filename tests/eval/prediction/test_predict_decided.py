"""Predictions for regular languages and for programs: decided, with a program or a certificate."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crasp.errors import Source
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import Automaton, automaton_of_regex
from crasp.regular.automata.moore_machine import live_states, machine_of
from crasp.regular.certificates.certificates import plain_data
from crasp.regular.certificates.checker import check_certificate
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FRAGMENTS
from crasp.text.loader import load_program, read_program
from eval.commands.predict import main
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from tasks.ground.automata.language import read_automaton, read_file
from tasks.ground.automata.regex import parse_regex
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import examples_of
from tasks.task import Task
from tasks.words import EOS, Example
from tests.cases import few

REGULAR_FAMILIES = ("Star Free", "Non Star Free")


def predicted(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int = 0) -> Any:
    assert main([*arguments, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_the_regular_tasks_are_all_here() -> None:
    assert {name for name, task in TASKS.items() if task.family in REGULAR_FAMILIES} | {"parity"} == set(EXPRESSIONS)


@pytest.mark.parametrize("name", few(EXPRESSIONS, 3))
def test_the_automaton_decided_is_that_of_the_task_s_own_labels(name: str) -> None:
    task, automaton = get_task(name), automaton_of_task(name)
    letters = [letter for letter in automaton.alphabet if letter in task.alphabet]
    assert letters == list(automaton.alphabet)
    length = next(n for n in range(12, 0, -1) if len(letters) ** n <= 1500)
    words = [word for n in range(1, length + 1) for word in product(letters, repeat=n)]
    examples = [task.label(word) for word in words]
    examples += examples_of(task, task.sample(np.random.default_rng(0), (1, 60), 30))
    for example in examples:
        assert_labels_agree(task, automaton, example)


def assert_labels_agree(task: Task, automaton: Automaton, example: Example) -> None:
    if task.format == "answer":  # parity: e for a member
        word = example.tokens[1 : example.tokens.index("<sep>")]
        (answer,) = example.targets[0]
        assert (answer == "e") == automaton.outputs[automaton.run(word)], word
        return
    live = live_states(automaton)
    for position, targets in zip(example.judged, example.targets, strict=True):
        state = automaton.run(example.tokens[1 : position + 1])
        goes_on = [a for a, t in zip(automaton.alphabet, automaton.successors[state], strict=True) if t in live]
        assert set(targets) == {*goes_on, *([EOS] if automaton.outputs[state] else [])}, example.tokens


@pytest.mark.parametrize("name", few(EXPRESSIONS, 3))
def test_the_record_of_a_regular_task_is_what_is_decided(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    task, automaton = get_task(name), automaton_of_task(name)
    families = decide(machine_of(automaton))
    assert families == decide(
        machine_of(automaton, accept="end")
    )  # of these tasks the place of the answer changes nothing
    kept = {pe: task.theory[pe].verdict == "generalizes" for pe in ("ape", "nope")}
    assert kept == {"ape": families.periodic_local, "nope": families.plain}
    assert "unknown" not in {task.theory[pe].verdict for pe in ("ape", "nope")}
    if task.program is not None:  # the program by hand uses no more than the language needs
        assert families.smallest is not None
        assert measure(load_program(f"lib:{task.program}")).fragment == FRAGMENTS[families.smallest]
    text, alphabet = EXPRESSIONS[name]
    of_task = predicted(["--task", name], capsys)
    of_regex = predicted(["--regex", text, "--alphabet", " ".join(alphabet)], capsys)
    assert [p["verdict"] for p in of_task] == [p["verdict"] for p in of_regex]


@pytest.mark.parametrize("name", few(EXPRESSIONS, 3))
def test_a_regular_task_that_fails_has_a_certificate_that_holds_for_its_expression(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for prediction in predicted(["--task", name], capsys):
        certificate = prediction["certificate"]
        assert (certificate is not None) == (prediction["verdict"] == "fails")
        if certificate is not None:
            assert certificate["family"] == {"ape": "periodic_local", "nope": "plain"}[prediction["pe"]]
            automaton = automaton_of_regex(parse_regex(certificate["regex"]), tuple(certificate["alphabet"]))
            check_certificate(plain_data(automaton), certificate)
            assert "decided" in prediction["reference"]


def test_the_text_of_a_regular_task_says_what_its_certificate_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "tomita3", "--pe", "ape"]) == 0
    assert f"shown by   a certificate about {EXPRESSIONS['tomita3'][0]}," in capsys.readouterr().out


def test_the_expression_of_the_empty_word_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "", "--alphabet", "a", "--pe", "ape"]) == 0
    assert capsys.readouterr().out.startswith("(the empty word), APE: generalizes")


def test_with_positions_periodic_and_local_is_decided_and_without_plain(capsys: pytest.CaptureFixture[str]) -> None:
    ape, nope = predicted(["--regex", "(ab|aabb)*"], capsys)
    assert (ape["pe"], ape["verdict"], ape["standing"]) == ("ape", "generalizes", "theorem")
    assert measure(read_program(Source("witness", ape["witness"]))).fragment == "C-RASP[local]"
    assert ape["certificate"] is None
    assert ape["agreement"]["equal"]
    assert ape["agreement"]["all_to_length"] >= 7
    assert "not peer reviewed" in ape["because"]
    assert (nope["pe"], nope["verdict"], nope["standing"]) == ("nope", "fails", "excluded")
    assert nope["witness"] is None
    assert nope["certificate"]["family"] == "plain"
    assert "arXiv 2608.13433" in nope["because"]
    assert "peer" not in nope["because"]


def test_certificates_of_both_encodings_hold(capsys: pytest.CaptureFixture[str]) -> None:
    automaton = automaton_of_regex(parse_regex("b*(ab*ab*)*"))
    ape, nope = predicted(["--regex", "b*(ab*ab*)*"], capsys)
    assert (ape["certificate"]["family"], nope["certificate"]["family"]) == ("periodic_local", "plain")
    for prediction in (ape, nope):
        check_certificate(plain_data(automaton), prediction["certificate"])
    assert "not peer reviewed" in ape["because"]


def test_plain_languages_rest_on_what_is_published_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for prediction in predicted(["--regex", "(ab|ba)*"], capsys):
        assert prediction["verdict"] == "generalizes"
        assert "peer" not in prediction["because"] + prediction["reference"]


def test_an_automaton_is_predicted_as_its_expression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delta = {"s": {"a": "t"}, "t": {"a": "s"}}
    file = tmp_path / "even.json"
    file.write_text(json.dumps({"alphabet": ["a"], "delta": delta, "start": "s", "finals": ["s"]}))
    assert len(read_automaton(read_file(str(file)), file.name).outputs) == 2
    of_file, of_regex = (predicted(a, capsys) for a in (["--dfa", str(file)], ["--regex", "(aa)*"]))
    assert [p["verdict"] for p in of_file] == [p["verdict"] for p in of_regex] == ["generalizes", "fails"]
    assert of_file[0]["agreement"] == of_regex[0]["agreement"]


@pytest.mark.parametrize(
    ("program", "pe", "verdict", "standing"),
    [
        ("lib:dyck1", "ape", "generalizes", "theorem"),
        ("lib:dyck1", "nope", "generalizes", "theorem"),
        ("lib:tomita4", "ape", "generalizes", "theorem"),
        ("lib:tomita4", "nope", "fails", "conjecture"),
        ("lib:aa_star", "nope", "fails", "conjecture"),
        ("lib:copy_unique", "nope", "unknown", "conjecture"),
    ],
)
def test_a_program_is_its_own_witness_where_its_fragment_allows(
    program: str, pe: str, verdict: str, standing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = predicted(["--program", program, "--pe", pe], capsys)
    assert (record["verdict"], record["standing"]) == (verdict, standing)
    assert (record["witness"] is not None) == (verdict == "generalizes")
    assert ("not proved" in record["because"]) == (verdict == "fails")


@pytest.mark.parametrize("output", ["accept(i) :=", "next[a](i) :="])
def test_a_program_that_looks_back_without_need_gets_one_that_does_not(
    output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "first.crasp"
    file.write_text(
        "alphabet a b\n\nago(i) := #[j <= i, j = i - 1] Q_a(j) = 1\n"
        f"{output} #[j <= i] Q_b(j) >= 1 and (ago(i) or not ago(i))\n"
    )
    record = predicted(["--program", str(file), "--pe", "nope"], capsys)
    assert (record["verdict"], record["standing"]) == ("generalizes", "conjecture")
    assert measure(read_program(Source("witness", record["witness"]))).fragment == "C-RASP"
    assert "not proved" in record["because"]


def test_the_text_names_the_certificate_and_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "(a+b)*"]) == 0
    captured = capsys.readouterr()
    assert "a certificate, which --json prints" in captured.out
    assert "union of two expressions is written with `|`" in captured.err


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--regex", "(ab"], "this `(` has no `)`"),
        (["--regex", "()"], "an alphabet has to be given"),
        (["--regex", "ab", "--alphabet", "a"], "`b` is not in the alphabet a"),
        (["--regex", "a", "--dfa", "x.json"], "expected one of"),
        (["--dfa", "no/such.json"], "no/such.json"),
        (["--regex", "(a|b)*a" + "(a|b)" * 20], "20,000"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_bad_languages_end_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, phrase in captured.err) == ("", True), captured.err
