"""Exports results as files: JSON lines, which `train.ledger.ledger.read_results` reads back, and a table."""

import json
from collections.abc import Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from statistics import mean, median

from tasks.ground.files import replace_text
from train.ledger.ledger import key_of
from train.ledger.result import Result, result_to_json
from train.model.config import TrainConfig

LINES, TABLE = "task.jsonl", "task.md"

HEAD = """# Results

Written by `python -m train export`; `docs/training.md` says how they were made. `task.jsonl` has a line a run, with its
identity, configuration and counts; `python -m eval.leaderboard --from results` puts them beside the predictions.

`init` is the standard deviation of the initial weights. The medians are over the seeds: of the steps to the fit and the
CPU seconds to it (of the runs that fitted; of a run's CPU seconds, the share that these steps are of all steps), of all
steps, and of all CPU seconds, tests included. Accuracies are means, in percent, on words of each range of lengths.
Where the rows of a table differ in what else a run is configured by (its words, optimizer, dropout, most steps, ...),
the column `otherwise` says what differs from the default. What is not here was not run.

"""
COLUMNS = ("task", "PE", "model", "lr", "init", "batch", "seeds", "fit", "fit at", "CPU s to it", "steps", "CPU s")
SHOWN = frozenset(("task", "model", "lr", "initial_scale", "batch_size", "regularizer", "max_length"))


def export_results(results: Sequence[Result], directory: Path) -> Path:
    """Replace `task.jsonl` (a line for each run) and `task.md` (a row for each configuration) in the directory.

    Returns:
        The path of `task.jsonl`, whose lines have the order of `results`.
    """
    lines = [json.dumps({"run": key_of(result).identity} | result_to_json(result)) + "\n" for result in results]
    _write(directory / TABLE, HEAD + table(results))
    _write(directory / LINES, "".join(lines))
    return directory / LINES


def table(results: Sequence[Result]) -> str:
    """Return the results as Markdown tables, one for each set of ranges of lengths.

    A table has a row for each configuration.
    """
    ordered = sorted(results, key=_order)
    tables = []
    for bins, group in groupby(ordered, key=lambda result: result.config.bins):
        runs_of = {config: list(runs) for config, runs in groupby(group, key=lambda result: result.config)}
        otherwise = [_otherwise(config, list(runs_of)) for config in runs_of]
        rows = [_cells(config, runs) for config, runs in runs_of.items()]
        head = [*COLUMNS, *(f"{a}-{b}" for a, b in bins)]
        if any(otherwise):
            head.append("otherwise")
            rows = [[*row, each] for row, each in zip(rows, otherwise, strict=True)]
        tables.append("".join(_row(cells) for cells in (head, ["---"] * len(head), *rows)))
    return "\n".join(tables)


def _order(result: Result) -> tuple[object, ...]:
    config = result.config
    return len(config.bins), config.bins, config.task, config.regularizer, config.model.pe, repr(config), result.seed


def _cells(config: TrainConfig, runs: Sequence[Result]) -> list[str]:
    model = config.model
    fits = [run.fit_step for run in runs if run.fit_step is not None]
    seconds = [run.cpu_seconds * run.fit_step / run.steps for run in runs if run.fit_step is not None]
    shares = [mean(run.bins[place].accuracy for run in runs) for place in range(len(config.bins))]
    return [
        runs[0].shown,
        model.encoding + (f" + {config.regularizer:g} R" if config.regularizer else ""),
        f"{model.layers} x {model.width}, {model.heads} head{'s' if model.heads > 1 else ''}",
        f"{config.lr:g}",
        f"{config.initial_scale:g}",
        str(config.batch_size),
        ", ".join(str(run.seed) for run in runs),
        f"{sum(run.fitted for run in runs)}/{len(runs)}",
        f"{median(fits):,.0f}" if fits else "–",
        f"{median(seconds):.0f}" if fits else "–",
        f"{median(run.steps for run in runs):,.0f}",
        f"{median(run.cpu_seconds for run in runs):.0f}",
        *(f"{100 * share:.1f}" for share in shares),
    ]


def _otherwise(config: TrainConfig, among: Sequence[TrainConfig]) -> str:
    """Return the fields without a column in which the configurations differ, where this one has not the default."""
    found = [
        f"{field.name} {getattr(config, field.name)}"
        for field in fields(TrainConfig)
        if field.name not in SHOWN and getattr(config, field.name) != field.default
        if len({getattr(each, field.name) for each in among}) > 1
    ]
    return ", ".join(found)


def _row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


def _write(path: Path, text: str) -> None:
    replace_text(path, text)
