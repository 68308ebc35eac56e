"""Made-up results, for what shows results: device and versions say so, and they are written nowhere but in tests."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.data_version import DATA_VERSION
from tasks.drawing.mixture import STRATA
from train.ledger.accuracy import BinAccuracy, bin_accuracy
from train.ledger.horizon import CRITERIA, Horizon, horizon_limit
from train.ledger.result import FITS, Result
from train.model.config import TRAINING_VERSION, TrainConfig
from train.sweep.grid import Cell, suite_cells

WORDS = 100


def made_up(config: TrainConfig, seed: int, reach: float, *, version: int = DATA_VERSION) -> Result:
    """A result whose words are right up to about `reach` letters; the words of version 1 have no strata."""
    rng = np.random.default_rng([seed, int(reach)])
    bins = []
    for bounds in config.bins:
        lengths = rng.integers(bounds[0], bounds[1] + 1, WORDS)
        right = lengths + rng.integers(-9, 10, WORDS) < reach
        counted = bin_accuracy(bounds, lengths, right)
        bins.append(counted if version == 1 else replace(counted, strata=_strata(right)))
    limit = horizon_limit(config)
    found = min(int(reach), limit)
    horizon = Horizon(dict.fromkeys(CRITERIA, found), limit if found == limit else min(limit, 2 * found))
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
        versions={"made-up": "0", "data": str(version), "training": str(TRAINING_VERSION)},
        device="made-up",
        horizon=horizon if version > 1 and bins[0].accuracy >= FITS else None,
    )


def _strata(right: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    """Half of the words, a quarter and a quarter."""
    parts = zip(STRATA, np.split(right, [len(right) // 2, 3 * len(right) // 4]), strict=True)
    return tuple((name, int(part.sum()), len(part)) for name, part in parts)


def counted(
    config: TrainConfig, seed: int, shares: Sequence[float], horizon: tuple[int, int] | None = None, *, version: int = 2
) -> Result:
    """A result with these shares of a thousand words right in each range, and this horizon, as far as it was tried."""
    result = made_up(config, seed, 400, version=version)
    bins = []
    for bounds, share in zip(config.bins, shares, strict=True):
        right = np.arange(1000) < round(1000 * share)
        counts = BinAccuracy(bounds, int(right.sum()), 1000)
        bins.append(
            counts if version == 1 else replace(counts, strata=_strata(np.random.default_rng(0).permutation(right)))
        )
    found = None if horizon is None else Horizon(dict.fromkeys(CRITERIA, horizon[0]), horizon[1])
    return replace(result, bins=tuple(bins), horizon=found)


@cache
def made_up_suite() -> tuple[tuple[Cell, ...], tuple[Result, ...]]:
    """The whole benchmark's cells, some hundred, with six made-up runs each, a few of them missing."""
    first: dict[tuple[str, str, float], Cell] = {}
    for cell in (cell for cell in suite_cells("paper") if cell.config.train_length == 50):
        first.setdefault((cell.config.task, cell.config.model.pe, cell.config.regularizer), cell)
    cells = tuple(replace(cell, seeds=tuple(range(6))) for cell in first.values())
    reaches = (400, 120, 70, 30)
    results = [
        made_up(cell.config, seed, reaches[(k + seed * (k % 5 == 0)) % 4])
        for k, cell in enumerate(cells)
        for seed in cell.seeds
        if k % 17
    ]
    return cells, tuple(results)
