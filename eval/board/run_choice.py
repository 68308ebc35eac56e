"""Rules that choose one of a cell's fitted runs from the training lengths alone, and how far the chosen run is right.

A rule gives each run a score that does not depend on words longer than the training words, and picks the run with the
greatest score. Runs with equal scores share the pick. docs/evaluation.md lists the rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean
from typing import Any, Final, TypeAlias

import numpy as np

from eval.board.fitted_runs import FAR_TIMES, on_mixture, right_to
from eval.board.prediction_scores import Estimate, FloatArray, estimated
from eval.board.rows import Row
from train.ledger.horizon import TIMES
from train.ledger.result import Result

Score: TypeAlias = Callable[[Result], float | None]
DISTANCES: Final = (2, FAR_TIMES, TIMES)  # multiples of the training length
RANDOM: Final = "any fitted run, at random"


@dataclass(frozen=True)
class Rule:
    """A rule that picks the run with the greatest score; it skips cells with a run whose score is not known."""

    name: str
    score: Score


def _trait(name: str, sign: int) -> Score:
    return lambda run: None if run.traits is None or name not in run.traits else sign * run.traits[name]


def _position_trait(name: str) -> Score:
    """The score that prefers small values of a trait of the table of positions; None for models without a table."""
    found = _trait(name, -1)
    return lambda run: None if run.config.model.pe != "ape" else found(run)


def _parameters(run: Result) -> float:
    shape = run.config.model
    return float(shape.layers * shape.width**2)


RULES: Final = (
    Rule(RANDOM, lambda _: 0.0),
    Rule("smallest model", lambda run: -_parameters(run)),
    Rule("largest model", _parameters),
    Rule("widest model", lambda run: float(run.config.model.width)),
    Rule("fewest layers", lambda run: -float(run.config.model.layers)),
    Rule("earliest fit", lambda run: None if run.fit_step is None else -float(run.fit_step)),
    Rule("latest fit", lambda run: None if run.fit_step is None else float(run.fit_step)),
    Rule("lowest loss", _trait("loss", -1)),
    Rule("largest margin", _trait("margin", 1)),
    Rule("largest margin but for 5% of the words", _trait("margin_5", 1)),
    Rule("flattest", _trait("flatness", -1)),
    Rule("smallest weights", _trait("weight_norm", -1)),
    Rule("smallest positional norm, as published code has it", _position_trait("position_norm")),
    Rule("smallest positional norm, equation (8)", _position_trait("position_norm_eq8")),
)
BEST: Final = "the best, which peeks at longer words"


@dataclass(frozen=True)
class ChoiceOutcome:
    """The results of a rule's picks: for each distance the share of cells that are right, and the number of cells.

    `gain` is the mean difference to a random pick in the same cells, at `FAR_TIMES` the training length. `wrongly` is
    the share of picks that are right there among the cells that are predicted to fail, with the number of these cells.
    """

    rule: str
    shares: Mapping[int, tuple[float, int]]
    gain: Estimate | None
    wrongly: tuple[float, int]

    def record(self) -> dict[str, Any]:
        """The outcome as JSON data."""
        gain = self.gain
        return {
            "rule": self.rule,
            "right": {str(times): {"share": share, "cells": cells} for times, (share, cells) in self.shares.items()},
            "gain": None if gain is None else {"value": gain.value, "interval": gain.interval},
            "wrongly": {"share": self.wrongly[0], "cells": self.wrongly[1]},
        }


def outcomes(rows: Sequence[Row]) -> tuple[ChoiceOutcome, ...]:
    """The outcome of every rule, over the rows with at least two fitted runs, on words of the mixture."""
    cells = [row for row in rows if row.fitted > 1 and on_mixture(row.results)]
    found = [_outcome(rule.name, cells, partial(_picked, rule)) for rule in RULES]
    return (*found, _outcome(BEST, cells, _best))


def _outcome(name: str, cells: Sequence[Row], share: Callable[[Row, int], float | None]) -> ChoiceOutcome:
    found = {
        verdict: [row for row in cells if row.prediction.verdict == verdict] for verdict in ("generalizes", "fails")
    }
    shares = {times: _mean([share(row, times) for row in found["generalizes"]]) for times in DISTANCES}
    pairs = [(row.task, share(row, FAR_TIMES), _picked(RULES[0], row, FAR_TIMES)) for row in found["generalizes"]]
    known = [(task, own - other) for task, own, other in pairs if own is not None and other is not None]
    gain = None
    if known and name != RANDOM:
        gain = estimated(_mean_of_column, np.array([[each] for _, each in known]), [task for task, _ in known])
    return ChoiceOutcome(name, shares, gain, _mean([share(row, FAR_TIMES) for row in found["fails"]]))


def _mean_of_column(values: FloatArray) -> float | None:
    return float(values.mean())


def _mean(shares: Sequence[float | None]) -> tuple[float, int]:
    known = [share for share in shares if share is not None]
    return (mean(known), len(known)) if known else (0.0, 0)


def _picked(rule: Rule, row: Row, times: int) -> float | None:
    """The share of the runs picked by the rule that are right at `times`; None if a score or a result is not known."""
    fitted = [run for run in row.results if run.fitted]
    scores = [rule.score(run) for run in fitted]
    known = [score for score in scores if score is not None]
    right = [right_to(run, times) for run in fitted]
    if len(known) < len(fitted) or None in right:
        return None
    return mean(float(bool(own)) for own, score in zip(right, known, strict=True) if score == max(known))


def _best(row: Row, times: int) -> float | None:
    right = [right_to(run, times) for run in row.results if run.fitted]
    return None if None in right else float(any(right))
