"""The teacher-student table: published beside measured figures, and beside each loss the error of a constant answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from types import MappingProxyType

from eval.teacher.outcome import Outcome
from train.teaching.experiments import Experiment

COLUMNS = (
    "experiment",
    "seeds",
    "test",
    "length",
    "loss",
    "published loss",
    "nMSE",
    "constant",
    "R²",
    "held out",
    "frozen",
    "at start",
    "published R²",
)
LEGEND = (
    "loss: mean over positions and outputs up to the length, ± its standard deviation over the seeds, as the paper "
    "reports it. nMSE: loss at the last position over the variance of the labels there, both averaged over the seeds: "
    "0 is exact, 1 no better than knowing the mean. constant: nMSE of always saying the mean label of the longest "
    "training length.",
    "R²: of the teacher's hidden representation from the student's, a linear map with intercept fitted and scored on "
    "the same sequences at the length's last position; held out: fitted on one half, scored on the other; frozen: "
    "fitted on the training lengths alone; at start: the untrained student's, held out.",
    "Published: 100 epochs, 5 seeds; loss at every length is between 1e-7 and 1e-4 in Figure 2, which has no numbers; "
    "R² of Table 1 is the mean over the positions.",
)
FIGURE = "1e-7 to 1e-4"
AS_LONG = ", 100 epochs"  # the names of the list `tables` end with this
FOUR = ("deep set", "softmax attention", "SSM", "RNN")

# (loss, R²) as the paper's Tables 1 and 2 have them, by experiment, test and length.
PUBLISHED_FIGURES: Mapping[tuple[str, str, int], tuple[str, str]] = MappingProxyType(
    {
        **{(name, "lengths", length): (FIGURE, "") for name in FOUR for length in (10, 50)},
        **{("deep set", "lengths", length): (FIGURE, ".97 ± .01") for length in (20, 100)},
        **{(name, "lengths", length): (FIGURE, ".99 ± .01") for name in FOUR[1:] for length in (20, 100)},
        ("deep set, composition", "corners", 10): ("8e-8 ± 2e-8", ".96 ± .01"),
        ("softmax attention, composition", "corners", 10): ("3.1e-6 ± 1e-6", "1.00"),
        ("SSM, composition", "corners", 10): ("5.9e-6 ± 2e-6", "1.00"),
        ("RNN, composition", "corners", 10): ("3.5e-7 ± 2e-7", ".96 ± .01"),
        ("deep set, offset seen", "lengths", 5): ("1e-3 ± 1e-4", ""),
        ("deep set, offset seen", "lengths", 20): ("2e-3 ± 3e-4 after T0", ""),
        ("deep set, offset not seen", "lengths", 5): ("7e-4 ± 1e-4", ""),
        ("deep set, offset not seen", "lengths", 20): ("7e-3 ± 1e-3 after T0", ""),
        ("softmax attention, offset seen", "lengths", 10): ("6e-4 ± 1e-4", ""),
        ("softmax attention, offset seen", "lengths", 20): ("6e-3 ± 3e-3 after T0", ""),
        ("softmax attention, offset not seen", "lengths", 10): ("1e-5 ± 1e-6", ""),
        ("softmax attention, offset not seen", "lengths", 20): ("1e-2 ± 3e-3 after T0", ""),
    }
)

RECOVERY_COLUMNS = ("experiment", "seeds", "correlation", "h - Π h~", "transition", "input", "output map")
RECOVERY_LEGEND = (
    "Recovery, each before → after training, mean over the seeds. correlation: of the coordinates of the two states in "
    "their best matching, at the last training position (1 up to a permutation and scales); h - Π h~: mean squared "
    "difference of the matched coordinates over the teacher's variance (0 where Theorem 9's permutation is found); "
    "transition, input, output map: norm of the difference to the teacher's matrix over that one's norm (0 where "
    "Theorems 19 and 20 find it)."
)
MATRICES = ("transition", "input", "outer.0.weight")


@dataclass(frozen=True)
class Shown:
    """An experiment with its outcomes, seed by seed."""

    experiment: Experiment
    outcomes: tuple[Outcome, ...]


def rows_of(shown: Sequence[Shown]) -> list[list[str]]:
    """Return a row for each experiment, test and reported length."""
    return [row for each in shown for index in range(len(each.outcomes[0].errors)) for row in _rows(each, index)]


def _rows(shown: Shown, index: int) -> list[list[str]]:
    first = shown.outcomes[0].errors[index]
    return [_row(shown, index, length) for length in first.means]


def _row(shown: Shown, index: int, length: int) -> list[str]:
    name, outcomes = shown.experiment.name, shown.outcomes
    errors = [each.errors[index] for each in outcomes]
    losses = [each.means[length] for each in errors]
    published = PUBLISHED_FIGURES.get((name.removesuffix(AS_LONG), errors[0].test, length), ("", ""))
    fits = ["", "", "", ""]
    place = errors[0].places.index(length)
    identified = [each.corners if index else each.identified for each in outcomes]
    trained = [each["trained"] for each in identified if "trained" in each]
    if trained:
        start = [each["initial"] for each in identified if "initial" in each]
        fits = [
            f"{fmean(values[place] for values in curves):.3f}"
            for curves in (
                [each.in_sample for each in trained],
                [each.held_out for each in trained],
                [each.frozen for each in trained],
                [each.held_out for each in start],
            )
        ]
    return [
        name,
        seeds_text(outcomes),
        errors[0].test,
        str(length),
        f"{fmean(losses):.2g} ± {pstdev(losses):.1g}" if len(losses) > 1 else f"{losses[0]:.2g}",
        published[0],
        f"{share(outcomes, index, length):.2g}",
        f"{constant_share(outcomes, index, length):.2g}",
        *fits,
        published[1],
    ]


def seeds_text(outcomes: Sequence[Outcome]) -> str:
    """Return how many seeds there are, and how many of them diverged."""
    diverged = sum(each.stopped == "diverged" for each in outcomes)
    return f"{len(outcomes)}" + (f" ({diverged} diverged)" if diverged else "")


def share(outcomes: Sequence[Outcome], index: int, length: int) -> float:
    """Return loss over label variance at a position.

    Both are averaged over the seeds first, because the labels of one seed may hardly vary.
    """
    errors = [each.errors[index] for each in outcomes]
    place = errors[0].places.index(length)
    return _ratio([each.loss[place] for each in errors], [each.variance[place] for each in errors])


def constant_share(outcomes: Sequence[Outcome], index: int, length: int) -> float:
    """Return the error of the constant answer over label variance at a position."""
    errors = [each.errors[index] for each in outcomes]
    place = errors[0].places.index(length)
    return _ratio([each.constant[place] for each in errors], [each.variance[place] for each in errors])


def _ratio(above: Sequence[float], below: Sequence[float]) -> float:
    return fmean(above) / fmean(below) if fmean(below) else float("inf")


def recovery_rows(shown: Sequence[Shown]) -> list[list[str]]:
    """Return a row for each experiment with two recurrences: how far state and maps are the teacher's own."""
    rows = []
    for each in shown:
        found = [outcome.identified for outcome in each.outcomes if "trained" in outcome.identified]
        if not found or found[0]["trained"].correlation is None:
            continue
        start, end = [stages["initial"] for stages in found], [stages["trained"] for stages in found]
        cells = [
            _change([one.correlation for one in start], [one.correlation for one in end]),
            _change([one.permuted_share for one in start], [one.permuted_share for one in end]),
        ]
        for name in MATRICES:
            cells.append(
                _change([one.parameters.get(name) for one in start], [one.parameters.get(name) for one in end])
            )
        rows.append([each.experiment.name, seeds_text(each.outcomes), *cells])
    return rows


def _change(start: Sequence[float | None], end: Sequence[float | None]) -> str:
    """Return the means before and after training; empty if there are no such numbers."""
    before, after = ([value for value in values if value is not None] for values in (start, end))
    return f"{fmean(before):.2g} → {fmean(after):.2g}" if before and after else ""
