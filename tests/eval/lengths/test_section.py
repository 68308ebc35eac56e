"""The page's section and the search for the smallest training length, on made results."""

import json
from pathlib import Path

import pytest

from eval.lengths.runs import export_runs
from eval.lengths.section import training_length_section
from eval.lengths.smallest_training_length import main, search
from eval.page.page_frame import Sources, render_page
from eval.prediction.measured_training_length import (
    GRID_LENGTHS,
    SHIPPED_NAME,
    Probe,
    found_probes,
    generalizes,
    probe_config,
    smallest_of,
)
from train.ledger.accuracy import BinAccuracy
from train.ledger.result import Result, result_to_json
from train.ledger.store import Store
from train.lengths.config import KIND, counts_key
from train.lengths.experiments import SEEDS, plateau_grid


@pytest.mark.parametrize("enough", [1, 5, 6, 9, 20, 31, 50, 51])
def test_bisection_finds_the_least_length_of_the_grid_that_suffices(enough: int) -> None:
    asked: list[int] = []

    def measure(length: int) -> Probe:
        asked.append(length)
        return Probe(length, 3 if length >= enough else 2, 3)

    probes = list(search(measure))
    assert smallest_of(probes) == next((length for length in GRID_LENGTHS if length >= enough), None)
    assert len(asked) == len(set(asked)) <= 3


def result(length: int, seed: int, *, share: float = 1.0, training: float = 1.0) -> Result:
    config = probe_config("dyck1", "nope", length)
    bins = tuple(
        BinAccuracy(each, round(1000 * (training if k == 0 else share)), 1000) for k, each in enumerate(config.bins)
    )
    return Result(
        config=config,
        seed=seed,
        steps=10,
        fit_step=5,
        stopped="fitted",
        loss=0.1,
        training_accuracy=training,
        bins=bins,
        seconds=1.0,
        cpu_seconds=1.0,
        versions={},
        device="cpu",
    )


def test_a_seed_generalises_if_it_fits_and_every_range_is_right() -> None:
    assert generalizes(result(30, 0))
    assert generalizes(result(30, 0, share=0.9))
    assert not generalizes(result(30, 0, share=0.899))
    assert not generalizes(result(30, 0, training=0.98))


def test_probes_count_the_seeds_and_leave_out_what_is_not_whole() -> None:
    results = [result(8, 0), result(8, 1, share=0.5), result(8, 2), result(50, 0), result(50, 1)]
    assert found_probes("dyck1", "nope", results) == (Probe(8, 2, 3),)


def test_an_unknown_task_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "parity", "--out", str(tmp_path / "runs")]) == 2
    assert "binary_majority" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def made_sources(directory: Path) -> Sources:
    """Results as if the plateau were the difficulty over the training length."""
    store, results = Store(directory / "runs"), directory / "results"
    for config in plateau_grid():
        hard = int(config.task.split(":")[1])
        for seed in SEEDS:
            losses = [[length, hard / config.train_length + seed / 1000] for length in config.test_lengths]
            store.finish(counts_key(config, seed), {"seed": seed, "losses": losses})
    export_runs(store.runs(KIND), results / "training_length" / "plateaus.jsonl")
    lines = [json.dumps(result_to_json(result(n, seed, share=n / 20))) for n in (8, 20) for seed in (0, 1, 2)]
    (results / "training_length" / SHIPPED_NAME).write_text("\n".join(lines) + "\n")
    return Sources(directory / "nothing", results)


def test_the_section_shows_plateaus_and_the_smallest_lengths(tmp_path: Path) -> None:
    section = training_length_section(made_sources(tmp_path))
    assert section is not None
    page = render_page("title", "", [section])
    for expected in ("SimpleTask(4): loss by test length", "ω = 16", "p = 5", "8: 0 of 3; 20: 3 of 3"):
        assert expected in page
    # The floor and what was measured come first; a weak lower bound stands below the table.
    assert 'dyck1, NoPE</th><td class="number">1</td><td>20</td>' in page.replace('class="n"', 'class="number"')
    assert "dyck1 4" in page[page.index("Some other program agrees") :]
    assert page.count("<svg viewBox=") >= 4


def test_without_results_there_is_no_section(tmp_path: Path) -> None:
    assert training_length_section(Sources(tmp_path, None)) is None
    assert training_length_section(Sources(tmp_path, tmp_path)) is None


def test_a_damaged_shipped_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = made_sources(tmp_path)
    assert sources.results is not None
    for name in ("plateaus.jsonl", SHIPPED_NAME):
        path = sources.results / "training_length" / name
        path.write_text("{}\n" + path.read_text())
    assert training_length_section(sources) is not None
    err = capsys.readouterr().err
    assert "plateaus.jsonl:1: unreadable" in err
    assert "smallest.jsonl:1: unreadable" in err
