"""The compiled step: the eager one's losses and gradients up to rounding. `make test-compile`."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch._dynamo.utils import counters

from tasks.task import Task
from tests.train.small import FIRST, LAST, small
from train.running.schedule import start
from train.running.step import Slopes, StepWords, initial_weights

pytestmark = [
    pytest.mark.skipif("CRASP_COMPILE" not in os.environ, reason="make test-compile: a minute or two of CPU time"),
    pytest.mark.skipif(shutil.which(os.environ.get("CXX", "g++")) is None, reason="no C++ compiler"),
    pytest.mark.filterwarnings("ignore"),  # what torch says of its own compiler
]
SEEDS = (0, 1, 2)
STEPS = 4


@pytest.mark.parametrize(
    ("task", "regularizer"), [pytest.param(FIRST, 0.01, id="answer"), pytest.param(LAST, 0.0, id="continuations")]
)
def test_a_compiled_steps_losses_and_gradients_are_those_of_the_eager_one(task: Task, regularizer: float) -> None:
    config = replace(small(task, layers=2), regularizer=regularizer, batch_size=3)
    flat = torch.from_numpy(np.stack([initial_weights(task, config, seed) for seed in SEEDS]))
    words, eager, compiled = StepWords(task, config), Slopes(task, config), Slopes(task, config, compiled=True)
    counters.clear()
    shapes = set()
    for step in range(STEPS):
        judged = words.at([replace(start(config, seed), step=step) for seed in SEEDS], "cpu")
        shapes.add(judged.rows.tokens.shape)
        known, found = eager.at(flat, judged), compiled.at(flat, judged)
        torch.testing.assert_close(found.loss, known.loss, rtol=1e-5, atol=0)
        torch.testing.assert_close(found.penalty, known.penalty, rtol=1e-5, atol=0)
        apart = (found.gradient - known.gradient).norm(dim=1) / known.gradient.norm(dim=1)  # (models,)
        assert apart.max() < 1e-5
    assert len(shapes) > 1  # one graph for rows of whatever length
    assert counters["frames"]["ok"] > 0  # it was compiled
