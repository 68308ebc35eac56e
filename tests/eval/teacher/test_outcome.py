"""What is measured of runs, the table and readings, the page's section: against values put together by hand."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.page.page_frame import Sources
from eval.teacher.command import main
from eval.teacher.identification import linear_identification
from eval.teacher.measuring import find_measured, measured, measured_key
from eval.teacher.outcome import Errors, Identified, Outcome, Tracking, outcome_from_json, outcome_to_json, shown_places
from eval.teacher.runs import measured_outcomes, shipped_runs, shown_of, write_runs
from eval.teacher.section import teacher_section
from eval.teacher.teacher_table import Shown, recovery_rows, rows_of
from eval.teacher.theorem_reading import assumptions_of, reading
from tests.train.teaching.plain_models import run
from tests.train.teaching.test_training import small
from train.ledger.store import Store
from train.model.flat_arrays import arrays_by_name
from train.teaching.architectures.architecture import parameters
from train.teaching.config import TeachingConfig, teaching_from_json
from train.teaching.experiments import Experiment, read_experiments, suite_path
from train.teaching.runner import Job, train_one
from train.teaching.sequences import Drawer, initial_weights, planned_tests
from train.teaching.student_results import Taught
from train.teaching.training import taught

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def trained() -> Taught:
    (result,) = taught(small("rnn", epochs=1, batches=5), [2])
    return result


def test_identification_is_that_of_the_models_written_out_before_and_after_training(trained: Taught) -> None:
    config, found = trained.config, measured(trained)
    drawer = Drawer(config, [2])
    tokens = drawer.test(planned_tests(config)[0]).tokens[0].numpy().astype(np.float64)
    teacher = np.array([run(drawer.teachers[0].numpy(), config.teacher, each)[0] for each in tokens])
    places = found.errors[0].places
    assert places == tuple(range(1, 16))
    stages = {"initial": initial_weights(config, "student", [2])[0].numpy(), "trained": trained.weights}
    for stage, flat in stages.items():
        student = np.array([run(flat, config.student, each)[0] for each in tokens])
        known = linear_identification(student, teacher, 10)
        for name in ("in_sample", "held_out", "frozen"):
            np.testing.assert_allclose(getattr(found.identified[stage], name), getattr(known, name), atol=1e-3)
    np.testing.assert_allclose(
        found.tracking.label[9], run(drawer.teachers[0].numpy(), config.teacher, tokens[0])[2][9, 0]
    )
    np.testing.assert_allclose(
        found.tracking.made[9], run(trained.weights, config.student, tokens[0])[2][9, 0], rtol=1e-5
    )


def test_a_run_is_measured_once_and_what_was_measured_is_read_back(trained: Taught, tmp_path: Path) -> None:
    store, config = Store(tmp_path), trained.config
    assert find_measured(store, config, 2) is None
    assert train_one(Job("rnn", config, 2), store, lambda _: None)
    first = find_measured(store, config, 2)
    assert first is not None
    kept = store.find(measured_key(config, 2))
    assert find_measured(store, config, 2) == first
    assert store.find(measured_key(config, 2)) == kept
    assert measured_outcomes(store) == {first.identity: first}
    again = outcome_from_json(outcome_to_json(first))
    assert again == first
    assert again.errors[0].loss == pytest.approx(measured(trained).errors[0].loss, rel=1e-4)


def test_a_state_larger_than_the_tests_sequences_can_be_measured() -> None:
    config = small("ssm", architecture={"kind": "ssm", "hidden": 70}, epochs=0, test_sequences=100, test_lengths=[3])
    (result,) = taught(config, [0])
    assert len(measured(result).identified["trained"].held_out) == 3


def test_places_hold_every_reported_length() -> None:
    config = small("rnn", test_lengths=[7, 33, 64])
    assert {7, 33, 64} <= set(shown_places(config, 64))
    assert max(shown_places(config, 64)) == 64


def outcome(config: TeachingConfig, seed: int, loss: float, variance: float, constant: float = 4.0) -> Outcome:
    """Errors of the loss at the training length, and of `loss` to the power of its test's number beyond."""
    tests = ["lengths"] if config.tokens.distribution != "band" else ["band", "corners"]
    errors = tuple(
        Errors(name, (10, 20), (0.1, loss), (1.0, variance), (1.0, constant), {10: 0.1, 20: 0.15}) for name in tests
    )
    return Outcome(config, seed, "budget", errors, {}, Tracking((0.0,), (0.0,)), 1.0, {})


