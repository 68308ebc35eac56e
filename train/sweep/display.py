"""Shows a sweep on standard error: a panel on a terminal, otherwise a line now and then, and each finished run."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from tasks.task import ENCODINGS
from train.ledger.result import Result
from train.running.display import clock
from train.running.progress import Progress
from train.sweep.suite_training import How
from train.sweep.sweep_progress import SuiteProgress

QUIET_SECONDS = 15.0  # seconds between lines if standard error is not a terminal


@contextmanager
def sweep_display(*, workers: int) -> Iterator[How]:
    """Yield options for a sweep with so many workers; they show its progress and each finished run."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield How(on_progress=_occasional_lines(), on_finished=lambda result: _say(finished(result)), workers=workers)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        yield How(
            on_progress=lambda moment: live.update(_panel(moment)),
            on_finished=lambda result: live.console.print(finished(result), markup=False, highlight=False),
            workers=workers,
        )


def finished(result: Result) -> str:
    """Return a finished run in one line: what was trained, how long it took, its accuracies, and the verdict."""
    config, model = result.config, result.config.model
    shares = ", ".join(f"{a}-{b} {100 * each.accuracy:.1f}%" for each in result.bins for a, b in [each.lengths])
    regularized = f" regularizer {config.regularizer:g}" if config.regularizer else ""
    verdict = f": {result.verdict}" if len(result.bins) > 1 else ""
    trained = f"{result.shown} {model.pe_text} {model.layers}x{model.width} lr {config.lr:g}{regularized}"
    spent = f"{clock(result.cpu_seconds)} of CPU time"
    return f"{trained} seed {result.seed}: {_ended(result)}, {spent}, {shares}{verdict}"


def _ended(result: Result) -> str:
    match result.stopped:
        case "fitted" if result.fit_step is not None:
            return f"fitted at {result.fit_step:,} of {result.steps:,} steps"
        case "fitted" | "diverged":
            return f"{result.stopped} after {result.steps:,} steps"
        case "budget":
            return f"out of budget after {result.steps:,} steps"
        case "stalled":
            return f"given up after {result.steps:,} steps"
        case _:
            assert_never(result.stopped)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _occasional_lines() -> Callable[[SuiteProgress], None]:
    last = -QUIET_SECONDS

    def show(moment: SuiteProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= QUIET_SECONDS:
            last = time.monotonic()
            for line in lines_of(moment):
                _say(line)

    return show


def lines_of(moment: SuiteProgress) -> list[str]:
    """Return the moment in words: a line for the whole sweep, then one for each worker."""
    lines = [
        f"{moment.finished} of {moment.total} trainings finished, {clock(moment.elapsed)} so far,"
        f" about {clock(moment.remaining)} left"
    ]
    for worker in moment.workers:
        if worker is not None:
            lines.append("  " + ", ".join(_cells(worker)))
    return lines


def _cells(worker: Progress) -> tuple[str, ...]:
    loss = "" if worker.loss is None else f"loss {worker.loss:.4f}"
    seeds = "seed" if len(worker.seeds) == 1 else "seeds"
    encoding = next((shown for name, shown in ENCODINGS.items() if name == worker.pe), worker.pe)
    return (
        f"{worker.task} {encoding}",
        f"{seeds} {' '.join(map(str, worker.seeds))}",
        f"step {worker.step:,} of at most {worker.max_steps:,}",
        loss,
        f"training lengths {100 * worker.training_accuracy:.1f}%",
        f"{clock(worker.remaining)} left at most",
    )


def _panel(moment: SuiteProgress) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for worker in moment.workers:
        table.add_row(*(("starting", *[""] * 5) if worker is None else _cells(worker)))
    bar = ProgressBar(total=max(moment.elapsed + moment.remaining, 1), completed=moment.elapsed, width=60)
    return Group(lines_of(moment)[0], bar, table)
