"""Training students: stacks, resumption to the bit, the loss against a loop, divergence, what the tests measure."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tasks.experiments.teacher_sequences import TokenDistribution
from tests.cases import few
from tests.train.teaching.plain_models import run
from train.model.config import ConfigError
from train.teaching.architectures.architecture import architecture_of
from train.teaching.architectures.forward import forward
from train.teaching.config import TeachingConfig, teaching_from_json, teaching_key, teaching_to_json
from train.teaching.sequences import Drawer, initial_weights, planned_tests
from train.teaching.student_results import taught_from_json, taught_to_json
from train.teaching.training import BETAS, EPSILON, TrainingMoment, losses, stacks_exactly, taught

torch.set_num_threads(1)
KINDS = ("deepset", "softmax", "sigmoid", "linear", "ssm", "rnn")


def small(kind: str, **changes: object) -> TeachingConfig:
    """A protocol of a moment at the paper's sizes."""
    short = {"epochs": 2, "batches": 15, "batch_size": 32, "validation_batches": 2, "test_sequences": 200}
    return teaching_from_json({"architecture": {"kind": kind}, "test_lengths": [10, 15]} | short | changes)


@pytest.mark.parametrize(
    "changes",
    [{}, {"schedule": "plateau", "thought": 0.5}, {"schedule": "cosine", "precision": "fp64"}],
    ids=["plain", "with schedule", "cosine in fp64"],
)
@pytest.mark.parametrize("kind", few(KINDS, 2))
def test_stacked_seeds_equal_sequential_ones_bit_for_bit(kind: str, changes: dict[str, object]) -> None:
    config = small(kind, **changes)
    together = taught(config, [3, 1, 2])
    for stacked in together:
        (alone,) = taught(config, [stacked.seed])
        assert np.array_equal(stacked.weights, alone.weights)
        assert stacked.validation == alone.validation
        assert stacked.training == alone.training
        assert stacked.tests == alone.tests
    assert len({each.weights.tobytes() for each in together}) == 3


def test_sizes_that_fill_no_whole_vectors_are_trained_one_after_the_other_and_equal_too() -> None:
    config = small("sigmoid", batch_size=5, architecture={"kind": "sigmoid", "width": 3, "hidden": 7, "outputs": 5})
    assert stacks_exactly(small("sigmoid"))
    assert not stacks_exactly(config)
    together = taught(config, [0, 1])
    (alone,) = taught(config, [1])
    assert np.array_equal(together[1].weights, alone.weights)
    assert together[1].tests == alone.tests


def test_a_batch_of_the_papers_size_is_trained_on_the_same_in_a_stack() -> None:
    config = small("deepset", batch_size=256, epochs=1)
    together = taught(config, [0, 1])
    (alone,) = taught(config, [1])
    assert np.array_equal(together[1].weights, alone.weights)