def shown(name: str, outcomes: list[Outcome]) -> Shown:
    config = outcomes[0].config
    return Shown(Experiment(name, "length", config, tuple(each.seed for each in outcomes)), tuple(outcomes))


def test_shares_are_of_the_seeds_means_and_stand_beside_the_published_figures() -> None:
    config = small("deepset", test_lengths=[10, 20])
    rows = rows_of([shown("deep set", [outcome(config, 0, 0.5, 1.0), outcome(config, 1, 1.5, 3.0, constant=8.0)])])
    assert [row[3] for row in rows] == ["10", "20"]
    last = rows[1]
    assert last[4:8] == ["0.15 ± 0", "1e-7 to 1e-4", "0.5", "3"]  # (0.5 + 1.5) / (1 + 3), (4 + 8) / (1 + 3)
    assert last[-1] == ".97 ± .01"


@pytest.mark.parametrize(
    ("loss", "constant", "said"),
    [
        (0.15, 4.0, "it carries."),
        (0.15, 0.7, "not learnt well enough on the training lengths to say."),  # twice .1 is above a fifth of .7
        (0.04, 0.1, "it carries."),
        (0.7, 4.0, "it carries in part."),
        (3.0, 4.0, "it does not carry; the error is of a constant's size."),
    ],
)
def test_a_reading_says_what_was_seen(loss: float, constant: float, said: str) -> None:
    text = reading(shown("SSM", [outcome(small("ssm", test_lengths=[10, 20]), 0, loss, 1.0, constant)]))
    assert text.endswith(said)
    assert "Theorem 8 would need: the tokens have the support R^n." in text


def test_a_reading_tells_a_guarantee_that_the_measurement_does_not_follow() -> None:
    config = small("deepset", architecture={"kind": "deepset", "output_layers": 0}, test_lengths=[10, 20])
    text = reading(shown("deep set", [outcome(config, 0, 3.0, 1.0)]))
    assert text.startswith("Theorem 4: every student without error")
    assert text.endswith("The guarantee is about a student without error on the training lengths; this one has some.")


def test_recovery_shows_matched_states_and_matrices_before_and_after() -> None:
    config = small("rnn", test_lengths=[10, 20])
    fits = ((0.5, 0.5),) * 3
    stages = {
        "initial": Identified(*fits, 0.5, 2.0, {"transition": 1.4, "input": 1.5}),
        "trained": Identified(*fits, 0.75, 0.25, {"transition": 0.1, "input": 0.2}),
    }
    made = replace(outcome(config, 0, 0.5, 1.0), identified=stages)
    assert recovery_rows([shown("RNN", [made])]) == [
        ["RNN", "1", "0.5 → 0.75", "2 → 0.25", "1.4 → 0.1", "1.5 → 0.2", ""]
    ]
    assert recovery_rows([shown("RNN", [outcome(config, 0, 0.5, 1.0)])]) == []


def test_a_reading_does_not_judge_what_was_not_learnt_and_names_divergence() -> None:
    config = small("ssm", test_lengths=[10, 20])
    made = outcome(config, 0, 0.9, 1.0)
    bad = replace(made, errors=(replace(made.errors[0], loss=(0.9, 0.9)),))
    assert "not learnt well enough" in reading(shown("SSM", [bad]))
    lost = replace(made, stopped="diverged", errors=(replace(made.errors[0], loss=(math.nan, math.nan)),))
    assert "1 of 2 seeds diverged" in reading(shown("SSM", [made, lost]))
    assert rows_of([shown("SSM", [made, lost])])[0][1] == "2 (1 diverged)"


