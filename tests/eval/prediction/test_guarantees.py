"""Which theorem applies under which assumptions, in the paper's own cases; and the command that says so."""

import json

import pytest

from eval.commands.predict import main
from eval.prediction.guarantees import THEOREMS
from tasks.ground.console import RefusedError
from train.teaching.architectures.architecture import KINDS


def found(capsys: pytest.CaptureFixture[str], kind: str, assume: str = "") -> dict:
    assert main(["--architecture", kind, "--assume", assume, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("kind", "assume", "theorem", "length"),
    [
        ("deepset", "single-layer", "4", 1),
        ("deepset", "diffeo,states", "5", 2),
        ("deepset", "diffeo,full", None, None),
        ("deepset", "single-layer,mean", None, None),
        ("deepset", "single-layer,released", None, None),
        ("deepset", "thought,states", "18", 1),
        ("sigmoid", "single-layer", "6", 2),
        ("linear", "single-layer,length=2", "6", 2),
        ("sigmoid", "single-layer,sum", None, None),
        ("sigmoid", "earlier,diffeo,states", "7", 3),
        ("sigmoid", "single-layer,reach=5", "13", 5),
        ("sigmoid", "earlier,diffeo,states,reach=5", "14", 5),
        ("ssm", "diffeo,full", "8", 2),
        ("ssm", "single-layer,full", "8", 2),
        ("ssm", "diffeo,cube", None, None),
        ("ssm", "diffeo,full,not-square", None, None),
        ("ssm", "full,thought", "19", 2),
        ("ssm", "full,thought,not-square", None, None),
        ("ssm", "full,thought,not-square,fills=2", "19", 3),
        ("ssm", "cube,thought,not-square,fills=2", None, None),
        ("ssm", "diffeo,full,not-square,fills=2", None, None),
        ("rnn", "single-layer,full,thought,not-square,fills=3", "20", 4),
        ("rnn", "diffeo,full,thought,not-square,fills=3", None, None),
        ("rnn", "single-layer", "9", 2),
        ("rnn", "single-layer,finite", "17", 2),
        ("rnn", "single-layer,finite,not-square", None, None),
        ("rnn", "diffeo", None, None),
        ("rnn", "single-layer,full,thought", "9", 2),
        ("softmax", "single-layer,full", None, None),
    ],
)
def test_the_theorem_is_the_one_whose_assumptions_hold(
    kind: str, assume: str, theorem: str | None, length: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    record = found(capsys, kind, assume)
    assert record["theorem"] == theorem
    assert record["sufficient_training_length"]["value"] == length
    assert record["verdict"] == ("unknown" if theorem is None else "generalizes")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_guaranteed_of_a_teacher_that_no_student_can_be(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = found(capsys, kind, "single-layer,states,not-realisable,thought,bounded,finite-class")
    assert (record["verdict"], record["theorem"]) == ("unknown", None)
    assert all("the teacher is one of the students" in each["assumptions"] for each in record["missing"])


def test_a_training_length_below_the_theorems_loses_the_guarantee(capsys: pytest.CaptureFixture[str]) -> None:
    record = found(capsys, "rnn", "single-layer,length=1")
    assert record["verdict"] == "unknown"
    assert "needs training lengths to 2; they end at 1" in record["because"]
    record = found(capsys, "ssm", "full,thought,not-square,fills=2,length=2")
    assert record["verdict"] == "unknown"
    assert "Theorem 19 needs training lengths to 3; they end at 2" in record["because"]
    record = found(capsys, "sigmoid", "single-layer,reach=12,length=10")
    assert "needs training lengths to 12; they end at 10" in record["because"]


@pytest.mark.parametrize(("assume", "theorem"), [("bounded", "12"), ("finite-class", "10")])
def test_a_bounded_class_has_some_length_that_is_not_known(
    assume: str, theorem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = found(capsys, "softmax", assume)
    assert (record["verdict"], record["theorem"]) == ("unknown", theorem)
    assert record["sufficient_training_length"] == {
        "kind": "none known",
        "value": None,
        "because": record["because"],
    }
    assert "which one is not known" in record["because"]


def test_the_reason_names_what_the_nearest_theorem_misses(capsys: pytest.CaptureFixture[str]) -> None:
    record = found(capsys, "ssm", "diffeo")
    assert "Theorem 8 would need: the tokens have the support R^n." in record["because"]
    missing = {each["theorem"]: each["assumptions"] for each in record["missing"]}
    assert missing["8"] == ["the tokens have the support R^n"]
    assert set(missing) == {"8", "19", "10", "12"}
    record = found(capsys, "ssm", "diffeo,length=1")
    assert "Theorem 8 would need: the tokens have the support R^n; training lengths to 2." in record["because"]


def test_only_theorem_14_of_the_first_ones_says_nothing_of_composition() -> None:
    without = {each.number for each in THEOREMS if not each.composition}
    assert without == {"10", "12", "14", "18", "19", "20"}


def test_people_read_the_verdict_the_reason_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--architecture", "deepset", "--assume", "single-layer"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("deepset: generalizes (theorem)\n")
    assert "Theorem 5 needs also: the hidden representations have all of their space as support" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--architecture", "gru"], "--architecture: expected one of deepset, softmax"),
        (["--architecture", "ssm", "--assume", "cube,full"], "cube and full: expected one of them"),
        (["--architecture", "ssm", "--assume", "nice"], "--assume: expected some of single-layer"),
        (["--architecture", "ssm", "--assume", "length=0"], "with N >= 1, found 'length=0'"),
        (["--architecture", "ssm", "--assume", "mean"], "ssm has sum, found mean"),
        (["--architecture", "rnn", "--assume", "reach=3"], "reach is of attention, not of rnn"),
        (["--architecture", "ssm", "--assume", "full,fills=2"], "whose maps are not-square"),
        (["--architecture", "deepset", "--assume", "not-square,fills=2"], "fills is of a recurrence"),
        (["--architecture", "rnn", "--task", "dyck1"], "expected one of --task"),
        (["--architecture", "rnn", "--pe", "ape"], "do not go with --architecture"),
        (["--task", "dyck1", "--assume", "cube"], "--assume goes with --architecture"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_refusals_are_of_the_kind_that_commands_end_with() -> None:
    from eval.prediction.architecture_prediction import predict_architecture

    with pytest.raises(RefusedError):
        predict_architecture("ssm", "length=-1")
