"""A forecast of one model goes by its accuracy just past training, and a model that does not fit is refused."""

import json
import math
import re
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from crasp.__main__ import main as crasp
from crasp.artifacts.directory import CERTIFICATE
from eval import predict
from eval.commands.predict import main
from eval.forecast.fitted_reach import FittedReach, FittedRuns
from eval.forecast.forecast_bars import bars_of, measured_quality, verdict_quality
from eval.forecast.forecast_model import ForecastModel, read_forecast
from eval.forecast.forecast_quality import fit_model, quality_lines
from eval.forecast.forecasting import MODEL
from eval.forecast.measured_model import _same_encoding
from tasks.ground.console import RefusedError

DYCK1 = "b4b4bba18a2bd641"  # NoPE, trained to 50, all words of 51-100 right
UNFIT = "cbd395a8693d0a1c"  # 012_star_0_2_star, 97.5% of 1-50


def runs_that_their_accuracy_tells(rng: np.random.Generator) -> list[FittedReach]:
    """Plain runs: those with all words of one to two times right go on to ten times, the others not to three."""
    found = []
    for language in range(16):
        for _ in range(4):
            good = bool(rng.random() < 0.5)
            right, second, third = (10.0, 1.0, 1.0) if good else (1.5, float(rng.uniform(0.3, 0.9)), 0.1)
            found.append(FittedReach(f"plain{language}", "plain", "nope", 50, right, 10.0, second, third))
    return found


@pytest.fixture(scope="module")
def fitted() -> ForecastModel:
    rng = np.random.default_rng(5)
    runs = runs_that_their_accuracy_tells(rng)
    runs += [FittedReach(f"none{k}", "none", "nope", 50, 1.0, 10.0, 0.1, 0.0) for k in range(4) for _ in range(3)]
    return fit_model(FittedRuns(tuple(runs), 0, 0, 0), ["made up"], draws=20)


def test_the_accuracy_just_past_training_tells_later_lengths_where_the_rung_cannot(fitted: ForecastModel) -> None:
    row = fitted.quality["one measured range"]["later, plain"]
    assert row["family and length"]["AUROC"] < 0.6
    assert row["and the measured range"]["AUROC"] > 0.95
    accuracies = (0.0, 0.5, 0.9, 0.99, 1.0)
    cells = [fitted.measured_cell("plain", "nope", each) for each in accuracies]
    chances = [cell.probability(5) for cell in cells if cell is not None]
    assert len(chances) == 5
    assert all(a < b for a, b in pairwise(chances))
    assert chances[0] < 0.2 < 0.8 < chances[-1]
    assert fitted.measured_cell("plain", "ape", 1.0) is None  # no run of the encoding


def test_an_accuracy_that_tells_nothing_gains_nothing() -> None:
    rng = np.random.default_rng(6)
    runs = [
        FittedReach(f"l{k}", "plain", "nope", 50, float(rng.choice([1.5, 10.0])), 10.0, float(rng.uniform(0.5, 1)), 0.5)
        for k in range(60)
    ]
    scores = measured_quality(runs)["later"]
    assert scores["and the measured range"]["AUROC"] < 0.65


def test_a_verdict_is_counted_of_languages_with_three_runs_alone(fitted: ForecastModel) -> None:
    lucky = [FittedReach("lucky", "plain", "nope", 50, 10.0, 10.0, 1.0, 1.0)]
    assert verdict_quality(lucky)["balanced accuracy"] is None
    several = [FittedReach("l", "plain", "nope", 50, 1.0, 10.0, 0.0, share) for share in (0.1, 0.95, 0.1)]
    failing = [FittedReach("m", "none", "nope", 50, 1.0, 10.0, 0.0, 0.89) for _ in range(3)]
    assert verdict_quality([*several, *failing])["balanced accuracy"] == 1
    assert verdict_quality([*several[::2], *several[::2], *failing])["balanced accuracy"] == 0.5
    assert fitted.quality["verdict, NoPE"]["others"] == 4