def test_assumptions_are_those_of_the_experiments_of_the_paper() -> None:
    found = {each.name: assumptions_of(each.config) for each in read_experiments(suite_path("paper"))}
    assert (found["SSM"].capacity, found["SSM"].support, found["SSM"].length) == ("diffeo", "cube", 10)
    assert found["RNN, single-layer output"].capacity == "single-layer"
    assert found["RNN, single-layer output, 3^20 tokens"].support == "grid"
    assert not found["SSM, larger state than tokens"].square
    assert found["SSM, contracting, tokens from R^n"].support == "full"
    assert found["sigmoid attention, distances below 15"].offsets == 15
    assert found["SSM, larger student, chain of thought"].thought
    wide = found["SSM, wide state, chain of thought"]
    assert (wide.capacity, wide.support, wide.square, wide.fills, wide.length) == ("any", "full", False, 2, 3)
    unreachable = {name for name, each in found.items() if not each.realisable}
    assert {"RNN taught to an SSM", "mean deep set taught to a sum", "deep set, offset not seen"} <= unreachable
    assert "deep set" not in unreachable
    assert not assumptions_of(small("deepset", offset=0.1, offset_after=5)).realisable


@pytest.mark.parametrize(("width", "hidden", "fills"), [(10, 20, 2), (6, 20, 4), (20, 20, 1), (20, 8, 1)])
def test_random_states_fill_their_space_after_as_many_tokens_as_are_assumed(
    width: int, hidden: int, fills: int
) -> None:
    config = teaching_from_json({"architecture": {"kind": "ssm", "width": width, "hidden": hidden, "contraction": 0.8}})
    assert assumptions_of(config).fills == fills
    arrays = arrays_by_name(initial_weights(config, "teacher", [0]), parameters(config.teacher))
    moved, ranks = [arrays["input"][0].double()], []
    for _ in range(fills):
        ranks.append(int(torch.linalg.matrix_rank(torch.cat(moved), rtol=1e-3)))
        moved.append(moved[-1] @ arrays["transition"][0].double())
    assert ranks == [min(width * tokens, hidden) for tokens in range(1, fills + 1)]
    assert ranks[-1] == hidden


def test_the_section_has_the_table_the_charts_and_the_readings_and_is_left_out_without_runs(tmp_path: Path) -> None:
    assert teacher_section(Sources(tmp_path, None)) is None
    results = tmp_path / "results"
    (results / "teacher_student").mkdir(parents=True)
    names = ("SSM", "deep set, offset seen", "SSM, wide state", "SSM, wide state, chain of thought")
    experiments = [each for each in read_experiments(suite_path("paper")) if each.name in names]
    experiments += [
        each for each in read_experiments(suite_path("tables")) if each.name == "RNN, composition, 100 epochs"
    ]
    fast = {"epochs": 0, "test_sequences": 100}
    outcomes = {}
    for each in experiments:
        (result,) = taught(replace(each.config, **fast), [0])
        made = replace(measured(result), config=each.config)
        outcomes[made.identity] = made
    write_runs(results / "teacher_student" / "runs.jsonl", shown_of(experiments, outcomes))
    section = teacher_section(Sources(tmp_path / "runs", results))
    assert section is not None
    for name in ("teacher-loss", "teacher-fit", "teacher-failure", "teacher-thought", "teacher-tracking-0"):
        assert f'id="{name}-t"' in section.html
    assert "<table>" in section.html
    assert "Theorem 8 would need" in section.html
    assert "SSM" in section.html
    assert "RNN, composition, 100 epochs" in section.html


def test_a_shipped_line_that_cannot_be_read_is_named_and_the_others_are_taken(
    tmp_path: Path, trained: Taught, capsys: pytest.CaptureFixture[str]
) -> None:
    made = measured(trained)
    (tmp_path / "teacher_student").mkdir()
    path = tmp_path / "teacher_student" / "runs.jsonl"
    path.write_text("{}\nnonsense\n" + json.dumps(outcome_to_json(made)) + "\n")
    assert set(shipped_runs(tmp_path)) == {made.identity}
    err = capsys.readouterr().err
    assert f"{path}:1: unreadable result" in err
    assert f"{path}:2: unreadable result" in err


