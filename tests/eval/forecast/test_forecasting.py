"""The forecast beside a prediction: what it says, what it rests on, and what is refused."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from eval import predict
from eval.commands.predict import main
from eval.encodings.length_forecast import Forecast, forecast_lines
from eval.forecast.forecast_model import CountAt, ForecastCell, ForecastModel, MeasuredCurve, read_forecast
from eval.forecast.forecast_question import ForecastQuestion, MeasuredModel, forecast_question
from eval.forecast.forecasting import MODEL, with_forecast
from eval.prediction.prediction import Prediction
from tasks.ground.console import RefusedError

FEW = (CountAt(1.25, 4, 2, 4), CountAt(3.0, 4, 2, 1))
MANY = (CountAt(1.25, 40, 9, 40), CountAt(3.0, 40, 9, 30), CountAt(10.0, 40, 9, 10))


def model(*counts: CountAt) -> ForecastModel:
    """One curve, half at four times the training length."""
    cell = ForecastCell("plain", "nope", 3.0, -4.0, (0.1, 0.0, 0.1), counts)
    return ForecastModel("1.made-up", 0.5, (cell,), {"train lengths": {"nope": [12, 50]}}, {})


@pytest.fixture(scope="module")
def plain() -> Prediction:
    return predict("d_2", pe="nope")


def test_the_shipped_model_can_be_read_and_beats_length_alone() -> None:
    shipped = read_forecast(MODEL)
    row = shipped.quality["NoPE and APE"]
    assert row["family and length"]["AUROC"] > row["length alone"]["AUROC"]
    assert row["family and length"]["Brier"] < row["length alone"]["Brier"]
    assert shipped.training["runs"] >= 148
    assert {(cell.rung, cell.pe) for cell in shipped.cells} >= {("plain", "nope"), ("none", "ape")}


def test_the_json_has_the_fields_that_scripts_read(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--task", "d_2", "--pe", "nope", "--train-length", "50", "--test-length", "500,150", "--json"]
    assert main(arguments) == 0
    record = json.loads(capsys.readouterr().out)
    near, far = record["forecast"]
    fields = {"length", "single", "any_of_3", "any_of_5", "low", "high", "runs", "languages"}
    assert fields <= set(near)
    assert (near["length"], far["length"]) == (150, 500)
    assert 0 < far["single"] < near["single"] < near["any_of_3"] < near["any_of_5"] < 1
    assert near["low"] < near["single"] < near["high"]
    assert near["runs"] >= 31
    assert record["horizon"]["low"] < record["horizon"]["median"] <= record["horizon"]["high"]
    assert record["forecast_basis"]["version"] == read_forecast(MODEL).version


def test_past_the_measured_lengths_an_accuracy_changes_the_odds_as_at_the_last_of_them(plain: Prediction) -> None:
    short = (CountAt(1.25, 40, 9, 40), CountAt(3.0, 40, 9, 30))
    steep = MeasuredCurve("plain", "nope", 2.0, -9.0, 2.0, (0.1, 0.0, 0.1, 0.0, 0.0, 0.0))  # its slope falls faster
    made = replace(model(*short), measured=(steep,))
    measured = MeasuredModel("M", "nope", 50, (51, 100), 2000, 2000)
    found = with_forecast(plain, ForecastQuestion(50, (100, 150, 151, 500, 5000), measured), made).forecast
    assert found is not None

    def odds(chance: float | None) -> float:
        assert chance is not None
        return math.log(chance / (1 - chance))

    changes = [odds(each.single) - odds(each.without) for each in found.lengths]
    assert changes[0] > changes[1] > 0
    assert changes[1:] == pytest.approx([changes[1]] * 4, abs=1e-9)


def test_without_lengths_nothing_is_forecast(plain: Prediction) -> None:
    assert plain.forecast is None
    assert plain.record()["forecast"] is None


def test_a_plain_language_has_a_falling_curve_and_no_promise(plain: Prediction) -> None:
    lengths = (60, 100, 150, 300, 500)
    found = with_forecast(plain, ForecastQuestion(50, lengths), model(*MANY)).forecast
    assert found is not None
    assert all(a.single > b.single for a, b in pairwise(found.lengths) if a.single is not None and b.single is not None)
    assert any("promises nothing" in note for note in found.notes)
    assert not any("fewer than" in note or "extrapolated" in note for note in found.notes)
    assert (found.horizon.median, found.horizon.censored_at) == (200, 500)
    text = "\n".join(forecast_lines(found))
    assert (
        "at 3 times their training length, 75% of 40 runs of 9 languages of this rung and encoding were right" in text
    )


def test_a_run_that_fits_is_right_at_its_training_length_by_what_fitting_means(plain: Prediction) -> None:
    found = with_forecast(plain, ForecastQuestion(50, (50, 51)), model(*MANY)).forecast
    assert found is not None
    here, past = found.lengths
    assert (here.single, here.low, here.high, here.any_of_3, here.runs) == (1.0, 1.0, 1.0, 1.0, 0)
    assert past.single is not None
    assert past.single < 1
    (line,) = [line for line in forecast_lines(found) if line.startswith("    to 50 ")]
    assert line.endswith("one run 100%, by what fitting means")


def test_what_rests_on_few_runs_or_on_none_says_so(plain: Prediction) -> None:
    few = with_forecast(plain, ForecastQuestion(50, (150, 500)), model(*FEW)).forecast
    assert few is not None
    assert any("4 runs of 2 languages" in note and "fewer than 20" in note for note in few.notes)
    assert any("the forecast for 500 is extrapolated" in note for note in few.notes)
    assert [each.runs for each in few.lengths] == [4, 0]
    assert few.horizon.censored_at == few.horizon.median == 150  # half is past what was measured
    none = with_forecast(plain, ForecastQuestion(50, (150,)), model()).forecast
    assert none is not None
    assert any("No run of this rung and encoding" in note for note in none.notes)
    long = with_forecast(plain, ForecastQuestion(400, (800,)), model(*MANY)).forecast
    assert long is not None
    assert any("training length 400 is extrapolated" in note for note in long.notes)


def test_where_no_run_of_the_rung_was_measured_the_horizon_ends_where_the_others_were() -> None:
    plain, both = (
        ForecastCell(rung, "nope", 3.0, -3.0, (0.1, 0.0, 0.1), counts)
        for rung, counts in (("plain", MANY), ("periodic_local", ()))
    )
    made = ForecastModel("1.made-up", 0.5, (plain, both), {"train lengths": {"nope": [12, 50]}}, {})
    found = with_forecast(predict(regex="((a|b)(a|b))*a(a|b)", pe="nope"), ForecastQuestion(50, (150,)), made).forecast
    assert found is not None
    assert (found.rung, found.horizon.high, found.horizon.censored_at) == ("periodic_local", 500, 500)


@pytest.mark.parametrize("pe", ["rope:base=500", "alibi:slopes=0,1", "sinusoidal:base=500"])
def test_an_encoding_without_runs_has_null_and_why(pe: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "(ab)*", "--pe", pe, "--test-length", "150", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["forecast"][0]["single"] is None
    assert record["horizon"]["median"] is None
    assert "Nothing is forecast: the forecast is not learnt from any run with" in record["forecast_basis"]["notes"][0]


def one_curve(rung: str, kind: str) -> ForecastModel:
    cell = ForecastCell(rung, kind, 3.0, -4.0, (0.1, 0.0, 0.1), MANY)
    return ForecastModel("1.made-up", 0.5, (cell,), {"train lengths": {kind: [12]}}, {})


def under_scheme(regex: str, pe: str, made: ForecastModel) -> Forecast:
    given = predict(regex=regex, pe=pe)
    found = with_forecast(given, ForecastQuestion(12, (36,)), made).forecast
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("regex", "pe", "rung", "kind"),
    [
        ("(ab)*", "rope", "plain", "rope"),
        ("(ab)*", "alibi", "plain", "alibi"),
        ("(ab)*", "alibi:heads=4", "plain", "alibi"),
        ("(aa)*", "rope:modulus=12", "periodic", "rope:modulus"),
        ("(aa)*", "sinusoidal:modulus=4", "periodic", "sinusoidal:modulus"),
        ("(aa)*", "sinusoidal", "periodic", "sinusoidal"),
        ("(a|b)*a(a|b)", "randomized", "local", "randomized"),
        ("b*(ab*ab*)*", "rope", "none", "rope"),
    ],
)
def test_other_encodings_have_the_forecast_of_their_own_runs(regex: str, pe: str, rung: str, kind: str) -> None:
    found = under_scheme(regex, pe, one_curve(rung, kind))
    assert found.lengths[0].single == pytest.approx(1 / (1 + math.exp(-(3 - 4 * (1 - 1 / 3)))))
    assert (found.rung, found.lengths[0].runs) == (rung, 40)
    assert under_scheme(regex, pe, one_curve(rung, "ape")).lengths[0].single is None


def test_angles_that_do_not_tell_the_residues_have_no_forecast_from_angles_that_do() -> None:
    found = under_scheme("(aaa)*", "rope:modulus=4", one_curve("periodic", "rope:modulus"))
    assert found.lengths[0].single is None
    assert "do not tell the residues" in found.notes[0]


def test_a_language_that_the_encoding_is_not_known_to_carry_has_a_note_that_says_so() -> None:
    beyond = under_scheme("(aa)*", "rope", one_curve("periodic", "rope"))
    assert any("It is not known that a model with RoPE" in note for note in beyond.notes)
    within = under_scheme("(ab)*", "rope", one_curve("plain", "rope"))
    assert not any("It is not known that" in note or "theorem" in note for note in within.notes)


def test_where_no_family_is_known_nothing_is_forecast(plain: Prediction) -> None:
    from dataclasses import replace

    unknown = with_forecast(replace(plain, ladder=None), ForecastQuestion(50, (150,)), model(*MANY)).forecast
    assert unknown is not None
    assert unknown.lengths[0].single is None
    assert "needs to know which families have a program" in unknown.notes[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--regex", "(ab)*", "--test-length", "20"], "20 is below the training length 50"),
        (["--regex", "(ab)*", "--train-length", "90", "--test-length", "100,80"], "80 is below the training length 90"),
        (["--regex", "(ab)*", "--test-length", "150,x"], "found 'x'"),
        (["--regex", "(ab)*", "--test-length", ""], "expected whole numbers"),
        (["--regex", "(ab)*", "--train-length", "0"], "found 0"),
        (["--regex", "(ab)*", "--train-length", "-5"], "found -5"),
        (["--regex", "a*", "--train-length", "50"], "every word over its alphabet"),
        (["--regex", "a", "--and", "b", "--train-length", "50"], "no word at all"),
        (
            ["--regex", "(a|b)*abb", "--target", "next", "--train-length", "50"],
            "the same letters may follow every word",
        ),
        (["--regex", "(aaaaa)*", "--pe", "ape", "--train-length", "4"], "below the coverage floor 5"),
        (
            ["--regex", "(a|b)*abb", "--accept", "last", "--pe", "ape", "--train-length", "2"],
            "below the coverage floor",
        ),
        (["--regex", "(ab)*", "--pe", "randomized:largest=100", "--test-length", "100"], "no positions for words of"),
        (["--all", "--train-length", "50"], "not with --all"),
        (["--architecture", "ssm", "--train-length", "50"], "do not go with --architecture"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_has_a_message_of_its_own_and_prints_nothing(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_the_library_forecasts_as_the_command_does() -> None:
    found = predict(regex="(ab)*", pe="nope", train_length=50, test_length=[150, 500]).forecast
    assert found is not None
    assert [each.length for each in found.lengths] == [150, 500]
    with pytest.raises(RefusedError, match="test_length: 20 is below"):
        predict("d_2", train_length=50, test_length=20)
    with pytest.raises(RefusedError, match="every word"):
        predict(regex="a*", train_length=50)


def test_lengths_that_are_left_out_are_three_and_ten_times_the_training_length() -> None:
    assert forecast_question(None, None) is None
    assert forecast_question(20, None) == ForecastQuestion(20, (60, 200))
    assert forecast_question(None, "150, 150,60") == ForecastQuestion(50, (60, 150))
    assert forecast_question(50, 50) == ForecastQuestion(50, (50,))


@pytest.mark.parametrize(("regex", "said"), [("(aa)*", True), ("(ab)*", False)])
def test_a_language_that_needs_positions_is_said_to_where_there_are_none(regex: str, said: bool) -> None:
    found = predict(regex=regex, pe="nope", train_length=50).forecast
    assert found is not None
    assert any("NoPE has no positions" in note for note in found.notes) == said


@pytest.mark.parametrize(("accept", "said"), [("end", True), ("last", False)])
def test_a_forecast_at_the_end_marker_says_where_models_trained_here_answer(
    accept: str, said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--regex", "(a|b)*a", "--pe", "nope", "--accept", accept, "--train-length", "50", "--test-length", "150"]
    assert main(asked) == 0
    assert ("--accept last gives the forecast" in capsys.readouterr().out) == said


@pytest.mark.parametrize("given", [100.5, [100.5], math.nan, True, [True], ["100"], b"100", [None]])
def test_a_length_that_is_no_whole_number_is_refused(given: object) -> None:
    with pytest.raises(RefusedError, match="test_length: expected a whole number"):
        forecast_question(50, given)  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="train_length: expected a whole number"):
        forecast_question(given, None)  # type: ignore[arg-type]


def test_whole_numbers_of_other_types_are_lengths_like_any_int() -> None:
    asked = forecast_question(np.int64(50), np.array([150, 100]))  # type: ignore[arg-type]
    assert asked == ForecastQuestion(50, (100, 150))
    assert all(type(each) is int for each in (asked.train_length, *asked.test_lengths))
    assert forecast_question(50, np.int64(60)) == ForecastQuestion(50, (60,))  # type: ignore[arg-type]


def test_the_usual_test_lengths_are_within_the_longest() -> None:
    assert forecast_question(10**9, None) == ForecastQuestion(10**9, (10**9,))
    assert forecast_question(2 * 10**8, None) == ForecastQuestion(2 * 10**8, (6 * 10**8, 10**9))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"task": 5}, "task: expected a task or the name"), ({"regex": "(ab)*", "pe": None}, "pe: expected the name")],
    ids=str,
)
def test_a_task_or_an_encoding_of_another_type_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        predict(**arguments)


def test_an_alphabet_beside_a_task_is_refused_though_it_is_empty() -> None:
    with pytest.raises(RefusedError, match="every other subject has its own alphabet"):
        predict("dyck1", alphabet="")


@pytest.mark.parametrize("regex", ["((a|b)(a|b))*a(a|b)", "(a{9})*", "(a|b)*a(a|b)"])
def test_a_training_length_below_the_floor_is_refused_however_little_time_there_is(
    regex: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds in ("0", "0.001", "none"):
        asked = ["--regex", regex, "--pe", "ape", "--train-length", "1", "--test-length", "30"]
        assert main([*asked, "--witness-seconds", seconds]) == 2
        found = capsys.readouterr()
        assert found.out == ""
        assert "below the coverage floor" in found.err


def test_a_forecast_says_so_where_no_floor_is_known(plain: Prediction) -> None:
    assert plain.ladder is not None
    unknown = tuple(replace(rung, modulus=None, lookback=None) for rung in plain.ladder)
    question = ForecastQuestion(50, (150,))
    for given, said in ((plain, False), (replace(plain, ladder=unknown), True)):
        forecast = with_forecast(given, question, model(*MANY)).forecast
        assert forecast is not None
        assert any("coverage floor is not known" in note for note in forecast.notes) is said
