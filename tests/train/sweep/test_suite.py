"""A suite's training in worker processes: complete, in order, killed without loss, never done twice."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from eval.board.rows import RUNGS
from tasks.registry import TASKS, get_task
from tests.processes import started
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.model.config import TrainConfig
from train.model.recommended import recommended
from train.running.engine import Options, train
from train.sweep.grid import Cell, TrainingUnit, suite_cells, unit_from_json
from train.sweep.suite_training import How, SuiteError, missing, train_suite
from train.sweep.sweep_progress import Board, SuiteProgress, expectation

pytestmark = pytest.mark.begun_first


def brief(pe: str, **change: object) -> TrainConfig:
    """A training that is over in a second or two."""
    config = recommended("binary_majority", pe)  # type: ignore[arg-type]
    short = {"max_steps": 400, "fit_accuracy": 1.0, "lr": 1e-4, "test_words": 50, "held_out_words": 50}
    return replace(config, **(short | change))  # type: ignore[arg-type]


PAIR = (Cell(brief("ape"), (0,)), Cell(brief("nope"), (0, 1)))

PROGRAM = """
import sys
from pathlib import Path
from tests.train.sweep.test_suite import PAIR
from train.ledger.ledger import Ledger
from train.sweep.suite_training import How, train_suite
def say(progress):
    steps = [each.step for each in progress.workers if each is not None]
    print(min(steps, default=0) if len(steps) == 2 else 0, flush=True)
