"""Runs with each encoding: trained, kept, read again, measured as the training measured them; and old identities."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from eval.answering.answerers import TooLongError
from eval.answering.loading import load_answerer
from eval.commands.measure import main as measure_command
from eval.measuring.accuracy_by_length import measure_answerer
from tasks.drawing.sorted_draws import sorted_draws
from tasks.registry import get_task
from tests.cases import few
from train import Choices, run
from train.ledger.identity import identity
from train.ledger.ledger import Ledger
from train.ledger.result import result_from_json, result_to_json
from train.model.config import ConfigError, config_from_json, config_to_json
from train.model.recommended import recommended
from train.running.engine import Options, train_runs
from train.sweep.grid import SweepError, read_sweep

WORDS = 100
QUICK = Choices(layers=1, heads=2, width=16, max_steps=4, train_length=5, max_length=10)
ENCODINGS = (
    "rope:base=500000,width=4",
    "rope:modulus=12",
    "alibi",
    "alibi:scaling=falcon",
    "alibi:slopes=0,1",
    "sinusoidal",
    "sinusoidal:modulus=3,width=8",
    "randomized:largest=300",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A trained directory of each, in one ledger."""
    out = tmp_path_factory.mktemp("runs")
    configs = {pe: replace(recommended("tomita1", pe, QUICK), test_words=WORDS) for pe in ENCODINGS}
    return {pe: run("tomita1", config, out=out)[0].directory for pe, config in configs.items()}


