"""Measures finished teacher-student runs: identification before and after training, and the tracking of a sequence.

The measurements are kept in the ledger too, so that each run is measured once.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.teacher.identification import linear_identification, parameter_recovery, permutation_recovery
from eval.teacher.outcome import (
    KIND,
    Errors,
    Identified,
    Outcome,
    Stage,
    Tracking,
    measured_version,
    outcome_from_json,
    outcome_to_json,
    reported_lengths,
    shown_places,
)
from tasks.experiments.teacher_sequences import DATA_VERSION
from train.ledger.store import RunKey, Store
from train.model.flat_arrays import arrays_by_name
from train.teaching.architectures.architecture import RECURRENT, Architecture, parameters
from train.teaching.architectures.forward import forward
from train.teaching.config import TeachingConfig, teaching_key
from train.teaching.runner import find_taught
from train.teaching.sequences import Drawer, initial_weights, planned_tests
from train.teaching.student_results import ErrorCurve, Taught

SEQUENCES = 1000  # how many sequences identification is measured on
SEQUENCES_AT_ONCE = 100  # how many sequences are computed at once


def measured_key(config: TeachingConfig, seed: int) -> RunKey:
    """Return the ledger's key of the measurement of a run."""
    return replace(teaching_key(config, seed), kind=KIND, data=str(DATA_VERSION), code=measured_version())


def find_measured(store: Store, config: TeachingConfig, seed: int) -> Outcome | None:
    """Return the measurement of a run; None if it was not trained. A run that is only trained is measured now."""
    key = measured_key(config, seed)
    kept = store.find(key)
    if kept is None:
        taught = find_taught(store, config, seed)
        if taught is None:
            return None
        store.finish(key, outcome_to_json(measured(taught)))
        kept = store.find(key)
        assert kept is not None
    return outcome_from_json(kept.record)


def measured(taught: Taught) -> Outcome:
    """Return the measurement of a run."""
    config = taught.config
    # These are enough for a fit on half of them, whatever the size of the state.
    sequences = max(min(config.test_sequences, SEQUENCES), 4 * (config.student.hidden + 1))
    drawer = Drawer(replace(config, test_sequences=sequences), [taught.seed])
    final, tests = drawer.tensor(taught.weights).unsqueeze(0), planned_tests(config)
    tokens = drawer.test(tests[0]).tokens
    found = (
        [_of_stages(drawer, final, drawer.test(test).tokens) for test in tests] if taught.stopped == "budget" else []
    )
    return Outcome(
        config=config,
        seed=taught.seed,
        stopped=taught.stopped,
        errors=tuple(_errors(config, curve) for curve in taught.tests),
        identified=found[0] if found else {},
        tracking=_tracking(drawer, final, tokens[:, :1]),
        cpu_seconds=taught.cpu_seconds,
        versions=taught.versions,
        corners=found[1] if len(found) > 1 else {},
    )


def _of_stages(drawer: Drawer, final: Tensor, tokens: Tensor) -> dict[Stage, Identified]:
    """Return what the untrained and the trained student identify on these sequences; the drawer has one seed."""
    config = drawer.config
    stages: dict[Stage, Tensor] = {
        "initial": initial_weights(config, "student", drawer.seeds),
        "trained": final,
    }
    taught = [drawer.taught(part).hidden[0] for part in torch.split(tokens, SEQUENCES_AT_ONCE, 1)]
    wanted = np.asarray(torch.cat(taught).numpy(), dtype=np.float64)
    places = shown_places(config, tokens.shape[2])
    return {stage: _identified(config, flat, drawer.teachers, tokens, wanted, places) for stage, flat in stages.items()}


@torch.no_grad()
def _hidden(flat: Tensor, architecture: Architecture, tokens: Tensor) -> NDArray[np.float64]:
    """Return the hidden representations: (sequences, length, m)."""
    parts = [forward(flat, architecture, part).hidden[0] for part in torch.split(tokens, SEQUENCES_AT_ONCE, 1)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)


def _identified(
    config: TeachingConfig,
    flat: Tensor,
    teacher: Tensor,
    tokens: Tensor,
    wanted: NDArray[np.float64],
    places: tuple[int, ...],
) -> Identified:
    hidden = _hidden(flat, config.student, tokens)
    # The frozen map is fitted on the kept training positions, which come first among the kept ones.
    first = sum(place <= config.longest for place in places)
    columns = [place - 1 for place in places]
    linear = linear_identification(hidden[:, columns], wanted[:, columns], first)
    permutation = None
    if hidden.shape == wanted.shape and config.student.kind in RECURRENT:
        last = min(config.longest, tokens.shape[2]) - 1
        permutation = permutation_recovery(hidden[:, last], wanted[:, last])
    return Identified(
        in_sample=linear.in_sample,
        held_out=linear.held_out,
        frozen=linear.frozen,
        correlation=None if permutation is None else permutation.correlation,
        permuted_share=None if permutation is None else permutation.share,
        parameters={}
        if config.labels != "teacher"
        else parameter_recovery(_arrays(flat, config.student), _arrays(teacher, config.teacher)),
    )


def _arrays(flat: Tensor, architecture: Architecture) -> dict[str, NDArray[np.float64]]:
    arrays = arrays_by_name(flat, parameters(architecture)).items()
    return {name: np.asarray(array[0].numpy(), dtype=np.float64) for name, array in arrays}


def _errors(config: TeachingConfig, curve: ErrorCurve) -> Errors:
    length = len(curve.loss)
    lengths, places = reported_lengths(config, length), shown_places(config, length)
    picked = {
        name: tuple(getattr(curve, name)[place - 1] for place in places) for name in ("loss", "variance", "constant")
    }
    means = {each: curve.mean_loss(each) for each in lengths}
    return Errors(curve.test, places, picked["loss"], picked["variance"], picked["constant"], means)


@torch.no_grad()
def _tracking(drawer: Drawer, flat: Tensor, tokens: Tensor) -> Tracking:
    labels = drawer.labelled(tokens, None).labels[0, 0, :, 0]
    made = forward(flat, drawer.config.student, tokens).outputs[0, 0, :, 0]
    return Tracking(tuple(labels.tolist()), tuple(made.tolist()))
