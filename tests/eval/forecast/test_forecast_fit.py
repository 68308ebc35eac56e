"""The forecast's model is fitted to runs whose law is known, and says what it is worth on languages left out."""

import json
import math

import numpy as np
import pytest

from eval.forecast.encoding_kinds import EncodingKind
from eval.forecast.fitted_reach import TIMES, FittedReach, FittedRuns, fitted_reaches
from eval.forecast.forecast_fit import fit_cells, likeness, share_points
from eval.forecast.forecast_model import ForecastModel, model_from_json, passed, times_past, write_forecast
from eval.forecast.forecast_quality import fit_model, quality_lines
from eval.forecast.rungs import rung_of
from eval.prediction.task_ladder import ladder_of_task
from tasks.registry import get_task
from tasks.task import Encoding
from tests.eval.synthetic import counted
from train.model.recommended import Choices, recommended

INTERCEPT, SLOPE = 3.0, -4.5

# Shares of right runs of 65 plain languages at 2, 3, ... 10 times the training length, as published.
PUBLISHED = (0.90, 0.76, 0.62, 0.54, 0.49, 0.45, 0.42, 0.40, 0.37)


def plain_runs(languages: int, seeds: int, rng: np.random.Generator, *, together: bool) -> list[FittedReach]:
    """Runs whose horizon has the logistic law above; the runs of a language are all alike where they are `together`."""
    found = []
    for language in range(languages):
        drawn = np.repeat(rng.random(), seeds) if together else rng.random(seeds)
        for chance in drawn:
            times = times_past((math.log(chance / (1 - chance)) - INTERCEPT) / SLOPE)
            found.append(FittedReach(f"plain{language}", "plain", "nope", 50, times, 10))
    return found


def failing_runs(languages: int, seeds: int, pe: Encoding = "nope") -> list[FittedReach]:
    names = [f"periodic{k}" for k in range(languages)]
    return [FittedReach(name, "periodic", pe, 50, 1.0, 10.0) for name in names for _ in range(seeds)]


@pytest.fixture(scope="module")
def fitted() -> ForecastModel:
    rng = np.random.default_rng(1)
    runs = plain_runs(20, 6, rng, together=False) + failing_runs(8, 3)
    return fit_model(FittedRuns(tuple(runs), 5, 0, 0), ["made up"], draws=20)


def test_the_law_that_the_runs_were_drawn_by_is_found_again(fitted: ForecastModel) -> None:
    plain = fitted.cell("plain", "nope")
    assert plain is not None
    for times in (2, 4, 8):
        truth = 1 / (1 + math.exp(-(INTERCEPT + SLOPE * passed(times))))
        low, high = plain.interval(times)
        assert abs(plain.probability(times) - truth) < 0.1
        assert low < plain.probability(times) < high
    periodic = fitted.cell("periodic", "nope")
    assert periodic is not None
    assert periodic.probability(2) < 0.1
    assert [count.right for count in periodic.counts] == [0] * len(TIMES)


def test_the_published_shares_are_a_line_in_what_the_curves_go_by_and_none_in_the_logarithm() -> None:
    odds = np.log(np.array(PUBLISHED) / (1 - np.array(PUBLISHED)))
    times = range(2, 11)
    gaps = []
    for x in ([passed(each) for each in times], [math.log2(each) for each in times]):
        line = np.polynomial.Polynomial.fit(x, odds, 1)(np.array(x))
        gaps.append(float(np.abs(1 / (1 + np.exp(-line)) - PUBLISHED).max()))
    assert gaps[0] < 0.0125
    assert gaps[1] > 0.05


def test_the_multiple_at_a_distance_is_the_one_that_has_it() -> None:
    for times in (1.0, 1.25, 2.0, 10.0, 1e6):
        assert times_past(passed(times)) == pytest.approx(times)
    assert times_past(-0.5) == 1
    assert times_past(1.0) == times_past(3.0) == 2.0**60


def test_family_and_length_do_better_than_either_alone_on_languages_left_out(fitted: ForecastModel) -> None:
    row = fitted.quality["NoPE and APE"]
    both = row["family and length"]
    for less in ("length alone", "family alone"):
        assert both["AUROC"] > row[less]["AUROC"]
        assert both["Brier"] < row[less]["Brier"]
    assert row["languages"] == 28
    assert max(abs(part["said"] - part["seen"]) for part in fitted.quality["calibration"]) < 0.15
    assert any("gain over length alone" in line for line in quality_lines(fitted))


def test_no_rule_learns_from_labels_that_nothing_tells(fitted: ForecastModel) -> None:
    rng = np.random.default_rng(2)
    runs = [
        FittedReach(f"l{k}", str(rng.choice(["plain", "periodic"])), "nope", 50, float(rng.choice([1.0, 10.0])), 10.0)
        for k in range(40)
    ]
    scores = fit_model(FittedRuns(tuple(runs), 0, 0, 0), [], draws=20).quality["NoPE and APE"]["family and length"]
    assert scores["AUROC"] < 0.62 < fitted.quality["NoPE and APE"]["family and length"]["AUROC"]


