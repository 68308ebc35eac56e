"""Which theorem applies under which assumptions, in the paper's own cases; and the command that says so."""

import json

import pytest

from eval.commands.predict import main
from eval.prediction.architectures.theorems import THEOREMS
from tasks.ground.console import RefusedError
from train.teaching.architectures.architecture import KINDS


def found(capsys: pytest.CaptureFixture[str], kind: str, assume: str = "") -> dict:
    assert main(["--architecture", kind, "--assume", assume, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("kind", "assume", "theorem", "length"),
    [
        ("deepset", "single-layer", "4", 2),
        ("deepset", "single-layer,no-bias", "4", 1),
        ("deepset", "single-layer,no-bias,band=0.1", "4", 2),
        ("deepset", "diffeo,states", "5", 2),
        ("deepset", "diffeo,full", None, None),
        ("deepset", "single-layer,mean", None, None),
        ("deepset", "single-layer,released", None, None),
        ("deepset", "thought,states", "18", 1),
        ("sigmoid", "single-layer", "6", 2),
        ("linear", "single-layer,length=2", "6", 2),
        ("sigmoid", "single-layer,sum", None, None),
        ("sigmoid", "earlier,diffeo,states", "7", 3),
        ("sigmoid", "single-layer,band", "6", 3),
        ("sigmoid", "single-layer,band=0.05", "6", 4),
        ("sigmoid", "single-layer,band=1", "6", 2),
        ("sigmoid", "single-layer,reach=5", "13", 6),
        ("sigmoid", "single-layer,no-bias,reach=5", "13", 5),
        ("sigmoid", "earlier,diffeo,states,reach=5", "14", 6),
        ("sigmoid", "earlier,diffeo,states,zeros,reach=5", "14", 5),
        ("sigmoid", "earlier,diffeo,states,reach=2", "14", 3),
        ("sigmoid", "earlier,diffeo,cube,reach=5", None, None),
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
        ("rnn", "single-layer,thought,not-square,fills=1", "20", 2),
        ("rnn", "single-layer,thought,not-square", None, None),
        ("rnn", "single-layer,thought,not-square,finite,fills=3", "20", 4),
        ("ssm", "single-layer,thought,not-square,fills=2", "19", 3),
        ("rnn", "single-layer", "9", 2),
        ("rnn", "single-layer,band=0.05", "9", 2),
        ("rnn", "single-layer,finite", None, None),
        ("rnn", "single-layer,finite,no-bias", "17", 2),
        ("rnn", "single-layer,grid", "17", 2),
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
    assert "needs training lengths to 2, but they end at 1" in record["because"]
    record = found(capsys, "ssm", "full,thought,not-square,fills=2,length=2")
    assert record["verdict"] == "unknown"
    assert "Theorem 19 needs training lengths to 3, but they end at 2" in record["because"]
    record = found(capsys, "sigmoid", "single-layer,no-bias,reach=12,length=10")
    assert "needs training lengths to 12, but they end at 10" in record["because"]
    for kind, assume in (
        ("deepset", "single-layer,length=1"),
        ("sigmoid", "earlier,diffeo,states,reach=3,length=3"),
        ("sigmoid", "single-layer,band,length=2"),
        ("sigmoid", "single-layer,reach=3,length=3"),
    ):
        record = found(capsys, kind, assume)
        assert (record["verdict"], record["composition"]) == ("unknown", False)
        assert "needs training lengths to" in record["because"]


def test_the_reason_says_where_the_length_is_not_the_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no bias in the output map" in found(capsys, "deepset", "single-layer")["because"]
    assert "paper" not in found(capsys, "deepset", "single-layer,no-bias")["because"]
    assert "for each x every map psi_d" in found(capsys, "sigmoid", "earlier,diffeo,states,reach=3")["because"]
    assert "psi_d" not in found(capsys, "sigmoid", "earlier,diffeo,states,reach=3,zeros")["because"]


def test_the_rank_condition_is_computed_from_drawn_data(capsys: pytest.CaptureFixture[str]) -> None:
    record = found(capsys, "rnn", "single-layer,thought,cube,inputs=10,states=20")
    assert (record["theorem"], record["sufficient_training_length"]["value"]) == ("20", 2)
    assert (record["drawn_rank"]["rank"], record["drawn_rank"]["needed"]) == (30, 30)
    assert record["assumed"]["fills"] == 1
    # Without a sigmoid two tokens are needed to reach all of twenty states.
    record = found(capsys, "ssm", "thought,full,inputs=10,states=20")
    assert (record["theorem"], record["sufficient_training_length"]["value"]) == ("19", 3)
    assert found(capsys, "ssm", "diffeo,full,inputs=6,states=6")["theorem"] == "8"
    assert found(capsys, "ssm", "diffeo,full,inputs=6,states=6,not-square")["theorem"] is None
    assert main(["--architecture", "rnn", "--assume", "single-layer,thought,inputs=10,states=20"]) == 0
    assert "rank 30 of 30" in capsys.readouterr().out


def test_theorem_12_says_that_it_is_approximate_with_its_constants(capsys: pytest.CaptureFixture[str]) -> None:
    record = found(capsys, "rnn", "bounded")
    for part in ("For every epsilon", "constrained learner", "does not say that any student is exact"):
        assert part in record["because"]
    assert record["cover"] is None
    record = found(capsys, "rnn", "bounded,epsilon=0.1,lipschitz=2,radius=1,parameters=40")
    assert record["cover"]["mesh"] == pytest.approx(0.05)
    assert record["cover"]["log10"] == pytest.approx(40 * 1.612784, rel=1e-6)
    assert "mesh is 0.05" in record["because"]


@pytest.mark.parametrize("assume", ["bounded", "finite-class", "bounded,finite-class,not-realisable"])
def test_a_bound_that_is_assumed_is_not_asked_for(assume: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Without a bound" not in found(capsys, "softmax", assume)["because"]
    assert "Without a bound" in found(capsys, "softmax")["because"]


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
    assert "is not known" in record["because"]


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
        (["--architecture", "ssm", "--assume", "cube,full"], "cube and full: expected only one of them"),
        (["--architecture", "ssm", "--assume", "nice"], "--assume: expected some of single-layer"),
        (["--architecture", "ssm", "--assume", "length=0"], "with X > 0, found 'length=0'"),
        (["--architecture", "ssm", "--assume", "mean"], "ssm has sum, found mean"),
        (["--architecture", "rnn", "--assume", "reach=3"], "reach goes with attention, not with rnn"),
        (["--architecture", "ssm", "--assume", "full,fills=2"], "whose maps are not-square"),
        (["--architecture", "deepset", "--assume", "not-square,fills=2"], "fills goes with a recurrence"),
        (["--architecture", "deepset", "--assume", "inputs=2,states=3"], "for a recurrence (ssm, rnn)"),
        (["--architecture", "rnn", "--assume", "inputs=2"], "go together"),
        (["--architecture", "rnn", "--assume", "inputs=2,states=3,square"], "say whether maps are square"),
        (["--architecture", "rnn", "--assume", "inputs=2,states=3,finite"], "no data is drawn of the support finite"),
        (["--architecture", "rnn", "--assume", "inputs=3000,states=3000"], "expected at most 10,000,000"),
        (["--architecture", "rnn", "--assume", "inputs=1000,states=1000"], "too many to draw data of"),
        (["--architecture", "sigmoid", "--assume", "earlier,reach=1"], "sees nothing"),
        (["--architecture", "sigmoid", "--assume", "earlier,zeros"], "expected reach=T_max"),
        (["--architecture", "sigmoid", "--assume", "band,band=1"], "band and band=1: expected only one of them"),
        (["--architecture", "sigmoid", "--assume", "band=0.01"], "expected at least 0.05"),
        (["--architecture", "sigmoid", "--assume", "band=."], "with X > 0, found 'band=.'"),
        (["--architecture", "rnn", "--assume", "epsilon=1"], "goes with bounded and all of"),
        (["--architecture", "rnn", "--assume", "bounded,epsilon=1e-99"], "goes with bounded and all of"),
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
    from eval.prediction.architectures.architecture_prediction import predict_architecture

    with pytest.raises(RefusedError):
        predict_architecture("ssm", "length=-1")


def test_of_several_blocks_theorems_10_and_12_alone_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, assume in (
        ("deepset", "single-layer"),
        ("deepset", "thought,states"),
        ("sigmoid", "single-layer"),
        ("sigmoid", "earlier,diffeo,states,reach=5"),
        ("ssm", "diffeo,full"),
        ("rnn", "single-layer"),
        ("rnn", "single-layer,thought,not-square,fills=1"),
    ):
        assert found(capsys, kind, assume)["verdict"] == "generalizes"
        several = found(capsys, kind, f"{assume},blocks=2")
        assert (several["verdict"], several["theorem"]) == ("unknown", None)
        assert all("the model is a single block" in each["assumptions"] for each in several["missing"][:-2])
    assert found(capsys, "sigmoid", "single-layer,blocks=3,finite-class")["theorem"] == "10"
    averages = found(capsys, "sigmoid", "single-layer,blocks=3,bounded")
    assert averages["theorem"] == "12"
    assert "Averages over the positions satisfy Assumption 11, also with several blocks." in averages["because"]
    assert "does not show Assumption 11" in found(capsys, "deepset", "any-capacity,bounded,blocks=2")["because"]
    assert "the transition contracts" in found(capsys, "rnn", "any-capacity,bounded,blocks=2")["because"]
    assert main(["--architecture", "rnn", "--assume", "inputs=3,states=4,blocks=2"]) == 2
    assert "for a recurrence (ssm, rnn) of one block" in capsys.readouterr().err
