"""What a suite's training shows while it runs: a panel on a terminal, otherwise a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from train.progress import Progress
from train.suite import SuiteProgress

QUIET = 20  # seconds between lines where standard error is no terminal


@contextmanager
def suite_display() -> Iterator[Callable[[SuiteProgress], None]]:
    """A function that shows the moments of a suite's training on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _occasional_lines()
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        yield lambda moment: live.update(_panel(moment))


def _occasional_lines() -> Callable[[SuiteProgress], None]:
    last = -QUIET * 1.0

    def show(moment: SuiteProgress) -> None:
        nonlocal last
        if time.monotonic() - last >= QUIET:
            last = time.monotonic()
            for line in lines_of(moment):
                print(line, file=sys.stderr, flush=True)

    return show


def lines_of(moment: SuiteProgress) -> list[str]:
    """The moment in words: the whole suite, then each worker."""
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
    return (
        f"{worker.task} {'APE' if worker.pe == 'ape' else 'NoPE'}",
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


def clock(seconds: float) -> str:
    """A duration as minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
