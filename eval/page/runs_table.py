"""What a cell's runs say, to unfold: each range with its strata, then each run with its horizons."""

import html
from collections.abc import Sequence

from eval.board.fitted_runs import FittedRange, Reach, first_wrong_length, fitted_ranges, middle, reaches
from eval.board.rows import Row
from eval.measuring.intervals import percent
from eval.page.table import table
from train.ledger.horizon import CRITERIA
from train.ledger.result import GENERALIZES, Result

HORIZONS = {"90": "90%", "99": "99%", "worst_90": "90% of each stratum", "worst_99": "99% of each stratum"}
MOST = 60  # runs that are listed


def runs_details(row: Row) -> str:
    """Two tables to unfold; nothing where nothing was run."""
    if not row.results:
        return ""
    ranges = fitted_ranges(row.results)
    found = f"{_ranges_table(row, ranges)}{_horizons(row)}" if ranges else ""
    summary = f"{row.setting}: {len(row.results)} run{'s' * (len(row.results) > 1)}, range by range and one by one"
    return f"<details><summary>{html.escape(summary)}</summary>{found}{_runs_table(row)}</details>"


def _ranges_table(row: Row, ranges: Sequence[FittedRange]) -> str:
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
    """The horizons of the fitted runs by each criterion: the median and the best."""
    said = []
    for name in CRITERIA:
        found = reaches(row.results, name)
        if found:
            said.append(f"{HORIZONS[name]} right: {middle(found)} (best {max(found)})")
    return f"<p>Horizons, the median of the fitted runs: {html.escape('; '.join(said))}.</p>" if said else ""


def _runs_table(row: Row) -> str:
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
    lines = [_run(result) for result in row.results[:MOST]]
    more = len(row.results) - len(lines)
    caption = f"{row.setting}: each run, in the order in which the first five that fit are taken"
    left_out = f'<p class="note">{more} more runs are not listed here; the JSON has them.</p>' if more else ""
    return table(caption, columns, lines, numbers=range(1, len(columns))) + left_out


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
