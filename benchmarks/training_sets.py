"""How many different words, and which, does length generalisation need: the table of docs/training.md, from results.

`results/data/` has runs on sets of words and runs that left words out; `results/grid/` the same runs on fresh words.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from train.ledger.ledger import GRID, SHIPPED, read_results
from train.ledger.result import Result
from train.model.config import TrainConfig

DATA = SHIPPED / "data"
FAR = 2  # of the ranges: 101-150


def cell(runs: Sequence[Result]) -> str:
    """How many fit, and the mean accuracy at two to three times the training length of those that do."""
    fitted = [run for run in runs if run.fitted]
    if not fitted:
        return f"0/{len(runs)}, {100 * mean(run.bins[0].accuracy for run in runs):.1f} of 1-50" if runs else "not run"
    return f"{len(fitted)}/{len(runs)}: {100 * mean(run.bins[FAR].accuracy for run in fitted):.1f}"


def with_fresh_words(run: Result) -> TrainConfig:
    """The run's configuration, but for the choice of its training words."""
    return replace(run.config, distinct_words=0, leave_out="")


def table(data: Sequence[Result], grid: Sequence[Result]) -> Iterator[str]:
    """The lines of a Markdown table, a row a task and setting."""
    kinds = sorted({(run.config.distinct_words, run.config.leave_out) for run in data})
    names = [f"{words:,} words" if words else f"without {left_out}" for words, left_out in kinds]
    yield f"| task | fresh words | {' | '.join(names)} |"
    yield "| --- " * (len(names) + 2) + "|"
    for config in sorted({with_fresh_words(run) for run in data}, key=lambda each: each.task):
        fresh = [run for run in grid if run.config == config]
        own = [run for run in data if with_fresh_words(run) == config]
        cells = [cell([run for run in own if (run.config.distinct_words, run.config.leave_out) == k]) for k in kinds]
        yield f"| {config.task} | {cell(fresh)} | {' | '.join(cells)} |"


def main() -> int:
    """Print the table; 1 where there are no results."""
    data = read_results(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    if not data:
        print(f"no results in {DATA}", file=sys.stderr)
        return 1
    for line in table(data, read_results(SHIPPED / GRID)):
        print(line)
    print(f"{len(data)} runs, {sum(run.cpu_seconds for run in data) / 60:.0f} CPU minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
