"""The page's section on what trained models take from positions, beside their measured horizons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from eval.reading.read_runs import READ_RUNS, kept_lines
from tasks.ground.html import render
from tasks.task import ENCODINGS
from train.ledger.ledger import Ledger, read_results
from train.ledger.result import Result

RANGE = "101-150"
BEYOND_RANGE = "151-300"
COLUMNS = (
    "task",
    "PE",
    "size",
    "seed",
    "period",
    "last lag",
    "explained",
    f"model, {RANGE}",
    f"nearest, {RANGE}",
    f"nearest, {BEYOND_RANGE}",
    "horizon",
)


def reading_section(sources: Sources) -> Section | None:
    """Return the section with a table of the runs that were read; None if there are none."""
    directory = READ_RUNS.parents[1] if sources.results is None else sources.results
    file = directory / READ_RUNS.parent.name / READ_RUNS.name
    lines = list(kept_lines(file)) if file.exists() else []
    if not lines:
        return None
    horizons = {_key_of(result): result for result in read_results(directory)}
    horizons |= {_key_of(result): result for result in Ledger(sources.runs, None).results()}
    rows = [_row(line, horizons.get(_key(line))) for line in lines]
    near = sum(line["least_explained"] >= 0.95 for line in lines)
    made = render(
        Path(__file__).with_name("section.html"),
        runs=len(lines),
        near=near,
        table=table(
            "Trained models and their nearest Limit Transformers", COLUMNS, rows, numbers=range(3, len(COLUMNS))
        ),
    )
    return Section("reading", "What models take from positions", made)


def _key_of(result: Result) -> tuple[Any, ...]:
    """What identifies a run in an exported line."""
    config, model = result.config, result.config.model
    size = f"{model.layers}x{model.heads}x{model.width}"
    return result.task, model.pe, size, result.seed, config.regularizer, config.lr, config.train_length


def _key(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """What `_key_of` gives for the run of an exported line.

    Lines that lack the rate or the training length were made with 1e-3 and 50.
    """
    rate, length = line.get("lr", 1e-3), line.get("train_length", 50)
    return line["task"], line["pe"], line["size"], line["seed"], line["regularizer"], rate, length


def _row(line: Mapping[str, Any], result: Result | None) -> list[str]:
    horizon = "" if result is None or result.horizon is None else result.horizon
    longest = horizon if isinstance(horizon, str) else _horizon(horizon.lengths["90"], horizon.tested)
    encoding = ENCODINGS.get(line["pe"], line["pe"]) + ("+reg" if line["regularizer"] else "")
    near, beyond = line["accuracy"].get(RANGE, []), line["accuracy"].get(BEYOND_RANGE, [])
    return [
        line["task"],
        encoding,
        line["size"],
        str(line["seed"]),
        str(line["period"]) if line["period"] > 1 else "none",
        str(line["reach"]) if line["reach"] else "none",
        f"{100 * line['least_explained']:.0f}",
        _percent(near, 0),
        _percent(near, 1),
        _percent(beyond, 1),
        longest,
    ]


def _horizon(length: int, tested: int) -> str:
    return f"≥{length}" if length == tested else str(length)


def _percent(shares: list[float | None], place: int) -> str:
    share = shares[place] if place < len(shares) else None
    return "" if share is None else f"{100 * share:.0f}"