def test_the_command_prints_the_table_and_writes_the_outcomes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.toml"
    path.write_text(
        '[[experiment]]\nname = "mine"\ngroup = "length"\nepochs = 0\ntest_sequences = 100\n'
        'test_lengths = [10]\narchitecture = { kind = "ssm" }\n'
    )
    (experiment,) = read_experiments(path)
    assert train_one(Job("mine", experiment.config, 0), Store(tmp_path / "runs"), lambda _: None)
    arguments = ["--suite", str(path), "--runs", str(tmp_path / "runs")]
    for form in ("text", "markdown"):
        assert main([*arguments, "--format", form, "--export", str(tmp_path / "out.jsonl")]) == 0
        text = capsys.readouterr().out
        assert "mine" in text
        assert "constant" in text
        assert "Theorem 8 would need" in text
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert outcome_from_json(json.loads(line)).config == experiment.config
    assert "transition" in text  # recovery of a recurrence
    assert main(["--suite", "ledger", "--runs", str(tmp_path / "runs")]) == 0
    assert "ssm, test_lengths=[10], epochs=0, test_sequences=100" in capsys.readouterr().out
    assert main([*arguments, "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["experiments"]
    assert record["runs"][0]["config"] == json.loads(line)["config"]
    assert teaching_from_json(record["runs"][0]["config"]) == experiment.config


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suite", "nowhere.toml"], "--suite: nowhere.toml: cannot be read: no such file"),
        (["--suite", "small", "--runs", "nowhere"], "nowhere: no teacher-student runs of small: train some with"),
    ],
)
def test_a_table_of_nothing_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_of_a_band_identification_is_measured_on_the_corners_too() -> None:
    config = small("ssm", tokens="band", shortest=10, test_lengths=[10], epochs=1, batches=3)
    (result,) = taught(config, [1])
    found = measured(result)
    drawer, corners = Drawer(config, [1]), planned_tests(config)[1]
    tokens = drawer.test(corners).tokens[0].numpy().astype(np.float64)
    student, teacher = (
        np.array([run(flat, config.teacher, each)[0] for each in tokens])
        for flat in (result.weights, drawer.teachers[0].numpy())
    )
    known = linear_identification(student, teacher, 10)
    np.testing.assert_allclose(found.corners["trained"].in_sample, known.in_sample, atol=1e-3)
    again = outcome_from_json(outcome_to_json(found))
    assert again.corners["trained"].held_out[9] == pytest.approx(known.held_out[9], abs=1e-3)
    band, far = rows_of([shown("SSM, composition, 100 epochs", [found])])
    assert (band[2], far[2]) == ("band", "corners")
    assert far[8] == f"{known.in_sample[9]:.3f}" != band[8]
    assert far[12] == "1.00"


def test_labels_that_are_sums_are_measured_against_their_functions() -> None:
    config = small("deepset", labels="sums", epochs=0, architecture={"kind": "deepset", "final": "none"})
    (result,) = taught(config, [3])
    found = measured(result)
    drawer = Drawer(config, [3])
    tokens = drawer.test(planned_tests(config)[0]).tokens[0]
    wanted = 0.2 * np.sin(2 * np.pi * tokens.numpy().astype(np.float64) + drawer.phases[0].numpy())
    student = np.array([run(result.weights, config.student, each.numpy().astype(np.float64))[0] for each in tokens])
    known = linear_identification(student, wanted, 10)
    np.testing.assert_allclose(found.identified["trained"].held_out, known.held_out, atol=1e-3)
    assert found.identified["trained"].parameters == {}
    assert not assumptions_of(config).realisable


def test_the_constrained_learner_is_read_by_the_lengths_that_are_within_epsilon() -> None:
    config = small("ssm", epsilon=0.6, test_lengths=[10, 20])
    kept, lost = (outcome(config, seed, loss, 1.0) for seed, loss in ((0, 0.5), (1, 0.7)))
    text = reading(shown("SSM", [kept, lost]))
    assert text.endswith("Constrained: within 0.6 at every training length in 2 of 2 seeds, at every tested one in 1.")
