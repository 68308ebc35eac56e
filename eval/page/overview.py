"""The summary: how many rows agree, the confusion table of predicted against measured, and its exceptions."""

import html
from collections import Counter
from collections.abc import Callable, Sequence

from eval.board.fitted_runs import FAR, FIRST, reaches
from eval.board.headline import METHOD, sentences
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
    "Predicted to fail. That tasks without a program fail is conjectured, not proved, and words of two to three times "
    "the training length are a mild test of it. Of each run that fits:"
)
UNFITTED = (
    f"No evidence for or against the theory: under {FITS:.0%} of the words of the training lengths are right, so the "
    "training found no model of the task even there."
)
MEASURED = ("generalizes", "fails", "too few fit", "did not fit", "not tested", "old words", "not run")
ALWAYS = ("generalizes", "fails")  # of the columns of the confusion table
FEW = (
    f"Of fewer than {FIRST} fitted runs none is right at the lengths of the verdict: too few to say that the cell "
    "fails. Of each run that fits:"
)
OLD = (
    "Measured on old words, and so by the old rule alone: the words of up to twice the training length, of all runs "
    "that fit. Where the verdict is not the predicted one, or the runs differ:"
)


def summary(rows: Sequence[Row]) -> str:
    """The headline, the confusion table, and why the rows that are no agreement are none."""
    parts = [*(f"<p>{html.escape(said)}</p>" for said in sentences(rows)), _confusion(rows)]
    parts.append(f'<p class="note">Intervals: {html.escape(METHOD)}.</p>')
    exceptions = [row for row in rows if row.agreement == "no"]
    older = [row for row in rows if row.measured == "old words" and row.old_agreement in ("no", "mixed")]
    if exceptions or older:
        parts.append('<h3 id="exceptions">Where prediction and measurement differ</h3>')
    together: dict[str, list[Row]] = {}
    for row in exceptions:
        together.setdefault(_reach(row), []).append(row)
    parts += [f"<p>{html.escape(reach)}</p>{_list(those, _why)}" for reach, those in together.items()]
    if older:
        parts.append(f"<p>{html.escape(OLD)}</p>{_list(older, _old_why)}")
    few = [row for row in rows if row.measured == "too few fit"]
    if few:
        parts.append(f'<h3 id="too-few">What too few runs fit</h3><p>{html.escape(FEW)}</p>{_list(few, _why)}')
    unfitted = [row for row in rows if row.results and not row.fitted]
    if unfitted:
        parts.append('<h3 id="not-fitted">What did not fit its training lengths</h3>')
        parts.append(f"<p>{html.escape(UNFITTED)}</p>{_list(unfitted, _unfitted)}")
    return "".join(parts)


def _list(rows: Sequence[Row], say: Callable[[Row], str]) -> str:
    return '<ul class="reasons">' + "".join(f"<li>{_link(row)}: {say(row)}</li>" for row in rows) + "</ul>"


def _confusion(rows: Sequence[Row]) -> str:
    count: Counter[tuple[str, str]] = Counter((row.prediction.verdict, row.measured) for row in rows)
    shown = [each for each in MEASURED if each in ALWAYS or any(count[said, each] for said in PREDICTED)]
    head = "".join(f'<th scope="col" class="number">{SIGNS[m]}<br>{html.escape(m)}</th>' for m in shown)
    body = []
    for predicted in PREDICTED:
        if not any(count[predicted, measured] for measured in shown):
            continue
        cells = "".join(
            f'<td class="number{_agrees(predicted, measured)}">{count[predicted, measured]}</td>' for measured in shown
        )
        body.append(f'<tr><th scope="row">predicted: {marked(predicted)}</th>{cells}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Predicted against measured">'
        '<table id="confusion"><caption>Cells by predicted and measured verdict, at two to three times the training '
        f"length; framed: they agree.</caption><thead><tr><td></td>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
        "</table></div>"
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
    """What was measured at the lengths of the verdict, and the horizons."""
    a, b = row.bins[FAR - 1].lengths
    found = ", ".join(map(str, reaches(row.results)))
    horizons = f"; horizons {found}" if found else ""
    return f"{marked(row.measured)}, {_shares(row, FAR - 1)} of lengths {a}–{b} right{horizons}"


def _old_why(row: Row) -> str:
    """What was measured by the old rule, and what is published."""
    a, b = row.bins[1].lengths
    published = "" if row.published is None else f"; published {row.published[1]:g}%"
    return f"{marked(row.old_measured)}, {_shares(row, 1)} of lengths {a}–{b} right{published}"


def _unfitted(row: Row) -> str:
    first = ", ".join(f"{percent(result.bins[0].accuracy)}%" for result in row.results)
    steps = max(result.steps for result in row.results)
    published = "" if row.published is None else f"; published {row.published[0]:g}%"
    return f"{first} of the training lengths right after at most {steps:,} steps{published}"