def test_bars_are_missed_where_nothing_was_measured_and_are_printed(fitted: ForecastModel) -> None:
    found = {bar.name: bar for bar in bars_of(fitted.quality)}
    assert found["AUROC of later lengths, one range measured"].met
    quality = {**fitted.quality, "verdict, NoPE": {**fitted.quality["verdict, NoPE"], "balanced accuracy": None}}
    assert not {bar.name: bar for bar in bars_of(quality)}["balanced accuracy of the verdict, NoPE"].met
    shipped = read_forecast(MODEL)
    assert [bar["met"] for bar in shipped.quality["bars"]] == [bar.met for bar in bars_of(shipped.quality)]
    assert any("met   " in line or "missed" in line for line in quality_lines(shipped))


def test_a_run_is_forecast_by_what_it_was_tested_on_and_the_change_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--task", "dyck1", "--measured", DYCK1[:8], "--test-length", "150,500"]
    assert main([*asked, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    near = record["forecast"][0]
    assert record["pe"] == "nope"  # the run's own
    assert (
        near["single"]
        > near["without_measured"]
        == predict("dyck1", pe="nope", test_length=150).forecast.record()["forecast"][0]["single"]
    )
    assert near["any_of_3"] is None
    measured = record["forecast_basis"]["measured"]
    assert (measured["lengths"], measured["correct"], measured["total"]) == ([51, 100], 2000, 2000)
    assert main(asked) == 0
    text = capsys.readouterr().out
    assert "2,000 of 2,000 words of lengths 51-100 right (100.0%)" in text
    assert "a run of which nothing is measured" in text


def test_a_directory_is_measured_on_words_of_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = str(tmp_path / "model")
    assert crasp(["compile", "lib:tomita1", "-o", directory, "--max-length", "40", "--target", "gpt2"]) == 0
    assert main(["--task", "tomita1", "--measured", directory, "--pe", "nope", "--train-length", "12"]) == 2
    assert "is a compiled program: it was not trained" in capsys.readouterr().err
    (tmp_path / "model" / CERTIFICATE).unlink()  # a model that somebody else made
    assert main(["--task", "tomita1", "--measured", directory, "--pe", "nope"]) == 2
    assert "does not say to which length it was trained: expected --train-length" in capsys.readouterr().err
    asked = ["--task", "tomita1", "--measured", directory, "--train-length", "12"]
    capsys.readouterr()
    assert main([*asked, "--pe", "nope", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["forecast_basis"]["measured"]
    assert (measured["lengths"], measured["correct"], measured["total"]) == ([13, 24], 2000, 2000)
    assert main(asked) == 2
    assert "does not say its positional encoding" in capsys.readouterr().err
    # A model of another language, said to be trained on this one, does not fit.
    assert main(["--task", "tomita2", "--measured", directory, "--pe", "nope", "--train-length", "12"]) == 2
    assert "does not fit its claim of being trained on words to 12" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--task", "012_star_0_2_star", "--measured", UNFIT],
            "does not fit its claim of being trained on words to 50",
        ),
        (["--task", "d_2", "--measured", DYCK1], "was trained on another task, dyck1"),
        (["--regex", "(ab)*", "--measured", DYCK1], "was trained on another task, dyck1"),
        (["--task", "dyck1", "--pe", "ape", "--measured", DYCK1], "was trained with NoPE, not with ape"),
        (["--task", "dyck1", "--train-length", "30", "--measured", DYCK1], "was trained on words to 50, not to 30"),
        (["--task", "dyck1", "--test-length", "40", "--measured", DYCK1], "below the training length 50"),
        (["--task", "dyck1", "--measured", ""], "--measured: expected a model's directory or the identity of a run"),
        (["--task", "dyck1", "--measured", "nowhere"], "neither a model's directory nor the identity of a run"),
        (["--task", "dyck1", "--measured", "abcdef0123456789"], "neither a model's directory nor the identity"),
        (["--all", "--measured", DYCK1], "not with --all"),
        (["--architecture", "ssm", "--measured", DYCK1], "do not go with --architecture"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_model_of_this_kind_has_a_message_of_its_own(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_an_empty_directory_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="measured:"):
        predict("dyck1", pe="nope", measured=tmp_path)
    with pytest.raises(RefusedError, match="trained with NoPE, not with ape"):
        predict("dyck1", pe="ape", measured=DYCK1)


@pytest.mark.parametrize(
    ("asked", "own", "same"),
    [
        ("rope", "rope:modulus=12,width=16", True),
        ("rope:modulus=12", "rope:modulus=12,width=16", True),
        ("rope:modulus=4", "rope:modulus=12,width=16", False),
        ("rope:base=500", "rope:width=16", False),
        ("alibi:slopes=0,1", "alibi:heads=2", False),
        ("rope", "alibi:heads=2", False),
        ("nope", "nope", True),
    ],
)
def test_an_encoding_that_is_asked_for_has_the_parameters_of_the_model(asked: str, own: str, same: bool) -> None:
    assert _same_encoding(asked, own) == same


@pytest.fixture(scope="module")
def somebody_elses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "model"
    assert crasp(["compile", "lib:tomita1", "-o", str(directory), "--max-length", "40", "--target", "gpt2"]) == 0
    (directory / CERTIFICATE).unlink()
    return directory


STATED = {"config": {"task": "tomita1", "train_length": 12, "model": {"pe": "nope"}}}


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        ((), [], "crasp_bench.config: expected an object, found []"),
        (("task",), 5, "crasp_bench.config.task: expected the name of a task, found 5"),
        *(
            (
                ("train_length",),
                each,
                f"crasp_bench.config.train_length: expected a length from 1 to .*, found {each!r}",
            )
            for each in ("12", 12.9, True, -3, 0, 10**12, None, math.nan)
        ),
        (("model",), None, "crasp_bench.config.model: expected an object, found None"),
        (("model", "pe"), 5, "crasp_bench.config.model.pe: expected ape, nope, rope, .* found 5"),
        (("model", "pe"), "xx", "crasp_bench.config.model.pe: expected ape, nope, rope, .* found 'xx'"),
        (("model", "pe"), "rope", "crasp_bench.config.model.scheme: expected the parameters of rope, found None"),
        (("model", "scheme"), {"base": 3}, "crasp_bench.config.model: "),
    ],
    ids=repr,
)
def test_a_model_that_states_what_no_run_states_is_refused_by_place(
    keys: tuple[str, ...],
    value: object,
    message: str,
    somebody_elses: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = Path(shutil.copytree(somebody_elses, tmp_path / "model"))
    file = model / "config.json"
    stated = json.loads(json.dumps(STATED))
    inside = stated
    for key in ("config", *keys)[:-1]:
        inside = inside[key]
    inside[("config", *keys)[-1]] = value
    file.write_text(json.dumps(json.loads(file.read_text()) | {"crasp_bench": stated}))
    capsys.readouterr()
    assert main(["--task", "tomita1", "--measured", str(model)]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert re.search(f"--measured: {re.escape(str(file))}: {message.replace('[]', re.escape('[]'))}", found.err)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected JSON"),
        ("[", "expected JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1, "a": 2}', "`a` is given twice"),
        (None, "holds no model: it has no config.json"),
    ],
    ids=["nothing", "cut off", "deep", "a key twice", "no file"],
)
def test_a_damaged_configuration_is_named_and_not_taken_for_silence(
    content: str | None, message: str, somebody_elses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Path(shutil.copytree(somebody_elses, tmp_path / "model"))
    (model / "config.json").unlink()
    if content is not None:
        (model / "config.json").write_text(content)
    capsys.readouterr()
    assert main(["--task", "tomita1", "--measured", str(model)]) == 2
    found = capsys.readouterr().err
    assert message in found
    assert str(model) in found
    assert "expected --pe" not in found


@pytest.mark.parametrize("length", ["10001", "1000000000"])
def test_a_training_length_whose_words_cannot_be_drawn_is_refused_at_once(
    length: str, somebody_elses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for task in ("tomita1", "dyck1"):
        assert main(["--task", task, "--measured", str(somebody_elses), "--pe", "nope", "--train-length", length]) == 2
        assert "limit is a training length of 10,000" in capsys.readouterr().err
