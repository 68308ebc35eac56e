"""Made-up results, for what shows results: device and versions say so, and they are written nowhere but in tests."""

import numpy as np

from tasks.version import DATA_VERSION
from train.ledger.accuracy import bin_accuracy
from train.ledger.result import Result
from train.model.config import TRAINING_VERSION, TrainConfig
from train.sweep.grid import Cell, suite_cells

WORDS = 100


def made_up(config: TrainConfig, seed: int, reach: float) -> Result:
    """A result whose words are right up to about `reach` letters."""
    rng = np.random.default_rng([seed, int(reach)])
    bins = []
    for bounds in config.bins:
        lengths = rng.integers(bounds[0], bounds[1] + 1, WORDS)
        right = lengths + rng.integers(-9, 10, WORDS) < reach
        bins.append(bin_accuracy(bounds, lengths, right))
    return Result(
        config=config,
        seed=seed,
        steps=100,
        fit_step=90,
        stopped="fitted",
        loss=0.1,
        training_accuracy=1.0,
        bins=tuple(bins),
        seconds=1.0,
        cpu_seconds=1.0,
        versions={"made-up": "0", "data": str(DATA_VERSION), "training": str(TRAINING_VERSION)},
        device="made-up",
    )


def made_up_suite() -> tuple[tuple[Cell, ...], tuple[Result, ...]]:
    """The whole benchmark's cells, some hundred, with three made-up runs each, a few of them missing."""
    cells = suite_cells("paper")
    reaches = (400, 120, 70, 30)
    results = [
        made_up(cell.config, seed, reaches[(k + seed * (k % 5 == 0)) % 4])
        for k, cell in enumerate(cells)
        for seed in cell.seeds
        if k % 17
    ]
    return cells, tuple(results)
