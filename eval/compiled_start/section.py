"""The page's section on compiled models."""

import math
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from eval.compiled_start.protocol import RATES, STEPS
from eval.compiled_start.records import FILE, StartRecord, read_records
from eval.compiled_start.table import COLUMNS, DRIFT_COLUMNS, LEGEND, beside, drift, in_words
from eval.page.chart import Series, line_chart
from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from eval.page.scales import Axis
from tasks.ground.html import render

LEAST_LOSS, MOST_LOSS = 1e-15, 1e5  # the ends of the logarithmic axis of losses


def compiled_start_section(sources: Sources) -> Section | None:
    """Return the section with two tables, a figure and a paragraph; None if there are no records."""
    file = FILE if sources.results is None else sources.results / FILE.parent.name / FILE.name
    records = read_records(file)
    if not records:
        return None
    drifts = range(1, len(DRIFT_COLUMNS))
    made = render(
        Path(__file__).with_name("section.html"),
        said=in_words(records),
        beside=table("Compiled beside trained", COLUMNS, beside(records), numbers=range(4, len(COLUMNS))),
        chart=_chart(records),
        drift=table("Training from the compiled weights", DRIFT_COLUMNS, drift(records), numbers=drifts),
        legend=LEGEND,
    )
    return Section("compiled-start", "Compiled beside trained", made)


def _chart(records: Sequence[StartRecord]) -> Markup | None:
    """Return the loss by step from the compiled weights without noise, with a line for each task.

    The result is None if there is nothing to draw.
    """
    series = []
    for task in dict.fromkeys(record.task for record in records):
        line = [r for r in records if (r.task, r.origin, r.noise, r.rate) == (task, "compiled", 0.0, RATES[0])]
        line.sort(key=lambda record: record.step)
        finite = [r for r in line if math.isfinite(r.asked.loss)]
        if finite:
            losses = tuple(min(MOST_LOSS, max(LEAST_LOSS, r.asked.loss)) for r in finite)
            series.append(Series(task, tuple(float(r.step) for r in finite), losses))
    if not series:
        return None
    return line_chart(
        "chart-compiled-start",
        f"Loss on the training lengths, trained from the compiled weights at rate {RATES[0]:g}",
        series,
        (Axis("step", (0, STEPS[-1])), Axis("loss", (LEAST_LOSS, MOST_LOSS), log=True)),
        description="A line a task: the loss before the first step, and after each number of steps that was asked.",
    )
