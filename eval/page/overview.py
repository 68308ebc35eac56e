"""The summary: how many rows agree, the confusion table of predicted against measured, and the exceptions."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from eval.board.fitted_runs import FAR_TIMES, FIRST_RUNS, reaches
from eval.board.prediction_scores import METHOD, cause_of, causes_further_on, sentences
from eval.board.rows import Row
from eval.measuring.confidence_intervals import percent
from eval.page.assets import part
from eval.page.rows_table import TaskLink, in_this_page
from train.ledger.result import FITS

PREDICTED = ("generalizes", "fails", "unknown")
EXPRESSED = (
    "Predicted to generalise. If a program exists, the idealised learner is right once the training lengths are long "
    "enough. This promises nothing about these lengths, nor about every run of gradient descent. Of each run that fits:"
)
IMPOSSIBLE = (
    "Predicted to fail. The theorem that no such transformer exists is about unbounded lengths. It does not exclude "
    "transformers that are right at short lengths. Of each run that fits:"
)
CONJECTURED = (
    "Predicted to fail. It is a conjecture that tasks without a program fail, and words of two to three times the "
    "training length are only a mild test of it. Of each run that fits:"
)
EXCLUDED = (
    "Predicted to fail. No transformer without positions that rounds its numbers, except the sums inside attention, "
    "is right at every length; that training fails at these lengths is a conjecture. Of each run that fits:"
)
UNFITTED = (
    f"No evidence for or against the theory: under {FITS:.0%} of the words of the training lengths are right, so the "
    "training found no model of the task even there."
)
MEASURED = ("generalizes", "fails", "too few fit", "did not fit", "not tested", "old words", "not run")
FEW_ITEMS = 1  # a list with more items is folded, so that the table below is near
ALWAYS = ("generalizes", "fails")  # these columns of the confusion table are always shown
FEW = (
    f"Fewer than {FIRST_RUNS} runs fit, and none of these is right at the lengths of the verdict. These are too few to "
    "say that the cell fails. Of each run that fits:"
)
OLD = (
    "These cells were measured on old words, so only the old rule judges them: by the words of up to twice the "
    "training length, over all runs that fit. The list has the cells whose verdict is not the predicted one, or whose "
    "runs differ:"
)


@dataclass(frozen=True)
class Exceptions:
    """Rows that do not agree for one reason; the first group of its kind has a heading."""

    text: str
    rows: Sequence[Row]
    say: Callable[[Row], tuple[str | None, str]]  # gives a verdict that is shown with its sign, and further text
    anchor: str = ""
    heading: str = ""

    @property
    def items(self) -> list[tuple[Row, str | None, str]]:
        """Each row with its verdict and the text about it."""
        return [(row, *self.say(row)) for row in self.rows]


def summary(rows: Sequence[Row], link: TaskLink = in_this_page) -> Markup:
    """The headline, the confusion table, and the reasons why some rows do not agree.

    Args:
        rows: The rows of the leaderboard.
        link: Gives the address of a task's part.
    """
    count: Counter[tuple[str, str]] = Counter((row.prediction.verdict, row.measured) for row in rows)
    shown = [each for each in MEASURED if each in ALWAYS or any(count[said, each] for said in PREDICTED)]
    confusion = [
        (said, [(each, count[said, each]) for each in shown])
        for said in PREDICTED
        if any(count[said, each] for each in shown)
    ]
    return part(
        "overview",
        sentences=sentences(rows, told=True),
        further=causes_further_on(rows),
        shown=shown,
        confusion=confusion,
        method=METHOD,
        exceptions=[*_differing(rows), *_without_a_verdict(rows)],
        few=FEW_ITEMS,
        link=link,
    )


def _differing(rows: Sequence[Row]) -> list[Exceptions]:
    together: dict[str, list[Row]] = {}
    for row in rows:
        if row.agreement == "no":
            together.setdefault(_reach(row), []).append(row)
    found = [Exceptions(reach, those, _why) for reach, those in together.items()]
    older = [row for row in rows if row.measured == "old words" and row.old_agreement in ("no", "mixed")]
    if older:
        found.append(Exceptions(OLD, older, _old_why))
    if found:
        found[0] = replace(found[0], anchor="exceptions", heading="Where prediction and measurement differ")
    return found


def _without_a_verdict(rows: Sequence[Row]) -> list[Exceptions]:
    few = [row for row in rows if row.measured == "too few fit"]
    unfitted = [row for row in rows if row.results and not row.fitted]
    found = [
        Exceptions(FEW, few, _why, "too-few", "Cells with too few fitted runs"),
        Exceptions(UNFITTED, unfitted, _unfitted, "not-fitted", "What did not fit its training lengths"),
    ]
    return [each for each in found if each.rows]


def _shares(row: Row, bin_: int) -> str:
    return ", ".join(f"{percent(result.bins[bin_].accuracy)}%" for result in row.results if result.fitted)


def _reach(row: Row) -> str:
    """The text on what a measurement against the prediction may mean."""
    if row.prediction.verdict == "generalizes":
        return EXPRESSED
    return {"theorem": IMPOSSIBLE, "excluded": EXCLUDED}.get(row.prediction.standing, CONJECTURED)


def _why(row: Row) -> tuple[str, str]:
    """The verdict, and the accuracies of the fitted runs at the lengths of the verdict with their horizons."""
    a, b = row.bins[FAR_TIMES - 1].lengths
    found = ", ".join(map(str, reaches(row.results)))
    horizons = f"; horizons {found}" if found else ""
    cause = cause_of(row) if row.agreement == "no" else None
    why = "" if cause is None else f". Cause: {cause.found} ({cause.runs})"
    return row.measured, f"{_shares(row, FAR_TIMES - 1)} of lengths {a}–{b} right{horizons}{why}"


def _old_why(row: Row) -> tuple[str, str]:
    """The verdict by the old rule, and the accuracies that it rests on with the published one."""
    a, b = row.bins[1].lengths
    published = "" if row.published is None else f"; published {row.published[1]:g}%"
    return row.old_measured, f"{_shares(row, 1)} of lengths {a}–{b} right{published}"


def _unfitted(row: Row) -> tuple[None, str]:
    first = ", ".join(f"{percent(result.bins[0].accuracy)}%" for result in row.results)
    steps = max(result.steps for result in row.results)
    published = "" if row.published is None else f"; published {row.published[0]:g}%"
    return None, f"{first} of the training lengths right after at most {steps:,} steps{published}"