def test_several_runs_help_less_where_the_runs_of_a_language_are_alike(fitted: ForecastModel) -> None:
    rng = np.random.default_rng(3)
    for together, between in ((True, (0.8, 1.0)), (False, (0.0, 0.2))):
        points = share_points(plain_runs(60, 5, rng, together=together))
        logits = INTERCEPT + SLOPE * np.array([passed(each.times) for each in points])
        assert between[0] <= likeness(points, 1 / (1 + np.exp(-logits))) <= between[1]
    assert 0.5 < fitted.any_of(3, 0.5) <= 1 - 0.5**3 + 1e-9
    assert fitted.any_of(3, 0.5) < fitted.any_of(5, 0.5)
    assert fitted.any_of(1, 0.3) == pytest.approx(0.3)


def test_a_rung_without_runs_has_a_wider_interval_than_one_with_many(fitted: ForecastModel) -> None:
    plain, local = fitted.cell("plain", "nope"), fitted.cell("local", "nope")
    assert plain is not None
    assert local is not None
    assert local.counts == ()
    assert local.variance[0] > 3 * plain.variance[0]
    assert fitted.cell("plain", "ape") is None  # no run of the encoding


def test_the_file_is_read_back_as_it_was_written_and_is_a_page(fitted: ForecastModel) -> None:
    text = write_forecast(fitted)
    assert model_from_json(json.loads(text)) == fitted
    assert len(text.splitlines()) < 60
    again = [fit_model(FittedRuns((*failing_runs(3, 2), *RIGHT), 0, 0, 0), [], draws=5) for _ in range(2)]
    assert write_forecast(again[0]) == write_forecast(again[1])


RIGHT = [FittedReach(f"right{k}", "plain", "nope", 50, 10.0, 10.0) for k in range(3)]


@pytest.mark.parametrize("runs", [[], RIGHT[:1], RIGHT], ids=["none", "one language", "all right"])
def test_too_few_runs_are_refused(runs: list[FittedReach]) -> None:
    with pytest.raises(ValueError, match="a forecast needs"):
        fit_model(FittedRuns(tuple(runs), 0, 0, 0), [], draws=20)


def test_curves_fall_even_where_the_runs_do_not() -> None:
    runs = [FittedReach(f"l{k}", "plain", "nope", 50, 10.0, 10.0) for k in range(5)]
    runs += [FittedReach(f"l{k}", "plain", "nope", 50, 1.0, 2.0) for k in range(5)]  # wrong at twice, right farther on
    assert all(cell.slope < 0 for cell in fit_cells(runs, draws=20))


def test_a_run_says_nothing_of_lengths_that_its_positions_do_not_reach() -> None:
    ape = recommended("d_2", "ape", Choices(layers=1, heads=1, width=16))
    nope = recommended("d_2", "nope", Choices(layers=1, heads=1, width=16))
    shares = (1.0, 1.0, 1.0)
    results = [
        counted(ape, 0, shares, (150, 150)),  # right as far as there are positions
        counted(ape, 1, shares, (90, 100)),
        counted(nope, 0, shares, (150, 200)),
        counted(nope, 1, (0.5, 0.1, 0.1)),
        counted(nope, 2, shares, None),
    ]
    found = fitted_reaches(results)
    assert (len(found.runs), found.not_fitted, found.no_horizon) == (3, 1, 1)
    assert [run.at(3) for run in found.runs] == [True, False, True]
    assert [run.at(4) for run in found.runs] == [None, None, False]
    assert [run.at(1.5) for run in found.runs] == [True, True, True]


@pytest.mark.parametrize(
    ("task", "rung"),
    [("dyck1", "plain"), ("tomita4", "local"), ("abab_star", "periodic"), ("parity", "none"), ("copy_repeat", "none")],
)
def test_a_task_is_on_the_rung_of_its_smallest_family(task: str, rung: str) -> None:
    assert rung_of(ladder_of_task(get_task(task))) == rung


def test_what_is_asked_of_the_forecast_is_asked_of_runs_without_positions_and_with_ape_alone() -> None:
    rng = np.random.default_rng(0)

    def reach(name: str, kind: EncodingKind, length: int) -> FittedReach:
        return FittedReach(name, "plain", kind, length, float(rng.uniform(1, 12)), 10.0, float(rng.uniform(0.2, 0.9)))

    main = [reach(f"l{k}", "nope", 50) for k in range(6) for _ in range(3)]
    other = [reach(f"m{k}", "rope", 12) for k in range(4) for _ in range(3)]
    alone, both = (fit_model(FittedRuns(tuple(runs), 0, 0, 0), [], draws=5) for runs in (main, main + other))
    assert both.quality["NoPE and APE"]["languages"] == alone.quality["NoPE and APE"]["languages"] == 6
    assert both.quality["other encodings"]["languages"] == 4
    assert sum(part["points"] for part in both.quality["calibration"]) == both.quality["NoPE and APE"]["points"]
    assert both.quality["one measured range"]["later"]["languages"] == 6
    assert both.quality["horizon error, log2"]["length alone"] is not None
    assert both.cell("plain", "rope") is not None
    assert alone.cell("plain", "rope") is None
    assert both.training["train lengths"] == {"nope": [50], "rope": [12]}
