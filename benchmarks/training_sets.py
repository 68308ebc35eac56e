"""What training words, or the optimiser, do to length generalisation: the tables of docs/training.md, from results.

`results/data/` has runs on limited sets of words and runs that left words out, and `results/optimizers/` has runs by
SGD and Muon. The same runs on fresh words and by AdamW are in `results/grid/`, `results/corpus/` and
`results/encodings/`.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from eval.forecast.fitted_reach import CORPUS
from train.ledger import SHIPPED
from train.ledger.ledger import ENCODING_SUITE, GRID, read_results
from train.ledger.result import Result
from train.model.config import TrainConfig
from train.model.left_out import read_left_out
from train.model.recommended import GRID as GRID_RECIPE
from train.model.recommended import SGD_RATES

DATA = SHIPPED / "data"
FAR = 2  # the index of the range 101-150
A_PAIR = "a pair of letters"


def cell(runs: Sequence[Result]) -> str:
    """Return how many runs fit, and the mean accuracy of these at two to three times the training length."""
    if not runs:
        return "not run"
    fitted = [run for run in runs if run.fitted]
    pair = f"`{pair_of(runs[0])}`, " if pair_of(runs[0]) else ""
    if not fitted:
        return f"{pair}0/{len(runs)}, {100 * mean(run.bins[0].accuracy for run in runs):.1f} of 1-50"
    return f"{pair}{len(fitted)}/{len(runs)}: {100 * mean(run.bins[FAR].accuracy for run in fitted):.1f}"


def as_in_the_grid(run: Result) -> TrainConfig:
    """Return the run's configuration with the training words and the optimiser of the grid."""
    config = replace(run.config, distinct_words=0, leave_out="")
    if config.optimizer == "adamw":
        return config
    lr = config.lr / SGD_RATES if config.optimizer == "sgd" else config.lr
    return replace(config, optimizer="adamw", momentum=0.0, lr=lr, weight_decay=GRID_RECIPE.weight_decay)


def kind_of(run: Result) -> tuple[int, str, str]:
    """Return what differs in the run: the size of its set of words, what it leaves out, and its optimiser.

    All pairs of letters are one kind, because each language has its own.
    """
    return run.config.distinct_words, A_PAIR if pair_of(run) else run.config.leave_out, run.config.optimizer


def pair_of(run: Result) -> str:
    """Return the pair of letters that the run leaves out; empty if it leaves out none."""
    left_out = run.config.leave_out
    return left_out if left_out and read_left_out(left_out).pairs else ""


def table(data: Sequence[Result], grid: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of a Markdown table with a row for each task and setting."""
    kinds = sorted({kind_of(run) for run in data})
    names = [_name(*kind) for kind in kinds]
    yield f"| task | fresh words, AdamW | {' | '.join(names)} |"
    yield "| --- " * (len(names) + 2) + "|"
    for config in sorted({as_in_the_grid(run) for run in data}, key=lambda each: (each.task, each.model.pe)):
        own = [run for run in data if as_in_the_grid(run) == config]
        seeds = {run.seed for run in own}
        fresh = list({run.seed: run for run in grid if run.config == config and run.seed in seeds}.values())
        cells = [cell([run for run in own if kind_of(run) == kind]) for kind in kinds]
        origin = own[0].origin
        shown = config.task if origin is None else "`{}`".format(origin.name.replace("|", "\\|"))
        yield f"| {shown} {config.model.encoding} | {cell(fresh)} | {' | '.join(cells)} |"


def _name(words: int, left_out: str, optimizer: str) -> str:
    if words or left_out:
        return f"{words:,} words" if words else f"without {left_out}"
    return {"sgd": "SGD", "muon": "Muon"}[optimizer]


def main() -> int:
    """Print the table; return 1 if there are no results."""
    data = read_results(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    if not data:
        print("no results there", file=sys.stderr)
        return 1
    fresh = [each for name in (GRID, CORPUS, ENCODING_SUITE) for each in read_results(SHIPPED / name)]
    for line in table(data, fresh):
        print(line)
    print(f"{len(data)} runs, {sum(run.cpu_seconds for run in data) / 60:.0f} CPU minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
