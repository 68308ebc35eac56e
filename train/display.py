"""Progress for a person: one live display on a terminal, an occasional plain line elsewhere. On standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from train.progress import OnProgress, Progress
from train.suite import OnSuiteProgress, SuiteProgress

PLAIN_EVERY = 15.0  # seconds between plain lines


@contextmanager
def training_display() -> Iterator[OnProgress]:
    """Shows what it is called with, the progress of one training, until the block ends."""
    with _shown() as show:

        def report(progress: Progress) -> None:
            show(lambda: _table((progress,)), lambda: _line(progress))

        yield report


@contextmanager
def suite_display() -> Iterator[OnSuiteProgress]:
    """Shows what it is called with, the progress of a suite, until the block ends."""
    with _shown() as show:

        def report(progress: SuiteProgress) -> None:
            show(lambda: _suite_table(progress), lambda: _suite_line(progress))

        yield report


@contextmanager
def _shown() -> Iterator[Callable[[Callable[[], Table | Group], Callable[[], str]], None]]:
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=4) as live:
            yield lambda table, _: live.update(table())
        return
    said = 0.0

    def show(_: Callable[[], Table | Group], line: Callable[[], str]) -> None:
        nonlocal said
        if time.monotonic() - said >= PLAIN_EVERY:
            said = time.monotonic()
            print(line(), file=sys.stderr, flush=True)

    yield show


def _table(running: tuple[Progress | None, ...]) -> Table:
    table = Table("training", "step", "", "loss", "right on training lengths", box=None, pad_edge=False)
    for progress in running:
        if progress is None:
            table.add_row(Text("starting or idle", style="dim"))
            continue
        bar = ProgressBar(total=progress.max_steps, completed=progress.step, width=20)
        step = f"{progress.step} of at most {progress.max_steps}"
        table.add_row(_name(progress), step, bar, _loss(progress), f"{progress.training_accuracy:.1%}")
    return table


def _suite_table(progress: SuiteProgress) -> Group:
    head = f"{progress.finished} of {progress.total} trained, {_time(progress.elapsed)} so far"
    return Group(_table(progress.workers), Text(f"{head}, about {_time(progress.remaining)} left"))


def _line(progress: Progress) -> str:
    return (
        f"{_name(progress)}: step {progress.step} of at most {progress.max_steps}, loss {_loss(progress)}, "
        f"training lengths {progress.training_accuracy:.1%}, at most {_time(progress.remaining)} left"
    )


def _suite_line(progress: SuiteProgress) -> str:
    going = [
        f"{_name(each)} step {each.step} loss {_loss(each)} right {each.training_accuracy:.1%}"
        for each in progress.workers
        if each is not None
    ]
    head = f"{progress.finished} of {progress.total} trained, about {_time(progress.remaining)} left"
    return "; ".join([head, *going])


def _name(progress: Progress) -> str:
    seeds = ", ".join(map(str, progress.seeds))
    return f"{progress.task} {progress.pe} seed{'s' if len(progress.seeds) > 1 else ''} {seeds}"


def _loss(progress: Progress) -> str:
    return "-" if progress.loss is None else f"{progress.loss:.4f}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
