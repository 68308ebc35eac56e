"""The report on one model, as a page like that of the leaderboard."""

from collections.abc import Sequence

from markupsafe import Markup

from eval.measuring.accuracy_curves import curve_of_bins
from eval.measuring.confidence_intervals import NAME, percent, wilson
from eval.measuring.model_findings import Finding, in_a_sentence, reach, standing
from eval.page.assets import part
from eval.page.chart import Level, Mark, Note, Series, line_chart
from eval.page.html_table import table
from eval.page.page_frame import Section, render_page
from eval.page.rows_table import task_anchor
from eval.page.scales import Axis
from eval.page.verdict_signs import SIGNS
from tasks.registry import get_task
from tasks.task import ENCODINGS, Task
from train.ledger.result import GENERALIZES


def report_page(model: str, found: Sequence[Finding], *, words: int) -> str:
    """The page on what the model solves and how far, with a part for each task that it could be asked about.

    Args:
        model: The name of the model.
        found: What was found for each task; tasks that the model could not be asked about are listed with the reason.
        words: The number of words for each range of lengths.
    """
    asked = sorted((each for each in found if each.measurement is not None), key=lambda each: not each.solved)
    refused = [[each.task, str(each.because)] for each in found if each.measurement is None]
    sections = [Section("solved", "What it solves", _solved(asked))]
    if asked:
        sections.append(Section("tasks", "Task by task", Markup().join(map(_part, asked))))
    if refused:
        sections.append(
            Section("not-asked", "What it could not be asked", table("Tasks and why not", ["task", "why not"], refused))
        )
    made = (
        f"{words} fresh words for each range of lengths, each word counted as wholly right or not; intervals: {NAME}."
    )
    sections.append(Section("made", "How it was made", part("paragraphs", texts=[made])))
    return render_page(f"What {model} solves", in_a_sentence(model, found), sections)


def _solved(asked: Sequence[Finding]) -> Markup:
    if not asked:
        return part("paragraphs", texts=["It could not be asked about any task, because no task has its tokens."])
    columns = ["task", "verdict", "accuracy by range (95% interval)", "how far"]
    return table("Each task that could be asked", columns, [_row(each) for each in asked])


def _row(each: Finding) -> list[str]:
    assert each.measurement is not None
    assert each.longest is not None
    shares = []
    for bin_ in each.measurement.bins:
        low, high = wilson(bin_.correct, bin_.total)
        a, b = bin_.lengths
        shares.append(f"{a}–{b}: {percent(bin_.accuracy)} ({percent(low)}–{percent(high)})")
    verdict = standing(each)
    sign = SIGNS.get(verdict, "✓")
    return [each.task, f"{sign} {verdict}", "; ".join(shares), reach(each.longest)]


def _part(each: Finding) -> Markup:
    task = get_task(each.task)
    theory = [(ENCODINGS[pe], record) for pe, record in task.theory.items()]
    return part("report_task", task=task, anchor=task_anchor(task.name), chart=_chart(task, each), theory=theory)


def _chart(task: Task, each: Finding) -> Markup:
    assert each.measurement is not None
    assert each.longest is not None
    bins, trained = each.measurement.bins, each.measurement.trained_to
    curve = curve_of_bins([bins])
    tried = each.longest.tried
    longest = max([bins[-1].lengths[1], *(t.lengths[0] for t in tried)])
    series = [
        Series("mean of ten lengths", curve.lengths, curve.means),
        Series(
            "words of one length, in the search for the longest",
            tuple(float(t.lengths[0]) for t in tried),
            tuple(t.accuracy for t in tried),
            line=False,
            look=1,
        ),
    ]
    notes = [Note(f"{SIGNS[r.verdict]} {ENCODINGS[pe]}") for pe, r in task.theory.items()]
    first, last = (f"{percent(curve.means[k])}% near length {curve.lengths[k]:g}" for k in (0, -1))
    return line_chart(
        f"chart-{task.name.replace('_', '-')}",
        f"{task.title}: accuracy by length",
        series,
        (Axis("length of the word", (0, longest)), Axis("right", (0, 1), percent=True)),
        description=f"Measured: {first}, {last}; {reach(each.longest)}.",
        marks=(Mark(trained, "training lengths end"),),
        levels=(Level((trained, 2 * trained), GENERALIZES, f"{GENERALIZES:.0%}"),) if len(bins) > 1 else (),
        notes=(Note("predicted:"), *notes),
    )
