"""The page's section on encodings: what is predicted for each, beside what was measured on the suite of encodings."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Final

from eval.board.prediction_scores import Estimate, Headline, headline
from eval.board.rows import Row, build_rows, one_rung_each
from eval.measuring.confidence_intervals import percent, wilson
from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from tasks.ground.html import render
from tasks.position_schemes import RotaryPositions, SinusoidalPositions
from tasks.published_accuracies import EncodingFigure, published_encodings
from train.ledger import SHIPPED
from train.ledger.ledger import ENCODING_SUITE, Ledger, read_results
from train.ledger.result import Result
from train.sweep.grid import SUITES, Cell, read_sweep

SUITE: Final = SUITES / "encodings.toml"
ALL: Final = "all of them"
SCORES: Final = ("encoding", "cells", "with a verdict", "as predicted", "balanced accuracy")
SCORES_APART: Final = (*SCORES[:-2], "as predicted, where encodings differ", "balanced accuracy there")


def encodings_section(sources: Sources) -> Section | None:
    """Return the section: scores by encoding, verdicts by task, and published figures; None if nothing was run."""
    rows = suite_rows(sources)
    if not rows:
        return None
    differ = tasks_that_differ(rows)
    figures = [line for figure in published_encodings() if (line := _beside(figure, rows)) is not None]
    columns = (*SCORES, *SCORES_APART[3:])
    made = render(
        Path(__file__).with_name("section.html"),
        runs=sum(len(row.results) for row in rows),
        missing=_missing(rows),
        differ=len(differ),
        tasks=len({row.task for row in rows}),
        scores=table("Predicted and measured, by encoding", columns, _scores(rows, differ), numbers=range(1, 7)),
        verdicts=table("Predicted, and measured, language by language", *_verdicts(rows, differ)),
        published=table("Percent of words wholly right", FIGURE_COLUMNS, figures, numbers=(3, 4, 5))
        if figures
        else None,
    )
    return Section("encodings", "Which encodings carry what?", made)


def suite_rows(sources: Sources) -> tuple[Row, ...]:
    """Return the rows of the suite's cells that were run, in the ledger or in the project's results.

    There are none unless some run has an encoding with parameters.
    """
    directory = (SHIPPED if sources.results is None else sources.results) / ENCODING_SUITE
    results = (*(read_results(directory) if directory.is_dir() else ()), *Ledger(sources.runs, None).results())
    if all(result.config.model.scheme is None for result in results):
        return ()  # APE and NoPE alone need no comparison here, and reading the suite takes seconds
    run = {result.config for result in results}
    rows = build_rows([(cell.config, cell.seeds) for cell in suite_of_encodings() if cell.config in run], results)
    # Cells that are tested to 400 after words of 1-50, and to 36 after words of 1-12, are still one cell.
    return one_rung_each(rows, lambda row: (row.task, row.setting))


@cache
def suite_of_encodings() -> tuple[Cell, ...]:
    """Return the cells of the suite."""
    return read_sweep(SUITE)


def tasks_that_differ(rows: Sequence[Row]) -> frozenset[str]:
    """Return the tasks that are predicted to generalise with some encoding and to fail with another one."""
    said = {(row.task, row.prediction.verdict) for row in rows}
    return frozenset(task for task, _ in said if {(task, "generalizes"), (task, "fails")} <= said)


def _by_encoding(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.setting, []).append(row)
    return found


def _scores(rows: Sequence[Row], differ: frozenset[str]) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    for name, own in {**_by_encoding(rows), ALL: list(rows)}.items():
        found, apart = headline(own), headline([row for row in own if row.task in differ])
        lines.append((name, str(found.cells), str(len(found.judged)), *_said(found), *_said(apart)))
    return lines


def _said(found: Headline) -> tuple[str, str]:
    """Return the share that is as predicted, and the balanced accuracy, each with its interval.

    Both are dashes if no cell has a verdict.
    """
    if not found.judged:
        return "–", "–"
    low, high = wilson(found.agreeing, len(found.judged))
    return f"{found.agreeing}/{len(found.judged)} ({percent(low)}–{percent(high)}%)", _percents(found.balanced)


def _percents(found: Estimate | None) -> str:
    if found is None:
        return "–"
    said = f"{percent(found.value)}%"
    return said if found.interval is None else f"{said} ({'–'.join(map(percent, found.interval))}%)"


def _verdicts(rows: Sequence[Row], differ: frozenset[str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the columns' names, and a line for each task with a column for each encoding."""
    encodings = list(_by_encoding(rows))
    cells = {
        (row.task, row.setting): f"{row.prediction.verdict}; {row.measured} (1-{row.train_length})" for row in rows
    }
    lines = [
        (f"{task}{' *' * (task in differ)}", *(cells.get((task, encoding), "–") for encoding in encodings))
        for task in dict.fromkeys(row.task for row in rows)
    ]
    return ("task", *encodings), lines


FIGURE_COLUMNS: Final = ("task", "encoding", "lengths", "published", "ours, mean", "fitted runs")


def _beside(figure: EncodingFigure, rows: Sequence[Row]) -> tuple[str, ...] | None:
    """Return a published figure beside that of our fitted runs with the same encoding; None if there was no run."""
    runs = [each for row in rows if _is_of(figure, row) for each in row.results]
    if not runs:
        return None
    found = [share for each in runs if each.fitted and (share := share_between(each, figure.lengths)) is not None]
    a, b = figure.lengths
    ours = percent(mean(found)) if found else "–"
    return figure.task, figure.encoding, f"{a}–{b}", f"{figure.percent:g}", ours, f"{len(found)} of {len(runs)}"


def _is_of(figure: EncodingFigure, row: Row) -> bool:
    scheme = row.config.model.scheme
    stock = not isinstance(scheme, RotaryPositions | SinusoidalPositions) or scheme.modulus is None
    return stock and (row.task, row.pe) == (figure.task, figure.encoding)


def share_between(result: Result, lengths: tuple[int, int]) -> float | None:
    """Return the share of the words of these lengths that are wholly right; None if none were tested."""
    counts = [each for bin_ in result.bins for each in bin_.by_length if lengths[0] <= each[0] <= lengths[1]]
    total = sum(each[2] for each in counts)
    return sum(each[1] for each in counts) / total if total else None


def _missing(rows: Sequence[Row]) -> str:
    missing = sum(row.missing for row in rows)
    return "" if not missing else f"{missing} more of these cells' runs are still to be trained."