@pytest.mark.parametrize("pe", few(ENCODINGS, 3))
def test_a_run_is_measured_as_its_training_measured_it_and_far_past_its_positions(
    pe: str, runs: dict[str, Path]
) -> None:
    result = result_from_json(json.loads((runs[pe] / "result.json").read_text()))
    answerer = load_answerer(str(runs[pe]))
    bounds = tuple(each.lengths for each in result.bins)
    found = measure_answerer(answerer, get_task("tomita1"), bounds, words=WORDS)
    assert [each.correct for each in found.bins] == [each.correct for each in result.bins]
    far = measure_answerer(answerer, get_task("tomita1"), ((200, 240),), words=20)
    assert not far.unread


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted run without positions, whose horizon is ten times its training length."""
    choices = Choices(layers=1, heads=1, width=16, max_steps=400, train_length=6, max_length=18)
    config = replace(recommended("tomita1", "nope", choices), test_words=WORDS)
    return run("tomita1", config, out=tmp_path_factory.mktemp("runs"))[0].directory


def test_a_run_without_positions_has_the_horizon_that_its_training_found(
    fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = json.loads((fitted / "result.json").read_text())["horizon"]
    assert stored["tested"] == 60
    arguments = ["--task", "tomita1", "--model", str(fitted), "--longest", "--up-to", "60", "-n", "50", "--json"]
    assert measure_command(arguments) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["horizon"] == stored
    assert "is configured for 19 positions, which is no hard limit" in said.err


def test_a_run_whose_table_is_not_the_one_that_it_states_is_not_asked_past_its_positions(
    fitted: Path, tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(fitted, tmp_path / "changed"))
    weights = load_file(changed / "model.safetensors")
    (name,) = (name for name in weights if "wpe" in name)
    weights[name][3, 2] = 0.5
    save_file(weights, changed / "model.safetensors", {"format": "pt"})
    with pytest.raises(TooLongError, match="has 19 positions"):
        measure_answerer(load_answerer(str(changed)), get_task("tomita1"), ((19, 24),), words=5)


def test_randomised_positions_end_where_there_are_no_more_to_draw(runs: dict[str, Path]) -> None:
    answerer = load_answerer(str(runs["randomized:largest=300"]))
    with pytest.raises(TooLongError, match="has 300 positions"):
        measure_answerer(answerer, get_task("tomita1"), ((301, 310),), words=5)


@pytest.mark.parametrize("pe", ENCODINGS)
def test_a_configuration_goes_to_json_and_back(pe: str) -> None:
    config = recommended("tomita1", pe, QUICK)
    value = json.loads(json.dumps(config_to_json(config)))
    assert config_from_json(value) == config
    assert identity(config_from_json(value), 0) == identity(config, 0)
    assert config_from_json(value).model.pe_text == config.model.pe_text
    assert recommended("tomita1", config.model.pe_text, QUICK) == config


def test_encodings_that_compute_the_same_are_one_run_and_others_are_not() -> None:
    def named(pe: str) -> str:
        return identity(recommended("tomita1", pe, QUICK), 0)

    assert named("rope") == named("rope:width=8") == named("rope:base=10000")
    assert named("rope:modulus=4") == named("rope:modulus=4,width=8")
    assert named("alibi") == named("alibi:heads=2") == named("alibi:scaling=published")
    assert named("alibi:scaling=falcon") == named("alibi:scaling=falcon,width=8")
    different = ["ape", "nope", *ENCODINGS, "rope", "rope:modulus=4", "randomized", "alibi:slopes=1,0"]
    assert len({named(pe) for pe in different}) == len(different)


def test_runs_of_before_keep_their_identity() -> None:
    """Written down before there were other encodings."""
    assert "scheme" not in config_to_json(recommended("dyck1", "ape"))["model"]
    assert identity(recommended("dyck1", "ape"), 0) == APE_IDENTITY
    assert identity(recommended("dyck1", "nope", Choices(protocol="grid")), 3) == NOPE_IDENTITY


APE_IDENTITY, NOPE_IDENTITY = "bea964c6d5508a98", "0522549c683c2002"


@pytest.mark.parametrize(
    "damage",
    [
        {"scheme": None},
        {"scheme": {"base": 10000.0, "width": 128}},
        {"scheme": {"base": "10", "width": 8}},
        {"scheme": {"base": True, "width": 8}},
        {"scheme": {"slopes": [0, 1]}},
        {"scheme": 5},
        {"pe": "alibi"},
        {"pe": "ape"},
        {"pe": ["rope"]},
    ],
    ids=repr,
)
def test_a_damaged_encoding_in_a_ledger_is_a_message(damage: dict[str, object]) -> None:
    value = config_to_json(recommended("tomita1", "rope", QUICK))
    value["model"] |= damage
    with pytest.raises(ConfigError, match=r"pe|scheme"):
        config_from_json(value)


def test_seeds_side_by_side_learn_what_each_learns_alone(tmp_path: Path) -> None:
    for pe in ("rope", "alibi:slopes=0,1", "randomized:largest=60"):
        config = replace(recommended("tomita1", pe, QUICK), max_steps=6, test_words=20, held_out_words=20)
        task = get_task("tomita1")
        both = train_runs(task, [(config, 0), (config, 1)], Ledger(tmp_path / "both", None), Options())
        (alone,) = train_runs(task, [(config, 1)], Ledger(tmp_path / "alone", None), Options())
        assert both[1].loss == pytest.approx(alone.loss, rel=1e-4)
        assert both[0].loss != pytest.approx(both[1].loss, rel=1e-4)


def test_a_ledger_reads_back_what_it_was_given(runs: dict[str, Path]) -> None:
    found = Ledger(next(iter(runs.values())).parent, None).results()
    assert {each.config.model.pe_text for each in found} == {
        recommended("tomita1", pe, QUICK).model.pe_text for pe in ENCODINGS
    }
    assert all(result_from_json(result_to_json(each)) == each for each in found)


def test_a_sweep_names_encodings_with_their_parameters(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text('[[grid]]\ntasks = ["tomita1"]\npe = ["nope", "rope", "alibi:slopes=0,1"]\nheads = 2\n')
    assert [cell.config.model.encoding for cell in read_sweep(path)] == [
        "NoPE",
        "RoPE (base 10,000, width 16)",
        "ALiBi (slopes 0 1)",
    ]
    path.write_text('[[grid]]\ntasks = ["tomita1"]\npe = ["rope:width=3", 5, "alibi:slopes=0"]\nheads = 2\n')
    with pytest.raises(SweepError, match="expected an encoding's name, found 5"):
        read_sweep(path)
    path.write_text('[[grid]]\ntasks = ["tomita1"]\npe = ["rope:width=3", "alibi:slopes=0"]\nheads = 2\n')
    with pytest.raises(SweepError) as caught:
        read_sweep(path)
    assert "width: expected an even number" in str(caught.value)
    assert "slopes: expected one for each of 2 heads, found 1" in str(caught.value)


def test_a_given_configuration_and_an_encoding_are_to_agree(tmp_path: Path) -> None:
    config = recommended("tomita1", "rope", QUICK)
    with pytest.raises(ConfigError, match="pe=alibi, but the configuration's model has pe=rope:base=10000,width=8"):
        run("tomita1", config, pe="alibi", out=tmp_path)


def test_sorted_draws_have_every_set_alike_often() -> None:
    for largest in (4, 6):  # crowded, and drawn anew
        drawn = sorted_draws(np.random.default_rng(0), np.full(20_000, 2), 3, largest)
        assert (drawn[:, 0] < drawn[:, 1]).all()
        assert not drawn[:, 2].any()
        _, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
        assert len(counts) == largest * (largest - 1) // 2
        expected = 20_000 / len(counts)
        assert (((counts - expected) ** 2) / expected).sum() < 2.5 * len(counts)


def test_sorted_draws_of_several_sizes_are_sets_of_their_sizes() -> None:
    sizes = np.array([0, 1, 5, 9])
    for largest in (9, 12, 200):
        drawn = sorted_draws(np.random.default_rng(1), sizes, 9, largest)
        for row, size in zip(drawn, sizes, strict=True):
            assert len(set(row[:size])) == size
            assert (np.diff(row[:size]) > 0).all()
            assert row[:size].max(initial=0) < largest
            assert not row[size:].any()
    with pytest.raises(ValueError, match="9 of 8 positions"):
        sorted_draws(np.random.default_rng(0), sizes, 9, 8)