train_suite(PAIR, Ledger(Path(sys.argv[1]), shipped=None), How(on_progress=say))
"""


def unit(pe: str, *seeds: int) -> TrainingUnit:
    return TrainingUnit(tuple((brief(pe), seed) for seed in seeds))


def outcome(results: tuple[Result, ...]) -> list[Result]:
    return [replace(result, seconds=0.0, cpu_seconds=0.0) for result in results]


def ignore(_: SuiteProgress) -> None:
    pass


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


@pytest.mark.long
def test_a_killed_suite_leaves_no_process_behind_and_the_next_call_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs")
    command = [sys.executable, "-c", PROGRAM, str(ledger.directory)]
    with started(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 50:
                break
        workers = children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert len(workers) == 2
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    seen: list[SuiteProgress] = []
    said: list[Result] = []
    results = train_suite(PAIR, ledger, How(on_progress=seen.append, on_finished=said.append)).results
    assert [(each.config.model.pe, each.seed) for each in results] == [("ape", 0), ("nope", 0), ("nope", 1)]
    assert {(each.config.model.pe, each.seed) for each in said} <= {("ape", 0), ("nope", 0), ("nope", 1)}
    last = seen[-1]
    assert (last.finished, last.total, last.remaining) == (last.total, len({each.config for each in results}), 0)
    shown = [each for moment in seen for each in moment.workers if each is not None]
    assert {each.pe for each in shown} == {"ape", "nope"}
    expected = []
    for cell in PAIR:
        expected += train(get_task(cell.config.task), cell.config, cell.seeds, Ledger(tmp_path / "plain"), Options())
    assert outcome(results) == outcome(tuple(expected))
    for each in results:  # other processes, one of them killed: the same bits
        paths = [Ledger(tmp_path / name).path(each.config, each.seed) for name in ("runs", "plain")]
        assert len({(path / "model.safetensors").read_bytes() for path in paths}) == 1
    assert missing(PAIR, ledger) == ()
    again = train_suite(PAIR, ledger, How(on_progress=lambda _: pytest.fail("trained again")))
    assert again.results == results


def test_seeds_and_rates_of_one_shape_are_trained_together_wide_models_one_at_a_time(tmp_path: Path) -> None:
    wide = replace(brief("ape").model, width=64)
    cells = [Cell(brief("ape", model=wide), (0, 1)), Cell(brief("nope"), (0, 1)), Cell(brief("nope", lr=0.5), (1,))]
    found = [
        [(config.model.width, config.lr, seed) for config, seed in unit.runs]
        for unit in missing(cells, Ledger(tmp_path))
    ]
    assert found == [[(64, 1e-4, 0)], [(64, 1e-4, 1)], [(16, 1e-4, 0), (16, 1e-4, 1), (16, 0.5, 1)]]
    ledger, cell = Ledger(tmp_path / "some", shipped=None), Cell(brief("nope", max_steps=1), tuple(range(40)))
    train(get_task("binary_majority"), cell.config, [3, 20, 21], ledger, Options())
    many = missing([cell], ledger)
    assert [len(unit.runs) for unit in many] == [15, 14, 8]
    assert [unit_from_json(json.loads(json.dumps(unit.to_json()))) for unit in many] == list(many)


def test_only_what_is_missing_is_trained_and_rates_side_by_side_are_runs_of_their_own(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, shipped=None)
    cells = [Cell(brief("nope", max_steps=3), (0, 1)), Cell(brief("nope", max_steps=3, lr=0.01), (0,))]
    train(get_task("binary_majority"), cells[0].config, [1], ledger, Options())
    (unit,) = missing(cells, ledger)
    assert [(config.lr, seed) for config, seed in unit.runs] == [(1e-4, 0), (0.01, 0)]
    results = train_suite(cells, ledger, How(on_progress=ignore, workers=1)).results
    assert [(each.config.lr, each.seed) for each in results] == [(1e-4, 0), (1e-4, 1), (0.01, 0)]


def test_a_training_is_expected_to_take_as_long_as_its_task_took_or_in_proportion_to_its_budget(
    tmp_path: Path,
) -> None:
    unknown = expectation(())
    assert unknown(unit("ape", 0, 1)) == pytest.approx(2 * unknown(unit("ape", 5)))
    longer = TrainingUnit(((brief("ape", max_steps=800), 0),))
    assert unknown(longer) == pytest.approx(2 * unknown(unit("ape", 0)))
    (result,) = train(get_task("binary_majority"), brief("ape", max_steps=1), [0], Ledger(tmp_path), Options())
    shorter = TrainingUnit(((brief("ape", train_length=10), 0),))
    known = expectation([replace(result, cpu_seconds=seconds) for seconds in (1.0, 5.0, 30.0)])
    assert known(unit("ape", 7, 8)) == 10.0
    assert known(unit("nope", 7)) == unknown(unit("nope", 7))
    assert known(shorter) == unknown(shorter)


def test_the_first_worker_begins_with_the_shortest_training_and_the_others_with_the_longest() -> None:
    short, middle, long = (TrainingUnit(((brief("ape", max_steps=steps), 0),)) for steps in (10, 20, 30))
    board = Board((middle, long, short), 2, expectation(()), lambda _: None)
    assert [board.begin(worker) for worker in (0, 1, 1, 0)] == [short, long, middle, None]


def test_a_run_that_another_process_is_training_is_left_out_and_the_rest_is_done(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    cells = (Cell(brief("ape", max_steps=2), (0,)), Cell(brief("nope", max_steps=2), (0,)))
    with ledger.claim(cells[0].config, (0,)):
        found = train_suite(cells, ledger, How(on_progress=ignore, workers=1))
    assert [each.config.model.pe for each in found.results] == ["nope"]
    assert f"binary_majority with seed 0 is being trained by process {os.getpid()}" in found.skipped[0]


def test_a_worker_that_is_killed_is_an_error_that_names_its_training(tmp_path: Path) -> None:
    def kill(progress: SuiteProgress) -> None:
        if any(each is not None for each in progress.workers):
            for child in children(os.getpid()):
                os.kill(child, signal.SIGKILL)

    with pytest.raises(SuiteError, match=r"training binary_majority nope: its process ended with status -9"):
        train_suite(PAIR[1:], Ledger(tmp_path), How(on_progress=kill, workers=1))


@pytest.mark.long
def test_a_place_that_cannot_be_written_is_an_error_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SuiteError, match=r"training binary_majority ape: .*Not a directory"):
        train_suite(PAIR[:1], Ledger(tmp_path / "file"), How(on_progress=ignore, workers=1))


def test_the_quick_suite_has_tasks_that_generalize_tasks_that_fail_and_tasks_on_which_the_encodings_differ() -> None:
    cells = suite_cells("quick")
    said = {
        (each.config.task, each.config.model.pe): get_task(each.config.task).theory[each.config.model.pe].verdict
        for each in cells
    }
    assert len(said) == len(cells)  # a row a cell
    both = {task for task, pe in said if said.get((task, "ape")) == said.get((task, "nope")) == "generalizes"}
    apart = {
        task for task, _ in said if said.get((task, "ape")) == "generalizes" and said.get((task, "nope")) == "fails"
    }
    assert len(both) >= 3
    assert len(apart) >= 2
    assert list(said.values()).count("fails") >= 3
    assert said["parity", "ape"] == "fails"


def test_the_quick_suites_cells_can_have_the_verdict_that_is_predicted() -> None:
    for cell in suite_cells("quick"):
        config = cell.config
        predicted = get_task(config.task).theory[config.model.pe].verdict
        assert len(cell.seeds) >= (5 if predicted == "fails" else 1)
        length = config.train_length
        assert config.bins == ((1, length), (length + 1, 2 * length), (2 * length + 1, 3 * length))


def test_the_paper_suite_has_every_task_in_three_settings_by_one_protocol_and_only_rungs_of_the_ladder() -> None:
    cells = suite_cells("paper")
    found = {(cell.config.task, cell.config.model.pe, cell.config.regularizer > 0) for cell in cells}
    settings = [("ape", False), ("nope", False), ("ape", True)]
    # repeat_letter is trained to 20 and under every encoding, as it was published: the suite of encodings has it.
    assert found == {(task, *setting) for task in TASKS if task != "repeat_letter" for setting in settings}
    assert {(cell.config.least_steps, cell.config.initial_scale) for cell in cells} == {(3000, 0.02)}
    assert {cell.config.lr for cell in cells if cell.config.train_length == RUNGS[0]} == {1e-3}
    assert all(cell.config.train_length in RUNGS for cell in cells)
    assert all(cell.config.max_length == 3 * cell.config.train_length for cell in cells)
