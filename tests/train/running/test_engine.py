"""Training: what a step computes, that it can be interrupted anywhere, and what it does not depend on."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from tasks.drawing.randomness import generator
from tasks.task import Task
from tasks.words import Batch
from tests.cases import few
from tests.processes import started
from tests.train.model.written_models import read_gpt2
from tests.train.small import FIRST, LAST, small
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.model.config import ConfigError, TrainConfig
from train.model.directory import Model, write_model
from train.model.model import Dropout, Rows, initial, logits, unflatten
from train.model.optimizer import Moments, Pace, clipped, decay_mask, update
from train.model.regularizer import positional_norms
from train.running.batches import evaluation_layouts, positions_from_zero, stacked, training_layout
from train.running.engine import Options, train, train_runs
from train.running.evaluation import bin_accuracies, words_counted
from train.running.progress import Progress
from train.running.schedule import Course, evaluated, learning_rate, start
from train.running.step import Slope, Slopes

pytestmark = pytest.mark.begun_first

TASKS = [pytest.param(FIRST, id="answer"), pytest.param(LAST, id="continuations")]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def weights_of(config: TrainConfig, *seeds: int) -> torch.Tensor:
    made = [initial(np.random.default_rng(seed), config.model, scale=0.5, position_scale=0.5) for seed in seeds]
    return torch.from_numpy(np.stack(made))


def outcome(result: Result) -> Result:
    """The result without what a clock measured."""
    return replace(result, seconds=0.0, cpu_seconds=0.0)


def naive_loss(model: torch.nn.Module, task: Task, batch: Batch, offsets: np.ndarray) -> torch.Tensor:  # type: ignore[type-arg]
    """Word by word through the stock model: the mean loss over the judged positions."""
    each = []
    for row in range(len(batch.lengths)):
        length = int(np.flatnonzero(batch.judged[row])[-1]) + 1
        tokens = torch.from_numpy(batch.tokens[row, :length])[None]
        positions = torch.arange(length)[None] + int(offsets[row])
        scores = model(tokens, position_ids=positions).logits[0]
        for position in np.flatnonzero(batch.judged[row]):
            target = torch.as_tensor(batch.targets[row, position])
            if task.format == "answer":
                each.append(torch.nn.functional.cross_entropy(scores[position], target))
            else:
                chosen = scores[position, list(task.outputs)]
                each.append(torch.nn.functional.binary_cross_entropy_with_logits(chosen, target.float()))
    return torch.stack(each).mean()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("pe", ["ape", "nope"])
def test_a_steps_loss_and_gradient_are_those_of_the_stock_model_word_by_word(
    task: Task, pe: str, tmp_path: Path
) -> None:
    config = small(task, pe, layers=2)
    flat = weights_of(config, 0, 1)
    layouts = [(training_layout(task, config, start(config, seed), 0), 3) for seed in (0, 1)]
    found = Slopes(task, config).at(flat, stacked(layouts, "cpu"))
    for seed in (0, 1):
        directory = tmp_path / str(seed)
        directory.mkdir()
        write_model(directory, Model(config.model, flat[seed].numpy(), task.vocabulary), extra={})
        stock = AutoModelForCausalLM.from_pretrained(directory)
        rng = generator(task.name, "train-0", (1, 6), seed)
        whole = task.sample(rng, (1, 6), 32 * 7)
        words = slice(3 * 7, 4 * 7)
        batch = Batch(whole.tokens[words], whole.judged[words], whole.targets[words], whole.lengths[words])
        offsets = np.zeros(7, dtype=np.int64)
        if pe == "ape":
            used = whole.judged.shape[1] - whole.judged[:, ::-1].argmax(1)
            offsets = np.floor(rng.random(32 * 7) * (17 - used + 1)).astype(np.int64)[words]
        loss = naive_loss(stock, task, batch, offsets)
        loss.backward()
        torch.testing.assert_close(found.loss[seed], loss, atol=1e-5, rtol=1e-5)
        for name, gradient in unflatten(found.gradient[seed : seed + 1], config.model).items():
            known = stock.transformer.get_parameter(name).grad
            torch.testing.assert_close(gradient[0], known, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("steps", few([12, 40], 2))  # unsure, and nearly sure
@pytest.mark.parametrize("task", TASKS)
def test_bins_are_those_of_a_loop_over_words_through_the_exported_model(task: Task, steps: int, tmp_path: Path) -> None:
    config = replace(small(task), max_steps=steps)
    (result,) = train(task, config, [5], Ledger(tmp_path), Options())
    assert result.bins[0].correct > 0  # so that the comparison below says something
    stock = AutoModelForCausalLM.from_pretrained(Ledger(tmp_path).path(config, 5))
    for measured in result.bins:
        batch = task.sample(generator(task.name, "test", measured.lengths, 0), measured.lengths, 60)
        right = 0
        for tokens, judged, targets in zip(batch.tokens, batch.judged, batch.targets, strict=True):
            scores = stock(torch.from_numpy(tokens)[None]).logits[0].detach().numpy()
            places = np.flatnonzero(judged)
            if task.format == "answer":
                right += all(scores[place].argmax() == targets[place] for place in places)
            else:
                outputs = list(task.outputs)
                right += all(np.array_equal(scores[place, outputs] > 0, targets[place]) for place in places)
        assert (measured.correct, measured.total) == (right, 60)


@pytest.mark.parametrize("form", ["tapered", "eq8"])
def test_the_regularizer_is_the_double_loop_over_positions_and_enters_loss_and_gradient(form: str) -> None:
    config = replace(small(LAST, layers=2), regularizer=0.3, regularizer_form=form)  # type: ignore[arg-type]
    flat = weights_of(config, 0, 1)
    weights = unflatten(flat, config.model)
    found = positional_norms(weights, config.model, config.regularizer_form)
    n = config.model.positions
    for model in (0, 1):
        total = 0.0
        places = weights["wpe.weight"][model].double()
        for layer in range(2):
            matrix = weights[f"h.{layer}.attn.c_attn.weight"][model].double()
            for head in (slice(0, 4), slice(4, 8)):
                queries, keys = places @ matrix[:, :8][:, head], places @ matrix[:, 8:16][:, head]
                for i in range(n):
                    for j in range(i + 1) if form == "tapered" else (0,):
                        total += float(queries[i] @ keys[j]) ** 2 / (n if form == "tapered" else 1)
        assert total > 1
        assert float(found[model]) == pytest.approx(total, rel=1e-5)
    judged = stacked([(training_layout(LAST, config, start(config, 0), 0), 0)], "cpu")
    slope = Slopes(LAST, config).at(flat, judged)
    plain = Slopes(LAST, replace(config, regularizer=0.0)).at(flat, judged)
    torch.testing.assert_close(slope.penalty, 0.3 * found)
    torch.testing.assert_close(slope.loss, plain.loss)
    assert not plain.penalty.any()
    moved = flat.clone()
    moved[0] -= 1e-4 * slope.gradient[0] / slope.gradient[0].norm()
    after = Slopes(LAST, config).at(moved, judged)
    fall = (slope.loss + slope.penalty - after.loss - after.penalty)[0]
    assert float(fall) == pytest.approx(1e-4 * float(slope.gradient[0].norm()), rel=0.05)  # the gradient of the sum


def test_the_optimiser_is_adamw_with_clipping_for_each_model_apart() -> None:
    config = small()
    flat, decay = weights_of(config, 0, 1), decay_mask(config.model, "cpu") * 0.1
    moments = Moments(torch.zeros_like(flat), torch.zeros_like(flat))
    known = [
        {
            name: torch.nn.Parameter(value[0].clone())
            for name, value in unflatten(flat[row : row + 1], config.model).items()
        }
        for row in (0, 1)
    ]
    rates = (0.01, 0.03)
    optimisers = [
        torch.optim.AdamW(
            [
                {"params": [p for p in each.values() if p.ndim == 2], "weight_decay": 0.1},
                {"params": [p for p in each.values() if p.ndim == 1], "weight_decay": 0.0},
            ],
            lr=rate,
        )
        for each, rate in zip(known, rates, strict=True)
    ]
    random = torch.Generator().manual_seed(0)
    for step in range(1, 6):
        gradient = torch.randn(flat.shape, generator=random) * torch.tensor([[1e-3], [1.0]])
        for row, (each, optimiser) in enumerate(zip(known, optimisers, strict=True)):
            for name, value in unflatten(gradient[row : row + 1], config.model).items():
                each[name].grad = value[0].clone()
            torch.nn.utils.clip_grad_norm_(each.values(), 1.0)
            optimiser.step()
        update(flat, clipped(gradient, 1.0), moments, [Pace(rate, step) for rate in rates], decay)
    for row in (0, 1):
        for name, value in unflatten(flat[row : row + 1], config.model).items():
            torch.testing.assert_close(value[0], known[row][name].detach(), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("task", TASKS)
def test_a_seed_learns_the_same_alone_as_in_a_stack(task: Task, tmp_path: Path) -> None:
    config = replace(small(task), max_steps=8)  # rounding differs, and grows with the steps
    stack = train(task, config, (0, 1, 2), Ledger(tmp_path / "stack"), Options())
    for result in stack:
        (alone,) = train(task, config, [result.seed], Ledger(tmp_path / "alone"), Options())
        assert (alone.steps, alone.stopped) == (result.steps, result.stopped)
        assert alone.loss == pytest.approx(result.loss, rel=1e-5)
        batch = task.sample(np.random.default_rng(0), (1, 12), 20)
        judged = stacked([(next(evaluation_layouts(batch, positions_from_zero(batch), words=20)), 0)], "cpu")
        found = []
        for name in ("stack", "alone"):
            model = read_gpt2(Ledger(tmp_path / name).path(config, result.seed))
            weights = unflatten(torch.from_numpy(model.flat)[None], config.model)
            found.append(logits(weights, config.model, judged.rows))
        torch.testing.assert_close(*found, atol=1e-4, rtol=1e-4)
    assert len({result.loss for result in stack}) == 3


def test_the_same_command_gives_the_same_bits(tmp_path: Path) -> None:
    config = small()
    for name in ("a", "b"):
        train(FIRST, config, (0, 1), Ledger(tmp_path / name), Options())
    for seed in (0, 1):
        models = [read_gpt2(Ledger(tmp_path / name).path(config, seed)).flat for name in ("a", "b")]
        assert np.array_equal(*models)


class KilledError(Exception):
    pass


def test_a_training_that_is_cut_down_anywhere_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    config = replace(small(), max_steps=25, cooldown_steps=5, evaluation_interval=10)
    whole = train(FIRST, config, (0, 1), Ledger(tmp_path / "whole"), Options())
    ledger, cuts = Ledger(tmp_path / "cut"), 0

    def cut(_: Progress) -> None:
        raise KilledError

    while True:
        try:
            # A checkpoint after every step, and a cut at the first report of progress: one step further each time.
            options = Options(checkpoint_seconds=0.0, on_progress=cut, report_seconds=0.0)
            found = train(FIRST, config, (0, 1), ledger, options)
            break
        except KilledError:
            cuts += 1
    assert cuts >= 20
    assert [outcome(result) for result in found] == [outcome(result) for result in whole]
    for seed in (0, 1):
        models = [read_gpt2(each.path(config, seed)).flat for each in (ledger, Ledger(tmp_path / "whole"))]
        assert np.array_equal(*models)
    assert not list((tmp_path / "cut" / ".checkpoints").iterdir())


def test_a_training_that_is_killed_after_recording_one_seed_ends_the_others_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(small(LAST), max_steps=200, evaluation_interval=10)
    whole = train(LAST, config, (0, 1, 2), Ledger(tmp_path / "whole"), Options())
    first = min(result.steps for result in whole)
    assert first < max(result.steps for result in whole)
    record, ledger = Ledger.record, Ledger(tmp_path / "cut", shipped=None)

    def record_and_die(*arguments: Any) -> Path:
        record(*arguments)
        raise KilledError

    monkeypatch.setattr(Ledger, "record", record_and_die)
    with pytest.raises(KilledError):
        train(LAST, config, (0, 1, 2), ledger, Options(checkpoint_seconds=1000))
    assert [result.steps for result in ledger.results()] == [first]
    monkeypatch.setattr(Ledger, "record", record)
    steps: list[int] = []
    options = Options(on_progress=lambda progress: steps.append(progress.step), report_seconds=0.0)
    found = train(LAST, config, (0, 1, 2), ledger, options)
    assert steps[0] == first + 1
    assert [outcome(result) for result in found] == [outcome(result) for result in whole]


PROGRAM = """
import sys
from pathlib import Path
import torch
from dataclasses import replace
from tests.train.small import LAST, small
from train.running.engine import Options, train
from train.ledger.ledger import Ledger
torch.set_num_threads(1)
config = replace(small(LAST), max_steps=240, fit_accuracy=1.0, lr=1e-5)
say = lambda progress: print(progress.step, flush=True)
options = Options(checkpoint_seconds=0.02, on_progress=say, report_seconds=0.0)
train(LAST, config, (0, 1), Ledger(Path(sys.argv[1])), options)
"""


def test_a_killed_process_resumes_at_its_checkpoint_and_ends_equal(tmp_path: Path) -> None:
    config = replace(small(LAST), max_steps=240, fit_accuracy=1.0, lr=1e-5)
    ledger = Ledger(tmp_path / "killed", shipped=None)
    command = [sys.executable, "-c", PROGRAM, str(ledger.directory)]
    with started(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 80:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    assert ledger.results() == ()
    steps: list[int] = []
    options = Options(on_progress=lambda progress: steps.append(progress.step), report_seconds=0.0)
    resumed = train(LAST, config, (0, 1), ledger, options)
    assert 20 < steps[0] < 240
    whole = train(LAST, config, (0, 1), Ledger(tmp_path / "whole"), Options())
    assert [outcome(result) for result in resumed] == [outcome(result) for result in whole]


def test_an_unfinished_training_goes_on_in_whatever_stack_its_seed_is_next(tmp_path: Path) -> None:
    config = replace(small(LAST), max_steps=40)
    ledger, steps = Ledger(tmp_path / "cut", shipped=None), []

    def cut(progress: Progress) -> None:
        if progress.step == 10:
            raise KilledError

    with suppress(KilledError):
        train(LAST, config, (0, 1, 2), ledger, Options(checkpoint_seconds=0.0, on_progress=cut, report_seconds=0.0))
    options = Options(on_progress=lambda progress: steps.append(progress.step), report_seconds=0.0)
    (one,) = train(LAST, config, [1], ledger, options)
    assert steps[0] == 11
    assert len(ledger.checkpoints(config)) == 1  # the other two are not finished
    steps.clear()
    found = train(LAST, config, (2, 0), ledger, options)
    assert steps[0] == 11
    assert ledger.checkpoints(config) == ()
    for result in (one, *found):
        (alone,) = train(LAST, config, [result.seed], Ledger(tmp_path / "whole", shipped=None), Options())
        assert result.steps == alone.steps
        assert result.loss == pytest.approx(alone.loss, rel=1e-3)


def test_without_resume_an_unfinished_training_starts_again(tmp_path: Path) -> None:
    config, steps = small(), []

    def cut(progress: Progress) -> None:
        steps.append(progress.step)
        if progress.step == 10:
            raise KilledError

    options = Options(checkpoint_seconds=0.0, on_progress=cut, report_seconds=0.0)
    for resume, first in ((True, 1), (True, 11), (False, 1)):
        steps.clear()
        with suppress(KilledError):
            train(FIRST, config, [0], Ledger(tmp_path / "a"), replace(options, resume=resume))
        assert steps[0] == first
        if first == 11:  # this one went to its end
            (tmp_path / "a").rename(tmp_path / "gone")


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    first = train(FIRST, small(), (0, 1), Ledger(tmp_path), Options())
    began = time.process_time()
    again = train(FIRST, small(), (1, 0), Ledger(tmp_path), Options(on_progress=lambda _: pytest.fail("trained")))
    assert again == first[::-1]
    assert time.process_time() - began < 1


def test_a_training_that_diverges_ends_with_that_as_its_result(tmp_path: Path) -> None:
    config = replace(small(), lr=1e38)
    (result,) = train(FIRST, config, [0], Ledger(tmp_path), Options())
    assert result.stopped == "diverged"
    assert result.steps < 60
    assert result.verdict == "did not fit"
    assert [each.total for each in result.bins] == [60, 60]
    assert np.isfinite(read_gpt2(Ledger(tmp_path).path(config, 0)).flat).all()


def test_a_seed_that_diverges_leaves_the_others_of_its_stack_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, at = 0, Slopes.at

    def with_a_bad_loss(*arguments: Any) -> Slope:
        nonlocal calls
        calls += 1
        slope = at(*arguments)
        if calls == 5:
            slope.loss[0] = slope.gradient[0, 3] = float("nan")
        return slope

    config = replace(small(), max_steps=8)
    (alone,) = train(FIRST, config, [1], Ledger(tmp_path / "alone"), Options())
    monkeypatch.setattr(Slopes, "at", with_a_bad_loss)
    wild, tame = train(FIRST, config, (0, 1), Ledger(tmp_path / "both"), Options())
    assert (wild.stopped, wild.steps) == ("diverged", 4)
    assert (tame.stopped, tame.steps) == ("budget", 8)
    assert tame.loss == pytest.approx(alone.loss, rel=1e-5)


def test_learning_rates_and_seeds_train_side_by_side_as_they_do_alone(tmp_path: Path) -> None:
    slow, fast = (replace(small(), max_steps=8, lr=lr) for lr in (1e-3, 1e-2))
    runs = [(slow, 0), (fast, 0), (fast, 1)]
    calls: list[tuple[int, ...]] = []
    options = Options(on_progress=lambda progress: calls.append(progress.seeds), report_seconds=0.0)
    together = train_runs(FIRST, runs, Ledger(tmp_path / "together"), options)
    assert calls[0] == (0, 0, 1)
    for (config, seed), result in zip(runs, together, strict=True):
        assert (result.config, result.seed) == (config, seed)
        (alone,) = train(FIRST, config, [seed], Ledger(tmp_path / "alone"), Options())
        assert alone.loss == pytest.approx(result.loss, rel=1e-5)
    assert len({result.loss for result in together}) == 3


def test_two_rates_of_one_seed_go_on_each_from_its_own_checkpoint(tmp_path: Path) -> None:
    slow, fast = (replace(small(), max_steps=8, lr=lr) for lr in (1e-3, 1e-2))
    runs = [(slow, 0), (fast, 0)]
    whole = train_runs(FIRST, runs, Ledger(tmp_path / "whole"), Options())
    ledger = Ledger(tmp_path / "cut", shipped=None)

    def cut(progress: Progress) -> None:
        if progress.step == 4:
            raise KilledError

    options = Options(checkpoint_seconds=0.0, on_progress=cut, report_seconds=0.0)
    with pytest.raises(KilledError):
        train_runs(FIRST, runs, ledger, options)
    resumed = train_runs(FIRST, runs, ledger, Options())
    assert [outcome(result) for result in resumed] == [outcome(result) for result in whole]


def test_two_rates_of_one_seed_that_train_apart_at_once_keep_checkpoints_apart(tmp_path: Path) -> None:
    slow, fast = (replace(small(), max_steps=8, lr=lr) for lr in (1e-3, 1e-2))
    ledger, steps = Ledger(tmp_path, shipped=None), list[int]()

    def cut(progress: Progress) -> None:
        if progress.step == 4:
            raise KilledError

    def train_the_other(progress: Progress) -> None:
        if progress.step == 4:
            train(FIRST, fast, [0], ledger, Options())
            raise KilledError

    for config, say in ((fast, cut), (slow, train_the_other)):
        with pytest.raises(KilledError):
            train(FIRST, config, [0], ledger, Options(checkpoint_seconds=0.0, on_progress=say, report_seconds=0.0))
    options = Options(on_progress=lambda progress: steps.append(progress.step), report_seconds=0.0)
    train(FIRST, slow, [0], ledger, options)
    assert steps[0] == 5


def test_models_of_two_shapes_cannot_train_side_by_side(tmp_path: Path) -> None:
    runs = [(small(), 0), (replace(small(), clip=2.0), 0)]
    with pytest.raises(ConfigError, match="may differ in lr and seed alone"):
        train_runs(FIRST, runs, Ledger(tmp_path / "runs"), Options())
    assert not (tmp_path / "runs").exists()


def test_the_regularizers_part_of_the_loss_is_in_the_result_by_itself(tmp_path: Path) -> None:
    config = replace(small(), max_steps=20, regularizer=0.01)
    (result,) = train(FIRST, config, [0], Ledger(tmp_path), Options())
    (plain,) = train(FIRST, replace(config, regularizer=0.0), [0], Ledger(tmp_path), Options())
    assert result.penalty is not None
    assert result.loss is not None
    assert 0 < result.penalty < result.loss
    assert plain.penalty is None
    again = Ledger(tmp_path).find(config, 0)
    assert again is not None
    assert again.penalty == result.penalty


def test_a_step_in_bf16_is_near_that_in_fp32_and_is_not_it() -> None:
    config = small(LAST, layers=2)
    flat = weights_of(config, 0, 1)
    judged = stacked([(training_layout(LAST, config, start(config, 0), 0), 0)], "cpu")
    exact, near = (Slopes(LAST, replace(config, precision=each)).at(flat, judged) for each in ("fp32", "bf16"))
    torch.testing.assert_close(near.loss, exact.loss, rtol=0.05, atol=0.02)
    apart = (near.gradient - exact.gradient).norm(dim=1) / exact.gradient.norm(dim=1)
    assert (apart < 0.1).all()
    assert (apart > 1e-4).all()


def test_a_configuration_for_another_task_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is for the task last, not for first"):
        train(FIRST, small(LAST), [0], Ledger(tmp_path / "runs"), Options())
    assert not (tmp_path / "runs").exists()


def test_the_learning_rate_warms_up_stays_and_falls_to_zero_after_a_fit() -> None:
    config = replace(small(), lr=1.0, warmup_steps=4, max_steps=1000, cooldown=0.5, cooldown_steps=10)
    course = start(config, 0)
    assert [learning_rate(config, replace(course, step=step)) for step in (0, 3, 4, 900)] == [0.2, 0.8, 1.0, 1.0]
    once = evaluated(config, replace(course, step=100, since=1), 1.0)
    assert (once.fits, once.fit_step) == (1, None)
    lost = evaluated(config, replace(once, step=200, since=1), 0.9)
    assert (lost.fits, lost.fit_step) == (0, None)
    twice = evaluated(config, replace(once, step=200, since=1), 1.0)
    assert (twice.fit_step, twice.end_step, twice.stopped) == (200, 300, None)
    assert learning_rate(config, replace(twice, step=250)) == 0.5
    assert evaluated(config, replace(twice, step=300, since=1), 1.0).stopped == "fitted"
    late = evaluated(config, replace(course, step=1000, since=1), 0.5)
    assert late.stopped == "budget"
    assert learning_rate(config, replace(course, step=995)) == pytest.approx(5 / 11)


def test_a_run_that_gets_no_better_is_given_up_after_its_patience_and_a_fall_of_the_rate() -> None:
    config = replace(small(), lr=1.0, patience=2.0, patience_steps=300, max_steps=10_000, cooldown_steps=100)
    course = start(config, 0)

    def at(course: Course, step: int, loss: float, accuracy: float) -> Course:
        return evaluated(config, replace(course, step=step, losses=loss, since=1), accuracy)

    course = at(at(course, 100, 2.0, 0.0), 200, 1.0, 0.0)
    course = at(course, 500, 0.995, 0.005)  # neither is new
    assert (course.best_step, course.stall_step) == (200, None)
    assert at(course, 590, 0.995, 0.005).stall_step is None
    given_up = at(course, 600, 0.995, 0.005)
    assert (given_up.stall_step, given_up.end_step, given_up.stopped) == (600, 700, None)
    assert learning_rate(config, replace(given_up, step=650)) == pytest.approx(50 / 101)
    assert at(given_up, 700, 0.99, 0.005).stopped == "stalled"
    late = at(at(given_up, 680, 0.1, 1.0), 700, 0.1, 1.0)
    assert (late.fit_step, late.end_step, late.stopped) == (700, 700, "fitted")
    for better in (at(course, 600, 0.98, 0.005), at(course, 600, 1.2, 0.02)):
        assert (better.best_step, better.stall_step) == (600, None)


def test_progress_tells_the_step_the_loss_and_the_accuracy_on_training_lengths(tmp_path: Path) -> None:
    seen: list[Progress] = []
    config = replace(small(), max_steps=30)
    train(FIRST, config, (0, 1), Ledger(tmp_path), Options(on_progress=seen.append, report_seconds=0.0))
    last = seen[-1]
    assert (last.task, last.pe, last.seeds, last.max_steps) == ("first", "ape", (0, 1), 30)
    assert [each.step for each in seen] == list(range(1, 30))
    assert last.loss is not None
    assert 0 < last.training_accuracy <= 1
    assert last.elapsed > 0 < last.remaining


def test_accuracy_is_tested_on_the_same_words_for_every_seed() -> None:
    config = small()
    flat = weights_of(config, 0)
    assert bin_accuracies(FIRST, config, flat) == bin_accuracies(FIRST, config, flat.clone())
    assert isinstance(start(config, 0), Course)


@pytest.mark.parametrize("task", TASKS)
def test_counts_by_length_are_those_of_the_words_one_by_one(task: Task) -> None:
    config = small(task)
    flat = weights_of(config, 3)
    for found in bin_accuracies(task, config, flat):
        batch = task.sample(generator(task.name, "test", found.lengths, 0), found.lengths, 60)
        tried, right = dict.fromkeys(batch.lengths.tolist(), 0), dict.fromkeys(batch.lengths.tolist(), 0)
        for row, length in enumerate(batch.lengths.tolist()):
            one = Batch(*(part[row : row + 1] for part in (batch.tokens, batch.judged, batch.targets, batch.lengths)))
            layouts = evaluation_layouts(one, positions_from_zero(one), words=1)
            right[length] += words_counted(task, config, flat, layouts)[0]
            tried[length] += 1
        assert found.by_length == tuple((n, right[n], tried[n]) for n in sorted(tried))
        assert (found.correct, found.total) == (sum(right.values()), 60)


def test_a_run_that_fits_at_once_still_has_its_least_steps_and_its_rate_falls_until_then() -> None:
    config = replace(small(), lr=1.0, max_steps=1000, cooldown=1.0, cooldown_steps=10, least_steps=500)
    once = evaluated(config, replace(start(config, 0), step=20, since=1), 1.0)
    twice = evaluated(config, replace(once, step=40, since=1), 1.0)
    assert (twice.fit_step, twice.end_step) == (40, 500)
    assert learning_rate(config, replace(twice, step=270)) == 0.5
    capped = replace(config, least_steps=5000)
    assert evaluated(capped, replace(once, step=40, since=1), 1.0).end_step == 1000


def test_lengths_grow_by_a_quarter_on_success_and_only_the_full_length_is_a_fit() -> None:
    config = replace(small(), grow_from=4, max_steps=1000)
    course = start(config, 0)
    unmoved = evaluated(config, replace(course, step=20, since=1), 0.5)
    assert unmoved.growth == ((0, 4),)
    for step, growth in ((40, (0, 4)), (60, (40, 5)), (80, (60, 6))):
        assert (course.growth[-1], course.fits, course.fit_step) == (growth, 0, None)
        course = evaluated(config, replace(course, step=step, since=1), 1.0)
    assert (course.growth, course.fits) == (((0, 4), (40, 5), (60, 6)), 1)
    assert evaluated(config, replace(course, step=100, since=1), 1.0).fit_step == 100


def test_growing_lengths_and_dropout_end_alike_cut_down_anywhere_and_in_a_stack(tmp_path: Path) -> None:
    config = replace(small(), grow_from=2, dropout=0.1, fit_accuracy=0.01, weight_decay=0.1)
    config = replace(config, max_steps=80, evaluation_interval=10)
    whole = train(FIRST, config, (0, 1), Ledger(tmp_path / "whole"), Options())
    assert [result.stopped for result in whole] == ["fitted", "fitted"]
    ledger = Ledger(tmp_path / "cut")
    for _ in range(30):
        if cut_down(config, ledger):
            break
    assert [outcome(each) for each in train(FIRST, config, (0, 1), ledger, Options())] == list(map(outcome, whole))


def cut_down(config: TrainConfig, ledger: Ledger) -> bool:
    """Trains until the next checkpoint is on the disk; whether nothing was left to do."""

    def stop(_: Path) -> None:
        raise KeyboardInterrupt

    try:
        train(FIRST, config, (0, 1), ledger, Options(checkpoint_seconds=0.02, on_kept=stop))
    except KeyboardInterrupt:
        return False
    return True


def test_dropout_leaves_out_its_share_by_model_and_step_and_nothing_in_tests() -> None:
    values = torch.ones(2, 40, 50, 3)
    drop = Dropout(0.25, (1, 2))
    found = drop(values)
    assert found.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert (found == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert not torch.equal(found[0], found[1])
    assert torch.equal(Dropout(0.25, (2,))(values[1:])[0], found[1]), "a model's own, whatever is beside it"
    config = replace(small(), dropout=0.5)
    judged = stacked([(training_layout(FIRST, config, start(config, 0), 0), 0)], "cpu")
    flat = weights_of(config, 0)
    courses = [start(config, 0), replace(start(config, 0), step=1)]
    one, again, later = (float(Slopes(FIRST, config).at(flat, judged, [courses[k]]).loss) for k in (0, 0, 1))
    assert one == again != later
    assert one != float(Slopes(FIRST, replace(config, dropout=0.0)).at(flat, judged).loss)


def test_dropout_is_that_of_the_stock_model_on_average() -> None:
    config = replace(small(LAST), dropout=0.2)
    judged = stacked([(training_layout(LAST, config, start(config, 0), 0), 0)], "cpu")
    flat = weights_of(config, 0)
    stock = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=6, n_positions=17, n_embd=8, n_layer=1, n_head=2, resid_pdrop=0.2, embd_pdrop=0.2, attn_pdrop=0.2
        )
    )
    weights = unflatten(flat, config.model)
    stock.transformer.load_state_dict({name: value[0] for name, value in weights.items()}, strict=False)
    stock.train()
    tokens, positions = judged.rows.tokens[0, :1, :4], judged.rows.positions[0, :1, :4]
    tokens, positions = tokens.repeat(3000, 1), positions.repeat(3000, 1)
    few = [each[None, :5] for each in (tokens, positions, torch.zeros_like(tokens))]
    rows = Rows(few[0], few[1], few[2], None)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)  # the stock model draws from the generator that all share
        ours = torch.cat([logits(weights, config.model, rows, Dropout(0.2, (k,)))[0] for k in range(600)])
        theirs = stock(input_ids=tokens, position_ids=positions).logits
    for moment in (torch.mean, torch.std):
        torch.testing.assert_close(moment(ours, dim=0), moment(theirs, dim=0), atol=0.05, rtol=0.05)
