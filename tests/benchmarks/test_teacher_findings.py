"""What holds of these architectures whatever the seed, at a size that trains in a moment; `make check-teacher` asks for
more, of longer trainings."""

from dataclasses import replace
from functools import cache

import pytest
import torch

from benchmarks.teacher_findings import (
    CARRIES,
    DOES_NOT,
    IDENTIFIED,
    KEPT,
    NOT_WHOLLY,
    OFFSET_PAIR,
    findings_of_every_seed,
)
from eval.teacher.measuring import measured
from eval.teacher.outcome import Outcome
from eval.teacher.runs import shipped_runs, shown_of
from eval.teacher.theorem_reading import is_of_constants_size
from train.ledger import SHIPPED as RESULTS
from train.teaching.config import teaching_from_json
from train.teaching.experiments import read_experiments, suite_path
from train.teaching.training import taught

torch.set_num_threads(1)

SMALL = {"epochs": 6, "batch_size": 128, "lr": 3e-3, "test_sequences": 640, "validation_batches": 2}
OFFSET = {
    "architecture": {"kind": "deepset", "inner_layers": 1, "output_layers": 1, "final": "none"},
    "student": {"inner_layers": 2, "output_layers": 2},
    "offset": 0.2,
    "offset_after": 5,
    "test_lengths": [5, 10],
}


WIDE = {
    "architecture": {"kind": "ssm", "width": 10, "outputs": 5, "contraction": 0.8},
    "tokens": "normal",
    "longest": 3,
    "test_lengths": [3, 100],
}


@cache
def outcome(kind: str) -> Outcome:
    (result,) = taught(teaching_from_json(SMALL | {"architecture": {"kind": kind}}), [0])
    return measured(result)


def test_an_rnn_carries_to_ten_times_the_length() -> None:
    errors = outcome("rnn").errors[0]
    assert errors.share(10) < 0.5
    assert errors.share(100) <= 2 * errors.share(10)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["deepset", "ssm"])
def test_a_sum_and_an_ssm_are_no_better_than_a_constant_at_ten_times_the_length(kind: str) -> None:
    errors = outcome(kind).errors[0]
    assert errors.share(100) >= 0.2 * errors.constant_share(100)


@pytest.mark.long
def test_softmax_attentions_representation_is_identified_by_training() -> None:
    found, places = outcome("softmax").identified, outcome("softmax").errors[0].places
    at = places.index(10)
    assert found["trained"].held_out[at] - found["initial"].held_out[at] > 0.5


def test_an_untrained_rnn_fits_already() -> None:
    # Why the fit at the start stands in the table: .90 in the specification's measurements.
    found, places = outcome("rnn").identified, outcome("rnn").errors[0].places
    assert found["initial"].held_out[places.index(10)] > 0.8


@pytest.mark.long
def test_an_offset_that_training_did_not_show_costs_its_square() -> None:
    after = []
    for longest in (10, 5):
        (result,) = taught(teaching_from_json(SMALL | OFFSET | {"longest": longest}), [0])
        after.append(sum(result.tests[0].loss[5:]) / 5)
    seen, not_seen = after
    assert not_seen / seen > 5
    assert 0.02 < not_seen < 0.08  # the square of 0.2, within a factor of two


@pytest.mark.long
def test_chain_of_thought_carries_where_a_wide_state_is_not_found_from_outputs_alone() -> None:
    without, supervised = (
        measured(taught(teaching_from_json(SMALL | WIDE | {"thought": thought}), [0])[0]) for thought in (0.0, 1.0)
    )
    for each in (without, supervised):
        assert each.errors[0].share(3) < 0.1
    assert is_of_constants_size(without)
    assert not is_of_constants_size(supervised)
    assert without.errors[0].share(100) > 2 * supervised.errors[0].share(100)
    # The linear map of the training lengths: the state is found, or drifts.
    assert without.identified["trained"].frozen[-1] < 0.7
    assert supervised.identified["trained"].frozen[-1] > 0.9


def test_what_is_said_of_every_seed_holds_of_the_shipped_runs() -> None:
    experiments = read_experiments(suite_path("paper"))
    shown = shown_of(experiments, shipped_runs(RESULTS))
    findings = findings_of_every_seed(shown)
    assert [each.text for each in findings if not each.holds] == []
    # None is left out for a name that the list no longer has.
    assert len(findings) == len(CARRIES) + len(DOES_NOT) + len(NOT_WHOLLY) + len(KEPT) + len(IDENTIFIED) + 2
    named = {*CARRIES, *DOES_NOT, *NOT_WHOLLY, *KEPT, *IDENTIFIED, *OFFSET_PAIR}
    assert all(len(each.outcomes) == len(each.experiment.seeds) for each in shown if each.experiment.name in named)


@pytest.mark.parametrize(
    ("name", "far"),
    [("RNN", 0.9), ("SSM, wide state", 0.01), ("SSM", 0.01), (KEPT[0], 0.9)],
    ids=["carries", "does not", "in part", "keeps within twice"],
)
def test_a_finding_is_lost_where_one_seed_does_not_bear_it_out(name: str, far: float) -> None:
    shown = [
        each
        for each in shown_of(read_experiments(suite_path("paper")), shipped_runs(RESULTS))
        if each.experiment.name == name
    ]
    (one,) = shown
    assert findings_of_every_seed(shown)[0].holds
    first, *others = one.outcomes
    errors = first.errors[0]
    changed = replace(first, errors=(replace(errors, loss=(*errors.loss[:-1], far * errors.variance[-1])),))
    (finding, *_) = findings_of_every_seed([replace(one, outcomes=(*others, changed))])
    assert not finding.holds
