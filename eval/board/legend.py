"""The legend of the leaderboard: what its columns mean, and how its figures were made."""

from collections.abc import Sequence

from eval.board.fitted_runs import FIRST_RUNS, MIXED_VERSION
from eval.board.published_comparison import FOOTNOTE, LATER
from eval.board.rows import PROJECT, RUNGS, Row, place_of
from eval.measuring.confidence_intervals import NAME
from tasks.data_version import DATA_VERSION
from tasks.ground.automata.automaton import counted
from train.ledger.horizon import NEAR_SHARE, TIMES, WORDS
from train.ledger.result import FITS, GENERALIZES

ACCURACY = (
    "Accuracy: the percent of words that are wholly right, by length. It is the mean over the runs that fit, with the "
    "least and the greatest of them in brackets; if no run fits, it is the mean over all runs. "
    f"fit: how many of the runs fit, which means at least {FITS:.0%} of the words of their training lengths right. "
    "Runs that do not fit are no evidence."
)
VERDICT = (
    f"measured: the verdict at two to three times the training length. It rests on the first {FIRST_RUNS} fitted runs "
    "of a cell, in an order that is made before they are trained: smallest model first, then the lower rate, then the "
    "seed. Generalizes: "
    f"one of them has at least {GENERALIZES:.0%} of the words right. Fails: there are {FIRST_RUNS} fitted runs, and "
    "none has so many right. Too few fit: there are fewer fitted runs, and none has so many right. "
    "≥90%: how many of the fitted runs have at least 90% of the words right."
)
HORIZON = (
    f"horizon: the longest length up to which a run has at least {GENERALIZES:.0%} of the words right, as the median "
    f"of the fitted runs, and the best in brackets. It is searched up to {TIMES} times the training length, or as far "
    f"as there are positions, by doubling and bisection to within {NEAR_SHARE:.0%}, on {WORDS} words of each length. "
    "≥: the run is right at all lengths that were tried. worst stratum: the kind of words that the fitted runs have "
    "the least right, at the lengths of the verdict."
)
OLD_RULE = (
    f"old rule: at up to twice the training length, every fitted run has at least {GENERALIZES:.0%} of the words right "
    "(generalizes), no run has (fails), or only some have (mixed). The sign says whether this is the prediction."
)
LADDER = (
    f"trained to: if fewer than {FIRST_RUNS} runs of a cell fit words of 1-{RUNGS[0]}, shorter words are tried, of "
    f"at most {', '.join(map(str, RUNGS[1:-1]))} or {RUNGS[-1]} letters, and tests are at the same multiples. The row "
    f"is about the longest words that {FIRST_RUNS} runs fit, or else the longest that a run fits."
)
OLD_WORDS = (
    f"old words: words of data before version {MIXED_VERSION}, and words without strata, are too easy for a verdict at "
    "longer lengths. For these only the old rule gives one."
)


def legend(rows: Sequence[Row]) -> list[str]:
    """A sentence or two for each column, then the number of runs, their words, and where they come from."""
    results = [result for row in rows for result in row.results]
    lines = [ACCURACY, VERDICT]
    if any(result.horizon is not None for result in results):
        lines.append(HORIZON)
    lines += [LADDER, *tried_lines(rows)] if any(row.tried for row in rows) else []
    lines.append(OLD_RULE)
    if any(row.measured == "old words" for row in rows):
        lines.append(OLD_WORDS)
    if any(row.published is not None for row in rows):
        lines += [FOOTNOTE, LATER]
    if results:
        versions = sorted({f"{name} {version}" for result in results for name, version in result.versions.items()})
        words = sorted({each.total for result in results for each in result.bins})
        lines.append(
            f"{counted(len(results), 'run')}, {'/'.join(map(str, words))} words for each range and run, on"
            f" {', '.join(sorted({result.device for result in results}))}; {', '.join(versions)}. Intervals: {NAME}."
        )
    lines += _older_words(rows)
    places = {place_of(result) for result in results}
    if places == {PROJECT}:
        lines.append("All of the runs came with the project.")
    elif places == {"here"}:
        lines.append("All of the runs were made here; none came with the project.")
    elif len(places) == 1:
        lines.append(f"All of the runs were read from {places.pop()}.")
    missing = sum(row.missing for row in rows)
    if missing:
        were = "was" if missing == 1 else "were"
        lines.append(f"{counted(missing, 'run')} of the suite {were} not run; --run trains what is missing.")
    return lines


def tried_lines(rows: Sequence[Row]) -> list[str]:
    """A line on the runs with other training lengths than the rows show, and their cost; no line if there are none."""
    told = [f"{row.task} {row.setting} {tried_text(row)}" for row in rows if row.tried]
    return [f"Also tried: {'; '.join(told)}."] if told else []


def tried_text(row: Row) -> str:
    """The runs of one row with other training lengths: how many fit, and their CPU time."""
    return ", ".join(
        f"to {rung.train_length}: {rung.fitted} of {rung.runs} fit, {rung.cpu_seconds / 60:.1f} CPU minutes"
        for rung in row.tried
    )


def _older_words(rows: Sequence[Row]) -> list[str]:
    """A line that names the rows that were measured on words of another version of the data than the present one."""
    older = [row for row in rows if row.data_version not in (None, str(DATA_VERSION))]
    if not older:
        return []
    versions = ", ".join(sorted({str(row.data_version) for row in older}))
    which = "All rows are" if len(older) == sum(bool(row.results) for row in rows) else _named(older)
    return [
        f"{which} on words of version {versions} of the data, all of them uniform; the present one is {DATA_VERSION}."
    ]


def _named(rows: Sequence[Row]) -> str:
    return f"{', '.join(f'{row.task} {row.setting}' for row in rows)}:"
