"""The summary: how many rows agree, the confusion table of predicted against measured, and its exceptions."""

import html
from collections import Counter
from collections.abc import Callable, Sequence

from eval.board.rows import Row
from eval.measuring.intervals import percent
from eval.page.rows_table import task_anchor
from eval.page.signs import SIGNS, marked
from train.ledger.result import FITS

PREDICTED = ("generalizes", "fails", "unknown")
EXPRESSED = (
    "Predicted to generalise. That a program exists says what the idealised learner finds once the training lengths "
    "are long enough: it is no promise for these lengths, nor for every run of gradient descent. Of each run that fits:"
)
IMPOSSIBLE = (
    "Predicted to fail. That no such transformer exists is a theorem of unbounded lengths, which leaves room at short "
    "ones. Of each run that fits:"
)
CONJECTURED = (
    "Predicted to fail. That tasks without a program fail is conjectured, not proved, and words of twice the training "
    "lengths are a mild test of it. Of each run that fits:"
)
UNFITTED = (
    f"No evidence for or against the theory: under {FITS:.0%} of the words of the training lengths are right, so the "
    "training found no model of the task even there."
)
MEASURED = ("generalizes", "mixed", "fails", "did not fit", "not run")


def summary(rows: Sequence[Row]) -> str:
    """The counts in a sentence, the confusion table, and why the rows that are no agreement are none."""
    exceptions: dict[str, list[Row]] = {}
    for row in rows:
        if row.agreement in ("no", "mixed"):
            exceptions.setdefault(_reach(row), []).append(row)
    unfitted = [row for row in rows if row.measured == "did not fit"]
    parts = [f"<p>{_in_a_sentence(rows)}</p>", _confusion(rows)]
    if exceptions:
        parts.append('<h3 id="exceptions">Where prediction and measurement differ</h3>')
        parts += [f"<p>{html.escape(reach)}</p>{_list(together, _why)}" for reach, together in exceptions.items()]
    if unfitted:
        parts.append('<h3 id="not-fitted">What did not fit its training lengths</h3>')
        parts.append(f"<p>{html.escape(UNFITTED)}</p>{_list(unfitted, _unfitted)}")
    return "".join(parts)


def _list(rows: Sequence[Row], say: Callable[[Row], str]) -> str:
    return '<ul class="reasons">' + "".join(f"<li>{_link(row)}: {say(row)}</li>" for row in rows) + "</ul>"


def _in_a_sentence(rows: Sequence[Row]) -> str:
    count = Counter(row.agreement for row in rows)
    judged = count["yes"] + count["no"] + count["mixed"]
    if not judged:
        return f"Of {len(rows)} rows, each a task and setting, none has evidence yet."
    return (
        f"Of {len(rows)} rows, each a task and setting, {judged} have evidence: in <strong>{count['yes']}</strong> the "
        f"measured verdict is the predicted one, in <strong>{count['no']}</strong> it is not, in "
        f"<strong>{count['mixed']}</strong> the seeds differ."
    )


def _confusion(rows: Sequence[Row]) -> str:
    count: Counter[tuple[str, str]] = Counter((row.prediction.verdict, row.measured) for row in rows)
    head = "".join(f'<th scope="col" class="number">{SIGNS[m]}<br>{html.escape(m)}</th>' for m in MEASURED)
    body = []
    for predicted in PREDICTED:
        if not any(count[predicted, measured] for measured in MEASURED):
            continue
        cells = "".join(
            f'<td class="number{_agrees(predicted, measured)}">{count[predicted, measured]}</td>'
            for measured in MEASURED
        )
        body.append(f'<tr><th scope="row">predicted: {marked(predicted)}</th>{cells}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Predicted against measured">'
        '<table id="confusion"><caption>Rows by predicted and measured verdict; framed: they agree.</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _agrees(predicted: str, measured: str) -> str:
    return " framed" if predicted == measured else ""


def _link(row: Row) -> str:
    return f'<a href="#{task_anchor(row.task)}">{html.escape(row.task)}</a> {row.setting}'


def _shares(row: Row, bin_: int) -> str:
    return ", ".join(f"{percent(result.bins[bin_].accuracy)}%" for result in row.results if result.fitted)


def _reach(row: Row) -> str:
    """How far the prediction reaches: what a measurement against it may mean."""
    if row.prediction.verdict == "generalizes":
        return EXPRESSED
    return IMPOSSIBLE if row.prediction.standing == "theorem" else CONJECTURED


def _why(row: Row) -> str:
    """What was measured, and what is published."""
    a, b = row.bins[1].lengths
    published = "" if row.published is None else f"; published {row.published[1]:g}%"
    return f"{marked(row.measured)}, {_shares(row, 1)} of lengths {a}–{b} right{published}"


def _unfitted(row: Row) -> str:
    first = ", ".join(f"{percent(result.bins[0].accuracy)}%" for result in row.results)
    steps = max(result.steps for result in row.results)
    published = "" if row.published is None else f"; published {row.published[0]:g}%"
    return f"{first} of the training lengths right after at most {steps:,} steps{published}"
