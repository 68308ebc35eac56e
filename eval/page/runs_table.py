"""The runs of a cell, to be unfolded: each range with its strata, then each run with its horizons."""

from collections.abc import Sequence

from markupsafe import Markup

from eval.board.fitted_runs import FittedRange, Reach, first_wrong_length, fitted_ranges, middle, reaches
from eval.board.rows import Row
from eval.measuring.confidence_intervals import percent
from eval.page.assets import part
from eval.page.html_table import table
from train.ledger.horizon import CRITERIA
from train.ledger.result import GENERALIZES, Result

HORIZONS = {"90": "90%", "99": "99%", "worst_90": "90% of each stratum", "worst_99": "99% of each stratum"}
MOST_RUNS = 60  # the most runs that are listed


def runs_details(row: Row) -> Markup:
    """Two tables on the row's runs that can be unfolded; empty if nothing was run."""
    if not row.results:
        return Markup()
    ranges = fitted_ranges(row.results)
    summary = f"{row.setting}: {len(row.results)} run{'s' * (len(row.results) > 1)}, range by range and one by one"
    return part(
        "runs",
        summary=summary,
        ranges=_ranges_table(row, ranges) if ranges else "",
        horizons=_horizons(row) if ranges else "",
        runs=_runs_table(row),
        more=max(len(row.results) - MOST_RUNS, 0),
    )


def _ranges_table(row: Row, ranges: Sequence[FittedRange]) -> Markup:
    strata = list(dict.fromkeys(name for each in ranges for name, _, _ in each.strata))
    columns = ["lengths", f"at least {GENERALIZES:.0%} right", "95% interval", "mean", "best", *strata]
    lines = []
    for each in ranges:
        low, high = each.right.interval
        shares = {name: percent(correct / total) for name, correct, total in each.strata}
        lines.append(
            [
                f"{each.lengths[0]}–{each.lengths[1]}",
                f"{each.right.right} of {each.right.runs}",
                f"{percent(low)}–{percent(high)}",
                percent(each.mean),
                percent(each.best),
                *(shares.get(name, "") for name in strata),
            ]
        )
    caption = f"{row.setting}: the fitted runs, percent of words right"
    return table(caption, columns, lines, numbers=range(1, len(columns)))


def _horizons(row: Row) -> str:
    """The median and the best horizon of the fitted runs by each criterion."""
    said = []
    for name in CRITERIA:
        found = reaches(row.results, name)
        if found:
            said.append(f"{HORIZONS[name]} right: {middle(found)} (best {max(found)})")
    return "; ".join(said)


def _runs_table(row: Row) -> Markup:
    ranges = [f"{a}–{b}" for a, b in row.config.bins]
    columns = [
        "model",
        "rate",
        "seed",
        "fits",
        *ranges,
        "first wrong",
        *(f"horizon {name}" for name in HORIZONS.values()),
    ]
    lines = [_run(result) for result in row.results[:MOST_RUNS]]
    caption = f"{row.setting}: each run, in the order in which the first five that fit are taken"
    return table(caption, columns, lines, numbers=range(1, len(columns)))


def _run(result: Result) -> list[str]:
    shape, found = result.config.model, result.horizon
    horizons = [""] * len(HORIZONS)
    if found is not None and found.tested:
        horizons = [str(Reach(found.lengths[name], found.lengths[name] >= found.tested)) for name in HORIZONS]
    return [
        f"{shape.layers}×{shape.heads}×{shape.width}",
        f"{result.config.lr:g}",
        str(result.seed),
        "yes" if result.fitted else "no",
        *(percent(each.accuracy) for each in result.bins),
        str(first_wrong_length(result) or "–"),
        *horizons,
    ]
