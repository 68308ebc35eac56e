"""The errors by length of teacher-student runs as a text table, with the error of a constant answer beside each."""

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from tasks.ground.console import columns_in_line
from train.ledger.store import Store
from train.teaching.config import TeachingConfig
from train.teaching.experiments import Experiment
from train.teaching.runner import find_taught
from train.teaching.student_results import ErrorCurve, Taught

HEAD = ("experiment", "seeds", "test", "length", "loss", "last", "variance", "nMSE", "constant")
LEGEND = (
    "loss: mean over the positions up to the length, and its standard deviation over the seeds; last: at the last "
    "position alone; variance: of the labels there; nMSE: last over variance; constant: nMSE of always saying the mean "
    "label of the longest training length."
)


def reported_lengths(config: TeachingConfig, curve: ErrorCurve) -> tuple[int, ...]:
    """Return the lengths of a test that a table shows: the test lengths it reaches, or else its whole length."""
    return tuple(each for each in config.test_lengths if each <= len(curve.loss)) or (len(curve.loss),)


def summary(experiments: Sequence[Experiment], store: Store) -> str:
    """Return a table of the ledger's runs of the experiments, with a row for each test and length."""
    rows = [list(HEAD)]
    for experiment in experiments:
        found = [find_taught(store, experiment.config, seed) for seed in experiment.seeds]
        runs = [each for each in found if each is not None]
        if runs:
            rows += _rows(experiment.name, runs)
    return "\n".join([*columns_in_line(rows), "", LEGEND])


def _rows(name: str, runs: Sequence[Taught]) -> list[list[str]]:
    diverged = sum(run.stopped == "diverged" for run in runs)
    seeds = f"{len(runs)}" + (f", {diverged} diverged" if diverged else "")
    rows = []
    for index, curve in enumerate(runs[0].tests):
        curves = [run.tests[index] for run in runs]
        for length in reported_lengths(runs[0].config, curve):
            place = length - 1
            losses = [each.mean_loss(length) for each in curves]
            variances = [each.variance[place] for each in curves]
            shares = [
                each.constant[place] / each.variance[place] if each.variance[place] else math.inf for each in curves
            ]
            rows.append(
                [
                    name,
                    seeds,
                    curve.test,
                    str(length),
                    f"{fmean(losses):.2g} ± {deviation(losses):.1g}",
                    f"{fmean(each.loss[place] for each in curves):.2g}",
                    f"{fmean(variances):.2g}",
                    f"{fmean(each.share(length) for each in curves):.2g}",
                    f"{fmean(shares):.2g}",
                ]
            )
    return rows


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation over the seeds; not a number if a value is not finite."""
    return pstdev(values) if all(map(math.isfinite, values)) else math.nan