@pytest.mark.parametrize(("precision", "nearness"), [("fp32", 1e-4), ("fp64", 1e-12)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_mean_over_a_loop_of_sequences_positions_and_outputs(
    kind: str, precision: str, nearness: float
) -> None:
    config = small(kind, offset=0.3, offset_after=4, thought=0.7, batch_size=5, precision=precision)
    drawer = Drawer(config, [4])
    examples = drawer.epoch(0).batch()
    assert examples.counted is not None
    student = initial_weights(config, "student", [4])
    found = float(losses(config, student, examples)[0])
    total = 0.0
    for sequence in range(5):
        tokens = examples.tokens[0, sequence].numpy().astype(np.float64)
        length = int(examples.counted[0, sequence].sum())
        assert 2 <= length <= 10
        _, wanted, labels = run(drawer.teachers[0].numpy(), config.teacher, tokens)
        _, states, outputs = run(student[0].numpy(), config.student, tokens)
        labels[4:] += 0.3
        total += ((outputs - labels)[:length] ** 2).sum() / 20 + 0.7 * ((states - wanted)[:length] ** 2).sum() / 20
    assert found == pytest.approx(total / (5 * 10), rel=nearness)


def test_curves_are_those_of_a_loop_over_the_test_sequences() -> None:
    config = small("rnn", test_sequences=100)
    (result,) = taught(config, [5])
    drawer = Drawer(config, [5])
    examples = drawer.test(planned_tests(config)[0])
    labels, errors = [], []
    for tokens in examples.tokens[0].numpy().astype(np.float64):
        label = run(drawer.teachers[0].numpy(), config.teacher, tokens)[2]
        errors.append((run(result.weights, config.student, tokens)[2] - label) ** 2)
        labels.append(label)
    validation = [
        run(drawer.teachers[0].numpy(), config.teacher, tokens.astype(np.float64))[2][-1]
        for tokens in drawer.validation().tokens[0].numpy()
    ]
    away = np.array(labels) - np.mean(validation, axis=0)
    (curve,) = result.tests
    np.testing.assert_allclose(curve.loss, np.mean(errors, axis=(0, 2)), rtol=1e-3)
    np.testing.assert_allclose(curve.variance, np.var(labels, axis=0).mean(1), rtol=1e-3)
    np.testing.assert_allclose(curve.constant, (away**2).mean(axis=(0, 2)), rtol=1e-3)
    assert len(curve.loss) == 15
    assert curve.mean_loss(10) == pytest.approx(np.mean(errors, axis=(0, 2))[:10].mean(), rel=1e-3)
    assert curve.share(15) == pytest.approx(curve.loss[14] / curve.variance[14])


def test_a_cosine_brings_the_rate_to_zero_step_by_step() -> None:
    config = small("rnn", schedule="cosine", weight_decay=0.1, epochs=2, batches=3)
    (result,) = taught(config, [5])
    drawer, flat = Drawer(config, [5]), initial_weights(config, "student", [5]).requires_grad_()
    optimizer = torch.optim.AdamW([flat], betas=BETAS, eps=EPSILON, weight_decay=0.1)
    for step in range(6):
        if step % 3 == 0:
            epoch = drawer.epoch(step // 3)
        optimizer.param_groups[0]["lr"] = 1e-3 * (1 + np.cos(np.pi * step / 6)) / 2
        optimizer.zero_grad()
        losses(config, flat, epoch.batch()).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(result.weights, flat.detach()[0], atol=1e-6)
    (constant,) = taught(small("rnn", weight_decay=0.1, epochs=2, batches=3), [5])
    assert np.abs(constant.weights - result.weights).max() > 1e-3


def test_a_student_that_diverges_is_a_result_and_the_others_go_on() -> None:
    config = small("ssm", lr=1e30, epochs=3)
    results = taught(config, [0, 1])
    assert {each.stopped for each in results} == {"diverged"}
    curve = replace(results[0].tests[0], loss=(float("inf"), 1.0))
    text = json.dumps(taught_to_json(replace(results[0], tests=(curve,))), allow_nan=False)
    again = taught_from_json(json.loads(text))
    assert np.isnan(again.tests[0].loss[0])
    assert (again.tests[0].loss[1], again.stopped) == (1.0, "diverged")
    fine = taught(replace(config, lr=1e-3), [0, 1])
    assert {each.stopped for each in fine} == {"budget"}


def test_a_run_is_read_back_from_json_to_the_bit() -> None:
    config = small("softmax", tokens="band", shortest=10, test_lengths=[10])
    (result,) = taught(config, [0])
    again = taught_from_json(taught_to_json(result))
    assert np.array_equal(again.weights, result.weights)
    assert again.tests == result.tests
    assert [each.test for each in again.tests] == ["band", "corners"]
    assert (again.config, again.seed, again.training) == (config, 0, result.training)


def test_a_teacher_is_the_same_in_every_experiment_and_differs_from_its_student() -> None:
    one, other = small("deepset"), small("deepset", longest=5, offset=0.2, offset_after=5)
    assert torch.equal(Drawer(one, [0]).teachers, Drawer(other, [0]).teachers)
    assert not torch.equal(Drawer(one, [0]).teachers, initial_weights(one, "student", [0]))
    assert not torch.equal(Drawer(one, [0]).teachers, Drawer(one, [1]).teachers)


def test_training_can_be_stopped_between_epochs() -> None:
    def stop(moment: TrainingMoment) -> None:
        if moment.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taught(small("ssm"), [0], stop)


def test_identities_hold_all_that_decides_what_comes_out() -> None:
    config = small("ssm")
    changed = [
        config,
        replace(config, lr=2e-3),
        replace(config, tokens=TokenDistribution(distribution="normal")),
        replace(config, student=architecture_of("ssm", contraction=0.5)),
        replace(config, test_lengths=(10, 16)),
    ]
    keys = [teaching_key(each, seed).identity for each in changed for seed in (0, 1)]
    assert len(set(keys)) == len(keys)
    assert teaching_key(teaching_from_json(teaching_to_json(config)), 0).identity == keys[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"longest": 1}, "shortest=2 is above longest=1"),
        ({"longest": 5, "tokens": "band"}, "tokens in a band need one training length"),
        ({"tokens": "corners"}, "expected one of uniform, normal, grid, band to train on"),
        ({"tokens": "dice"}, "tokens: tokens: expected one of"),
        ({"tokens": {"distribution": "band", "band": 0.001}}, "band: expected at least 0.05"),
        ({"tokens": {"width": 3}}, "the tokens have width 3, but the models have 20"),
        ({"test_lengths": [20, 10]}, "rising whole numbers"),
        ({"test_lengths": 10}, "expected a list"),
        ({"test_lengths": [20000]}, "rising whole numbers from 1 to 10000"),
        ({"student": {"width": 4}}, "width: the teacher has 20, but the student has 4"),
        ({"student": {"hidden": 30}, "thought": 1.0}, "thought: the teacher's states have 20 numbers"),
        ({"lr": 0}, "lr: expected a number above 0"),
        ({"lr": float("nan")}, "lr: expected a finite number"),
        ({"epochs": -1}, "epochs: expected a whole number of at least 0"),
        ({"epochs": True}, "epochs: expected a whole number"),
        ({"schedule": "step"}, "schedule: expected one of none, plateau, cosine"),
        ({"precision": "fp16"}, "precision: expected one of fp32, fp64"),
        ({"patience": 3}, "patience: expected some of architecture"),
        ({"test_sequences": 10**9}, "a test of 300,000,000,000 numbers"),
        ({"teacher": {"kind": "ssm"}}, "expected architecture, or teacher and student"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused_with_the_reason(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        small("ssm", **changes)


def test_another_kind_of_student_keeps_the_sizes() -> None:
    config = small("rnn", student={"kind": "ssm"})
    assert (config.teacher.kind, config.student.kind, config.student.hidden) == ("rnn", "ssm", 20)
    assert teaching_key(config, 0).task == "rnn taught to ssm"


@pytest.mark.parametrize("labels", ["sums", "products"])
def test_labels_that_are_sums_or_products_are_those_of_a_loop(labels: str) -> None:
    config = small("deepset", labels=labels, batch_size=4)
    drawer = Drawer(config, [5, 2])
    examples = drawer.epoch(0).batch()
    for model in range(2):
        phases = drawer.phases[model].numpy()
        for sequence in range(4):
            value = np.full(20, 0.0 if labels == "sums" else 1.0)
            for place in range(10):
                simple = np.sin(2 * np.pi * examples.tokens[model, sequence, place].numpy() + phases) / 5
                value = value + simple if labels == "sums" else value * (1 + simple)
                np.testing.assert_allclose(examples.labels[model, sequence, place], value, atol=1e-5)
    assert not torch.allclose(drawer.phases[0], drawer.phases[1])
    with pytest.raises(ConfigError, match="thought: labels that are sums have no states"):
        small("deepset", labels="sums", thought=1.0)


def test_the_constrained_learner_minimises_what_each_positions_error_exceeds_epsilon_by() -> None:
    config = small("ssm", epsilon=1e-3, batch_size=6)
    drawer = Drawer(config, [0, 1])
    examples, student = drawer.epoch(0).batch(), initial_weights(config, "student", [0, 1])
    found = losses(config, student, examples)
    made = forward(student, config.student, examples.tokens).outputs
    assert examples.counted is not None
    for model in range(2):
        excess = []
        for place in range(10):
            rows = [row for row in range(6) if examples.counted[model, row, place, 0]]
            errors = (made - examples.labels)[model, rows, place].square()
            excess.append(max(0.0, float(errors.mean()) - 1e-3) if rows else 0.0)
        assert float(found[model]) == pytest.approx(sum(excess) / 10, rel=1e-4)


def test_the_weights_stay_in_their_ball_and_seeds_learn_the_same_alone() -> None:
    config = small("rnn", epsilon=1e-4, radius=7.0, epochs=1)
    together = taught(config, [0, 1])
    (alone,) = taught(config, [1])
    assert np.array_equal(together[1].weights, alone.weights)
    assert all(float(np.linalg.norm(each.weights)) < 7.0001 for each in together)


def test_what_was_added_later_is_not_said_where_it_is_not_used() -> None:
    assert {"labels", "epsilon", "radius", "precision"}.isdisjoint(teaching_to_json(small("rnn")))
    used = small("rnn", labels="sums", epsilon=0.1, radius=5.0, precision="fp64")
    assert teaching_from_json(teaching_to_json(used)) == used
    assert teaching_key(used, 0) != teaching_key(small("rnn"), 0)
