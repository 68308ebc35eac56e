"""The page's section on teachers and students: tables, readings, errors and R² by position, tracking, failure cases."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from markupsafe import Markup

from eval.page.chart import Level, Mark, Series, line_chart
from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from eval.page.scales import Axis
from eval.teacher.outcome import Errors, Outcome
from eval.teacher.runs import measured_outcomes, shipped_runs, shown_of
from eval.teacher.teacher_table import COLUMNS, LEGEND, RECOVERY_COLUMNS, RECOVERY_LEGEND, Shown, recovery_rows, rows_of
from eval.teacher.theorem_reading import reading
from tasks.ground.html import render
from train.ledger.store import Store
from train.teaching.experiments import read_experiments, suite_path

LEAST_ERROR, MOST_ERROR = 1e-6, 1e3  # the ends of the logarithmic axis of nMSE, and the least loss that is shown
MOST_SERIES = 6
LISTS = ("paper", "tables", "extensions")  # the lists of experiments; those that have outcomes are shown
THOUGHT = "SSM, wide state"  # the names in the chart of chain of thought begin with this
RECOVERY = "Recurrences: permutation and parameters"
TRACKED = 2  # the most charts of one sequence
LEAD = (
    "A student of an architecture is trained on short sequences that a random teacher of that architecture labels "
    "(arXiv 2402.04875), and tested on longer ones. A small loss alone says little: labels may hardly vary, and a "
    "constant may do as well."
)


def teacher_section(sources: Sources) -> Section | None:
    """Return the section on the ledger's and the shipped runs; None if there are none."""
    found = shipped_runs(sources.results) | measured_outcomes(Store(sources.runs))
    shown = shown_of([each for name in LISTS for each in read_experiments(suite_path(name))], found)
    if not shown:
        return None
    charts = _loss_chart(shown), _fit_chart(shown), _failure_chart(shown), _thought_chart(shown)
    recovered = recovery_rows(shown)
    made = render(
        Path(__file__).with_name("section.html"),
        lead=LEAD,
        charts=[*(chart for chart in charts if chart is not None), *_tracking_charts(shown)],
        table=table("Teacher and student, published beside measured", COLUMNS, rows_of(shown), numbers=range(3, 13)),
        legend=LEGEND,
        recovered=table(RECOVERY, RECOVERY_COLUMNS, recovered, numbers=range(2, 7)) if recovered else None,
        recovery_legend=RECOVERY_LEGEND,
        readings=[(each.experiment.name, reading(each)) for each in shown],
    )
    return Section("teacher-student", "Teacher and student: whole architectures", made)


def _of_group(shown: Sequence[Shown], group: str) -> list[Shown]:
    """Return the group's experiments, without those in which a student diverged."""
    fine = [each for each in shown if all(outcome.stopped != "diverged" for outcome in each.outcomes)]
    return [each for each in fine if each.experiment.group == group][:MOST_SERIES]


def _series(shown: Shown, values: Callable[[Outcome], Sequence[float]]) -> Series:
    """Return the seeds' mean at each kept position of the first test, with their range."""
    places = shown.outcomes[0].errors[0].places
    columns = list(zip(*(values(outcome) for outcome in shown.outcomes), strict=True))
    return Series(
        shown.experiment.name,
        tuple(map(float, places)),
        tuple(fmean(column) for column in columns),
        tuple(min(column) for column in columns),
        tuple(max(column) for column in columns),
    )


def _shares(errors: Errors) -> tuple[float, ...]:
    """Return nMSE at each kept position, clipped to the axis."""
    pairs = zip(errors.loss, errors.variance, strict=True)
    return tuple(
        min(max(loss / variance if variance else math.inf, LEAST_ERROR), MOST_ERROR) for loss, variance in pairs
    )


def _loss_chart(shown: Sequence[Shown]) -> Markup | None:
    chosen = _of_group(shown, "length")
    if not chosen:
        return None
    last = max(chosen[0].outcomes[0].errors[0].places)
    return line_chart(
        "teacher-loss",
        "Loss over label variance by position, the range over the seeds around the mean",
        [_series(each, lambda outcome: _shares(outcome.errors[0])) for each in chosen],
        (Axis("position"), Axis("nMSE, above 1,000 as 1,000", log=True)),
        description="A line that stays low carries to longer sequences; at 1 the student is no better than a mean.",
        marks=[Mark(chosen[0].experiment.config.longest, "trained to here")],
        levels=[Level((1, last), 1.0, "the labels' mean")],
    )


def _fit_chart(shown: Sequence[Shown]) -> Markup | None:
    chosen = _of_group(shown, "length")
    if not chosen:
        return None
    return line_chart(
        "teacher-fit",
        "R² of the hidden representation, the linear map fitted on training lengths alone",
        [_series(each, _frozen) for each in chosen],
        (Axis("position"), Axis("R², frozen map; below 0 as 0")),
        description="A line that falls is a representation that drifts away from the teacher's with length.",
        marks=[Mark(chosen[0].experiment.config.longest, "trained to here")],
    )


def _frozen(outcome: Outcome) -> tuple[float, ...]:
    """Return R² of the frozen map, with negative values as 0: a map that is worse than the mean shows nothing."""
    return tuple(max(value, 0.0) for value in outcome.identified["trained"].frozen)


def _failure_chart(shown: Sequence[Shown]) -> Markup | None:
    chosen = _of_group(shown, "failure")
    if not chosen:
        return None
    return line_chart(
        "teacher-failure",
        "Failure cases: labels have an offset after T0, which training shows or not",
        [
            _series(each, lambda outcome: tuple(max(loss, LEAST_ERROR) for loss in outcome.errors[0].loss))
            for each in chosen
        ],
        (Axis("position"), Axis("squared error", log=True)),
        description="Where the offset was not seen in training, the error after T0 is about its square.",
    )


def _thought_chart(shown: Sequence[Shown]) -> Markup | None:
    chosen = _of_group([each for each in shown if each.experiment.name.startswith(THOUGHT)], "thought")
    if not chosen:
        return None
    return line_chart(
        "teacher-thought",
        "Chain of thought: an SSM whose state is wider than its tokens, without and with supervised states",
        [_series(each, lambda outcome: _shares(outcome.errors[0])) for each in chosen],
        (Axis("position"), Axis("nMSE", log=True)),
        description="One that is taught the states as well carries, where the training length is Theorem 19's; at 1 a "
        "student is no better than a mean.",
        marks=[Mark(chosen[0].experiment.config.longest, "trained to here")],
    )


def _tracking_charts(shown: Sequence[Shown]) -> list[Markup]:
    """Return charts of one sequence's labels and outputs, for up to two architectures."""
    charts = []
    wanted = ("softmax attention", "SSM")
    for number, each in enumerate(
        [one for one in _of_group(shown, "length") if one.experiment.name in wanted][:TRACKED]
    ):
        tracking = each.outcomes[0].tracking
        places = tuple(float(place) for place in range(1, len(tracking.label) + 1))
        charts.append(
            line_chart(
                f"teacher-tracking-{number}",
                f"{each.experiment.name}: one output along one test sequence, seed {each.outcomes[0].seed}",
                [Series("teacher", places, tracking.label), Series("student", places, tracking.made)],
                (Axis("position"), Axis("output")),
                description="Where the lines part, the student no longer follows its teacher.",
                marks=[Mark(each.experiment.config.longest, "trained to here")],
            )
        )
    return charts
