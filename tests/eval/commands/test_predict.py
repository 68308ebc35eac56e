"""Predictions: the verdict, its witness or its reason, and that the witness was checked."""

import json
from dataclasses import replace

import pytest

from crasp.errors import Source
from crasp.text.loader import read_program
from crasp.text.sources import load_source
from eval.answering.answerers import ProgramAnswerer
from eval.commands.predict import main
from eval.prediction.agreement import compare
from eval.prediction.task_prediction import predict_task
from eval.subjects.asked_subject import AskedSubject
from tasks.registry import TASKS, get_task
from tests.cases import few

FIELDS = {
    *("subject", "pe", "verdict", "because", "witness", "certificate", "reference"),
    *(
        "standing",
        "witness_name",
        "witness_checked",
        "agreement",
        "evidence",
        "parameters",
        *("accept", "target", "families", "ladder", "allowed_family", "other_rule", "positions", "holds_to"),
        *("sufficient_training_length", "forecast", "horizon", "forecast_basis"),
    ),
}


def test_a_task_with_both_encodings_is_one_json_array(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "aa_star", "--json"]) == 0
    ape, nope = json.loads(capsys.readouterr().out)
    assert set(ape) == set(nope) == FIELDS
    assert (ape["pe"], ape["verdict"], nope["pe"], nope["verdict"]) == ("ape", "generalizes", "nope", "fails")
    assert ape["witness"] == load_source("lib:aa_star").text
    assert ape["agreement"] == {
        "equal": True,
        "words": 250,
        "all_to_length": 149,
        "longest": 150,
        "difference": None,
    }
    said = "equal to the task's labels on 250 words: all to length 149, samples to 150"
    assert ape["witness_checked"] == said
    assert nope["witness"] is None
    assert "star-free" in nope["because"]


def test_one_encoding_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "parity", "--pe", "ape", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["subject"], record["verdict"], record["witness"]) == ("parity", "fails", None)
    assert record["reference"]


def test_the_text_shows_verdict_reason_reference_and_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "dyck1"]) == 0
    text = capsys.readouterr().out
    for part in ("dyck1, APE: generalizes", "dyck1, NoPE: generalizes", "arXiv 2410.02140", "opens(i)"):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--task", "dyk1"], "dyck1"),
        ([], "expected one of"),
        (["--task", "dyck1", "--program", "lib:dyck1"], "expected one of"),
        (["--task", "dyck1", "--all"], "expected one of"),
        (["--task", "dyck1", "--alphabet", "a b"], "--alphabet goes with --regex"),
        (["--task", "dyck1", "--pe", "randomized:largest=1"], "largest: expected a number from 2 to 1,000,000,000"),
        (["--task", "dyck1", "--pe", "t5"], "--pe: expected ape, nope, rope, alibi, sinusoidal, randomized, found t5"),
        (["--program", "lib:dick1"], "the nearest is lib:dyck1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_end_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, phrase in captured.err) == ("", True)


def test_a_witness_that_differs_from_the_labels_is_none_and_the_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = get_task("tomita2")
    wrong = replace(task, theory={pe: replace(record, witness="tomita1") for pe, record in task.theory.items()})
    monkeypatch.setattr("tasks.registry.get_task", {"tomita2": wrong}.__getitem__)
    assert main(["--task", "tomita2", "--pe", "nope", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "unknown"
    assert "no witness" in record["because"]
    assert (record["agreement"]["equal"], record["agreement"]["difference"]) == (False, ["<bos>", "1"])
    assert main(["--task", "tomita2"]) == 1
    text = capsys.readouterr().out
    assert "generalizes" not in text.partition("lib:tomita1:")[0]
    assert "it differs from the task's labels on <bos> 1" in text


def test_every_task_is_predicted_for_both_encodings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--all", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [(r["subject"], r["pe"]) for r in records] == [(name, pe) for name in TASKS for pe in ("ape", "nope")]
    for record in records:
        assert (record["witness"] is not None) == (record["verdict"] == "generalizes")


@pytest.mark.parametrize("name", few([name for name, task in TASKS.items() if task.program is not None], 3))
def test_every_witness_computes_its_task(name: str) -> None:
    checked = predict_task(get_task(name), "ape").checked
    assert checked is not None
    assert "equal to the task's labels on" in checked


def test_a_wrong_program_is_found_out_with_the_word_that_shows_it() -> None:
    text = load_source("lib:dyck1").text.replace("dips(i) = 0 and opens(i) > closes(i)", "opens(i) >= closes(i)")
    wrong = ProgramAnswerer("wrong", read_program(Source("wrong", text)))
    assert compare(wrong, get_task("dyck1")).difference == ("<bos>",)
    text = load_source("lib:aa_star").text.replace("i % 2 = 0", "i % 2 = 0 and #[j <= i] Q_a(j) < 148")
    wrong = ProgramAnswerer("wrong", read_program(Source("wrong", text)))
    assert compare(wrong, get_task("aa_star")).difference == ("<bos>", *["a"] * 148)


def test_where_no_length_suffices_the_floor_and_what_was_measured_come_before_the_weak_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--task", "dyck1", "--pe", "nope"]) == 0
    (line,) = [each for each in capsys.readouterr().out.splitlines() if each.startswith("  length")]
    places = [line.index(each) for each in ("coverage floor 1", "measured: ", "Footnote: at least 4")]
    assert places == sorted(places)
    assert main(["--task", "dyck1", "--pe", "nope", "--json"]) == 0
    length = json.loads(capsys.readouterr().out)["sufficient_training_length"]
    assert (length["kind"], length["value"], length["measured"]["value"]) == ("lower bound", 4, 50)
    assert main(["--task", "sort", "--pe", "nope", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sufficient_training_length"]["measured"] is None


def test_an_error_that_nobody_foresaw_is_a_defect_and_no_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("too many values to unpack")

    monkeypatch.setattr(AskedSubject, "predictions", fail)
    assert main(["--regex", "(ab)*"]) == 70
    assert "This is a defect of crasp-bench" in capsys.readouterr().err
